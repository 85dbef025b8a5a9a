#include "arena_kit.h"

#include <string.h>

#include "base/clock.h"
#include "base/err.h"
#include "base/hash.h"

/* FIPS 180-4's examples. */
static void
digests_are_known(void **state)
{
	static const struct {
		const char *text, *digest;
	} cases[] = {
		{ "", "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b"
		      "7852b855" },
		{ "abc", "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410f"
			 "f61f20015ad" },
		{ "abcdbcdecdefdefgefghfghighijhijkijkljklmklmnlmnomnopnopq",
		    "248d6a61d20638b8e5c026930c3e6039a33ce45964ff2167f6ecedd41"
		    "9db06c1" },
	};
	char hex[SHA256_HEX];

	(void)state;
	for (size_t i = 0; i < COUNT(cases); i++) {
		sha256_hex(cases[i].text, strlen(cases[i].text), hex);
		assert_string_equal(hex, cases[i].digest);
	}
}

static void
hexadecimal_is_read_strictly(void **state)
{
	static const struct {
		const char *text;
		bool ok;
	} cases[] = {
		{ "00ff7f", true },
		{ "00FF7f", true },
		{ "00ff7", false },
		{ "00ff7f0", false },
		{ "00ff7f00", false },
		{ "00fg7f", false },
		{ "00 f7f", false },
		{ "", false },
	};
	static const uint8_t bytes[] = { 0x00, 0xff, 0x7f };
	uint8_t out[3];
	char text[7];

	(void)state;
	for (size_t i = 0; i < COUNT(cases); i++) {
		if (hex_decode(cases[i].text, out, sizeof(out)) != cases[i].ok)
			fail_msg("%s", cases[i].text);
		if (cases[i].ok)
			assert_memory_equal(out, bytes, sizeof(bytes));
	}
	hex_encode(bytes, sizeof(bytes), text);
	assert_string_equal(text, "00ff7f");
}

static void
ids_are_distinct_and_sort_by_time(void **state)
{
	char earlier[ID_TEXT], later[ID_TEXT];
	int64_t ms;

	(void)state;
	id_new(earlier);
	for (ms = clock_now() / 1000; clock_now() / 1000 == ms;)
		continue;
	id_new(later);
	assert_true(strcmp(earlier, later) < 0);
	assert_true(id_is(earlier));
	assert_string_not_equal(id_make(a), id_make(a));
}

static void
ids_are_known_by_their_form(void **state)
{
	static const struct {
		const char *text;
		bool ok;
	} cases[] = {
		{ "01hzzzzzzzzzzzzzzzzzzzzzzz", true },
		{ "01hzzzzzzzzzzzzzzzzzzzzzz", false },
		{ "01hzzzzzzzzzzzzzzzzzzzzzzzz", false },
		{ "01Hzzzzzzzzzzzzzzzzzzzzzzz", false },
		{ "01izzzzzzzzzzzzzzzzzzzzzzz", false },
		{ "01hzzzzzzzzzzzz/zzzzzzzzzz", false },
		{ "", false },
	};

	(void)state;
	for (size_t i = 0; i < COUNT(cases); i++)
		if (id_is(cases[i].text) != cases[i].ok)
			fail_msg("%s", cases[i].text);
}

static void
tokens_are_base64url_and_distinct(void **state)
{
	char one[TOKEN_TEXT], two[TOKEN_TEXT];

	(void)state;
	token_new(one);
	token_new(two);
	assert_int_equal(strlen(one), 43);
	assert_int_equal(strspn(one, "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmno"
				     "pqrstuvwxyz0123456789-_"),
	    43);
	assert_string_not_equal(one, two);
}

static void
random_bytes_fill_all_that_was_asked(void **state)
{
	uint8_t bytes[1000], seen[1000] = { 0 };

	(void)state;
	/* A byte that stays 0 in 64 rounds was never written. */
	for (int round = 0; round < 64; round++) {
		rand_bytes(bytes, sizeof(bytes));
		for (size_t i = 0; i < sizeof(bytes); i++)
			seen[i] |= bytes[i];
	}
	for (size_t i = 0; i < sizeof(seen); i++)
		assert_int_not_equal(seen[i], 0);
}

static void
secrets_are_compared_whole(void **state)
{
	static const struct {
		const char *a, *b;
		bool equal;
	} cases[] = {
		{ "secret", "secret", true },
		{ "", "", true },
		{ "secret", "secreT", false },
		{ "secret", "Secret", false },
		{ "secret", "secrets", false },
		{ "secret", "", false },
		{ "", "secret", false },
	};

	(void)state;
	for (size_t i = 0; i < COUNT(cases); i++)
		assert_int_equal(
		    secret_equal(cases[i].a, cases[i].b), cases[i].equal);
}

/* RFC 4648, section 10, both ways. */
static void
base64_goes_both_ways(void **state)
{
	static const struct {
		const char *plain, *coded;
	} cases[] = {
		{ "f", "Zg==" },
		{ "fo", "Zm8=" },
		{ "foo", "Zm9v" },
		{ "foob", "Zm9vYg==" },
		{ "fooba", "Zm9vYmE=" },
		{ "foobar", "Zm9vYmFy" },
	};
	size_t n;

	(void)state;
	for (size_t i = 0; i < COUNT(cases); i++) {
		size_t len = strlen(cases[i].plain);
		uint8_t *back = base64_decode(a, cases[i].coded, &n);

		assert_string_equal(
		    base64_encode(a, cases[i].plain, len), cases[i].coded);
		assert_non_null(back);
		assert_int_equal(n, len);
		assert_memory_equal(back, cases[i].plain, len);
	}
	assert_string_equal(base64_encode(a, "", 0), "");
}

/* One value has one spelling: else a signature has several. */
static void
other_base64_is_refused(void **state)
{
	static const char *const cases[] = { "", "Zg", "Zg=", "Zg===", "====",
		"Z===", "Zm9v====", "Zm9v=", "Zg==Zg==", "Zm 9",
		" Zg==", "Zg==\n", "Zm9-", "Zm9_",
		"Zh==", "Z/==", "Zm9=", "Zm+=" };
	size_t n;

	(void)state;
	for (size_t i = 0; i < COUNT(cases); i++)
		if (base64_decode(a, cases[i], &n) != NULL)
			fail_msg("%s", cases[i]);
}

static void
base64url_has_its_own_alphabet_and_no_padding(void **state)
{
	static const uint8_t bytes[] = { 0xfb, 0xff, 0xfe, 0x3f };
	static const char *const others[] = { "", "A", "AA==", "+/8", "_-__A",
		"AB", "A A" };
	size_t n;
	uint8_t *back;

	(void)state;
	for (size_t i = 1; i <= sizeof(bytes); i++) {
		const char *coded = base64url_encode(a, bytes, i);

		assert_null(strpbrk(coded, "+/="));
		back = base64url_decode(a, coded, &n);
		assert_non_null(back);
		assert_int_equal(n, i);
		assert_memory_equal(back, bytes, i);
	}
	assert_string_equal(base64url_encode(a, bytes, 4), "-__-Pw");
	for (size_t i = 0; i < COUNT(others); i++)
		if (base64url_decode(a, others[i], &n) != NULL)
			fail_msg("%s", others[i]);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(digests_are_known),
		TEST(hexadecimal_is_read_strictly),
		TEST(ids_are_distinct_and_sort_by_time),
		TEST(ids_are_known_by_their_form),
		TEST(tokens_are_base64url_and_distinct),
		TEST(random_bytes_fill_all_that_was_asked),
		TEST(secrets_are_compared_whole),
		TEST(base64_goes_both_ways),
		TEST(other_base64_is_refused),
		TEST(base64url_has_its_own_alphabet_and_no_padding),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
