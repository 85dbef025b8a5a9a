#pragma once
/*
 * 电子发票: requested once an application is completed, issued by an operator
 * or by the worker through a provider's API, downloaded, taken back (红冲).
 */
#include "domain/application.h"
#include "domain/machine.h"
#include "provider/invoice.h"

struct invoice;
struct json_object;

enum invoice_state {
	INVOICE_STATE_START = MACHINE_START,
#define STATE(name, ...) INVOICE_STATE_##name,
#include "domain/invoice_state.def"
#undef STATE
};

enum invoice_event {
#define EVENT(name, ...) INVOICE_EVENT_##name,
#include "domain/invoice_state.def"
#undef EVENT
};

extern const struct machine invoice_machine;

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
	enum invoice_state state;
	int64_t version, amount_fen;
	const char *number; /* NULL until issued */
	const char *sha256; /* of the PDF; NULL until issued */
	int64_t size;
	const char *files; /* "ofd,pdf,xml": what there is, or NULL */
	int64_t requested_at, issued_at, ended_at;
	const char *provider; /* who issues, or has issued it */
	const char *problem;  /* the provider's word for a failure, or "" */
	const char *why;      /* it is taken back or void, or "" */
	bool is_mistaken;     /* taken back for its content, not its money */
	const char *red_number, *corrects;
	int64_t attempts, asked_at; /* its provider; or 0 */
	/* What its tries say, read by invoice_get alone: the number that a sent
	 * one was issued under there, and whether that is the provider's own
	 * word; and one issued though its try was closed, so to be reversed. */
	const char *known_number, *late_number;
	bool is_told;
	const char *batch_no, *unit_name;
	enum state application_state;
	const char *value[INVOICE__N];
};

/*
 * The one of an application that counts, the live one or else the newest. The
 * application was loaded, so that whoever asks may see it. E_NOT_FOUND.
 */
MUST_USE enum err invoice_of(
    struct env *env, const char *application_id, struct invoice *out);

/* By its own id, for administrators. E_NOT_FOUND. */
MUST_USE enum err invoice_get(
    struct env *env, const char *id, struct invoice *out);

/* Whether it has a file of that kind. */
bool invoice_has(const struct invoice *inv, enum invoice_kind kind);

/* Where its file is, and how long; E_NOT_FOUND when there is none. */
struct invoice_place {
	const char *key;
	int64_t size;
};
MUST_USE enum err invoice_file(struct env *env, const struct invoice *inv,
    enum invoice_kind kind, struct invoice_place *out);

/* Whether an operator issues it, or has issued it. */
bool invoice_is_by_hand(const struct invoice *inv);

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
	struct invoice old; /* of a correction: what it takes the place of */
	const char *reason; /* of a correction */
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
 * The same for one that takes the place of an issued one: that is to be
 * reversed, in whole, and then this one is issued. Also E_NOT_ISSUED, and
 * E_CORRECTIONS when it was done as often as it may be.
 */
MUST_USE enum err invoice_prepare_correction(
    struct invoice_request *request, struct json_object *in);
MUST_USE enum err invoice_correct(void *request);

/* "corrections_left": how often more it can be corrected; and
 * "correction_refused": why it was not the last time, or null. */
MUST_USE enum err invoice_correction_json(
    struct env *env, const struct invoice *inv, struct json_object *o);

/*
 * Takes in what an operator issued for inv, as it was at version: the file
 * goes to the store, then the row follows in a transaction. E_INVALID with
 * env->errors filled; E_STATE when it is no longer to be issued, also because
 * the fee went back.
 */
MUST_USE enum err invoice_take(struct env *env, const struct invoice *inv,
    int64_t version, struct invoice_document *doc);

/* What people in the office decide of one, besides. */
enum invoice_decision_kind {
	INVOICE_VOID,	   /* not issued (作废) */
	INVOICE_RED,	   /* reversed by hand: red_number (红冲) */
	INVOICE_REVERSE,   /* to be reversed by the provider */
	INVOICE_RED_AGAIN, /* the same again, which failed */
	INVOICE_KEEP,	   /* not reversed: it stays */
	INVOICE_AGAIN,	   /* issued again, which failed */
	INVOICE_ASK,	   /* its provider is asked at once */
	INVOICE_DECISION__N
};

enum { INVOICE_REASON_MAX = 200 };

struct invoice_decision {
	struct env *env;
	const struct invoice *inv;
	int64_t version;
	enum invoice_decision_kind kind;
	const char *reason, *red_number;
	bool is_mistaken; /* of INVOICE_REVERSE: its content is wrong */
};

/* Whether the actor may decide so of an invoice as it is now. */
bool invoice_may(const struct env *env, const struct invoice *inv,
    enum invoice_decision_kind kind);

/* Whether the actor may bring what was issued elsewhere. */
bool invoice_may_take(const struct env *env, const struct invoice *inv);

/*
 * Does it, in a transaction of its own. E_STATE, E_STALE, E_INVOICE_LIVE;
 * E_INVALID with problems under reason and red_number.
 */
MUST_USE enum err invoice_decide(struct invoice_decision *d);

/*
 * What people have found out of one that its provider leaves open, in the tax
 * authority's or the provider's own pages. Another person confirms it, as what
 * is wrong here could be issued, or stay valid, twice.
 */
enum invoice_outcome_kind {
	INVOICE_OUTCOME_ISSUED,	  /* of one that is sent: number and day */
	INVOICE_OUTCOME_NONE,	  /* of one that is sent: it never was */
	INVOICE_OUTCOME_REVERSED, /* of one that is to be: red number and day */
	INVOICE_OUTCOME__N
};

struct invoice_outcome {
	struct env *env;
	const struct invoice *inv;
	int64_t version;
	const char *kind;	  /* its word */
	const char *number, *day; /* YYYY-MM-DD */
	const char *reason;
	const char *confirmation_id; /* where it waits */
};

/* Its word and title: "issued", 查明已开具. */
const struct word *invoice_outcome_word(enum invoice_outcome_kind kind);

/* Whether that can be said of it now, by the actor. */
bool invoice_may_settle(const struct env *env, const struct invoice *inv,
    enum invoice_outcome_kind kind);

/* Asks for it. E_STATE, E_STALE, E_ALREADY_ASKED; E_INVALID with problems
 * under kind, issued_number, day and reason. */
MUST_USE enum err invoice_settle_ask(struct invoice_outcome *o);

/* CONFIRM_INVOICE: E_STATE when it is not so any more, or a call is just on
 * its way to the provider. */
MUST_USE enum err invoice_settle_apply(
    struct env *env, struct json_object *payload, const char *hash);
void invoice_settle_show(
    struct arena *a, struct json_object *payload, struct json_object *facts);

/* A round of the worker: sends, asks, fetches, reverses. A provider's trouble
 * is logged and waits. */
MUST_USE enum err invoice_watch(
    struct env *env, const struct invoice_provider *provider);

/* A notice has told of what is invoiced: it is looked at soon. */
MUST_USE enum err invoice_told(struct env *env, const char *apply_id);

/* Adds an invoice's members to an object, in clear. */
void invoice_json(const struct invoice *inv, struct json_object *o);

/* Adds the others of its case, oldest first, to "others"; "relation" is
 * "replaces" of one that is to take its place, "replaced" of the one that it
 * takes the place of, else "other". */
MUST_USE enum err invoice_others_json(
    struct env *env, const struct invoice *inv, struct json_object *o);

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

/* Inside db_tx: the title of that invoice is not offered any more, until it is
 * used again. E_NOT_FOUND when it is none of them. */
struct invoice_title {
	struct env *env;
	const char *id;
};
MUST_USE enum err invoice_title_forget(void *title);

/* For administrators: a page of a queue. */
struct invoices {
	size_t n;
	struct invoice *item;
	const char *next; /* cursor of the next page; NULL: the last one */
};

/* What is under way, oldest first; cursor may be NULL. */
MUST_USE enum err invoice_open_list(
    struct env *env, const char *cursor, struct invoices *out);

/* Those beside which their provider has issued another, 50 at most. */
MUST_USE enum err invoice_late_list(struct env *env, struct invoices *out);

/* What is in a state, newest first; cursor may be NULL. */
MUST_USE enum err invoice_list(struct env *env, enum invoice_state state,
    const char *cursor, struct invoices *out);

/* "tries" at the provider and "steps" of one, and "since" when it has been as
 * it is, for the office. */
MUST_USE enum err invoice_story_json(
    struct env *env, const struct invoice *inv, struct json_object *o);
