#include "arena_kit.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/buf.h"
#include "format/json.h"

/* A text with its length, so that it may hold NUL. */
#define T(s) s, sizeof(s) - 1

/* Parses a copy that ends where the text ends, for ASan to see overreads. */
static enum err
parse(const char *p, size_t n, struct json_object **out, const char **where)
{
	char *copy = malloc(n > 0 ? n : 1);
	enum err e;

	assert_non_null(copy);
	if (n > 0)
		memcpy(copy, p, n);
	e = json_parse(a, copy, n, out, where);
	free(copy);
	return e;
}

static const struct {
	const char *text;
	size_t n;
	const char *back; /* as json_text gives it; NULL: the same */
} good[] = {
	{ T("{}"), NULL },
	{ T("[]"), NULL },
	{ T(" \t\r\n[ ] \n"), "[]" },
	{ T("null"), NULL },
	{ T("true"), NULL },
	{ T("false "), "false" },
	{ T("\"x\""), NULL },
	{ T("0"), NULL },
	{ T("12"), NULL },
	{ T("-0"), "0" },
	{ T("-1 "), "-1" },
	{ T("[9223372036854775807,-9223372036854775808]"), NULL },
	{ T("[0.5,1e5,1E+2,-1.25e-3,0e0]"), NULL },
	{ T("{\"a\":{\"a\":[{\"a\":1},{\"a\":2}]},\"b\":\"a\"}"), NULL },
	{ T("{\"\":null,\"a\":\"\"}"), NULL },
	{ T("\"\\u4e2d\\u6587 \xe4\xb8\xad\""),
	    "\"\xe4\xb8\xad\xe6\x96\x87 \xe4\xb8\xad\"" },
	{ T("\"\\ud834\\uDD1E\""), "\"\xf0\x9d\x84\x9e\"" },
	{ T("\"\\\"\\\\\\/\\b\\f\\n\\r\\t\x7f\""),
	    "\"\\\"\\\\/\\b\\f\\n\\r\\t\x7f\"" },
	{ T("[[[[[[[[1]]]]]]]]"), NULL },
	{ T("{\"a\":[[[[[[[]]]]]]]}"), NULL },
};

static void
test_good(void **state)
{
	(void)state;
	for (size_t i = 0; i < COUNT(good); i++) {
		const char *where, *back;
		struct json_object *o;
		enum err e = parse(good[i].text, good[i].n, &o, &where);
		size_t n;

		if (e != E_OK)
			fail_msg("%s: %s", good[i].text, where);
		assert_null(where);
		back = json_text(o, &n);
		assert_string_equal(
		    back, good[i].back != NULL ? good[i].back : good[i].text);
		assert_int_equal(n, strlen(back));
	}
}

static const struct {
	const char *text;
	size_t n;
} bad[] = {
	/* empty, or more than one text */
	{ T("") },
	{ T(" \n") },
	{ T("{}x") },
	{ T("{}{}") },
	{ T("{} 1") },
	{ T("1 2") },
	{ T("truefalse") },
	{ T("[]\0") },
	{ T("[]]") },
	{ T("1\0") },
	/* order of tokens */
	{ T("[") },
	{ T("{") },
	{ T("}") },
	{ T("[}") },
	{ T("{]") },
	{ T("[1,]") },
	{ T("[,1]") },
	{ T("[1,,2]") },
	{ T("[1 2]") },
	{ T("[1:2]") },
	{ T("[1true]") },
	{ T("[true1]") },
	{ T("[\"a\"\"b\"]") },
	{ T("{\"a\":1,}") },
	{ T("{\"a\"}") },
	{ T("{\"a\":}") },
	{ T("{\"a\",1}") },
	{ T("{:1}") },
	{ T("{1:1}") },
	{ T("{a:1}") },
	{ T("{'a':1}") },
	{ T("{null:1}") },
	{ T("{\"a\":1 \"b\":2}") },
	{ T("[1]//x") },
	{ T("[/**/1]") },
	{ T("[1]\v") },
	{ T("\f[1]") },
	{ T("[\xc2\xa0]") },
	/* literals */
	{ T("[True]") },
	{ T("[TRUE]") },
	{ T("[nul]") },
	{ T("tru") },
	{ T("Null") },
	{ T("[NaN]") },
	{ T("[nan]") },
	{ T("[Infinity]") },
	{ T("[-Infinity]") },
	{ T("-infinity") },
	{ T("[inf]") },
	/* numbers */
	{ T("[01]") },
	{ T("[-01]") },
	{ T("[00]") },
	{ T("[1.]") },
	{ T("[.5]") },
	{ T("[+1]") },
	{ T("[-]") },
	{ T("-") },
	{ T("[--1]") },
	{ T("[1e]") },
	{ T("[1e+]") },
	{ T("[1.e1]") },
	{ T("[0x1]") },
	{ T("[1.2.3]") },
	{ T("[1e5.5]") },
	{ T("[9223372036854775808]") },
	{ T("[-9223372036854775809]") },
	{ T("[18446744073709551615]") },
	{ T("[1e400]") },
	{ T("[-1e400]") },
	/* strings */
	{ T("\"") },
	{ T("\"\\") },
	{ T("\"\\\"") },
	{ T("[\"a]") },
	{ T("\"a\0b\"") },
	{ T("\"a\nb\"") },
	{ T("\"\x1f\"") },
	{ T("\"\\x41\"") },
	{ T("\"\\a\"") },
	{ T("\"\\\0\"") },
	{ T("\"\\U0041\"") },
	{ T("\"\\u\"") },
	{ T("\"\\u00\"") },
	{ T("\"\\u004g\"") },
	{ T("\"\\u0000\"") },
	{ T("{\"\\u0000\":1}") },
	{ T("\"\\ud800\"") },
	{ T("\"\\udc00\"") },
	{ T("\"\\udc00\\ud800\"") },
	{ T("\"\\ud800\\ud800\"") },
	{ T("\"\\ud800x\"") },
	{ T("\"\\ud800\\n1234\"") },
	{ T("\"\\ud800\\u0041\"") },
	/* bytes that are not UTF-8 */
	{ T("\xef\xbb\xbf{}") },
	{ T("\"\x80\"") },
	{ T("\"\xc0\xaf\"") },
	{ T("\"\xe4\xb8\"") },
	{ T("\"\xed\xa0\x80\"") },
	{ T("\"\xf5\x80\x80\x80\"") },
	{ T("\"\xff\"") },
	{ T("\xff") },
	{ T("\xff\xfe[\0]\0") },
	/* levels */
	{ T("[[[[[[[[[]]]]]]]]]") },
	{ T("{\"a\":[[[[[[[[]]]]]]]]}") },
	/* malformed is told before a member given twice */
	{ T("{\"a\":1,\"a\":2") },
	{ T("{\"a\":1,\"a\":2,}") },
};

static void
test_bad(void **state)
{
	(void)state;
	for (size_t i = 0; i < COUNT(bad); i++) {
		struct json_object *o;
		const char *where;
		enum err e = parse(bad[i].text, bad[i].n, &o, &where);

		if (e != E_MALFORMED)
			fail_msg("row %zu: %s", i, bad[i].text);
		assert_null(o);
		assert_non_null(strstr(where, "个字节处"));
	}
}

static const struct {
	const char *text, *where;
} twice[] = {
	{ "{\"a\":1,\"b\":2,\"a\":1}", "“a”" },
	{ "{\"a\":1,\"\\u0061\":1}", "“a”" },
	{ "{\"\\ud834\\udd1e\":1,\"\xf0\x9d\x84\x9e\":1}",
	    "“\xf0\x9d\x84\x9e”" },
	{ "{\"a/\":1,\"a\\/\":1}", "“a/”" },
	{ "[{\"k\":{\"x\":[],\"x\":{}}}]", "“x”" },
	{ "{\"a\":{\"b\":1},\"a\":2}", "“a”" },
	{ "{\"\":1,\"\":2}", "“”" },
};

static void
test_twice(void **state)
{
	(void)state;
	for (size_t i = 0; i < COUNT(twice); i++) {
		struct json_object *o;
		const char *where;

		assert_int_equal(
		    parse(twice[i].text, strlen(twice[i].text), &o, &where),
		    E_UNKNOWN_MEMBER);
		assert_null(o);
		assert_non_null(strstr(where, twice[i].where));
	}
}

/* prefix, then n times unit with the index as its argument, then suffix */
static const struct {
	const char *prefix, *unit, *suffix;
	int most;
} limits[] = {
	{ "{\"x\":0", ",\"%d\":0", "}", JSON_MEMBERS - 1 },
	{ "[0", ",%1.1d", "]", JSON_VALUES - 2 },
	{ "{\"", "%.0dk", "\":1}", JSON_KEY },
	{ "0.", "%.0d1", "", JSON_NUMBER - 2 },
	{ "\"", "%.0dx", "\"", JSON_BYTES - 2 },
};

static enum err
parse_repeated(size_t row, int n)
{
	struct json_object *o;
	const char *where;
	struct buf b;

	arena_reset(a);
	buf_init(&b, a, JSON_BYTES + 16);
	buf_puts(&b, limits[row].prefix);
	for (int i = 0; i < n; i++) {
#pragma GCC diagnostic push
#pragma GCC diagnostic ignored "-Wformat-nonliteral"
		buf_printf(&b, limits[row].unit,
		    strstr(limits[row].unit, "%.0d") != NULL ? 0 : i);
#pragma GCC diagnostic pop
	}
	buf_puts(&b, limits[row].suffix);
	assert_non_null(buf_str(&b));
	return parse(b.p, b.n, &o, &where);
}

static void
test_limits(void **state)
{
	(void)state;
	for (size_t i = 0; i < COUNT(limits); i++) {
		assert_int_equal(parse_repeated(i, limits[i].most), E_OK);
		assert_int_equal(
		    parse_repeated(i, limits[i].most + 1), E_MALFORMED);
	}
}

/* No beginning of a text that ends in a bracket or quote is a text. */
static void
test_truncated(void **state)
{
	(void)state;
	for (size_t i = 0; i < COUNT(good); i++) {
		size_t whole = strlen(good[i].text);
		struct json_object *o;
		const char *where;

		while (whole > 0 && strchr(" \n", good[i].text[whole - 1]))
			whole--;
		for (size_t n = 0; n < whole; n++) {
			enum err e = parse(good[i].text, n, &o, &where);

			if (strchr("]}\"", good[i].text[whole - 1]) != NULL)
				assert_int_equal(e, E_MALFORMED);
		}
	}
}

/* Every byte at every place: nothing crashes, and what is taken is stable. */
static void
test_changed_bytes(void **state)
{
	static const char text[] =
	    "{\"a\":[1,-2.5e1,\"\\u0061\\ud834\\udd1e\xe4\xb8\xad\"],\"b\":null}";

	(void)state;
	for (size_t at = 0; at < sizeof(text) - 1; at++)
		for (int c = 0; c < 256; c++) {
			char changed[sizeof(text)], *first;
			struct json_object *o;
			const char *where;
			size_t n;

			arena_reset(a);
			memcpy(changed, text, sizeof(text));
			changed[at] = (char)c;
			if (parse(changed, sizeof(text) - 1, &o, &where) !=
			    E_OK)
				continue;
			first = arena_strdup(a, json_text(o, &n));
			assert_int_equal(parse(first, n, &o, &where), E_OK);
			assert_string_equal(first, json_text(o, &n));
		}
}

static void
test_build(void **state)
{
	struct json_object *o = json_object_in(a), *list, *sub;
	struct json_object *child = json_array_in(a);
	size_t n;

	(void)state;
	json_str(o, "s", "a/b\"\xe4\xb8\xad\x01");
	json_str(o, "none", NULL);
	json_int(o, "i", INT64_MIN);
	json_flag(o, "yes", true);
	json_flag(o, "no", false);
	json_null(o, "null");
	json_time(o, "at", 1500);
	json_time(o, "never", 0);
	sub = json_sub(o, "sub");
	json_int(sub, "x", 1);
	list = json_list(o, "list");
	json_str(json_item(list), "k", "v");
	json_item_str(list, "t");
	json_item_str(list, NULL);
	json_put(o, "child", child);
	json_item_str(child, "late");
	assert_string_equal(json_text(o, &n),
	    "{\"s\":\"a/b\\\"\xe4\xb8\xad\\u0001\",\"none\":null,"
	    "\"i\":-9223372036854775808,\"yes\":true,\"no\":false,"
	    "\"null\":null,\"at\":\"1970-01-01T00:00:00.001Z\",\"never\":null,"
	    "\"sub\":{\"x\":1},"
	    "\"list\":[{\"k\":\"v\"},\"t\",null],\"child\":[\"late\"]}");
}

static void
test_get(void **state)
{
	static const char text[] =
	    "{\"s\":\"x\",\"i\":7,\"d\":7.0,\"t\":\"7\",\"n\":null,\"b\":true}";
	struct json_object *o;
	const char *where;
	int64_t v = -1;

	(void)state;
	assert_int_equal(parse(text, strlen(text), &o, &where), E_OK);
	assert_string_equal(json_get_str(o, "s"), "x");
	assert_null(json_get_str(o, "i"));
	assert_null(json_get_str(o, "n"));
	assert_null(json_get_str(o, "S"));
	assert_null(json_get_str(NULL, "s"));
	assert_null(json_get_str(json_get(o, "s"), "s"));
	assert_true(json_get_int(o, "i", &v));
	assert_int_equal(v, 7);
	assert_false(json_get_int(o, "d", &v));
	assert_false(json_get_int(o, "t", &v));
	assert_false(json_get_int(o, "b", &v));
	assert_false(json_get_int(o, "none", &v));
	assert_int_equal(v, 7);
	assert_non_null(json_get(o, "b"));
	assert_null(json_get(o, "n"));
}

static void
test_walk(void **state)
{
	static const char text[] = "{\"a\":[1,[2],null],\"b\":true,\"c\":{}}";
	struct json_object *o, *list;
	const char *where;

	(void)state;
	assert_int_equal(parse(text, strlen(text), &o, &where), E_OK);
	list = json_get(o, "a");
	assert_int_equal(json_count(list), 3);
	assert_int_equal(json_count(json_at(list, 1)), 1);
	assert_null(json_at(list, 2));
	assert_null(json_at(list, 3));
	assert_int_equal(json_count(o), 0);
	assert_int_equal(json_count(NULL), 0);
	assert_null(json_at(o, 0));
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(test_good),
		TEST(test_bad),
		TEST(test_twice),
		TEST(test_limits),
		TEST(test_truncated),
		TEST(test_changed_bytes),
		TEST(test_build),
		TEST(test_get),
		TEST(test_walk),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
