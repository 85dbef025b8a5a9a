#pragma once
/*
 * Files of the source tree as part of a program. EMBED(symbol, "path") defines
 * the bytes of the file as the string symbol, ended by a NUL that does not
 * belong to it, and symbol_end behind its last byte; EMBEDDED(symbol) declares
 * both. Paths are from the tree's root; the Makefile has to know of them.
 */
#define EMBED(symbol, file)                                                    \
	__asm__(".pushsection .rodata\n"                                       \
		".global " #symbol "\n" #symbol ":\n"                          \
		".incbin \"" file "\"\n"                                       \
		".global " #symbol "_end\n" #symbol "_end:\n.byte 0\n"         \
		".popsection\n")

#define EMBEDDED(symbol) extern const char symbol[], symbol##_end[]
