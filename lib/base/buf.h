#pragma once
/*
 * A growing string in an arena, born with its ceiling. After the first
 * failure (over the ceiling) further calls do nothing, so only the end looks.
 */
#include <stdbool.h>
#include <stddef.h>

struct arena;

struct buf {
	struct arena *a;
	char *p; /* NUL-terminated when n > 0 */
	size_t n, cap, max;
	bool failed;
};

/* An empty buffer that may hold at most max bytes. */
void buf_init(struct buf *b, struct arena *a, size_t max);

/* The same for what may be large: in pages, which are no part of the arena's
 * cap and cost where they are written, with room for all of it at once. */
void buf_init_pages(struct buf *b, struct arena *a, size_t max);

/* Append n bytes, a string, a character, printf's text. */
void buf_add(struct buf *b, const void *p, size_t n);
void buf_puts(struct buf *b, const char *s);
void buf_putc(struct buf *b, char c);
void buf_printf(struct buf *b, const char *fmt, ...)
    __attribute__((format(printf, 2, 3)));

/* What was written, NUL-terminated ("" when empty), or NULL after a failure. */
const char *buf_str(const struct buf *b);
