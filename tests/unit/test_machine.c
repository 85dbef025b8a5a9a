/* The tables of states that cases, locks, money and invoices go through. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <string.h>

#include "domain/delivery.h"
#include "domain/invoice.h"
#include "domain/order.h"
#include "domain/refund.h"
#include "domain/state.h"

static const struct machine *const machines[] = { &state_machine,
	&order_machine, &refund_machine, &invoice_machine, &delivery_machine };

/* Columns of the schema. */
enum { STATE_WORD = 12, EVENT_WORD = 16 };

static bool
is_word(const char *s, size_t most)
{
	return *s != '\0' && strlen(s) <= most &&
	       s[strspn(s, "abcdefghijklmnopqrstuvwxyz_")] == '\0';
}

static void
words_are_words_and_differ(void **state)
{
	(void)state;
	for (size_t i = 0; i < COUNT(machines); i++) {
		const struct machine *m = machines[i];

		for (size_t s = 0; s < m->states; s++) {
			assert_true(is_word(m->state[s].word, STATE_WORD));
			assert_int_equal(machine_state(m, m->state[s].word), s);
		}
		assert_int_equal(machine_state(m, ""), m->states);
		for (size_t e = 0; e < m->events; e++) {
			assert_true(is_word(m->event[e].word, EVENT_WORD));
			for (size_t d = 0; d < e; d++)
				assert_string_not_equal(
				    m->event[e].word, m->event[d].word);
		}
	}
}

static void
a_state_has_one_way_for_an_event(void **state)
{
	(void)state;
	for (size_t i = 0; i < COUNT(machines); i++)
		for (size_t r = 0; r < machines[i]->moves; r++) {
			const struct machine_move *move = &machines[i]->move[r];

			/* Finds the first of its kind: itself. */
			assert_ptr_equal(
			    machine_find(machines[i], move->from, move->event),
			    move);
			assert_true(
			    move->by != 0 && move->by < ROLE_PROVIDER << 1);
		}
}

static void
every_state_is_reached_and_every_event_happens(void **state)
{
	(void)state;
	for (size_t i = 0; i < COUNT(machines); i++) {
		const struct machine *m = machines[i];
		unsigned reached = 1U << m->birth.to;
		unsigned happens = 1U << m->birth.event;

		for (size_t round = 0; round < m->states; round++)
			for (size_t r = 0; r < m->moves; r++)
				if (m->move[r].from == MACHINE_START ||
				    (reached & 1U << m->move[r].from) != 0)
					reached |= 1U << m->move[r].to;
		for (size_t r = 0; r < m->moves; r++)
			happens |= 1U << m->move[r].event;
		assert_int_equal(reached, (1U << m->states) - 1);
		assert_int_equal(happens, (1U << m->events) - 1);
	}
}

static void
who_may_not_is_refused(void **state)
{
	const struct machine_move *move;

	(void)state;
	assert_int_equal(machine_take(&order_machine, ORDER_OPEN,
			     ORDER_EVENT_PAY, ROLE_APPLICANT, &move),
	    E_STATE);
	assert_int_equal(machine_take(&order_machine, ORDER_OPEN,
			     ORDER_EVENT_CLOSE, ROLE_PROVIDER, &move),
	    E_STATE);
	assert_int_equal(machine_take(&order_machine, ORDER_OPEN,
			     ORDER_EVENT_PAY, ROLE_PROVIDER, &move),
	    E_OK);
	assert_int_equal(move->to, ORDER_PAID);
}

/* Money may come at any time, and an order that has it keeps it. */
static void
money_finds_its_way_from_every_state(void **state)
{
	(void)state;
	for (size_t s = 0; s < order_machine.states; s++)
		for (size_t e = 0; e < order_machine.events; e++) {
			const struct machine_move *move =
			    machine_find(&order_machine, (int)s, (int)e);

			if (e == ORDER_EVENT_PAY) {
				assert_non_null(move);
				assert_int_equal(move->to, ORDER_PAID);
				assert_int_equal(
				    move->by, ROLE_PROVIDER | ROLE_WORKER);
			} else if (s == ORDER_PAID || s == ORDER_CLOSED) {
				assert_null(move);
			}
		}
}

/* It asks the provider before. */
static void
only_the_worker_closes_an_order(void **state)
{
	(void)state;
	for (size_t r = 0; r < order_machine.moves; r++) {
		const struct machine_move *move = &order_machine.move[r];

		if (move->to == ORDER_CLOSED)
			assert_int_equal(move->by, ROLE_WORKER);
	}
}

/* What people have found out where the provider leaves it open. */
static bool
is_found_out(int event)
{
	return event == INVOICE_EVENT_ASK || event == INVOICE_EVENT_LEARN ||
	       event == INVOICE_EVENT_CLOSE || event == INVOICE_EVENT_TAKE;
}

/* What a provider was asked for may be done at any moment. */
static void
only_the_worker_says_what_became_of_an_invoice_but_what_was_found_out(
    void **state)
{
	(void)state;
	for (size_t r = 0; r < invoice_machine.moves; r++) {
		const struct machine_move *move = &invoice_machine.move[r];

		/* Never issued again once it is taken back. */
		assert_int_not_equal(move->from, INVOICE_STATE_REVERSED);
		if (move->from != INVOICE_STATE_SENT &&
		    move->to != INVOICE_STATE_SENT)
			continue;
		if (is_found_out(move->event))
			assert_int_equal(
			    move->by & ~(ROLE_OPERATOR | ROLE_MANAGER), 0);
		else
			assert_int_equal(move->by, ROLE_WORKER);
	}
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(words_are_words_and_differ),
		cmocka_unit_test(a_state_has_one_way_for_an_event),
		cmocka_unit_test(
		    every_state_is_reached_and_every_event_happens),
		cmocka_unit_test(who_may_not_is_refused),
		cmocka_unit_test(money_finds_its_way_from_every_state),
		cmocka_unit_test(only_the_worker_closes_an_order),
		cmocka_unit_test(
		    only_the_worker_says_what_became_of_an_invoice_but_what_was_found_out),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
