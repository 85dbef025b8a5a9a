#include "arena_kit.h"

#include <stdlib.h>
#include <string.h>

#include "base/err.h"
#include "format/cookie.h"

static const struct {
	const char *header, *name, *want;
} got[] = {
	{ NULL, "a", NULL },
	{ "", "a", NULL },
	{ "a=1", "a", "1" },
	{ "a=", "a", "" },
	{ "a", "a", NULL },
	{ "=1", "a", NULL },
	{ "b=2; a=1", "a", "1" },
	{ "b=2;a=1 ; c=3", "a", "1" },
	{ "a=1; a=2", "a", "1" },
	{ "ab=1; ba=2", "a", NULL },
	{ "ab=1; ba=2", "b", NULL },
	{ "A=1", "a", NULL },
	{ "a=b=c", "a", "b=c" },
	{ "x=a=1", "a", NULL },
	{ "a=\"q\"", "a", "\"q\"" },
	{ ";;; \t;a=1;", "a", "1" },
	{ "a=   ", "a", "" },
	{ " a =1", "a", NULL },
};

static void
test_get(void **state)
{
	(void)state;
	for (size_t i = 0; i < COUNT(got); i++) {
		const char *v = cookie_get(a, got[i].header, got[i].name);

		if (got[i].want == NULL)
			assert_null(v);
		else
			assert_string_equal(v, got[i].want);
	}
}

/* The beginning of a header gives the beginning of the value, or nothing. */
static void
test_get_truncated(void **state)
{
	static const char header[] = "x=1; sid=abcdef; y=2";

	(void)state;
	for (size_t n = 0; n < sizeof(header); n++) {
		char *cut = strndup(header, n);
		const char *v = cookie_get(a, cut, "sid");

		free(cut);
		if (n < strlen("x=1; sid="))
			assert_null(v);
		else
			assert_memory_equal(v, "abcdef", strlen(v));
	}
}

static const struct {
	struct cookie c;
	const char *want; /* NULL: refused */
} set[] = {
	{ { "sid", "abc", "/", -1, true, false },
	    "sid=abc; Path=/; HttpOnly; SameSite=Strict; Secure" },
	{ { "sid", "a=b", "/admin/", 3600, false, false },
	    "sid=a=b; Path=/admin/; Max-Age=3600; HttpOnly; SameSite=Strict" },
	{ { "sid", "", "/", 0, true, false },
	    "sid=; Path=/; Max-Age=0; HttpOnly; SameSite=Strict; Secure" },
	{ { "trip", "x", "/api", 600, true, true },
	    "trip=x; Path=/api; Max-Age=600; HttpOnly; SameSite=Lax; Secure" },
	{ { "", "x", "/", -1, true, false }, NULL },
	{ { "a b", "x", "/", -1, true, false }, NULL },
	{ { "a=b", "x", "/", -1, true, false }, NULL },
	{ { "a", "x;y", "/", -1, true, false }, NULL },
	{ { "a", "x y", "/", -1, true, false }, NULL },
	{ { "a", "x,y", "/", -1, true, false }, NULL },
	{ { "a", "x\r\ny", "/", -1, true, false }, NULL },
	{ { "a", "中", "/", -1, true, false }, NULL },
	{ { "a", "x", "/;Domain=x", -1, true, false }, NULL },
	{ { "a", "x", "", -1, true, false }, NULL },
	{ { "a", "x", "admin", -1, true, false }, NULL },
};

static void
test_set(void **state)
{
	(void)state;
	for (size_t i = 0; i < COUNT(set); i++) {
		const char *line = NULL;
		enum err e = cookie_set(a, &set[i].c, &line);

		assert_int_equal(e, set[i].want != NULL ? E_OK : E_INTERNAL);
		if (set[i].want != NULL)
			assert_string_equal(line, set[i].want);
	}
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(test_get),
		TEST(test_get_truncated),
		TEST(test_set),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
