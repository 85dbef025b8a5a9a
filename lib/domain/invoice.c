/* Loading, requesting, and asking for another in place of one. */
#include "domain/invoice.h"

#include <string.h>

#include "base/arena.h"
#include "base/hash.h"
#include "domain/audit.h"
#include "domain/invoice_private.h"
#include "domain/sql.h"

enum { FIXED_COLUMNS = 24, PAGE = 50 };

static enum err
of_row(struct env *env, const struct cell *c, struct invoice *out)
{
	*out = (struct invoice){ .id = c[0].s,
		.application_id = c[1].s,
		.state =
		    (enum invoice_state)machine_state(&invoice_machine, c[2].s),
		.version = c[3].i,
		.amount_fen = c[4].i,
		.number = c[5].s,
		.sha256 = c[6].s,
		.size = c[7].i,
		.files = c[8].s,
		.requested_at = c[9].i,
		.issued_at = c[10].i,
		.batch_no = c[11].s,
		.application_state = state_by_word(c[12].s),
		.unit_name = c[13].s,
		.provider = c[15].s,
		.problem = c[16].s,
		.why = c[17].s,
		.is_mistaken = strcmp(c[18].s, "mistaken") == 0,
		.red_number = c[19].s,
		.ended_at = c[20].i,
		.corrects = c[21].s,
		.attempts = c[22].i,
		.asked_at = c[23].i };

	for (int m = 0; m < INVOICE__N; m++)
		TRY(invoice_open(env, out->id, (enum invoice_member)m,
		    c[14].i != 0, &c[FIXED_COLUMNS + m], &out->value[m]));
	return E_OK;
}

static enum err
load(struct env *env, enum sql stmt, const char *id, struct invoice *out)
{
	struct cell *c;

	TRY(db_one(env->db, env->a, stmt, &c, ARGS(S(id))));
	return of_row(env, c, out);
}

enum err
invoice_of(struct env *env, const char *application_id, struct invoice *out)
{
	return load(env, SQL_INVOICE_NEWEST, application_id, out);
}

enum err
invoice_get(struct env *env, const char *id, struct invoice *out)
{
	struct cell *c;

	TRY(load(env, SQL_INVOICE_GET, id, out));
	TRY(db_one(env->db, env->a, SQL_INVOICE_KNOWN, &c, ARGS(S(id))));
	out->known_number = c[0].s;
	out->is_told = c[1].i != 0;
	out->late_number = c[2].s;
	return E_OK;
}

bool
invoice_has(const struct invoice *inv, enum invoice_kind kind)
{
	return inv->files != NULL &&
	       strstr(inv->files, invoice_kind_name(kind)) != NULL;
}

enum err
invoice_file(struct env *env, const struct invoice *inv, enum invoice_kind kind,
    struct invoice_place *out)
{
	struct cell *c;

	TRY(db_one(env->db, env->a, SQL_INVOICE_FILE, &c,
	    ARGS(S(inv->id), S(invoice_kind_name(kind)))));
	*out = (struct invoice_place){ c[0].s, c[1].i };
	return E_OK;
}

bool
invoice_is_live(const struct invoice *inv)
{
	return inv->state != INVOICE_STATE_WAITING &&
	       inv->state != INVOICE_STATE_FAILED &&
	       inv->state != INVOICE_STATE_REVERSED;
}

static enum err
add(const struct invoice_request *q, enum invoice_state state)
{
	bool is_correction = state == INVOICE_STATE_WAITING;
	struct env *env = q->env;
	struct invoice_args args;
	const struct arg *m = args.member;
	enum err e;

	TRY(invoice_args(env, q->id, q->value, &args));
	e = db_exec(env->db, SQL_INVOICE_ADD,
	    ARGS(S(q->id), m[INVOICE_TITLE_TYPE], m[INVOICE_TITLE],
		m[INVOICE_TAX_NO], m[INVOICE_EMAIL], m[INVOICE_MOBILE],
		args.mobile_index, m[INVOICE_ADDRESS], m[INVOICE_BANK_NAME],
		m[INVOICE_BANK_ACCOUNT], S(env->who.id),
		S(invoice_machine.state[state].word),
		S(env->cfg->invoice_provider),
		S(is_correction ? q->old.id : NULL), S(q->app->id)));
	if (e == E_DUPLICATE && db_duplicate_is(env->db, "invoices_live"))
		return FAIL(E_INVOICE_LIVE, "%s", q->app->id);
	TRY(e);
	return db_changed(env->db) == 1
		   ? E_OK
		   : FAIL(E_NOT_COMPLETED, "not completed any more");
}

enum err
invoice_request(void *arg)
{
	const struct invoice_request *q = arg;

	TRY(add(q, INVOICE_STATE_REQUESTED));
	TRY(invoice_born(
	    q->env, q->id, INVOICE_EVENT_REQUEST, INVOICE_STATE_REQUESTED, ""));
	return audit_add(q->env, "request_invoice", q->app->id, q->id);
}

enum err
invoice_correct(void *arg)
{
	const struct invoice_request *q = arg;
	struct env *env = q->env;

	TRY(invoice_move(env, &q->old, INVOICE_EVENT_CORRECT, 0, q->reason));
	TRY(db_change(env->db, SQL_INVOICE_WHY,
	    ARGS(S(q->reason), S("mistaken"), S(q->old.id))));
	TRY(add(q, INVOICE_STATE_WAITING));
	TRY(invoice_born(env, q->id, INVOICE_EVENT_CORRECT,
	    INVOICE_STATE_WAITING, q->reason));
	return audit_add(env, "correct_invoice", q->app->id,
	    arena_printf(env->a, "%s by %s", q->old.id, q->id));
}

/* One row more than a page tells whether there is a next one. */
static enum err
page(struct env *env, const struct rows *rows, struct invoices *out)
{
	out->n = rows->n > PAGE ? PAGE : rows->n;
	out->item = arena_alloc(env->a, (out->n + 1) * sizeof(*out->item));
	for (size_t r = 0; r < out->n; r++)
		TRY(of_row(env, &CELL(rows, r, 0), &out->item[r]));
	out->next = rows->n > PAGE ? out->item[PAGE - 1].id : NULL;
	return E_OK;
}

enum err
invoice_open_list(struct env *env, const char *cursor, struct invoices *out)
{
	struct rows rows;

	TRY(db_all(env->db, env->a, SQL_INVOICES_OPEN, &rows,
	    ARGS(S(cursor != NULL ? cursor : ""), I(PAGE + 1))));
	return page(env, &rows, out);
}

enum err
invoice_late_list(struct env *env, struct invoices *out)
{
	struct rows rows;

	TRY(db_all(env->db, env->a, SQL_INVOICES_LATE, &rows, ARGS()));
	*out = (struct invoices){ .n = rows.n,
		.item =
		    arena_alloc(env->a, (rows.n + 1) * sizeof(*out->item)) };
	for (size_t r = 0; r < rows.n; r++)
		TRY(invoice_get(env, CELL(&rows, r, 0).s, &out->item[r]));
	return E_OK;
}

enum err
invoice_list(struct env *env, enum invoice_state state, const char *cursor,
    struct invoices *out)
{
	struct rows rows;

	TRY(db_all(env->db, env->a, SQL_INVOICES_IN, &rows,
	    ARGS(S(invoice_machine.state[state].word),
		S(cursor != NULL ? cursor : "~"), I(PAGE + 1))));
	return page(env, &rows, out);
}
