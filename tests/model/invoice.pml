/*
 * The invoices of one completed case that a provider's API issues: two rows,
 * the second a correction of the first or another request, and the tries that
 * the provider is asked to issue under. What the applicant, the office, the
 * worker and the provider can do, in every order; the worker may be killed
 * between any two of its steps, and a call may arrive long after it was made.
 *
 * The ways of the machines are tables.pml, as for money.pml. A rule of the
 * programs that is none of the tables is a macro here; with BROKEN_… defined
 * it is not kept, which the check has to find out.
 */
#include "tables.pml"

#define N 2 /* rows */
#define K 2 /* tries, of all rows */
#define REVERSALS 1
#define NONE 255

/* At the provider. silent: taken, and never heard of again. */
mtype:there = { nothing, accepted, silent, issued, failed, taking, red, stuck };
/* A try in our books. */
mtype:booked = { unused, sent, over, closed, held, undone };

byte row[N] = NONE;
byte try[N] = NONE;      /* the one of a row that counts */
byte owner[K];
bool hand[N];            /* issued by an operator, and valid */
bool voided[N];          /* people have decided against it */
bool waits;              /* row 1 is to take the place of row 0 */
mtype:there there[K] = nothing;
bool flight[K];          /* a call that has not arrived yet */
mtype:booked book[K] = unused;
bool known[K], told[K];  /* its number: by whom ever, by the provider */
bool lease[N], fresh[N]; /* the worker's: it has it; nobody was at it since */
byte reversals;
byte refund = NONE;
bool whole = true;       /* the case is completed, not refunded */
bool quiet;              /* nobody wants anything new any more */

#define CAN(i, e, by) INVOICE_CAN(row[i], e, by)
/* live_key of the table invoices. */
#define LIVE(i) (row[i] == INVOICE_requested || row[i] == INVOICE_sent || \
	row[i] == INVOICE_issued || row[i] == INVOICE_reversing || \
	row[i] == INVOICE_red_failed)
#define NO_LIVE (!LIVE(0) && !LIVE(1))
#define GOES_BACK (refund != NONE && refund != REFUND_declined && \
	refund != REFUND_done)

#ifdef BROKEN_unique
#define FREE(i) true
#else
#define FREE(i) (!LIVE(1 - (i)))
#endif
#ifdef BROKEN_stays
#define STAYS whole
#else
#define STAYS (whole && !GOES_BACK) /* INVOICE_STAYS */
#endif
#ifdef BROKEN_refund
#define REFUNDABLE true
#else
#define REFUNDABLE NO_LIVE
#endif
#define MAY_SEND(k) (!known[k]) /* two persons say that it was issued */
#define LOOSE(k) (!told[k]) /* nobody denies the provider's own word */

/* Who moves a row makes what the worker knows of it old. */
inline move(i, e)
{
	row[i] = INVOICE_NEXT(row[i], e);
	fresh[i] = false
}

/* invoice_taken_back, then what waited for it. */
inline taken_back(i, e, by)
{
	move(i, e);
	if
	:: i == 0 && waits && INVOICE_CAN(row[1], INVOICE_E_start, by) ->
		waits = false;
		row[1] = INVOICE_NEXT(row[1], INVOICE_E_start)
	:: else -> skip
	fi
}

/* -- the applicant -- */

active proctype applicant()
{
end:	do
	:: atomic { !quiet && row[0] == NONE && STAYS && NO_LIVE ->
		row[0] = INVOICE_requested }
	:: atomic { !quiet && row[0] != NONE && row[1] == NONE && STAYS && FREE(1) ->
		row[1] = INVOICE_requested }
	:: atomic { !quiet && row[1] == NONE && STAYS &&
		CAN(0, INVOICE_E_correct, BY_applicant) ->
		move(0, INVOICE_E_correct);
		row[1] = INVOICE_waiting; waits = true }
	:: atomic { !quiet -> quiet = true }
	od
}

/* -- the office -- */

#define OPERATOR BY_operator
#define TWO (BY_operator | BY_manager) /* a second person confirms */
#define T try[i]

active [N] proctype office()
{
	byte i = _pid - 1;

end:	do
	:: atomic { !quiet && row[i] == INVOICE_requested &&
		CAN(i, INVOICE_E_void, OPERATOR) ->
		move(i, INVOICE_E_void); voided[i] = true }
	:: atomic { !quiet && CAN(i, INVOICE_E_again, OPERATOR) && STAYS && FREE(i) ->
		move(i, INVOICE_E_again); voided[i] = false }
	/* Issued elsewhere: what was not issued at the provider. */
	:: atomic { !quiet && row[i] == INVOICE_failed && !hand[i] &&
		CAN(i, INVOICE_E_take, OPERATOR) && STAYS && FREE(i) ->
		move(i, INVOICE_E_take); hand[i] = true }
	/* The file of what is known to be issued there. */
	:: atomic { row[i] == INVOICE_sent && known[T] &&
		CAN(i, INVOICE_E_take, OPERATOR) ->
		move(i, INVOICE_E_take); book[T] = held }
	/* What was found out: as it looks just then, with nobody at it. */
	:: atomic { row[i] == INVOICE_sent && !lease[i] && LOOSE(T) &&
		(there[T] == issued) && !known[T] &&
		CAN(i, INVOICE_E_learn, TWO) ->
		move(i, INVOICE_E_learn); known[T] = true }
	:: atomic { row[i] == INVOICE_sent && !lease[i] && LOOSE(T) && !known[T] &&
		(there[T] == nothing || there[T] == accepted ||
		 there[T] == silent || there[T] == failed) &&
		CAN(i, INVOICE_E_close, TWO) ->
		move(i, INVOICE_E_close); book[T] = closed }
	:: atomic { row[i] == INVOICE_reversing && !hand[i] && there[T] == red &&
		CAN(i, INVOICE_E_red_learn, TWO) ->
		taken_back(i, INVOICE_E_red_learn, BY_manager) }
	/* 红冲: by the provider, or in the tax authority's pages. */
	:: atomic { !quiet && !hand[i] && reversals < REVERSALS &&
		CAN(i, INVOICE_E_reverse, OPERATOR) ->
		move(i, INVOICE_E_reverse); reversals++ }
	:: atomic { hand[i] && (row[i] == INVOICE_reversing || !quiet) &&
		CAN(i, INVOICE_E_red, OPERATOR) ->
		hand[i] = false; taken_back(i, INVOICE_E_red, OPERATOR) }
	:: atomic { !hand[i] && row[i] == INVOICE_red_failed &&
		CAN(i, INVOICE_E_red, OPERATOR) ->
		there[T] = red; taken_back(i, INVOICE_E_red, OPERATOR) }
	:: atomic { reversals < REVERSALS && CAN(i, INVOICE_E_red_again, OPERATOR) ->
		move(i, INVOICE_E_red_again); reversals++ }
	:: atomic { (hand[i] || row[i] == INVOICE_red_failed) &&
		CAN(i, INVOICE_E_keep, OPERATOR) ->
		move(i, INVOICE_E_keep);
		if
		:: i == 0 && waits && INVOICE_CAN(row[1], INVOICE_E_drop, OPERATOR) ->
			waits = false;
			row[1] = INVOICE_NEXT(row[1], INVOICE_E_drop)
		:: else -> skip
		fi }
	od
}

/* -- the worker -- */

#define SURE(i) (lease[i] && fresh[i])
/* Nothing follows from what is on its way there. */
#define TO_DO(i) (!hand[i] && (row[i] == INVOICE_requested || \
	(row[i] == INVOICE_sent && there[T] != accepted && there[T] != silent) || \
	(row[i] == INVOICE_reversing && there[T] != taking)))
#define IS_FOUND(i) (!voided[i] && STAYS && FREE(i) && \
	INVOICE_CAN(row[i], INVOICE_E_found, BY_worker))

/* What it knew of it is forgotten, so that no two states differ by that. */
inline let_go()
{
	lease[i] = false; fresh[i] = false;
	k = 0; as = NONE; saw = nothing
}

active [N] proctype worker()
{
	byte i = _pid - 1 - N;
	byte k, as = NONE; /* as it was when the lease began */
	mtype:there saw = nothing;

end:	do
	/* It has it, asks, and does what follows; killed at any step, it knows
	 * nothing any more. */
	:: atomic { !lease[i] && TO_DO(i) ->
		lease[i] = true; fresh[i] = true; as = row[i];
		if
		:: as == INVOICE_requested -> skip
		:: else -> k = try[i]; saw = there[k]
		fi };
	   if
	   :: atomic { as == INVOICE_requested ->
		if
		:: !whole && SURE(i) -> move(i, INVOICE_E_fail)
		:: whole && SURE(i) && book[0] != unused && book[1] != unused ->
			move(i, INVOICE_E_fail)
		:: whole && SURE(i) && (book[0] == unused || book[1] == unused) ->
			k = (book[0] == unused -> 0 : 1);
			book[k] = sent; try[i] = k; owner[k] = i;
			move(i, INVOICE_E_send)
		:: else -> skip
		fi;
		let_go() }
	   :: as == INVOICE_sent ->
		if
		:: atomic { saw == nothing && MAY_SEND(k) ->
			if
			:: there[k] == nothing -> flight[k] = true
			:: else -> skip
			fi;
			let_go() }
		:: atomic { saw == nothing && !MAY_SEND(k) -> let_go() }
		:: atomic { saw == accepted || saw == silent -> let_go() }
		:: atomic { saw == issued ->
			if
			:: book[k] == sent -> known[k] = true; told[k] = true
			:: else -> skip
			fi };
			if
			:: atomic { SURE(i) -> /* with its files */
				move(i, INVOICE_E_issue); book[k] = held; let_go() }
			:: atomic { let_go() } /* they are not to be had */
			fi
		:: atomic { saw == failed ->
			if
			:: SURE(i) && MAY_SEND(k) ->
				book[k] = over; move(i, INVOICE_E_refuse)
			:: else -> skip
			fi;
			let_go() }
		:: atomic { saw == taking || saw == red || saw == stuck -> let_go() }
		:: atomic { let_go() } /* killed */
		fi
	   :: as == INVOICE_reversing ->
		if
		:: atomic { saw == issued || saw == stuck ->
			if
			:: there[k] == issued || there[k] == stuck -> there[k] = taking
			:: SURE(i) -> move(i, INVOICE_E_red_fail)
			:: else -> skip
			fi;
			let_go() }
		:: atomic { saw == red ->
			if
			:: SURE(i) -> taken_back(i, INVOICE_E_taken, BY_worker)
			:: else -> skip
			fi;
			let_go() }
		:: atomic { saw != issued && saw != stuck && saw != red -> let_go() }
		:: atomic { let_go() } /* killed */
		fi
	   fi
	od
}

/* What was closed, as the provider has it: it is the invoice, or is reversed. */
#ifndef BROKEN_watch
active [K] proctype watcher()
{
	byte k = _pid - 1 - 2 * N;

#define O owner[k]
end:	do
	:: atomic { book[k] == closed && (there[k] == accepted ||
		there[k] == silent || there[k] == issued) && IS_FOUND(O) ->
		book[k] = sent; try[O] = k; move(O, INVOICE_E_found) }
	:: atomic { book[k] == closed && (there[k] == stuck ||
		(there[k] == issued && !IS_FOUND(O))) -> there[k] = taking }
	:: atomic { book[k] == closed && there[k] == red -> book[k] = undone }
	od
}
#else
active [K] proctype watcher() { end: false }
#endif

/* -- the provider -- */

active [K] proctype provider()
{
	byte k = _pid - 1 - 2 * N - K;

end:	do
	:: atomic { flight[k] -> flight[k] = false;
		if
		:: there[k] == nothing -> there[k] = accepted
		:: there[k] == nothing -> there[k] = silent
		:: there[k] != nothing -> skip
		fi }
	:: atomic { there[k] == accepted -> there[k] = issued }
	:: atomic { there[k] == accepted -> there[k] = failed }
	:: atomic { there[k] == taking -> there[k] = red }
	:: atomic { there[k] == taking && reversals < REVERSALS ->
		there[k] = stuck; reversals++ }
	od
}

/* -- the money -- */

#define REFUND(e, by) REFUND_CAN(refund, e, by)

active proctype money()
{
end:	do
	:: atomic { !quiet && whole && refund == NONE && REFUNDABLE ->
		refund = REFUND_requested }
	:: atomic { REFUND(REFUND_E_confirm, BY_manager) ->
		refund = REFUND_NEXT(refund, REFUND_E_confirm) }
	:: atomic { REFUND(REFUND_E_decline, BY_manager) ->
		refund = REFUND_NEXT(refund, REFUND_E_decline) }
	:: atomic { REFUND(REFUND_E_send, BY_worker) ->
		refund = REFUND_NEXT(refund, REFUND_E_send) }
	:: atomic { REFUND(REFUND_E_succeed, BY_worker) ->
		refund = REFUND_NEXT(refund, REFUND_E_succeed); whole = false }
	:: atomic { refund == REFUND_sent && REFUND(REFUND_E_fail, BY_worker) ->
		refund = REFUND_NEXT(refund, REFUND_E_fail) }
	:: atomic { REFUND(REFUND_E_drop, BY_manager) ->
		refund = REFUND_NEXT(refund, REFUND_E_drop) }
	od
}

/* -- what has to hold -- */

#define VALID(k) (there[k] == issued || there[k] == taking || there[k] == stuck)
#define PAID_BACK (refund == REFUND_confirmed || refund == REFUND_sent || \
	refund == REFUND_done)
#define STANDS(i) (row[i] != INVOICE_issued || hand[i] || VALID(try[i]))
#define GONE(i) (row[i] != INVOICE_reversed || \
	(!hand[i] && (try[i] == NONE || book[try[i]] == closed || \
	 !VALID(try[i]))))

/* At any moment: one live invoice of the case, none under money that goes
 * back, and what is said of one is so. */
#define SOUND (!(LIVE(0) && LIVE(1)) && (!PAID_BACK || NO_LIVE) && \
	STANDS(0) && STANDS(1) && GONE(0) && GONE(1))

/* When nobody has anything left to do of themselves: each is at an end, and
 * what is valid anywhere is the one that the case has. */
#define AT_END(i) (row[i] == NONE || row[i] == INVOICE_issued || \
	row[i] == INVOICE_failed || row[i] == INVOICE_reversed)
#define IS_OF(k, i) (row[i] == INVOICE_issued && !hand[i] && try[i] == (k))
#define ANSWERED(k) (!VALID(k) || IS_OF(k, 0) || IS_OF(k, 1))
#define AT_HAND(i) (!hand[i] || row[i] == INVOICE_issued)

active proctype books()
{
	do
	:: atomic { timeout ->
		assert(AT_END(0) && AT_END(1));
		assert(ANSWERED(0) && ANSWERED(1));
		assert(AT_HAND(0) && AT_HAND(1));
		break }
	:: atomic { !SOUND -> assert(false) }
	od
}
