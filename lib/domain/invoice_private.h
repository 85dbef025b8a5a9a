#pragma once
/* What the files of the invoice share, and nobody else. */
#include "domain/invoice.h"
#include "service/store.h"

/* Whether a member is sealed in the database, whoever's invoice it is. */
bool invoice_is_sealed(enum invoice_member m);

/*
 * The members as their row takes them, sealed ones sealed, and the digest by
 * which the mobile is found.
 */
struct invoice_args {
	struct arg member[INVOICE__N], mobile_index;
};
MUST_USE enum err invoice_args(struct env *env, const char *id,
    const char *const *value, struct invoice_args *out);

/*
 * A member as a row has it: in clear where is_sealed is false (a row of before
 * they were, until the worker has sealed it) but for the mobile; and what was
 * erased is empty.
 */
MUST_USE enum err invoice_open(struct env *env, const char *id,
    enum invoice_member m, bool is_sealed, const struct cell *c,
    const char **out);

/* -- the ways it takes -- */

/* What a column of the schema can hold of a note. */
const char *invoice_note(struct arena *a, const char *text);

/* Whether the actor may do that with it as it is. */
bool invoice_can(
    const struct env *env, const struct invoice *inv, enum invoice_event event);

/* What a duplicate is of: another live one of the case (E_INVOICE_LIVE), or a
 * number that is taken (E_INVALID with the problem); other errors as given. */
MUST_USE enum err invoice_explain(struct env *env, enum err e);

/*
 * Inside db_tx: moves an invoice, compare-and-set on its version and state, to
 * be looked at again in so many seconds, and writes down what happened. note
 * (may be "") is what people are to know; of a failure the provider's word.
 * E_STATE.
 */
MUST_USE enum err invoice_move(struct env *env, const struct invoice *inv,
    enum invoice_event event, int64_t wait, const char *note);

/* Inside db_tx: the first step of a new one. */
MUST_USE enum err invoice_born(struct env *env, const char *id,
    enum invoice_event event, enum invoice_state state, const char *note);

/* The one that waits to take its place; E_NOT_FOUND. */
MUST_USE enum err invoice_next(
    struct env *env, const struct invoice *inv, struct invoice *out);

/* Inside db_tx: it is taken back; what waited goes on. when 0: now. */
MUST_USE enum err invoice_taken_back(struct env *env, const struct invoice *inv,
    enum invoice_event event, const char *red_number, int64_t when);

/* The same with its audit row. */
MUST_USE enum err invoice_reversed(struct env *env, const struct invoice *inv,
    enum invoice_event event, const char *red_number, int64_t when);

/* Inside db_tx: a try that is in that state ends in another, for that reason
 * (may be ""). E_STATE. */
MUST_USE enum err invoice_try_end(struct env *env, const char *id,
    const char *from, const char *to, const char *why);

/* Inside db_tx: it will not be issued, which its applicant is told. */
MUST_USE enum err invoice_tell_failed(
    struct env *env, const struct invoice *inv);

/* Likewise of one that was to take the place of another, which stays. */
MUST_USE enum err invoice_tell_kept(struct env *env, const struct invoice *inv);

/* Inside db_tx: it is issued, with its files, audit row and message. */
struct invoice_issued {
	struct env *env; /* of who runs it as a transaction */
	const struct invoice *inv;
	enum invoice_event event;
	const char *provider, *number;
	int64_t when; /* 0: now */
	bool has[INVOICE_FILES];
	struct stored file[INVOICE_FILES];
};
MUST_USE enum err invoice_issued_as(
    struct env *env, const struct invoice_issued *i);

/* A file goes to the store; one that no row names is swept. */
MUST_USE enum err invoice_keep(
    struct env *env, const void *bytes, size_t n, struct stored *out);
