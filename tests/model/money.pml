/*
 * One case that is to be paid, by up to two orders, one with each provider:
 * what the applicant, the payer, the providers' notices, the worker and the
 * office can do, in every order, with calls whose answers are lost. A step is
 * a transaction of the database, or a call.
 *
 * The ways that the three machines take are tables.pml, which model.test.mjs
 * makes of what `make states` prints: X_CAN(state, event, by) and
 * X_NEXT(state, event). Nothing here names a state that an event leads to.
 */
#include "tables.pml"

#define N 2      /* orders: 0 at WeChat Pay, 1 at Alipay */
#define NOTICES 2 /* of one payment: it may come twice */
#define ASKS 2   /* refunds that a manager asks for, of one payment */

/* At a provider: what became of an order, and of the refund of its money. */
mtype:there = { nothing, payable, took, shut };
mtype:back = { unasked, doing, gave, stuck, ended };
/* In our books. */
mtype:booked = { unbooked, credited, unmatched };

byte app = APPLICATION_approved;
#define NONE 255
byte order[N] = NONE;
mtype:there there[N] = nothing;
bool watched[N] = true;  /* closed, and still asked about */
bool odd[N];             /* of another amount: no rule for it */
byte notices[N];         /* that are on their way */
mtype:booked booked[N] = unbooked;

byte refund[N] = NONE;
mtype:back back[N] = unasked;
byte given[N];           /* how often the payer got it back */
byte asks[N];
bool quiet;              /* nobody wants anything new any more */
bool closing[N];         /* the provider was told to close it */

#define OPEN(i) (order[i] == ORDER_created || order[i] == ORDER_open)
#define IS_LIVE(r) (r != NONE && r != REFUND_done && r != REFUND_declined)
/* The fee is not on its way back; other money may be. */
#define STAYS(i) (booked[i] != credited || !IS_LIVE(refund[i]))
#define HAS_CREDIT (booked[0] == credited || booked[1] == credited)
#define HAS_MONEY (app == APPLICATION_paid || app == APPLICATION_processing \
	|| app == APPLICATION_completed)
/* A second payment, or one for a case that is cancelled. */
#define HAS_RULE(i) (booked[i] == unmatched && !odd[i])

inline give_up(o, what, who)
{
	if
	:: OPEN(o) && ORDER_CAN(order[o], what, who) ->
		order[o] = ORDER_NEXT(order[o], what)
	:: else -> skip
	fi
}

/* order_credit: what was settled before stays; else all of it at once. (spin
 * never ends over a parameter that has the name of another's.) */
inline credit(m, from)
{
	if
	:: booked[m] != unbooked -> skip
	:: else ->
		order[m] = ORDER_NEXT(order[m], ORDER_E_pay);
		if
		:: !odd[m] && !HAS_CREDIT &&
		   APPLICATION_CAN(app, APPLICATION_E_pay, from) ->
			booked[m] = credited;
			app = APPLICATION_NEXT(app, APPLICATION_E_pay);
			give_up(1 - m, ORDER_E_supersede, from)
		:: else ->
			/* What is right is never left over. */
			assert(odd[m] || HAS_CREDIT ||
				app != APPLICATION_approved);
			booked[m] = unmatched
		fi
	fi
}

#define CAN_CREDIT(i, by) (booked[i] != unbooked || \
	ORDER_CAN(order[i], ORDER_E_pay, by))

/* Orders, switches to the other provider, cancels. */
active proctype applicant()
{
end:	do
	/* The other one is switched away, or its time is over. */
	:: atomic { !quiet && app == APPLICATION_approved && order[0] == NONE ->
		order[0] = ORDER_created;
		if
		:: true -> give_up(1, ORDER_E_switch, BY_applicant)
		:: true -> give_up(1, ORDER_E_expire, BY_applicant)
		fi }
	:: atomic { !quiet && app == APPLICATION_approved && order[1] == NONE ->
		order[1] = ORDER_created;
		if
		:: true -> give_up(0, ORDER_E_switch, BY_applicant)
		:: true -> give_up(0, ORDER_E_expire, BY_applicant)
		fi }
	/* The call, whose answer may be lost, and what follows from it. */
	:: atomic { order[0] == ORDER_created && there[0] == nothing ->
		there[0] = payable }
	:: atomic { order[1] == ORDER_created && there[1] == nothing ->
		there[1] = payable }
	:: atomic { there[0] != nothing &&
		order[0] == ORDER_created && ORDER_CAN(order[0], ORDER_E_register, BY_applicant) ->
		order[0] = ORDER_NEXT(order[0], ORDER_E_register) }
	:: atomic { there[1] != nothing &&
		order[1] == ORDER_created && ORDER_CAN(order[1], ORDER_E_register, BY_applicant) ->
		order[1] = ORDER_NEXT(order[1], ORDER_E_register) }
	:: atomic { !quiet && APPLICATION_CAN(app, APPLICATION_E_cancel, BY_applicant) ->
		app = APPLICATION_NEXT(app, APPLICATION_E_cancel);
		give_up(0, ORDER_E_cancel, BY_applicant);
		give_up(1, ORDER_E_cancel, BY_applicant) }
	:: atomic { !quiet -> quiet = true }
	od
}

/* Pays a code while it lives, whatever we have made of the order meanwhile;
 * or lets it die. */
active [N] proctype payer()
{
	byte i = _pid - 1;

end:	do
	:: atomic { there[i] == payable -> there[i] = took;
		if
		:: odd[i] = true
		:: odd[i] = false
		fi;
		if
		:: notices[i] = 0
		:: notices[i] = NOTICES
		fi }
	:: atomic { there[i] == payable -> there[i] = shut }
	od
}

/* A provider's notices, late or twice; one that we do not take comes again. */
active [N] proctype callback()
{
	byte i = _pid - 1 - N;

end:	do
	:: atomic { notices[i] > 0 && CAN_CREDIT(i, BY_provider) ->
		notices[i]--; credit(i, BY_provider) }
	od
}

/* Asks about an order, and closes it; sends a refund, and asks about it. */
active [N] proctype worker()
{
	byte i = _pid - 1 - 2 * N;

#define ASKED (order[i] != NONE && order[i] != ORDER_paid && \
	(order[i] != ORDER_closed || watched[i]))

end:	do
	:: atomic { ASKED && there[i] == took && booked[i] == unbooked &&
		CAN_CREDIT(i, BY_worker) -> credit(i, BY_worker); closing[i] = false }
	:: atomic { ASKED && there[i] == shut &&
		ORDER_CAN(order[i], ORDER_E_close, BY_worker) ->
		order[i] = ORDER_NEXT(order[i], ORDER_E_close) }
	/* Not paid, and its time is over. */
	:: atomic { OPEN(i) && there[i] != took &&
		ORDER_CAN(order[i], ORDER_E_expire, BY_worker) ->
		order[i] = ORDER_NEXT(order[i], ORDER_E_expire) }
	/* Asked and not paid: closed there, but for a code that nobody has
	 * scanned at Alipay; then here. It may be paid in between. */
	:: atomic { order[i] == ORDER_closing && !closing[i] && there[i] != took ->
		closing[i] = true;
		if
		:: i == 0 && there[i] == payable -> there[i] = shut
		:: else -> skip
		fi }
	:: atomic { closing[i] && ORDER_CAN(order[i], ORDER_E_close, BY_worker) ->
		order[i] = ORDER_NEXT(order[i], ORDER_E_close); closing[i] = false }
	/* Its code is dead, and nobody has paid it. */
	:: atomic { order[i] == ORDER_closed && watched[i] &&
		there[i] != payable && there[i] != took -> watched[i] = false }

	:: atomic { HAS_RULE(i) && refund[i] == NONE &&
		REFUND_CAN(REFUND_requested, REFUND_E_confirm, BY_worker) ->
		refund[i] = REFUND_NEXT(REFUND_requested, REFUND_E_confirm) }
	:: atomic { REFUND_CAN(refund[i], REFUND_E_send, BY_worker) ->
		refund[i] = REFUND_NEXT(refund[i], REFUND_E_send) }
	/* The call: with a number that is known there nothing happens again. */
	:: atomic { refund[i] == REFUND_sent && back[i] == unasked ->
		if
		:: back[i] = doing
		:: REFUND_CAN(refund[i], REFUND_E_fail, BY_worker) -> /* refused */
			refund[i] = REFUND_NEXT(refund[i], REFUND_E_fail)
		fi }
	:: atomic { refund[i] == REFUND_sent && (back[i] == stuck || back[i] == ended) &&
		REFUND_CAN(refund[i], REFUND_E_fail, BY_worker) ->
		refund[i] = REFUND_NEXT(refund[i], REFUND_E_fail) }
	/* The provider says so: then the case, when it was its money. */
	:: atomic { back[i] == gave && REFUND_CAN(refund[i], REFUND_E_succeed, BY_worker) &&
		(booked[i] != credited ||
		 APPLICATION_CAN(app, APPLICATION_E_refund_in_full, BY_worker)) ->
		refund[i] = REFUND_NEXT(refund[i], REFUND_E_succeed);
		if
		:: booked[i] == credited ->
			app = APPLICATION_NEXT(app, APPLICATION_E_refund_in_full)
		:: else -> skip
		fi }
	od
}

/* The provider's own work on a refund. */
active [N] proctype provider()
{
	byte i = _pid - 1 - 3 * N;

end:	do
	:: atomic { back[i] == doing ->
		if
		:: back[i] = gave; given[i]++
		:: back[i] = stuck
		:: back[i] = ended
		fi }
	:: atomic { back[i] == stuck -> back[i] = gave; given[i]++ }
	od
}

/* Operators make locks, managers refund. */
active proctype office()
{
end:	do
	:: atomic { STAYS(0) && STAYS(1) &&
		APPLICATION_CAN(app, APPLICATION_E_dispatch, BY_operator) ->
		app = APPLICATION_NEXT(app, APPLICATION_E_dispatch) }
	:: atomic { APPLICATION_CAN(app, APPLICATION_E_fail, BY_operator) ->
		app = APPLICATION_NEXT(app, APPLICATION_E_fail) }
	:: atomic { APPLICATION_CAN(app, APPLICATION_E_complete, BY_operator) ->
		app = APPLICATION_NEXT(app, APPLICATION_E_complete) }
	od
}

active [N] proctype manager()
{
	byte i = _pid - 2 - 4 * N;

end:	do
	:: atomic { !quiet && asks[i] < ASKS && !IS_LIVE(refund[i]) && given[i] == 0 &&
		((booked[i] == credited && (app == APPLICATION_paid ||
		  app == APPLICATION_completed)) ||
		 (booked[i] == unmatched && refund[i] != NONE) ||
		 (booked[i] == unmatched && odd[i])) ->
		refund[i] = REFUND_requested; back[i] = unasked; asks[i]++ }
	:: atomic { REFUND_CAN(refund[i], REFUND_E_confirm, BY_manager) ->
		refund[i] = REFUND_NEXT(refund[i], REFUND_E_confirm) }
	:: atomic { REFUND_CAN(refund[i], REFUND_E_decline, BY_manager) ->
		refund[i] = REFUND_NEXT(refund[i], REFUND_E_decline) }
	/* Sent again: under another number only when that one has ended. */
	:: atomic { asks[i] < ASKS && REFUND_CAN(refund[i], REFUND_E_again, BY_manager) ->
		refund[i] = REFUND_NEXT(refund[i], REFUND_E_again); asks[i]++;
		if
		:: back[i] == ended -> back[i] = unasked
		:: else -> skip
		fi }
	:: atomic { (back[i] == unasked || back[i] == ended) &&
		REFUND_CAN(refund[i], REFUND_E_drop, BY_manager) ->
		refund[i] = REFUND_NEXT(refund[i], REFUND_E_drop) }
	od
}

/* Money that was taken, when nobody has anything left to do of themselves. */
#define SERVED(i) (booked[i] == credited && given[i] == 0 && HAS_MONEY)
#define RETURNED(i) (given[i] == 1 && refund[i] == REFUND_done && \
	(booked[i] != credited || app == APPLICATION_refunded))
#define LISTED(i) (booked[i] == unmatched && given[i] == 0 && \
	!IS_LIVE(refund[i]))

/* At any moment. Somebody looks after money that is not on the books yet; a
 * case that has come on has money, and one alone; nothing goes back twice. */
#define KEPT(i) (there[i] != took || booked[i] != unbooked || \
	order[i] != ORDER_closed || watched[i])
#define WITH_MONEY(i) (booked[i] == credited && there[i] == took && \
	(given[i] == 0 || (IS_LIVE(refund[i]) && refund[i] != REFUND_requested)))

#define SOUND ( \
	KEPT(0) && KEPT(1) && given[0] <= 1 && given[1] <= 1 && \
	!(booked[0] == credited && booked[1] == credited) && \
	(!HAS_CREDIT || (HAS_MONEY || app == APPLICATION_refunded)) && \
	(!HAS_MONEY || (WITH_MONEY(0) || WITH_MONEY(1))) && \
	(app != APPLICATION_refunded || (given[0] == 1 || given[1] == 1)) && \
	(booked[0] == unbooked || order[0] == ORDER_paid) && \
	(booked[1] == unbooked || order[1] == ORDER_paid))

active proctype books()
{
	do
	:: atomic { timeout ->
		assert(there[0] != took || SERVED(0) || RETURNED(0) || LISTED(0));
		assert(there[1] != took || SERVED(1) || RETURNED(1) || LISTED(1));
		break }
	:: atomic { !SOUND -> assert(false) }
	od
}
