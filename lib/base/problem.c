#include "base/problem.h"

#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include "base/arena.h"

void
problem_add(struct problems *ps, const char *field, const char *code,
    const char *fmt, ...)
{
	char text[512];
	va_list ap;

	if (ps->n == PROBLEMS_MAX)
		return;
	va_start(ap, fmt);
	vsnprintf(text, sizeof(text), fmt, ap);
	va_end(ap);
	ps->item[ps->n++] =
	    (struct problem){ field, code, arena_strdup(ps->a, text) };
}

const char *
problem_message(const struct problems *ps, const char *field)
{
	for (size_t i = 0; i < ps->n; i++)
		if (strcmp(ps->item[i].field, field) == 0)
			return ps->item[i].message;
	return NULL;
}
