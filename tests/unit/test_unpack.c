/* Compressed files: what they hold, and those that are damaged or lie. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <zlib.h>

#include "base/arena.h"
#include "format/zip.h"
#include "service/config.h"
#include "service/unpack.h"

enum { MAX = 1 << 20, NO_SIZE = 65536 };

static struct arena *a;
static const char text[] = "支付宝交易号,商户订单号\r\n1,2\r\n";
static char gz[NO_SIZE], archive[NO_SIZE];
static size_t gz_n, archive_n;

static size_t
compress_to(char *out, size_t room, const char *p, size_t n)
{
	z_stream z = { .next_in = (z_const Bytef *)(uintptr_t)p,
		.avail_in = (uInt)n,
		.next_out = (Bytef *)out,
		.avail_out = (uInt)room };

	assert_int_equal(
	    deflateInit2(&z, 9, Z_DEFLATED, 31, 9, Z_DEFAULT_STRATEGY), Z_OK);
	assert_int_equal(deflate(&z, Z_FINISH), Z_STREAM_END);
	deflateEnd(&z);
	return room - z.avail_out;
}

static void
make_archive(void)
{
	char path[] = "/tmp/calock-unpack-XXXXXX";
	const char *p;
	unsigned long n;
	struct zip *z;

	assert_true(mkstemp(path) >= 0);
	assert_int_equal(zip_open(a, path, &z), E_OK);
	assert_int_equal(zip_entry(z, "one.csv"), E_OK);
	assert_int_equal(zip_write(z, text, strlen(text)), E_OK);
	assert_int_equal(zip_entry(z, "two.csv"), E_OK);
	assert_int_equal(zip_write(z, "x", 1), E_OK);
	assert_int_equal(zip_close(z), E_OK);
	assert_int_equal(config_read_file(a, path, NO_SIZE, &p, &n), E_OK);
	remove(path);
	archive_n = n;
	memcpy(archive, p, n);
}

static int
set_up(void **state)
{
	(void)state;
	a = arena_new(8 << 20);
	gz_n = compress_to(gz, sizeof(gz), text, strlen(text));
	make_archive();
	unpack_open();
	return 0;
}

static int
tear_down(void **state)
{
	(void)state;
	arena_free(a);
	return 0;
}

static enum err
unpacks(enum unpack_kind kind, const char *p, size_t n, const char **out)
{
	size_t len;
	enum err e = unpack(a,
	    &(struct unpack_job){ .kind = kind, .p = p, .n = n, .max = MAX },
	    out, &len);

	if (e == E_OK)
		assert_int_equal(strlen(*out), len);
	return e;
}

static void
what_was_packed_comes_out(void **state)
{
	const char *out;

	(void)state;
	assert_int_equal(unpacks(UNPACK_GZIP, gz, gz_n, &out), E_OK);
	assert_string_equal(out, text);
	assert_int_equal(unpacks(UNPACK_ZIP, archive, archive_n, &out), E_OK);
	assert_string_equal(out, arena_printf(a, "%s\nx\n", text));
}

static void
cut_off_anywhere_it_is_refused(void **state)
{
	const char *out;

	(void)state;
	for (size_t n = 0; n < gz_n; n += 7)
		assert_int_equal(
		    unpacks(UNPACK_GZIP, gz, n, &out), E_MALFORMED);
	for (size_t n = 0; n < archive_n; n += 13)
		assert_int_equal(
		    unpacks(UNPACK_ZIP, archive, n, &out), E_MALFORMED);
}

/* Names, times and versions may be anything; what counts is held by a sum. */
static void
a_changed_byte_never_changes_what_comes_out(void **state)
{
	const char *out;
	char copy[NO_SIZE];

	(void)state;
	for (size_t i = 0; i < archive_n; i += 3) {
		memcpy(copy, archive, archive_n);
		copy[i] = (char)(copy[i] ^ 0x55);
		if (unpacks(UNPACK_ZIP, copy, archive_n, &out) == E_OK)
			assert_string_equal(
			    out, arena_printf(a, "%s\nx\n", text));
	}
}

static void
what_grows_without_end_is_refused(void **state)
{
	size_t n = 16 << 20;
	char *zeros = calloc(1, n);
	char *small = malloc(NO_SIZE);
	const char *out;

	(void)state;
	assert_non_null(zeros);
	assert_non_null(small);
	n = compress_to(small, NO_SIZE, zeros, n);
	assert_int_equal(unpacks(UNPACK_GZIP, small, n, &out), E_MALFORMED);
	free(zeros);
	free(small);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(what_was_packed_comes_out),
		cmocka_unit_test(cut_off_anywhere_it_is_refused),
		cmocka_unit_test(a_changed_byte_never_changes_what_comes_out),
		cmocka_unit_test(what_grows_without_end_is_refused),
	};

	return cmocka_run_group_tests(tests, set_up, tear_down);
}
