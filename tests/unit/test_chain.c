#include "scratch.h"

#include "base/buf.h"
#include "service/chain.h"

#define KEY "000102030405060708090a0b0c0d0e0f101112131415161718191a1b1c1d1e1f"

enum { ROWS = 3 };

/* Made by Python's hmac from what fill() makes, by the rule in chain.h. */
static const char *const expected[ROWS] = {
	"e55a8c78ff16399ac30b4e02cdda87f68cdba059c22bb4f10f796cc12bcd0b41",
	"6f1675787d3a0eea456dec8f640c0fe475a8f53a1000c069258ee45295ea26f7",
	"d4cc5e52f282c1dc0857085d2e158fe39ceaad2d20f94527b3632b810ff04ce4",
};
static const char seal_expected[] =
    "cc5ac5ff9e2e2a718bfe236c473edd221dd41169a0613561a1ce65f2e29f690b";

static struct cell row[ROWS][ROW__N], seal[SEAL__N];

static void
fill_row(int i)
{
	const char *const value[ROW__N] = { arena_printf(
						a, "01j0row%019d", i + 1),
		arena_printf(a, "2026-11-24 15:30:0%d.000001", i + 1),
		"account", NULL, "worker", "act", "subj",
		arena_printf(a, "细节 %d", i + 1), "127.0.0.1", "rid" };

	for (int c = 0; c < ROW__N; c++)
		row[i][c] = chain_cell(value[c]);
}

static void
fill_seal(
    struct cell *to, const char *seq, const char *previous, int first, int last)
{
	struct buf macs;

	buf_init(&macs, a, 4096);
	for (int i = first; i <= last; i++)
		chain_add_item(&macs, row[i]);
	to[SEAL_SEQ] = chain_cell(seq);
	to[SEAL_PREVIOUS] = chain_cell(previous);
	to[SEAL_FIRST_AT] = row[first][ROW_AT];
	to[SEAL_FIRST_ID] = row[first][ROW_ID];
	to[SEAL_LAST_AT] = row[last][ROW_AT];
	to[SEAL_LAST_ID] = row[last][ROW_ID];
	to[SEAL_ROWS] = chain_cell(arena_printf(a, "%d", last - first + 1));
	to[SEAL_ROW_MACS] = chain_cell(buf_str(&macs));
	to[SEAL_SEALED_AT] = chain_cell("2026-11-24 15:30:09.000000");
	to[SEAL_MAC] = chain_cell(arena_alloc(a, SHA256_HEX));
	chain_seal_mac(to, (char *)(uintptr_t)to[SEAL_MAC].s);
}

static int
fill(void **state)
{
	(void)state;
	if (chain_open(a, scratch_file("key", KEY "\n")) != E_OK)
		return -1;
	for (int i = 0; i < ROWS; i++)
		fill_row(i);
	fill_seal(seal, "1", chain_start, 0, ROWS - 1);
	return 0;
}

static void
macs_are_what_others_compute(void **state)
{
	(void)state;
	for (int i = 0; i < ROWS; i++) {
		char mac[SHA256_HEX];

		chain_row_mac(row[i], mac);
		assert_string_equal(mac, expected[i]);
	}
	assert_string_equal(seal[SEAL_MAC].s, seal_expected);
}

static void
no_two_rows_are_told_alike(void **state)
{
	char one[SHA256_HEX], other[SHA256_HEX];

	(void)state;
	chain_row_mac(row[0], one);
	for (int c = 0; c < ROW__N; c++) {
		fill_row(0);
		row[0][c] = chain_cell("other");
		chain_row_mac(row[0], other);
		assert_string_not_equal(one, other);
	}
	/* A character that moves into the next column; NULL and nothing. */
	fill_row(0);
	row[0][ROW_ROLE] = chain_cell("worke");
	row[0][ROW_ACTION] = chain_cell("ract");
	chain_row_mac(row[0], other);
	assert_string_not_equal(one, other);
	fill_row(0);
	row[0][ROW_ACTOR] = chain_cell("");
	chain_row_mac(row[0], other);
	assert_string_not_equal(one, other);
	/* What stands behind a NUL. */
	fill_row(0);
	row[0][ROW_DETAIL] = (struct cell){ .s = "x\0y", .n = 3 };
	chain_row_mac(row[0], one);
	row[0][ROW_DETAIL] = (struct cell){ .s = "x\0z", .n = 3 };
	chain_row_mac(row[0], other);
	assert_string_not_equal(one, other);
}

/* Checks the seal against these rows, by their numbers; -1 ends them. */
static struct chain_check
check(const int *order)
{
	struct chain_check c;
	bool is_whole;

	chain_check_begin(&c, NULL);
	if (!chain_check_seal(&c, seal))
		return c;
	for (; *order >= 0; order++)
		if (!chain_check_row(&c, row[*order]))
			return c;
	is_whole = chain_check_end(&c);
	assert_int_equal(is_whole, c.fault == CHAIN_WHOLE);
	return c;
}

#define CHECK(...) check((const int[]){ __VA_ARGS__, -1 })

static void
assert_fault(struct chain_check c, enum chain_fault fault, int i)
{
	assert_string_equal(chain_fault_name(c.fault), chain_fault_name(fault));
	assert_int_equal(c.seq, 1);
	assert_string_equal(c.id, i < 0 ? "" : row[i][ROW_ID].s);
}

static void
the_first_bad_row_is_named(void **state)
{
	(void)state;
	assert_fault(CHECK(0, 1, 2), CHAIN_WHOLE, -1);
	assert_fault(CHECK(1, 2), CHAIN_REMOVED, 0);
	assert_fault(CHECK(0, 2), CHAIN_REMOVED, 1);
	assert_fault(CHECK(0, 1), CHAIN_REMOVED, 2);
	assert_fault(CHECK(-1), CHAIN_REMOVED, 0);
	assert_fault(CHECK(0, 1, 2, 0), CHAIN_REORDERED, 0);
	row[1][ROW_DETAIL] = chain_cell("x");
	assert_fault(CHECK(0, 1, 2), CHAIN_CHANGED, 1);
	/* Another time puts it elsewhere. */
	assert_fault(CHECK(1, 0, 2), CHAIN_CHANGED, 1);
	fill_row(1);
	row[1][ROW_ID] = chain_cell("01j0other00000000000000000");
	assert_fault(CHECK(0, 1, 2), CHAIN_INSERTED, 1);
}

static void
a_seal_that_was_touched_is_found(void **state)
{
	(void)state;
	for (int i = 0; i < SEAL__N; i++) {
		struct cell kept = seal[i];

		seal[i] = chain_cell("x");
		assert_int_equal(CHECK(0, 1, 2).fault, CHAIN_SEAL_BAD);
		seal[i] = (struct cell){ .is_null = true };
		assert_false(chain_seal_is_whole(seal));
		seal[i] = kept;
	}
	assert_fault(CHECK(0, 1, 2), CHAIN_WHOLE, -1);
}

static void
seals_follow_each_other(void **state)
{
	struct cell next[SEAL__N];
	struct chain_check c;

	(void)state;
	fill_seal(seal, "1", chain_start, 0, 1);
	fill_seal(next, "2", seal[SEAL_MAC].s, 2, 2);
	c = CHECK(0, 1);
	assert_true(chain_check_seal(&c, next));
	assert_true(chain_check_row(&c, row[2]));
	assert_true(chain_check_end(&c));
	assert_int_equal(c.rows, 3);
	chain_check_begin(&c, seal);
	assert_true(chain_check_seal(&c, next));
	chain_check_begin(&c, NULL);
	assert_false(chain_check_seal(&c, next));
	assert_int_equal(c.fault, CHAIN_SEAL_GONE);
	assert_int_equal(c.seq, 1);
	/* Whole, but of another chain. */
	fill_seal(next, "2", chain_start, 2, 2);
	chain_check_begin(&c, seal);
	assert_false(chain_check_seal(&c, next));
	assert_int_equal(c.fault, CHAIN_SEAL_BAD);
}

static void
a_key_of_another_form_is_refused(void **state)
{
	static const char *const bad[] = { "", "00", KEY "00", "x" KEY };

	(void)state;
	for (size_t i = 0; i < COUNT(bad); i++)
		assert_int_equal(
		    chain_open(a, scratch_file("bad", bad[i])), E_INTERNAL);
}

#undef TEST
#define TEST(f) cmocka_unit_test_setup_teardown(f, set_up, scratch_teardown)

static int
set_up(void **state)
{
	return scratch_setup(state) == 0 ? fill(state) : -1;
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(macs_are_what_others_compute),
		TEST(no_two_rows_are_told_alike),
		TEST(the_first_bad_row_is_named),
		TEST(a_seal_that_was_touched_is_found),
		TEST(seals_follow_each_other),
		TEST(a_key_of_another_form_is_refused),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
