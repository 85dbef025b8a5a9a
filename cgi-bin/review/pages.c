#include "review/pages.h"

#include "base/err.h"
#include "format/template.h"

/* The bytes of a file under pages/ as the string symbol, ended by a NUL. */
#define INCLUDE(symbol, file)                                                  \
	__asm__(".pushsection .rodata\n"                                       \
		".global " #symbol "\n" #symbol ":\n"                          \
		".incbin \"cgi-bin/review/pages/" file "\"\n" #symbol          \
		"_end:\n.byte 0\n"                                             \
		".popsection\n")

INCLUDE(pages_style, "style.css");

#define PAGE(symbol, name)                                                     \
	INCLUDE(page_##symbol, name ".html");                                  \
	extern const char page_##symbol[], page_##symbol##_end[];
#include "review/pages.def"
#undef PAGE

const struct template *
pages_templates(void)
{
	/* How long a file is, is known only once the program is linked. */
	static struct template list[] = {
#define PAGE(symbol, name) { name, page_##symbol, 0 },
#include "review/pages.def"
#undef PAGE
		{ 0 }
	};
	static const char *const end[] = {
#define PAGE(symbol, name) page_##symbol##_end,
#include "review/pages.def"
#undef PAGE
	};

	for (size_t i = 0; i < COUNT(end); i++)
		list[i].n = (unsigned long)(end[i] - list[i].text);
	return list;
}
