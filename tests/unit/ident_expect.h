#pragma once
/* What the identifier tests share: a table row and how it is looked at. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "base/arena.h"
#include "format/ident.h"

#define COUNT(x) (sizeof(x) / sizeof((x)[0]))

static struct arena *arena;

/*
 * What a check says of input: value is the canonical form, or NULL when it is
 * refused; code is NULL when there is nothing to say; words stand in the
 * message.
 */
struct expect {
	const char *input, *value, *code, *words;
};

static int
setup(void **state)
{
	(void)state;
	arena = arena_new(8 << 20);
	return 0;
}

static int
teardown(void **state)
{
	(void)state;
	arena_free(arena);
	return 0;
}

/* A Chinese sentence: its full stop ends it. */
static bool
is_sentence(const char *s)
{
	size_t n = s != NULL ? strlen(s) : 0;

	return n > 3 && strcmp(s + n - 3, "。") == 0;
}

static void
check_problem(const struct expect *e, struct verdict v)
{
	if (v.code == NULL || strcmp(v.code, e->code) != 0)
		fail_msg("%s: code %s", e->input, v.code);
	if (v.is_warning != (e->value != NULL))
		fail_msg("%s: warning or refusal", e->input);
	if (!is_sentence(v.message))
		fail_msg("%s: message %s", e->input, v.message);
	if (e->words != NULL && strstr(v.message, e->words) == NULL)
		fail_msg("%s: message %s", e->input, v.message);
}

static void
check(const struct expect *e, struct verdict v)
{
	const char *value = e->value != NULL ? e->value : e->input;

	if (strcmp(v.value, value) != 0)
		fail_msg("%s: value %s", e->input, v.value);
	if (e->code != NULL)
		check_problem(e, v);
	else if (v.code != NULL || v.message != NULL || v.is_warning)
		fail_msg("%s: %s %s", e->input, v.code, v.message);
}

static void
check_all(const struct expect *e, size_t n,
    struct verdict (*fn)(struct arena *, const char *))
{
	for (size_t i = 0; i < n; i++)
		check(&e[i], fn(arena, e[i].input));
}
