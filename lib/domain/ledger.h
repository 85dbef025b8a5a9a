#pragma once
/*
 * 总账: double entry, append-only, in the same transaction as what it tells
 * of. ledger_account.def has the accounts, ledger_event.def the entries.
 */
#include "domain/env.h"

struct json_object;

enum ledger_account {
#define LEDGER_ACCOUNT(name, ...) ACCOUNT_##name,
#include "domain/ledger_account.def"
#undef LEDGER_ACCOUNT
	ACCOUNT__N
};

enum ledger_event {
#define LEDGER_EVENT(name, ...) LEDGER_##name,
#include "domain/ledger_event.def"
#undef LEDGER_EVENT
	LEDGER__N
};

struct ledger_posting {
	enum ledger_event event;
	const char *reference;	    /* of the event; to 64 of ASCII */
	const char *provider;	    /* whose account it is */
	const char *application_id; /* NULL: of none */
	int64_t amount_fen;	    /* more than 0 */
};

/*
 * Inside db_tx, which writes what has happened: writes the entry for it.
 * E_DUPLICATE when that event was posted before.
 */
MUST_USE enum err ledger_post(
    struct env *env, const struct ledger_posting *posting);

/*
 * Whether unmatched money is ours, so that it has a place in the ledger: not
 * what came for another merchant, or in another currency.
 */
bool ledger_takes(const char *reason);

/*
 * The worker's: sums up the days that may have changed and one more, and
 * compares each with payments, unmatched notices, refunds and settlements, both
 * ways.
 */
MUST_USE enum err ledger_check_due(struct env *env);

/*
 * For the page: "accounts" with debit, credit and balance of each and their
 * sum, "events" and "faults"; as of the last check.
 */
MUST_USE enum err ledger_json(struct env *env, struct json_object *o);
