#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <string.h>

#include "domain/state.h"

enum { WORD_STATE = 12, WORD_ACTION = 16 }; /* columns of the schema */

/* Where a case may stay for good. */
static bool
is_end(enum state s)
{
	return s == STATE_CANCELLED || s == STATE_REFUNDED ||
	       s == STATE_DISCARDED;
}

static bool
has_way_out(enum state s)
{
	const struct machine_move *m = state_machine.move;
	size_t n = state_machine.moves;

	for (size_t i = 0; i < n; i++)
		if (m[i].from == (int)s && m[i].to != (int)s)
			return true;
	return false;
}

/* Marks what can be reached from what is marked. */
static void
spread(bool reached[STATE__N])
{
	const struct machine_move *m = state_machine.move;
	size_t n = state_machine.moves;

	for (int round = 0; round < STATE__N; round++)
		for (size_t i = 0; i < n; i++)
			reached[m[i].to] |= reached[m[i].from];
}

static void
every_state_is_reached_from_the_first(void **state)
{
	bool reached[STATE__N] = { [STATE_EDITING] = true };

	(void)state;
	spread(reached);
	for (int s = 0; s < STATE__N; s++)
		if (!reached[s])
			fail_msg("%s", state_row((enum state)s)->word);
}

static void
only_end_states_are_dead_ends(void **state)
{
	(void)state;
	for (int s = 0; s < STATE__N; s++)
		if (has_way_out((enum state)s) == is_end((enum state)s))
			fail_msg("%s", state_row((enum state)s)->word);
}

/* No two states that lead only to one another. */
static void
every_state_can_come_to_an_end(void **state)
{
	(void)state;
	for (int s = 0; s < STATE__N; s++) {
		bool reached[STATE__N] = { false };

		reached[s] = true;
		spread(reached);
		if (!reached[STATE_CANCELLED] && !reached[STATE_REFUNDED] &&
		    !reached[STATE_DISCARDED])
			fail_msg("%s", state_row((enum state)s)->word);
	}
}

static void
a_state_has_one_way_for_an_action(void **state)
{
	const struct machine_move *m = state_machine.move;
	size_t n = state_machine.moves;

	(void)state;
	for (size_t i = 0; i < n; i++) {
		/* Finds the first of its kind: itself. */
		assert_ptr_equal(
		    machine_find(&state_machine, m[i].from, m[i].event), &m[i]);
		assert_true(m[i].by != 0 && m[i].by < ROLE_PROVIDER << 1);
		/* What becomes of the lock leaves the case completed. */
		assert_true(m[i].from != m[i].to || m[i].event == ACTION_SAVE ||
			    m[i].from == STATE_COMPLETED);
	}
}

static void
what_no_row_allows_is_not_found(void **state)
{
	size_t found = 0;

	(void)state;
	for (int s = 0; s < STATE__N; s++)
		for (int a = 0; a < ACTION__N; a++)
			if (machine_find(&state_machine, s, a) != NULL)
				found++;
	assert_int_equal(found, state_machine.moves);
	assert_null(machine_find(&state_machine, STATE_PENDING, ACTION_PAY));
	assert_null(machine_find(&state_machine, STATE_PAID, ACTION_CANCEL));
	assert_null(machine_find(&state_machine, STATE_DISCARDED, ACTION_SAVE));
}

/* Applicants and reviewers never say that money came. */
static void
only_programs_move_money(void **state)
{
	const struct machine_move *m = state_machine.move;
	size_t n = state_machine.moves;

	(void)state;
	for (size_t i = 0; i < n; i++)
		if (m[i].event == ACTION_PAY ||
		    m[i].event == ACTION_REFUND_IN_FULL)
			assert_int_equal(
			    m[i].by & ~(ROLE_WORKER | ROLE_PROVIDER), 0);
}

static void
every_action_leads_somewhere(void **state)
{
	(void)state;
	for (int a = 0; a < ACTION__N; a++) {
		const struct action_row *row = action_row((enum action)a);
		bool is_used = a == ACTION_CREATE;

		for (int s = 0; s < STATE__N; s++)
			is_used |= machine_find(&state_machine, s, a) != NULL;
		if (!is_used)
			fail_msg("%s", row->word);
		assert_in_range(strlen(row->word), 1, WORD_ACTION);
		assert_true(strlen(row->step) > 0);
		for (int b = 0; b < a; b++)
			assert_string_not_equal(
			    row->word, action_row((enum action)b)->word);
	}
}

static void
words_name_their_states(void **state)
{
	(void)state;
	for (int s = 0; s < STATE__N; s++) {
		const struct state_row *row = state_row((enum state)s);

		assert_int_equal(state_by_word(row->word), s);
		assert_in_range(strlen(row->word), 1, WORD_STATE);
		assert_true(strlen(row->title) > 0);
	}
	assert_int_equal(state_by_word(""), STATE__N);
	assert_int_equal(state_by_word("Pending"), STATE__N);
}

/* Four tabs; what was discarded stands in none. */
static void
every_state_stands_in_a_tab(void **state)
{
	static const struct {
		const char *word, *title;
	} tabs[] = {
		{ "editing", "编辑中" },
		{ "pending", "待审核" },
		{ "rejected", "审核不通过" },
		{ "approved", "审核通过" },
	};

	(void)state;
	for (int s = 0; s < STATE__N; s++) {
		const struct state_row *row = state_row((enum state)s);
		size_t t = 0;

		if (s == STATE_DISCARDED) {
			assert_null(row->status);
			assert_null(row->status_title);
			continue;
		}
		while (
		    t < COUNT(tabs) && strcmp(tabs[t].word, row->status) != 0)
			t++;
		assert_true(t < COUNT(tabs));
		assert_string_equal(row->status_title, tabs[t].title);
	}
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(every_state_is_reached_from_the_first),
		cmocka_unit_test(only_end_states_are_dead_ends),
		cmocka_unit_test(every_state_can_come_to_an_end),
		cmocka_unit_test(a_state_has_one_way_for_an_action),
		cmocka_unit_test(what_no_row_allows_is_not_found),
		cmocka_unit_test(only_programs_move_money),
		cmocka_unit_test(every_action_leads_somewhere),
		cmocka_unit_test(words_name_their_states),
		cmocka_unit_test(every_state_stands_in_a_tab),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
