#include "scratch.h"

#include "base/hash.h"
#include "service/seal.h"

#define KEY_1 "000102030405060708090a0b0c0d0e0f101112131415161718191a1b1c1d1e1f"
#define KEY_2 "ff0102030405060708090a0b0c0d0e0f101112131415161718191a1b1c1d1eFF"

enum { HEAD = 13, TAG = 16 };

static void
open_with(const char *lines)
{
	assert_int_equal(seal_open(a, scratch_file("keys", lines)), E_OK);
}

/* First, while no test has opened any. */
static void
without_keys_nothing_is_sealed(void **state)
{
	const uint8_t *sealed;
	size_t n;

	(void)state;
	assert_int_equal(
	    seal_text(a, "id/mobile", "x", &sealed, &n), E_INTERNAL);
	assert_int_equal(
	    seal_open(a, arena_printf(a, "%s/none", scratch)), E_INTERNAL);
}

static void
what_was_sealed_opens(void **state)
{
	static const char *const texts[] = { "", "13800138000",
		"浙江省衢州市" };
	const uint8_t *sealed;
	const char *text;
	size_t n;

	(void)state;
	open_with("# a comment\n\n7 " KEY_1 "\n");
	for (size_t i = 0; i < COUNT(texts); i++) {
		assert_int_equal(
		    seal_text(a, "id/mobile", texts[i], &sealed, &n), E_OK);
		assert_int_equal(n, HEAD + strlen(texts[i]) + TAG);
		assert_int_equal(sealed[0], 7);
		assert_int_equal(
		    unseal_text(a, "id/mobile", sealed, n, &text), E_OK);
		assert_string_equal(text, texts[i]);
	}
	assert_int_equal(seal_text(a, "id/mobile", NULL, &sealed, &n), E_OK);
	assert_null(sealed);
	assert_int_equal(unseal_text(a, "id/mobile", NULL, 0, &text), E_OK);
	assert_null(text);
}

static void
equal_texts_look_different(void **state)
{
	const uint8_t *one, *two;
	size_t n;

	(void)state;
	open_with("1 " KEY_1);
	assert_int_equal(seal_text(a, "id/mobile", "138", &one, &n), E_OK);
	assert_int_equal(seal_text(a, "id/mobile", "138", &two, &n), E_OK);
	assert_memory_not_equal(one, two, n);
}

static void
assert_shut(const char *bound, const uint8_t *sealed, size_t n)
{
	const char *text;

	assert_int_equal(unseal_text(a, bound, sealed, n, &text), E_INTERNAL);
	assert_null(text);
}

/* Each bit, each length, and another place in the database. */
static void
what_was_touched_stays_shut(void **state)
{
	const uint8_t *sealed;
	size_t n;

	(void)state;
	open_with("1 " KEY_1);
	assert_int_equal(seal_text(a, "id/mobile", "138", &sealed, &n), E_OK);
	for (size_t i = 0; i < n * 8; i++) {
		uint8_t *bad =
		    (uint8_t *)arena_strndup(a, (const char *)sealed, n);

		bad[i / 8] ^= (uint8_t)(1 << (i % 8));
		assert_shut("id/mobile", bad, n);
	}
	for (size_t i = 0; i < n; i++)
		assert_shut("id/mobile", sealed, i);
	assert_shut("id/phone", sealed, n);
	assert_shut("di/mobile", sealed, n);
}

static void
the_first_key_seals_and_all_open(void **state)
{
	const uint8_t *old, *new;
	const char *text;
	size_t n;

	(void)state;
	open_with("1 " KEY_1);
	assert_int_equal(seal_text(a, "id/mobile", "138", &old, &n), E_OK);
	open_with("255 " KEY_2 "\n1 " KEY_1 "\n");
	assert_int_equal(seal_text(a, "id/mobile", "138", &new, &n), E_OK);
	assert_int_equal(new[0], 255);
	assert_int_equal(unseal_text(a, "id/mobile", old, n, &text), E_OK);
	assert_string_equal(text, "138");
	/* A key that was taken out of the file opens nothing more. */
	open_with("255 " KEY_2);
	assert_shut("id/mobile", old, n);
}

static void
a_bad_file_changes_nothing(void **state)
{
	static const char *const files[] = { "", "# none\n", "1\n", "x " KEY_1,
		"0 " KEY_1, "256 " KEY_1, "01 " KEY_1, "1 " KEY_1 "0",
		"1 " KEY_1 " ", "1  " KEY_1, "1 abc",
		"9 " KEY_2 "\n1 " KEY_1 "\n1 " KEY_2, "9 " KEY_2 "\n8 x" };
	static const uint8_t foreign[64] = { 9 };
	static const char nul[] = "9 " KEY_2 "\0\n8 x";
	const uint8_t *sealed;
	size_t n;

	(void)state;
	open_with("1 " KEY_1);
	for (size_t i = 0; i < COUNT(files); i++)
		if (seal_open(a, scratch_file("bad", files[i])) != E_INTERNAL)
			fail_msg("taken: %s", files[i]);
	assert_int_equal(
	    seal_open(a, scratch_bytes("nul", nul, sizeof(nul) - 1)),
	    E_INTERNAL);
	assert_int_equal(seal_text(a, "id/mobile", "138", &sealed, &n), E_OK);
	assert_int_equal(sealed[0], 1);
	assert_shut("id/mobile", foreign, sizeof(foreign));
	assert_non_null(strstr(err_fault()->cause, "unknown key"));
}

static const uint8_t *
index_of(const char *kind, const char *text)
{
	const uint8_t *digest;

	assert_int_equal(seal_index(a, kind, text, &digest), E_OK);
	return digest;
}

/* Equal for equal texts, of one kind and under one key. */
static void
a_digest_finds_equal_texts(void **state)
{
	const uint8_t *first, *again;

	(void)state;
	open_with("1 " KEY_1);
	first = index_of("mobile", "13800138000");
	assert_memory_equal(
	    first, index_of("mobile", "13800138000"), SEAL_INDEX);
	assert_memory_not_equal(
	    first, index_of("mobile", "13800138001"), SEAL_INDEX);
	assert_memory_not_equal(
	    first, index_of("id_no", "13800138000"), SEAL_INDEX);
	assert_null(index_of("mobile", NULL));
	open_with("2 " KEY_2 "\n1 " KEY_1);
	assert_int_equal(seal_number(), 2);
	assert_true(seal_knows(1));
	assert_false(seal_knows(3));
	assert_memory_not_equal(
	    first, index_of("mobile", "13800138000"), SEAL_INDEX);
	assert_int_equal(
	    seal_index_of(a, 1, "mobile", "13800138000", &again), E_OK);
	assert_memory_equal(first, again, SEAL_INDEX);
	assert_int_equal(
	    seal_index_of(a, 3, "mobile", "13800138000", &again), E_OK);
	assert_null(again);
}

/* By another implementation of HKDF and HMAC (Node's crypto). */
static void
a_digest_is_what_it_says(void **state)
{
	static const char expected[] = "e1ad2ec4c7e8189b0223ca1a17dc1e55";
	char text[2 * SEAL_INDEX + 1];

	(void)state;
	open_with("1 " KEY_1);
	hex_encode(index_of("mobile", "13800138000"), SEAL_INDEX, text);
	assert_string_equal(text, expected);
}

/* The cause goes to the log, where keys have no place. */
static void
causes_hold_no_key(void **state)
{
	(void)state;
	assert_int_equal(
	    seal_open(a, scratch_file("bad", "x " KEY_1)), E_INTERNAL);
	assert_null(strstr(err_fault()->cause, "0405"));
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(without_keys_nothing_is_sealed),
		TEST(what_was_sealed_opens),
		TEST(equal_texts_look_different),
		TEST(what_was_touched_stays_shut),
		TEST(the_first_key_seals_and_all_open),
		TEST(a_bad_file_changes_nothing),
		TEST(a_digest_finds_equal_texts),
		TEST(a_digest_is_what_it_says),
		TEST(causes_hold_no_key),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
