#pragma once
/* What the identifier tests share: a table row and how it is looked at. */
#include <string.h>

#include "arena_kit.h"
#include "base/err.h"
#include "format/ident.h"

/*
 * What a check says of input: value is the canonical form, or NULL when it is
 * refused; code is NULL when there is nothing to say; words stand in the
 * message.
 */
struct expect {
	const char *input, *value, *code, *words;
};

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
		check(&e[i], fn(a, e[i].input));
}
