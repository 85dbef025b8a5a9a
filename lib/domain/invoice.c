/* Loading, requesting and issuing. */
#include "domain/invoice.h"

#include <string.h>

#include "base/arena.h"
#include "domain/audit.h"
#include "domain/invoice_private.h"
#include "domain/sql.h"
#include "service/store.h"

enum { FIXED_COLUMNS = 15, PAGE = 50 };

static enum err
of_row(struct env *env, const struct cell *c, struct invoice *out)
{
	*out = (struct invoice){ .id = c[0].s,
		.application_id = c[1].s,
		.state = c[2].s,
		.version = c[3].i,
		.amount_fen = c[4].i,
		.number = c[5].s,
		.pdf_key = c[6].s,
		.pdf_sha256 = c[7].s,
		.pdf_size = c[8].i,
		.requested_at = c[9].i,
		.issued_at = c[10].i,
		.batch_no = c[11].s,
		.application_state = state_by_word(c[12].s),
		.unit_name = c[13].s };

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
	return load(env, SQL_INVOICE_GET, id, out);
}

bool
invoice_is_live(const struct invoice *inv)
{
	return strcmp(inv->state, "requested") == 0 ||
	       strcmp(inv->state, "issued") == 0;
}

static enum err
add(const struct invoice_request *q)
{
	struct env *env = q->env;
	struct invoice_args args;
	const struct arg *m = args.member;
	enum err e;

	TRY(invoice_args(env, q->id, q->value, &args));
	e = db_exec(env->db, SQL_INVOICE_ADD,
	    ARGS(S(q->id), m[INVOICE_TITLE_TYPE], m[INVOICE_TITLE],
		m[INVOICE_TAX_NO], m[INVOICE_EMAIL], m[INVOICE_MOBILE],
		args.mobile_index, m[INVOICE_ADDRESS], m[INVOICE_BANK_NAME],
		m[INVOICE_BANK_ACCOUNT], S(env->who.id), S(q->app->id)));
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

	TRY(add(q));
	return audit_add(q->env, "request_invoice", q->app->id, q->id);
}

/* A document in the store, and the row that is to name it. */
struct issue {
	struct env *env;
	const struct invoice *inv;
	int64_t version;
	const char *number;
	struct stored file;
};

static enum err
put_in_store(
    struct env *env, const struct invoice_document *doc, struct stored *out)
{
	struct store_writer *w;

	TRY(store_begin(env->a, doc->n, &w));
	TRY(store_write(w, doc->pdf, doc->n));
	return store_finish(w, out);
}

static enum err
issue(void *arg)
{
	const struct issue *i = arg;
	struct env *env = i->env;

	TRY(db_change(env->db, SQL_INVOICE_ISSUE,
	    ARGS(S(i->number), S(i->file.key), S(i->file.sha256),
		I(i->file.size), I(i->file.sealed_by), S(i->inv->id),
		I(i->version))));
	return audit_add(env, "issue_invoice", i->inv->application_id,
	    arena_printf(env->a, "%s number %s sha256 %s", i->inv->id,
		i->number, i->file.sha256));
}

enum err
invoice_issue(struct env *env, const struct invoice *inv, int64_t version,
    struct invoice_document *doc)
{
	struct issue i = { .env = env, .inv = inv, .version = version };
	const struct invoice_provider *provider;
	enum err e;

	if (inv->version != version || strcmp(inv->state, "requested") != 0 ||
	    inv->application_state != STATE_COMPLETED)
		return FAIL(E_STATE, "%s", inv->state);
	TRY(invoice_provider(env->cfg, &provider));
	TRY(provider->take(env->a, env->cfg, doc, &env->errors));
	i.number = doc->number;
	TRY(put_in_store(env, doc, &i.file));
	e = db_tx(env->db, issue, &i);
	if (e != E_DUPLICATE || !db_duplicate_is(env->db, "invoices_number"))
		return e;
	problem_add(&env->errors, "number", "taken",
	    "此发票号码已用于另一张发票，请核对后重新填写。");
	return FAIL(E_INVALID, "number is taken");
}

/* One row more than a page tells whether there is a next one. */
static enum err
page(struct env *env, enum sql stmt, const char *cursor, struct invoices *out)
{
	struct rows rows;

	TRY(db_all(env->db, env->a, stmt, &rows, ARGS(S(cursor), I(PAGE + 1))));
	out->n = rows.n > PAGE ? PAGE : rows.n;
	out->item = arena_alloc(env->a, (out->n + 1) * sizeof(*out->item));
	for (size_t r = 0; r < out->n; r++)
		TRY(of_row(env, &CELL(&rows, r, 0), &out->item[r]));
	out->next = rows.n > PAGE ? out->item[PAGE - 1].id : NULL;
	return E_OK;
}

enum err
invoice_requested(struct env *env, const char *cursor, struct invoices *out)
{
	return page(
	    env, SQL_INVOICES_REQUESTED, cursor != NULL ? cursor : "", out);
}

enum err
invoice_issued(struct env *env, const char *cursor, struct invoices *out)
{
	return page(
	    env, SQL_INVOICES_ISSUED, cursor != NULL ? cursor : "~", out);
}
