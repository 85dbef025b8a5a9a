#pragma once
/* 申请: one request for a lock, from draft to completion. */
#include "domain/attachment.h"
#include "domain/env.h"
#include "domain/field.h"
#include "domain/lock.h"
#include "domain/state.h"

struct json_object;

struct application {
	const char *id, *batch_no, *type, *unit_id, *account_id;
	enum state state;
	int64_t version, attachments_version, round, consent_version;
	int64_t created_at, entered_at, touched_at,
	    submitted_at;		   /* us; 0 none */
	const char *claimed_by, *claimant; /* account and name, also expired */
	int64_t claimed_until;
	bool is_claimed; /* the claim still holds */
	const char *payment_id, *work_order_id;
	int64_t paid_at;
	int64_t erased_at;    /* what is personal is gone; 0: it is not */
	int64_t activated_at; /* its owner said that the lock works; 0: no */
	const char *valid_from, *valid_to; /* days, once completed */
	const char *value[FIELD__N]; /* NULL: empty, or private and no key */
};

/*
 * Loads one that the actor may see: an applicant those of its own unit, not
 * discarded ones. E_NOT_FOUND otherwise, and the attempt is counted.
 */
MUST_USE enum err application_load(
    struct env *env, const char *id, struct application *out);

/* Characters of a batch number: CA, the day, six digits. */
enum { BATCH_NO_LENGTH = 16 };

/* Whether a text has the form of a batch number. */
bool application_is_batch_no(const char *text);

/* What the actor may do with it now, by the state table. */
bool application_allows(
    const struct env *env, const struct application *app, enum action action);

/* What state_move is to start from. */
struct state_of application_state_of(const struct application *app);

/* What a client wants stored: one of a draft's members a field. */
struct application_input {
	bool is_given[FIELD__N];
	const char *value[FIELD__N];
	int64_t consent_version; /* 0: not given */
};

/*
 * Reads the fields' members of a JSON object; members that are no field are
 * left to the caller. E_INVALID with env->errors filled, all at once.
 */
MUST_USE enum err application_read_input(
    struct env *env, struct json_object *in, struct application_input *out);

/*
 * What changes one. The functions that take it as void * run inside db_tx:
 * E_STATE, or E_STALE for a save, when somebody else was faster.
 */
struct application_change {
	struct env *env;
	struct application app; /* as loaded; for create as it becomes */
	struct application_input input;
};

/*
 * Before the transaction: fills app for a new draft from what the client
 * sent: type open (E_TYPE_CLOSED), consent current (E_CONSENT), fields that
 * can be stored (E_INVALID), batch number taken.
 */
MUST_USE enum err application_prepare_create(
    struct application_change *c, struct json_object *in);
MUST_USE enum err application_create(void *change);

/*
 * Before the transaction: what the client sent applied to the loaded app:
 * E_STATE, E_CONSENT, E_INVALID.
 */
MUST_USE enum err application_prepare_save(
    struct application_change *c, struct json_object *in);
MUST_USE enum err application_save(void *change);

/*
 * Before the transaction: E_INVALID when anything is missing or wrong,
 * E_CONSENT when the text has changed, E_STATE when it is not to be submitted.
 */
MUST_USE enum err application_prepare_submit(struct application_change *c);
MUST_USE enum err application_submit(void *change);

/* withdraw: E_CLAIMED while a reviewer holds it. */
MUST_USE enum err application_withdraw(void *change);
MUST_USE enum err application_cancel(void *change);
MUST_USE enum err application_discard(void *change);

/* A row of ROTATION_APPLICATIONS with its private fields sealed anew. */
MUST_USE enum err application_reseal(struct env *env, const struct cell *row);

/* What belongs to it besides its own row. */
struct application_facts {
	struct attachments files;
	struct locks locks; /* of the unit, when it names one; else none */
	/* Another new application of the unit is live; known once checked. */
	bool has_other_new;
};

/* Loads the files and locks of one; has_other_new stays false. */
MUST_USE enum err application_load_facts(struct env *env,
    const struct application *app, struct application_facts *out);

/*
 * Fills env->errors and env->warnings with what submit would refuse of the
 * fields, and what it would remark.
 */
MUST_USE enum err application_check_fields(
    struct env *env, const struct application *app);

/* The same, and of the attachments it needs. */
MUST_USE enum err application_check(struct env *env,
    const struct application *app, struct application_facts *facts);

/* Adds members: everything the owner sees (GET /api/applications/{id}). */
MUST_USE enum err application_json(
    struct env *env, const struct application *app, struct json_object *o);

/* Adds {field, code, message} for each to an array. */
void application_problems_json(
    const struct problems *ps, struct json_object *array);

/* The filters of a list; NULL or 0 is none. */
struct application_filter {
	const char *status, *state, *type, *category, *batch_no, *handler;
	int64_t from, to;   /* microseconds, from inclusive, to exclusive */
	const char *cursor; /* ids below it */
	int64_t limit;	    /* 1 to 100 */
};

/* The unit's list: {"items", "next", "counts"}. */
MUST_USE enum err application_list_json(struct env *env,
    const struct application_filter *filter, struct json_object *o);

enum export_format { EXPORT_CSV, EXPORT_XLSX };

/*
 * The same rows, all of them, as a file that is open for reading; the filter's
 * cursor and limit count for nothing. E_TOO_MANY_ROWS over export_rows.
 */
MUST_USE enum err application_export(struct env *env,
    const struct application_filter *filter, enum export_format format, int *fd,
    int64_t *size);

/* What form and guide have in common: the kinds of attachments, the fees that
 * are in force. */
void application_kinds_json(
    const struct config *cfg, struct json_object *array);
MUST_USE enum err application_fees_json(
    struct env *env, const char *type, struct json_object *array);

/* GET /api/form: consent, fields with options, attachments, periods, fees. */
MUST_USE enum err application_form_json(
    struct env *env, const char *type, struct json_object *o);
