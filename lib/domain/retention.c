#include "domain/retention.h"

#include <string.h>

#include "base/arena.h"
#include "base/log.h"
#include "base/num.h"
#include "domain/application.h"
#include "domain/audit.h"
#include "domain/sql.h"
#include "format/json.h"
#include "service/store.h"

enum {
	SOON = 30 /* days */,
	COUNT_MAX = 1000 /* retention.def counts to one more */
};

/* What a record's time is counted in. */
enum period {
	PERIOD_IDLE,   /* days without a touch */
	PERIOD_ISSUED, /* years after the certificate ends */
	PERIOD_MONEY   /* years of accounting */
};

struct class {
	const char *name, *title; /* name: kept_as, of cases */
	enum period period;
	enum sql waiting, next;
	enum err (*erase)(
	    struct env *env, const struct class *class, size_t *done);
};

static enum err erase_cases(
    struct env *env, const struct class *class, size_t *done);
static enum err erase_locks(
    struct env *env, const struct class *class, size_t *done);
static enum err erase_invoices(
    struct env *env, const struct class *class, size_t *done);

static const struct class classes[] = {
	{ "draft", "草稿", PERIOD_IDLE, SQL_RETENTION_WAITING,
	    SQL_RETENTION_NEXT, erase_cases },
	{ "rejected", "审核不通过", PERIOD_IDLE, SQL_RETENTION_WAITING,
	    SQL_RETENTION_NEXT, erase_cases },
	{ "cancelled", "已取消、已退款", PERIOD_IDLE, SQL_RETENTION_WAITING,
	    SQL_RETENTION_NEXT, erase_cases },
	{ "issued", "已办结（证书到期后）", PERIOD_ISSUED,
	    SQL_RETENTION_WAITING, SQL_RETENTION_NEXT, erase_cases },
	{ "lock", "CA 锁的持有人（到期后）", PERIOD_ISSUED,
	    SQL_RETENTION_WAITING_LOCKS, SQL_RETENTION_NEXT_LOCK, erase_locks },
	{ "invoice", "发票", PERIOD_MONEY, SQL_RETENTION_WAITING_INVOICES,
	    SQL_RETENTION_NEXT_INVOICE, erase_invoices },
};

static bool
is_of_cases(const struct class *class)
{
	return class->erase == erase_cases;
}

static int64_t
days_of(const struct env *env, const struct class *class)
{
	return class->period == PERIOD_IDLE ? env->cfg->retention_idle_days : 0;
}

static int64_t
years_of(const struct env *env, const struct class *class)
{
	switch (class->period) {
	case PERIOD_ISSUED:
		return env->cfg->retention_issued_years;
	case PERIOD_MONEY:
		return env->cfg->retention_money_years;
	default:
		return 0;
	}
}

/* -- erasing -- */

struct erasure {
	struct env *env;
	const char *class, *id, *application_id;
	int64_t version;
	enum state state;
	struct rows files; /* store keys */
};

static enum err
note(const struct erasure *e)
{
	struct env *env = e->env;
	int64_t files = (int64_t)e->files.n;

	TRY(db_exec(env->db, SQL_ERASURE_ADD,
	    ARGS(S(id_make(env->a)), S(e->class), S(e->id), I(files))));
	return audit_add(env, "erase", e->application_id,
	    arena_printf(
		env->a, "%s %s files %lld", e->class, e->id, (long long)files));
}

static enum err
erase_application(void *arg)
{
	const struct erasure *e = arg;
	struct env *env = e->env;

	TRY(db_change(env->db, SQL_ERASE_APPLICATION,
	    ARGS(S(e->id), I(e->version), S(state_row(e->state)->word))));
	TRY(db_exec(env->db, SQL_ERASE_ATTACHMENTS, ARGS(S(e->id))));
	TRY(db_exec(env->db, SQL_ERASE_SUBMISSIONS, ARGS(S(e->id))));
	TRY(db_exec(env->db, SQL_ERASE_MESSAGES, ARGS(S(e->id))));
	TRY(db_exec(env->db, SQL_ERASE_DELIVERIES, ARGS(S(e->id))));
	TRY(db_exec(env->db, SQL_ERASE_CONTACTS, ARGS(S(e->id))));
	return note(e);
}

static enum err
erase_invoice(void *arg)
{
	const struct erasure *e = arg;

	TRY(db_change(
	    e->env->db, SQL_ERASE_INVOICE, ARGS(S(e->id), I(e->version))));
	TRY(db_exec(e->env->db, SQL_ERASE_INVOICE_FILES, ARGS(S(e->id))));
	TRY(db_exec(e->env->db, SQL_ERASE_INVOICE_TRIES, ARGS(S(e->id))));
	return note(e);
}

/* Rows first: what then stays of files has no row, and is swept. */
static enum err
erase(struct erasure *e, enum err (*rows)(void *))
{
	TRY(db_tx(e->env->db, rows, e));
	for (size_t i = 0; i < e->files.n; i++)
		TRY(store_remove(CELL(&e->files, i, 0).s));
	return E_OK;
}

/* Nobody is to go on with one of which half is blank. */
static enum err
end_case(struct env *env, struct application *app)
{
	struct application_change c = { .env = env, .app = *app };

	if (app->state == STATE_EDITING)
		TRY(db_tx(env->db, application_discard, &c));
	else if (app->state == STATE_REJECTED)
		TRY(db_tx(env->db, application_cancel, &c));
	else
		return E_OK;
	return application_load(env, app->id, app);
}

static enum err
erase_case(struct env *env, const struct class *class, const char *id)
{
	struct erasure e = {
		.env = env, .class = class->name, .id = id, .application_id = id
	};
	struct application app;

	TRY(application_load(env, id, &app));
	TRY(end_case(env, &app));
	e.version = app.version;
	e.state = app.state;
	TRY(db_all(env->db, env->a, SQL_ERASE_LIST, &e.files, ARGS(S(id))));
	return erase(&e, erase_application);
}

static enum err
erase_lock(void *arg)
{
	const struct erasure *e = arg;

	TRY(db_change(
	    e->env->db, SQL_ERASE_LOCK, ARGS(S(e->id), I(e->version))));
	return note(e);
}

static enum err
erase_document(struct env *env, const struct class *class, const struct cell *c)
{
	struct erasure e = { .env = env,
		.class = class->name,
		.id = c[0].s,
		.application_id = c[1].s,
		.version = c[2].i };

	TRY(db_all(
	    env->db, env->a, SQL_ERASE_INVOICE_LIST, &e.files, ARGS(S(e.id))));
	return erase(&e, erase_invoice);
}

/* One that somebody touched meanwhile stays as it is. */
static enum err
settle(enum err e, const char *id, size_t *done)
{
	if (e == E_OK)
		++*done;
	else if (e == E_DB || e == E_BUSY)
		return e;
	else if (e != E_STATE && e != E_STALE)
		log_fault(LOG_WARN, "not_erased", "id", id);
	return E_OK;
}

static enum err
erase_cases(struct env *env, const struct class *class, size_t *done)
{
	int64_t days = days_of(env, class);
	struct rows rows;

	TRY(db_all(env->db, env->a, SQL_RETENTION_DUE, &rows,
	    ARGS(S(class->name), I(days), I(years_of(env, class)), I(days))));
	for (size_t r = 0; r < rows.n; r++) {
		const char *id = CELL(&rows, r, 0).s;

		TRY(settle(erase_case(env, class, id), id, done));
	}
	return E_OK;
}

static enum err
erase_locks(struct env *env, const struct class *class, size_t *done)
{
	struct rows rows;

	TRY(db_all(env->db, env->a, SQL_RETENTION_LOCKS, &rows,
	    ARGS(I(years_of(env, class)))));
	for (size_t r = 0; r < rows.n; r++) {
		const struct cell *c = &CELL(&rows, r, 0);
		struct erasure e = { .env = env,
			.class = class->name,
			.id = c[0].s,
			.application_id = c[0].s,
			.version = c[1].i };

		TRY(settle(erase(&e, erase_lock), e.id, done));
	}
	return E_OK;
}

static enum err
erase_invoices(struct env *env, const struct class *class, size_t *done)
{
	struct rows rows;

	TRY(db_all(env->db, env->a, SQL_RETENTION_INVOICES, &rows,
	    ARGS(I(years_of(env, class)))));
	for (size_t r = 0; r < rows.n; r++) {
		const struct cell *c = &CELL(&rows, r, 0);

		TRY(settle(erase_document(env, class, c), c->s, done));
	}
	return E_OK;
}

enum err
retention_due(struct env *env)
{
	size_t done = 0;

	for (size_t i = 0; i < COUNT(classes); i++)
		TRY(classes[i].erase(env, &classes[i], &done));
	if (done > 0)
		log_line(LOG_INFO, "erased", "records=%zu", done);
	return E_OK;
}

/* -- the report -- */

static enum err
erased_json(struct env *env, const char *class, struct json_object *o)
{
	struct cell *c;

	TRY(db_one(env->db, env->a, SQL_RETENTION_ERASED, &c, ARGS(S(class))));
	json_int(o, "erased", c[0].i);
	json_int(o, "files", c[1].i);
	json_time(o, "last_at", c[2].i);
	return E_OK;
}

/* What waits now, and what will in a while. */
static enum err
waiting_json(struct env *env, const struct class *class, struct json_object *o)
{
	static const struct {
		const char *name;
		int64_t days;
	} when[] = { { "waiting", 0 }, { "soon", SOON } };
	struct cell *c;

	for (size_t i = 0; i < COUNT(when); i++) {
		if (is_of_cases(class))
			TRY(db_one(env->db, env->a, class->waiting, &c,
			    ARGS(S(class->name), I(days_of(env, class)),
				I(years_of(env, class)), I(when[i].days))));
		else
			TRY(db_one(env->db, env->a, class->waiting, &c,
			    ARGS(I(years_of(env, class)), I(when[i].days))));
		json_str(
		    o, when[i].name, num_count_text(env->a, c->i, COUNT_MAX));
	}
	return E_OK;
}

static enum err
next_json(struct env *env, const struct class *class, struct json_object *o)
{
	struct cell *c;
	enum err e = is_of_cases(class)
			 ? db_one(env->db, env->a, class->next, &c,
			       ARGS(I(days_of(env, class)),
				   I(years_of(env, class)), S(class->name)))
			 : db_one(env->db, env->a, class->next, &c,
			       ARGS(I(years_of(env, class))));

	if (e == E_NOT_FOUND)
		return E_OK;
	TRY(e);
	json_time(o, "next_at", c->i);
	return E_OK;
}

static enum err
class_json(struct env *env, const struct class *class, struct json_object *o)
{
	bool is_idle = class->period == PERIOD_IDLE;

	json_str(o, "title", class->title);
	json_str(o, "period",
	    arena_printf(env->a, "%lld %s",
		(long long)(is_idle ? days_of(env, class)
				    : years_of(env, class)),
		is_idle ? "天" : "年"));
	TRY(erased_json(env, class->name, o));
	TRY(waiting_json(env, class, o));
	return next_json(env, class, o);
}

static const char *
title_of(const char *name)
{
	for (size_t i = 0; i < COUNT(classes); i++)
		if (strcmp(classes[i].name, name) == 0)
			return classes[i].title;
	return name;
}

enum err
retention_json(struct env *env, struct json_object *o)
{
	struct json_object *list = json_list(o, "classes");
	struct rows rows;

	for (size_t i = 0; i < COUNT(classes); i++)
		TRY(class_json(env, &classes[i], json_item(list)));
	list = json_list(o, "erasures");
	TRY(db_all(env->db, env->a, SQL_RETENTION_LAST, &rows, ARGS()));
	for (size_t r = 0; r < rows.n; r++) {
		const struct cell *c = &CELL(&rows, r, 0);
		struct json_object *item = json_item(list);

		json_str(item, "class", title_of(c[0].s));
		json_str(item, "subject", c[1].s);
		json_int(item, "files", c[2].i);
		json_time(item, "at", c[3].i);
		json_str(item, "batch_no", c[4].s);
	}
	return E_OK;
}
