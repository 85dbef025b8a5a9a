#include "arena_kit.h"

#include <stdlib.h>
#include <string.h>

#include "base/err.h"
#include "format/url.h"

/* A text with its length, so that it may hold NUL. */
#define T(s) s, sizeof(s) - 1

static const struct {
	const char *text;
	size_t n;
	const char *want; /* NULL: refused */
} decoded[] = {
	{ T("a+b"), "a b" },
	{ T("%41%7e%2B%25"), "A~+%" },
	{ T("%e4%B8%ad"), "中" },
	{ T("中"), "中" },
	{ T("%"), NULL },
	{ T("%4"), NULL },
	{ T("%%41"), NULL },
	{ T("%4g"), NULL },
	{ T("%-1"), NULL },
	{ T("% 1"), NULL },
	{ T("%0x"), NULL },
	{ T("%4\0"), NULL },
	{ T("%u0041"), NULL },
	{ T("a%00b"), NULL },
	{ T("a\0b"), NULL },
	{ T("%ff"), NULL },
	{ T("%c0%af"), NULL },
	{ T("%e4%b8"), NULL },
	{ T("%ed%a0%80"), NULL },
	{ T("\xe4\xb8"), NULL },
};

static void
test_decode(void **state)
{
	(void)state;
	for (size_t i = 0; i < COUNT(decoded); i++) {
		struct url_pairs got;
		enum err e =
		    url_pairs_parse(a, decoded[i].text, decoded[i].n, &got);

		if (e != (decoded[i].want != NULL ? E_OK : E_MALFORMED))
			fail_msg("%s: %d", decoded[i].text, (int)e);
		if (decoded[i].want != NULL)
			assert_string_equal(got.item[0].name, decoded[i].want);
	}
}

static void
test_encode(void **state)
{
	char all[256];
	struct url_pairs back;
	const char *text;

	(void)state;
	assert_string_equal(url_encode(a, "aZ09-._~"), "aZ09-._~");
	assert_string_equal(
	    url_encode(a, "a b+/%?中"), "a%20b%2B%2F%25%3F%E4%B8%AD");
	for (int c = 1; c < 128; c++)
		all[c - 1] = (char)c;
	all[127] = '\0';
	text = url_encode(a, all);
	assert_int_equal(url_pairs_parse(a, text, strlen(text), &back), E_OK);
	assert_string_equal(back.item[0].name, all);
}

/* want: the pairs as name=value; each. */
static const struct {
	const char *text;
	const char *want;
} pairs[] = {
	{ "", "" },
	{ "&&", "" },
	{ "a=1", "a=1;" },
	{ "a", "a=;" },
	{ "a=", "a=;" },
	{ "=1", "=1;" },
	{ "a=b=c", "a=b=c;" },
	{ "a=1&b=2&a=3&", "a=1;b=2;a=3;" },
	{ "a+b=c+d%2B", "a b=c d+;" },
	{ "n%61me=%E4%B8%AD", "name=中;" },
	{ "a%3D=%26", "a==&;" },
	{ "a=%", NULL },
	{ "%zz=1", NULL },
	{ "a=%00", NULL },
	{ "a=\xff", NULL },
};

/* Parses a copy that ends where the text ends, for ASan to see overreads. */
static enum err
parse(const char *text, size_t n, struct url_pairs *list)
{
	char *copy = malloc(n > 0 ? n : 1);
	enum err e;

	assert_non_null(copy);
	memcpy(copy, text, n);
	e = url_pairs_parse(a, copy, n, list);
	free(copy);
	return e;
}

static void
test_pairs(void **state)
{
	(void)state;
	for (size_t i = 0; i < COUNT(pairs); i++) {
		struct url_pairs list;
		const char *got = "";
		size_t n = strlen(pairs[i].text);

		assert_int_equal(parse(pairs[i].text, n, &list),
		    pairs[i].want != NULL ? E_OK : E_MALFORMED);
		if (pairs[i].want == NULL)
			continue;
		for (size_t k = 0; k < list.n; k++)
			got = arena_printf(a, "%s%s=%s;", got,
			    list.item[k].name, list.item[k].value);
		assert_string_equal(got, pairs[i].want);
		while (n-- > 0) {
			enum err e = parse(pairs[i].text, n, &list);

			assert_true(e == E_OK || e == E_MALFORMED);
		}
	}
}

static void
test_pair_get(void **state)
{
	struct url_pairs list;

	(void)state;
	assert_int_equal(parse(T("a=1&b=&a=2"), &list), E_OK);
	assert_string_equal(url_pair_get(&list, "a"), "1");
	assert_string_equal(url_pair_get(&list, "b"), "");
	assert_null(url_pair_get(&list, "A"));
	assert_null(url_pair_get(&list, ""));
}

static void
test_most_pairs(void **state)
{
	struct url_pairs list;
	char text[2 * URL_PAIRS + 2] = "";

	(void)state;
	for (size_t i = 0; i < sizeof(text); i++)
		text[i] = i % 2 == 0 ? 'a' : '&';
	assert_int_equal(parse(text, sizeof(text) - 3, &list), E_OK);
	assert_int_equal(list.n, URL_PAIRS);
	assert_int_equal(parse(text, sizeof(text) - 1, &list), E_MALFORMED);
}

static void
test_base(void **state)
{
	static const struct {
		const char *url;
		bool is_base;
	} cases[] = {
		{ "https://p.example", true },
		{ "https://p.example:8443", true },
		{ "https://P-1.example/v3/a_b~c.d", true },
		{ "https://p.example/", true },
		{ "https://192.0.2.1", true },
		{ "https://[2001:db8::1]:8443/a", true },
		{ "http://127.0.0.1:8080", true },
		{ "http://127.9.9.9/a", true },
		{ "http://LocalHost", true },
		{ "http://[::1]:1", true },
		{ "http://p.example", false },
		{ "http://128.0.0.1", false },
		{ "http://[::2]", false },
		{ "http://127.0.0.1.example", false },
		{ "http://127.0.0.1@p.example", false },
		{ "https://user@p.example", false },
		{ "https://p.example:", false },
		{ "https://p.example:0", false },
		{ "https://p.example:65536", false },
		{ "https://p.example:80800000000000", false },
		{ "https://p.example?a", false },
		{ "https://p.example/a?b", false },
		{ "https://p.example/a#b", false },
		{ "https://p.example/%41", false },
		{ "https://p.example\\@q.example", false },
		{ "https://p.example/a\n", false },
		{ "https://p. example", false },
		{ "https://单位.example", false },
		{ "https://[::1", false },
		{ "https://[]", false },
		{ "https://[::1]]", false },
		{ "https://[12345::]", false },
		{ "https://", false },
		{ "https:///a", false },
		{ "//p.example", false },
		{ "ftp://127.0.0.1", false },
		{ "", false },
	};

	(void)state;
	for (size_t i = 0; i < COUNT(cases); i++)
		if (url_is_base(cases[i].url) != cases[i].is_base)
			fail_msg("%s", cases[i].url);
}

/* At most as long as a name may be. */
static void
mail_servers_are_read(void **state)
{
	static const struct {
		const char *url;
		struct url_server server;
		bool is_mail;
	} cases[] = {
		{ "smtp://mail.example", { false, false, 25 }, true },
		{ "smtp://mail.example:587", { false, false, 587 }, true },
		{ "smtps://mail.example", { true, false, 465 }, true },
		{ "smtp://127.0.0.1:2525", { false, true, 2525 }, true },
		{ "smtps://[::1]:2525", { true, true, 2525 }, true },
		{ "smtp://mail.example/", { 0 }, false },
		{ "smtp://user@mail.example", { 0 }, false },
		{ "smtp://mail.example:0", { 0 }, false },
		{ "https://mail.example", { 0 }, false },
		{ "mail.example", { 0 }, false },
	};

	(void)state;
	for (size_t i = 0; i < COUNT(cases); i++) {
		struct url_server got;
		bool is_mail = url_mail_server(cases[i].url, &got);

		if (is_mail != cases[i].is_mail)
			fail_msg("%s", cases[i].url);
		if (!is_mail)
			continue;
		assert_int_equal(got.is_tls, cases[i].server.is_tls);
		assert_int_equal(got.is_near, cases[i].server.is_near);
		assert_int_equal(got.port, cases[i].server.port);
	}
}

static void
test_long_host(void **state)
{
	char url[300] = "https://";

	(void)state;
	memset(url + 8, 'a', 253);
	assert_true(url_is_base(url));
	url[8 + 253] = 'a';
	assert_false(url_is_base(url));
	memset(url + 8, ':', 253);
	url[8] = '[';
	assert_false(url_is_base(url));
}

static void
test_base_port(void **state)
{
	static const struct {
		const char *url;
		uint16_t port;
	} cases[] = { { "https://api.example.com", 443 },
		{ "https://api.example.com/v3", 443 },
		{ "https://api.example.com:8443/v3", 8443 },
		{ "https://[2001:db8::1]:65535", 65535 },
		{ "http://127.0.0.1", 80 }, { "http://127.0.0.1:8082", 8082 },
		{ "http://api.example.com:8082", 0 },
		{ "https://api.example.com:65536", 0 }, { "", 0 } };

	(void)state;
	for (size_t i = 0; i < COUNT(cases); i++)
		assert_int_equal(url_base_port(cases[i].url), cases[i].port);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(test_decode),
		TEST(test_encode),
		TEST(test_pairs),
		TEST(test_pair_get),
		TEST(test_most_pairs),
		cmocka_unit_test(test_base),
		cmocka_unit_test(test_long_host),
		cmocka_unit_test(mail_servers_are_read),
		cmocka_unit_test(test_base_port),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
