#pragma once
/*
 * What the fuzz targets share. A target is one file fuzz_NAME.c that defines
 * fuzz(); libFuzzer (make fuzz) or replay.c (make test) feeds it.
 */
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/arena.h"
#include "base/err.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t n);

/* A promise of the code under test; the process ends when it is broken. */
#define PROMISE(condition)                                                     \
	do {                                                                   \
		if (!(condition)) {                                            \
			fprintf(stderr, "%s:%d: broken promise: %s\n",         \
			    __FILE__, __LINE__, #condition);                   \
			abort();                                               \
		}                                                              \
	} while (0)

/* The arena of one input. */
static inline struct arena *
fuzz_arena(void)
{
	static struct arena *a;

	if (a == NULL)
		a = arena_new(256 * 1024 * 1024);
	arena_reset(a);
	err_clear();
	return a;
}

/* What is still to be read of an input. */
struct input {
	const char *p, *end;
};

/*
 * The next line, without its end, as a string in memory of its own size, so
 * that reading past it is seen. Empty at the end of the input; what follows a
 * NUL in it is lost.
 */
static inline const char *
fuzz_line(struct arena *a, struct input *in)
{
	const char *eol = memchr(in->p, '\n', (size_t)(in->end - in->p));
	const char *end = eol != NULL ? eol : in->end;
	size_t n = strnlen(in->p, (size_t)(end - in->p));
	char *line = malloc(n + 1);

	if (line == NULL)
		abort();
	memcpy(line, in->p, n);
	line[n] = '\0';
	arena_defer(a, free, line);
	in->p = eol != NULL ? eol + 1 : in->end;
	return line;
}
