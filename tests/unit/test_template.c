#include "arena_kit.h"

#include <stdlib.h>
#include <string.h>

#include "base/buf.h"
#include "format/json.h"
#include "format/template.h"

/* Renders n bytes of text, beside the partial "p"; NULL when refused. */
static const char *
render(const char *text, size_t n, const char *partial, const char *data)
{
	char *copy = malloc(n + 1);
	struct template list[] = {
		{ "p", partial, partial != NULL ? strlen(partial) : 0 },
		{ "page", copy, n },
		{ NULL, NULL, 0 },
	};
	struct json_object *o;
	const char *where;
	struct buf out;
	enum err e;

	assert_non_null(copy);
	memcpy(copy, text, n);
	assert_int_equal(json_parse(a, data, strlen(data), &o, &where), E_OK);
	buf_init(&out, a, 4096);
	e = template_render(list, "page", o, &out);
	free(copy);
	assert_true(e == E_OK || e == E_INTERNAL);
	return e == E_OK ? buf_str(&out) : NULL;
}

static const struct {
	const char *text, *partial, *data, *want;
} rows[] = {
	/* values */
	{ "", NULL, "{}", "" },
	{ "plain } { \n", NULL, "{}", "plain } { \n" },
	{ "{{a}}", NULL, "{\"a\":\"<i t='x' u=\\\"y\\\">&\"}",
	    "&lt;i t=&#39;x&#39; u=&quot;y&quot;&gt;&amp;" },
	{ "{{ a }}|{{\ta\t}}", NULL, "{\"a\":\"中文\"}", "中文|中文" },
	{ "[{{none}}{{null}}]", NULL, "{\"null\":null}", "[]" },
	{ "{{i}} {{d}} {{t}} {{f}}", NULL,
	    "{\"i\":-3,\"d\":1.50,\"t\":true,\"f\":false}",
	    "-3 1.50 true false" },
	{ "  {{a}}\n", NULL, "{\"a\":1}", "  1\n" },
	{ "{{a}}", NULL, "{\"a\":\"{{b}}\",\"b\":1}", "{{b}}" },
	{ "{{.}}", NULL, "\"<x>\"", "&lt;x&gt;" },
	/* names with dots */
	{ "{{a.b.c}}", NULL, "{\"a\":{\"b\":{\"c\":\"x\"}}}", "x" },
	{ "[{{a.x.c}}{{a.b.c.d}}]", NULL, "{\"a\":{\"b\":{\"c\":\"x\"}}}",
	    "[]" },
	{ "{{#a}}[{{b.c}}]{{/a}}", NULL, "{\"a\":{\"b\":{}},\"b\":{\"c\":1}}",
	    "[]" },
	{ "{{#a.b}}{{c}}{{/a.b}}", NULL, "{\"a\":{\"b\":{\"c\":1}}}", "1" },
	/* the stack of contexts */
	{ "{{#a}}{{x}}{{y}}{{#b}}{{x}}{{y}}{{/b}}{{/a}}", NULL,
	    "{\"x\":1,\"y\":2,\"a\":{\"x\":3,\"b\":{\"y\":4}}}", "3234" },
	{ "{{#a}}[{{x}}]{{/a}}", NULL, "{\"x\":1,\"a\":{\"x\":null}}", "[]" },
	{ "{{#l}}{{.}},{{/l}}", NULL, "{\"l\":[1,\"<\",true]}",
	    "1,&lt;,true," },
	{ "{{#l}}({{#.}}{{.}}{{/.}}){{/l}}", NULL, "{\"l\":[[1,2],[3]]}",
	    "(12)(3)" },
	{ "{{#l}}{{n}}{{x}};{{/l}}", NULL,
	    "{\"x\":\"x\",\"l\":[{\"n\":1},{\"n\":2}]}", "1x;2x;" },
	{ "{{#s}}{{.}}{{x}}{{/s}}", NULL, "{\"s\":\"t\",\"x\":1}", "t1" },
	/* what is true */
	{ "{{#a}}y{{/a}}{{^a}}n{{/a}}", NULL, "{}", "n" },
	{ "{{#a}}y{{/a}}{{^a}}n{{/a}}", NULL, "{\"a\":null}", "n" },
	{ "{{#a}}y{{/a}}{{^a}}n{{/a}}", NULL, "{\"a\":false}", "n" },
	{ "{{#a}}y{{/a}}{{^a}}n{{/a}}", NULL, "{\"a\":0}", "n" },
	{ "{{#a}}y{{/a}}{{^a}}n{{/a}}", NULL, "{\"a\":0.0}", "n" },
	{ "{{#a}}y{{/a}}{{^a}}n{{/a}}", NULL, "{\"a\":\"\"}", "n" },
	{ "{{#a}}y{{/a}}{{^a}}n{{/a}}", NULL, "{\"a\":[]}", "n" },
	{ "{{#a}}y{{/a}}{{^a}}n{{/a}}", NULL, "{\"a\":{}}", "y" },
	{ "{{#a}}y{{/a}}{{^a}}n{{/a}}", NULL, "{\"a\":true}", "y" },
	{ "{{#a}}y{{/a}}{{^a}}n{{/a}}", NULL, "{\"a\":1}", "y" },
	{ "{{#a}}y{{/a}}{{^a}}n{{/a}}", NULL, "{\"a\":0.5}", "y" },
	{ "{{#a}}y{{/a}}{{^a}}n{{/a}}", NULL, "{\"a\":\"0\"}", "y" },
	{ "{{#a}}y{{/a}}{{^a}}n{{/a}}", NULL, "{\"a\":[null]}", "y" },
	{ "{{#a}}{{#a}}x{{/a}}y{{/a}}", NULL, "{\"a\":true}", "xy" },
	/* comments, and tags alone on their lines */
	{ "a{{! any {{ thing\n }}b", NULL, "{}", "ab" },
	{ "a\n  {{! x }}  \nb", NULL, "{}", "a\nb" },
	{ "a\r\n{{! x }}\r\nb", NULL, "{}", "a\r\nb" },
	{ "a\n {{! x }}", NULL, "{}", "a\n" },
	{ "a {{! x }}\nb", NULL, "{}", "a \nb" },
	{ "<ul>\n  {{#l}}\n  <li>{{.}}\n  {{/l}}\n</ul>\n", NULL,
	    "{\"l\":[1,2]}", "<ul>\n  <li>1\n  <li>2\n</ul>\n" },
	{ "{{^l}}\n-\n{{/l}}", NULL, "{}", "-\n" },
	{ " {{#a}}x{{/a}}\n", NULL, "{\"a\":1}", " x\n" },
	{ "{{#a}}\n{{#a}}\nx\n{{/a}}\n{{/a}}\n", NULL, "{\"a\":1}", "x\n" },
	/* partials */
	{ "[{{>p}}]", "{{x}}", "{\"x\":\"<\"}", "[&lt;]" },
	{ "a\n  {{> p }}\nb", "1\n\n{{x}}\n", "{\"x\":\"u\\nv\"}",
	    "a\n  1\n\n  u\nv\nb" },
	{ "  {{>p}}\n", "{{#x}}\n{{.}}\n{{/x}}\n{{#y}}y{{/y}}\n",
	    "{\"x\":[1,2],\"y\":1}", "  1\n  2\n  y\n" },
	{ "  {{x}} {{>p}}\n", "a\nb", "{\"x\":1}", "  1 a\nb\n" },
	{ "{{>p}}", "<{{n}}{{#k}}{{>p}}{{/k}}>",
	    "{\"n\":1,\"k\":[{\"n\":2,\"k\":[]},{\"n\":3,\"k\":[]}]}",
	    "<1<2><3>>" },
	{ " {{>p}}", "{{n}}\n{{#k}}\n {{>p}}\n{{/k}}\n",
	    "{\"n\":1,\"k\":{\"n\":2,\"k\":0}}", " 1\n  2\n" },
	/* refused */
	{ "{{a", NULL, "{}", NULL },
	{ "{{a}", NULL, "{}", NULL },
	{ "{{}}", NULL, "{}", NULL },
	{ "{{ }}", NULL, "{}", NULL },
	{ "{{#}}{{/}}", NULL, "{}", NULL },
	{ "{{{a}}}", NULL, "{}", NULL },
	{ "{{&a}}", NULL, "{}", NULL },
	{ "{{=<% %>=}}", NULL, "{}", NULL },
	{ "{{#a}}", NULL, "{}", NULL },
	{ "{{^a}}x", NULL, "{}", NULL },
	{ "{{/a}}", NULL, "{}", NULL },
	{ "{{#a}}{{/b}}", NULL, "{}", NULL },
	{ "{{#a}}{{#b}}{{/a}}{{/b}}", NULL, "{}", NULL },
	{ "{{>q}}", NULL, "{}", NULL },
	{ "{{>p}}", "{{#a}}", "{}", NULL },
	{ "{{>p}}{{/a}}", "{{#a}}", "{}", NULL },
	{ "{{>p}}", "{{>p}}", "{}", NULL },
	{ "{{a}}", NULL, "{\"a\":[]}", NULL },
	{ "{{.}}", NULL, "{}", NULL },
	{ "{{a23456789012345678901234567890123456789012345678901234567890"
	  "12345}}",
	    NULL, "{}", NULL },
};

static void
test_rows(void **state)
{
	(void)state;
	for (size_t i = 0; i < COUNT(rows); i++) {
		const char *got = render(rows[i].text, strlen(rows[i].text),
		    rows[i].partial, rows[i].data);

		if (rows[i].want == NULL && got != NULL)
			fail_msg("%s is taken", rows[i].text);
		if (rows[i].want == NULL)
			continue;
		if (got == NULL)
			fail_msg("%s: %s", rows[i].text, err_fault()->cause);
		assert_string_equal(got, rows[i].want);
	}
}

/* The beginnings of the rows: no crash, and what is left open is refused. */
static void
test_truncated(void **state)
{
	(void)state;
	for (size_t i = 0; i < COUNT(rows); i++)
		for (size_t n = 0; n < strlen(rows[i].text); n++) {
			const char *got = render(
			    rows[i].text, n, rows[i].partial, rows[i].data);

			if (n >= 2 &&
			    memcmp(rows[i].text + n - 2, "{{", 2) == 0)
				assert_null(got);
		}
}

/* Partials may be TEMPLATE_DEPTH deep, and not one more. */
static void
test_depth(void **state)
{
	(void)state;
	for (int depth = 1; depth <= TEMPLATE_DEPTH + 1; depth++) {
		struct json_object *o = json_object_in(a), *list;
		struct buf out;
		struct template t[] = { { "t", "{{#l}}{{>t}}{{/l}}", 18 },
			{ NULL, NULL, 0 } };

		list = o;
		for (int i = 0; i < depth; i++)
			list = json_sub(list, "l");
		json_null(list, "l");
		buf_init(&out, a, 16);
		assert_int_equal(template_render(t, "t", o, &out),
		    depth <= TEMPLATE_DEPTH ? E_OK : E_INTERNAL);
	}
}

static void
test_full(void **state)
{
	static const struct template list[] = { { "t", "12345", 5 },
		{ NULL, NULL, 0 } };
	struct buf out;

	(void)state;
	buf_init(&out, a, 5);
	assert_int_equal(template_render(list, "t", NULL, &out), E_OK);
	assert_string_equal(buf_str(&out), "12345");
	assert_int_equal(template_render(list, "t", NULL, &out), E_INTERNAL);
	assert_int_equal(template_render(list, "none", NULL, &out), E_INTERNAL);
}

/* What is no HTML stands as it is. */
static void
test_plain(void **state)
{
	static const char text[] = "- {{a}}{{#l}} {{.}}{{/l}}\n";
	const struct template list[] = { { "t", text, strlen(text) },
		{ NULL, NULL, 0 } };
	struct json_object *o = json_object_in(a), *l;
	struct buf out;

	(void)state;
	json_str(o, "a", "x?a=1&b='<\">");
	l = json_list(o, "l");
	json_item_str(l, "&");
	json_item_str(l, "<");
	buf_init(&out, a, 64);
	assert_int_equal(template_text(list, "t", o, &out), E_OK);
	assert_string_equal(buf_str(&out), "- x?a=1&b='<\"> & <\n");
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(test_rows),
		TEST(test_truncated),
		TEST(test_depth),
		TEST(test_full),
		TEST(test_plain),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
