#include "base/problem.h"

#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include "base/arena.h"
#include "base/utf8.h"

void
problem_add(struct problems *ps, const char *field, const char *code,
    const char *fmt, ...)
{
	char text[512];
	va_list ap;
	int n;

	if (ps->n == PROBLEMS_MAX)
		return;
	va_start(ap, fmt);
	n = vsnprintf(text, sizeof(text), fmt, ap);
	va_end(ap);
	/* What quotes a long name is cut short, between characters. */
	if (n >= (int)sizeof(text))
		text[utf8_whole(text, sizeof(text) - 1)] = '\0';
	ps->item[ps->n++] =
	    (struct problem){ field, code, arena_strdup(ps->a, text) };
}

bool
problem_prose(struct problems *ps, const char *field, const char *text,
    size_t most, const char *required)
{
	bool is_missing = *text == '\0' && required != NULL;
	bool is_long = utf8_length(text) > most;

	if (is_missing)
		problem_add(ps, field, "required", "%s", required);
	if (is_long)
		problem_add(
		    ps, field, "too_long", "不能超过 %zu 字，请缩短。", most);
	return !is_missing && !is_long;
}

const char *
problem_message(const struct problems *ps, const char *field)
{
	for (size_t i = 0; i < ps->n; i++)
		if (strcmp(ps->item[i].field, field) == 0)
			return ps->item[i].message;
	return NULL;
}
