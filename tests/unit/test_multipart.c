#include "arena_kit.h"

#include <stdlib.h>
#include <string.h>

#include "base/err.h"
#include "format/multipart.h"

#define TYPE "multipart/form-data; boundary="
#define FORM "Content-Disposition: form-data; name="

/* Parses a copy that ends where the body ends, for ASan to see overreads. */
static enum err
parse(const char *type, const char *body, size_t n, struct parts *list)
{
	char *copy = malloc(n > 0 ? n : 1);
	enum err e;

	assert_non_null(copy);
	memcpy(copy, body, n);
	e = multipart_parse(a, type, copy, n, list);
	for (size_t i = 0; e == E_OK && i < list->n; i++) {
		assert_true(list->item[i].data >= copy);
		assert_true(list->item[i].data + list->item[i].n <= copy + n);
		/* For the comparison, which comes after the copy is gone. */
		list->item[i].data =
		    arena_strndup(a, list->item[i].data, list->item[i].n);
	}
	free(copy);
	return e;
}

/* The parts as name[filename]=data; each. */
static const char *
show(const struct parts *list)
{
	const char *s = "";

	for (size_t i = 0; i < list->n; i++) {
		const struct part *p = &list->item[i];

		s = arena_printf(a, "%s%s[%s]=%s;", s, p->name,
		    p->filename != NULL ? p->filename : "-", p->data);
	}
	return s;
}

static const struct {
	const char *type, *body, *want;
} good[] = {
	{ TYPE "b", "--b--\r\n", "" },
	{ TYPE "b", "--b--", "" },
	{ TYPE "b", "--b\r\n" FORM "\"a\"\r\n\r\n1\r\n--b--\r\n", "a[-]=1;" },
	{ "Multipart/Form-Data;BOUNDARY=\"b\"",
	    "--b\r\n" FORM "\"a\"\r\n\r\n\r\n--b--\r\n", "a[-]=;" },
	{ TYPE "\"x y?\" ; charset=utf-8",
	    "--x y?\r\n" FORM "\"a\"\r\n\r\n--x y\r\n--x y?--\r\n",
	    "a[-]=--x y;" },
	{ TYPE "b",
	    "--b\r\n" FORM "\"a\"\r\n\r\n1\r\n--b\r\n" FORM
	    "\"f\"; filename=\"\xe4\xb8\xad.pdf\"\r\n"
	    "Content-Type: application/pdf\r\n\r\n%PDF-\r\n-\r\n--\r\n"
	    "\r\n--b\r\n" FORM "\"a\"\r\n\r\n2\r\n--b--\r\n",
	    "a[-]=1;f[\xe4\xb8\xad.pdf]=%PDF-\r\n-\r\n--\r\n;a[-]=2;" },
	{ TYPE "b",
	    "--b\r\ncontent-disposition:FORM-DATA;name=a ; filename=\"\"\r\n"
	    "Content-Transfer-Encoding: binary\r\nX-Other: \r\n\r\n1\r\n--b--",
	    "a[]=1;" },
	{ TYPE "b",
	    "--b\r\n" FORM "\"a%22\\\"\"; filename=\"C:\\d\\x;=%0D\"\r\n\r\n"
	    "1\r\n--b--\r\n",
	    "a\"\"[C:\\d\\x;=%0D]=1;" },
};

static void
test_good(void **state)
{
	(void)state;
	for (size_t i = 0; i < COUNT(good); i++) {
		struct parts list;

		if (parse(good[i].type, good[i].body, strlen(good[i].body),
			&list) != E_OK)
			fail_msg("row %zu: %s", i, err_fault()->cause);
		assert_string_equal(show(&list), good[i].want);
	}
}

static const struct {
	const char *type, *body;
} bad[] = {
	/* the boundary */
	{ "", "--b--" },
	{ "text/plain; boundary=b", "--b--" },
	{ "multipart/form-data", "--b--" },
	{ "multipart/form-data-x; boundary=b", "--b--" },
	{ "multipart/form-data; charset=b", "--b--" },
	{ "multipart/form-data boundary=b", "--b--" },
	{ TYPE, "--b--" },
	{ TYPE "\"\"", "--b--" },
	{ TYPE "\"b", "--b--" },
	{ TYPE "b;", "--b--" },
	{ TYPE "b c", "--b--" },
	{ TYPE "b; boundary=b", "--b--" },
	{ TYPE "\"b \"", "--b --" },
	{ TYPE "\"b\r\n\"", "--b--" },
	{ TYPE "\"b*\"", "--b*--" },
	/* around the parts */
	{ TYPE "b", "" },
	{ TYPE "b", "--b" },
	{ TYPE "b", "--b\r\n" },
	{ TYPE "b", "--B--" },
	{ TYPE "b", "\r\n--b--" },
	{ TYPE "b", "text\r\n--b--" },
	{ TYPE "b", "--b--\r\ntext" },
	{ TYPE "b", "--b--\r\n\r\n" },
	{ TYPE "b", "--b \r\n" FORM "\"a\"\r\n\r\n1\r\n--b--" },
	{ TYPE "b", "--b\n" FORM "\"a\"\n\n1\n--b--\n" },
	{ TYPE "b", "--b\r\n" FORM "\"a\"\r\n\r\n1\r\n--b" },
	{ TYPE "b", "--b\r\n" FORM "\"a\"\r\n\r\n1\r\n--b-" },
	{ TYPE "b", "--b\r\n" FORM "\"a\"\r\n\r\n1\r\n--bc\r\n--b--" },
	{ TYPE "b", "--b\r\n" FORM "\"a\"\r\n\r\n--b--" },
	/* the headers of a part */
	{ TYPE "b", "--b\r\n\r\n1\r\n--b--" },
	{ TYPE "b", "--b\r\nContent-Type: text/plain\r\n\r\n1\r\n--b--" },
	{ TYPE "b", "--b\r\n" FORM "\"a\"\r\n1\r\n--b--" },
	{ TYPE "b", "--b\r\n" FORM "\"a\"\r\n x\r\n\r\n1\r\n--b--" },
	{ TYPE "b", "--b\r\n" FORM "\"a\"\r\nX : y\r\n\r\n1\r\n--b--" },
	{ TYPE "b", "--b\r\n" FORM "\"a\"\r\n: y\r\n\r\n1\r\n--b--" },
	{ TYPE "b", "--b\r\n" FORM "\"a\"\r\n" FORM "\"a\"\r\n\r\n1\r\n--b--" },
	{ TYPE "b",
	    "--b\r\nContent-Disposition: attachment; name=a\r\n\r\n1\r\n--b--" },
	{ TYPE "b", "--b\r\nContent-Disposition: form-data\r\n\r\n1\r\n--b--" },
	{ TYPE "b", "--b\r\n" FORM "\"\"\r\n\r\n1\r\n--b--" },
	{ TYPE "b", "--b\r\n" FORM "\r\n\r\n1\r\n--b--" },
	{ TYPE "b", "--b\r\n" FORM "\"a\r\n\r\n1\r\n--b--" },
	{ TYPE "b", "--b\r\n" FORM "\"a\\\"\r\n\r\n1\r\n--b--" },
	{ TYPE "b", "--b\r\n" FORM "\"a\"b\r\n\r\n1\r\n--b--" },
	{ TYPE "b", "--b\r\n" FORM "\"a\xff\"\r\n\r\n1\r\n--b--" },
	{ TYPE "b", "--b\r\n" FORM "\"a\tb\"\r\n\r\n1\r\n--b--" },
	{ TYPE "b", "--b\r\n" FORM "a; name=b\r\n\r\n1\r\n--b--" },
	{ TYPE "b", "--b\r\n" FORM "a; filename*=utf-8''x\r\n\r\n1\r\n--b--" },
	{ TYPE "b",
	    "--b\r\n" FORM "a; filename=x; filename=y\r\n\r\n1\r\n--b--" },
	{ TYPE "b",
	    "--b\r\n" FORM "\"a\"\r\nContent-Transfer-Encoding: base64\r\n"
	    "\r\nMQ==\r\n--b--" },
};

static void
test_bad(void **state)
{
	(void)state;
	for (size_t i = 0; i < COUNT(bad); i++) {
		struct parts list;

		if (parse(bad[i].type, bad[i].body, strlen(bad[i].body),
			&list) != E_MALFORMED)
			fail_msg("row %zu: %s", i, bad[i].body);
	}
}

/* Only the line end after the last boundary may be missing. */
static void
test_truncated(void **state)
{
	(void)state;
	for (size_t i = 0; i < COUNT(good); i++) {
		const char *last = strstr(good[i].body, "--"), *next;
		struct parts list;
		size_t whole;

		while ((next = strstr(last + 1, "--")) != NULL)
			last = next;
		whole = (size_t)(last - good[i].body) + 2;
		for (size_t n = 0; n < whole; n++)
			assert_int_equal(
			    parse(good[i].type, good[i].body, n, &list),
			    E_MALFORMED);
		assert_int_equal(
		    parse(good[i].type, good[i].body, whole, &list), E_OK);
		for (size_t n = 0; n < strlen(TYPE); n++)
			assert_int_equal(
			    parse(arena_strndup(a, good[i].type, n),
				good[i].body, strlen(good[i].body), &list),
			    E_MALFORMED);
	}
}

/* Every byte at every place: nothing crashes. */
static void
test_changed_bytes(void **state)
{
	const char *body = good[5].body;
	size_t size = strlen(body);

	(void)state;
	for (size_t at = 0; at < size; at++)
		for (int c = 0; c < 256; c++) {
			char *changed;
			struct parts list;
			enum err e;

			arena_reset(a);
			changed = arena_strndup(a, body, size);
			changed[at] = (char)c;
			e = parse(good[5].type, changed, size, &list);
			assert_true(e == E_OK || e == E_MALFORMED);
		}
}

static void
test_limits(void **state)
{
	const char *part = "\r\n" FORM "a\r\n\r\n1\r\n--b", *body = "--b";
	char fill[MULTIPART_HEADER] = "", boundary[MULTIPART_BOUNDARY + 2] = "";
	struct parts list;

	(void)state;
	for (int i = 1; i <= MULTIPART_PARTS + 1; i++) {
		const char *whole;

		body = arena_printf(a, "%s%s", body, part);
		whole = arena_printf(a, "%s--", body);
		assert_int_equal(parse(TYPE "b", whole, strlen(whole), &list),
		    i <= MULTIPART_PARTS ? E_OK : E_MALFORMED);
	}
	for (size_t n = 1; n < sizeof(boundary); n++) {
		boundary[n - 1] = 'x';
		body = arena_printf(a, "--%s--", boundary);
		assert_int_equal(parse(arena_printf(a, TYPE "%s", boundary),
				     body, strlen(body), &list),
		    n <= MULTIPART_BOUNDARY ? E_OK : E_MALFORMED);
	}
	memset(fill, 'x', sizeof(fill) - 1);
	for (int n = 1; n < MULTIPART_HEADER; n++) {
		size_t line = strlen(FORM) + (size_t)n;

		body = arena_printf(
		    a, "--b\r\n" FORM "%.*s\r\n\r\n1\r\n--b--", n, fill);
		assert_int_equal(parse(TYPE "b", body, strlen(body), &list),
		    line <= MULTIPART_HEADER ? E_OK : E_MALFORMED);
	}
}

static void
test_get(void **state)
{
	struct parts list;

	(void)state;
	assert_int_equal(
	    parse(good[5].type, good[5].body, strlen(good[5].body), &list),
	    E_OK);
	assert_string_equal(multipart_get(&list, "a")->data, "1");
	assert_null(multipart_get(&list, "A"));
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(test_good),
		TEST(test_bad),
		TEST(test_truncated),
		TEST(test_changed_bytes),
		TEST(test_limits),
		TEST(test_get),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
