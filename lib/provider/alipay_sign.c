/* What Alipay's signatures cover: parameters in order, and part of a text. */
#include <stdlib.h>
#include <string.h>

#include "base/arena.h"
#include "base/buf.h"
#include "provider/alipay_private.h"

enum { MESSAGE_MAX = 128 * 1024 };

static int
by_name(const void *a, const void *b)
{
	return strcmp(((const struct alipay_pair *)a)->name,
	    ((const struct alipay_pair *)b)->name);
}

const char *
alipay_message(
    struct arena *a, struct alipay_pair *pairs, size_t n, bool skip_empty)
{
	struct buf b;

	qsort(pairs, n, sizeof(*pairs), by_name);
	buf_init(&b, a, MESSAGE_MAX);
	for (size_t i = 0; i < n; i++) {
		if (skip_empty && *pairs[i].value == '\0')
			continue;
		if (b.n > 0)
			buf_putc(&b, '&');
		buf_puts(&b, pairs[i].name);
		buf_putc(&b, '=');
		buf_puts(&b, pairs[i].value);
	}
	return buf_str(&b);
}

/* Behind the end of the object that begins at p; NULL when it has none. */
static const char *
object_end(const char *p, const char *end)
{
	bool is_text = false;
	int depth = 0;

	for (; p < end; p++) {
		if (is_text && *p == '\\')
			p++;
		else if (*p == '"')
			is_text = !is_text;
		else if (!is_text && *p == '{')
			depth++;
		else if (!is_text && *p == '}' && --depth == 0)
			return p + 1;
	}
	return NULL;
}

/* The member comes first, as Alipay writes it: what is behind a brace in a
 * text that somebody else chose can never be taken for it. */
const char *
alipay_inner(struct arena *a, const char *text, size_t n, const char *name)
{
	const char *key = arena_printf(a, "{\"%s\":", name);
	size_t len = strlen(key);
	const char *end;

	if (n < len || memcmp(text, key, len) != 0)
		return NULL;
	end = object_end(text + len, text + n);
	return end != NULL
		   ? arena_strndup(a, text + len, (size_t)(end - text) - len)
		   : NULL;
}
