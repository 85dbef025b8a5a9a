#pragma once
/* 电子发票: requested once an application is completed, issued, downloaded. */
#include "domain/application.h"
#include "provider/invoice.h"

struct invoice;
struct json_object;

/* What an applicant says of the invoice; the members of POST …/invoice. */
enum invoice_member {
	INVOICE_TITLE_TYPE, /* organisation, individual */
	INVOICE_TITLE,
	INVOICE_TAX_NO,
	INVOICE_EMAIL,
	INVOICE_MOBILE,
	INVOICE_ADDRESS,
	INVOICE_BANK_NAME,
	INVOICE_BANK_ACCOUNT,
	INVOICE__N
};

struct invoice_member_row {
	const char *name, *label;
};

const struct invoice_member_row *invoice_member_row(enum invoice_member m);

/*
 * What is a person's own: the mobile, and of an individual's invoice whose it
 * is and where it goes. Masked on pages for administrators; invoice_shown is a
 * member as such a page has it.
 */
bool invoice_is_private(const struct invoice *inv, enum invoice_member m);
const char *invoice_shown(
    struct arena *a, const struct invoice *inv, enum invoice_member m);

/* 开具中; NULL for a state there is not. none is one: 未申请 */
const char *invoice_state_title(const char *state);

struct invoice {
	const char *id, *application_id;
	const char *state; /* requested, issued, failed, reversed */
	int64_t version, amount_fen;
	const char *number, *pdf_key, *pdf_sha256; /* NULL until issued */
	int64_t pdf_size, requested_at, issued_at;
	const char *batch_no, *unit_name;
	enum state application_state;
	const char *value[INVOICE__N];
};

/*
 * The newest one of an application that was loaded, so that whoever asks may
 * see it. E_NOT_FOUND.
 */
MUST_USE enum err invoice_of(
    struct env *env, const char *application_id, struct invoice *out);

/* By its own id, for administrators. E_NOT_FOUND. */
MUST_USE enum err invoice_get(
    struct env *env, const char *id, struct invoice *out);

/* Whether it stands in the way of another one. */
bool invoice_is_live(const struct invoice *inv);

/* A row of ROTATION_INVOICES sealed anew. */
MUST_USE enum err invoice_reseal(struct env *env, const struct cell *row);

/* A request; inside db_tx, arg is one of these. */
struct invoice_request {
	struct env *env;
	const struct application *app;
	const char *id; /* invoice_prepare makes it */
	const char *value[INVOICE__N];
};

/*
 * Before the transaction: reads and checks the members, and fills in what is
 * not given. E_NOT_COMPLETED, E_INVOICE_LIVE, E_INVALID with env->errors
 * filled, all at once; remarks go to env->warnings.
 */
MUST_USE enum err invoice_prepare(
    struct invoice_request *request, struct json_object *in);

/* Adds the invoice. E_NOT_COMPLETED, E_INVOICE_LIVE. */
MUST_USE enum err invoice_request(void *request);

/*
 * Takes in what an operator issued for inv, as it was at version: the file
 * goes to the store, then the row follows in a transaction. E_INVALID with
 * env->errors filled; E_STATE when it is no longer to be issued, also because
 * the fee went back.
 */
MUST_USE enum err invoice_issue(struct env *env, const struct invoice *inv,
    int64_t version, struct invoice_document *doc);

/*
 * Ends it, as it was at version: one that is issued by the number of its red
 * invoice (红冲), one that is not without (作废). E_INVALID with env->errors
 * filled; E_STATE.
 */
enum { INVOICE_END_REASON_MAX = 200 };
MUST_USE enum err invoice_end(struct env *env, const struct invoice *inv,
    int64_t version, const char *red_number, const char *reason);

/* Adds an invoice's members to an object, in clear. */
void invoice_json(const struct invoice *inv, struct json_object *o);

/*
 * The unit's completed applications, newest first, each with its newest
 * invoice or status none: "items" and "next". status may be NULL; E_INVALID
 * for one there is not.
 */
struct invoice_filter {
	const char *status, *cursor;
	int64_t limit; /* 1 to 100 */
};
MUST_USE enum err invoice_list_json(struct env *env,
    const struct invoice_filter *filter, struct json_object *o);

/* The titles that the unit's last invoices are for, the last one first, each
 * once: "items". */
MUST_USE enum err invoice_titles_json(struct env *env, struct json_object *o);

/* For administrators: a page of a queue. */
struct invoices {
	size_t n;
	struct invoice *item;
	const char *next; /* cursor of the next page; NULL: the last one */
};

/* What is to be issued, oldest first; cursor may be NULL. */
MUST_USE enum err invoice_requested(
    struct env *env, const char *cursor, struct invoices *out);

/* What was issued, newest first; cursor may be NULL. */
MUST_USE enum err invoice_issued(
    struct env *env, const char *cursor, struct invoices *out);
