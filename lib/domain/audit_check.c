#include "domain/audit_check.h"

#include <string.h>

#include "base/arena.h"
#include "base/clock.h"
#include "base/hash.h"
#include "domain/audit.h"
#include "domain/audit_seal.h"
#include "domain/audit_trail.h"
#include "domain/sql.h"
#include "format/json.h"
#include "service/chain.h"

enum { SEALS_A_ROUND = 20, SEAL_ARENA = 16 << 20 };

struct wish {
	struct env *env;
	const char *id, *period;
	int64_t from, to;
};

/* A verification on its way. */
struct work {
	struct env *env;
	const char *id;
	int64_t from, to;
	int64_t seq, was_seq; /* of the last seal that was looked at */
	int64_t seals, rows;
	const char *state;
	struct chain_check check;
};

static enum err
add(void *arg)
{
	struct wish *w = arg;
	struct env *env = w->env;

	TRY(db_exec(env->db, SQL_CHECK_ADD,
	    ARGS(S(w->id), S(env->who.id), T(w->from), T(w->to))));
	return audit_add(env, "check_audit", w->id, w->period);
}

enum err
audit_check_request(struct env *env, const char *from, const char *to)
{
	struct wish w = { .env = env, .id = id_make(env->a) };

	TRY(audit_period(env, from, to, &w.from, &w.to));
	w.period = arena_printf(
	    env->a, "%s..%s", from != NULL ? from : "", to != NULL ? to : "");
	return db_tx(env->db, add, &w);
}

enum err
audit_check_list_json(struct env *env, struct json_object *o)
{
	struct json_object *list = json_list(o, "checks");
	struct rows rows;

	TRY(db_all(env->db, env->a, SQL_CHECK_LIST, &rows, NULL, 0));
	for (size_t r = 0; r < rows.n; r++) {
		const struct cell *c = &CELL(&rows, r, 0);
		struct json_object *item = json_item(list);

		json_time(item, "requested_at", c[0].i);
		json_time(item, "since", c[1].i);
		json_time(item, "until", c[2].i != CLOCK_LAST ? c[2].i : 0);
		json_str(item, "state", c[3].s);
		json_time(item, "done_at", c[4].i);
		json_int(item, "seq", c[5].i);
		json_int(item, "seals", c[6].i);
		json_int(item, "rows", c[7].i);
		json_str(item, "fault",
		    *c[8].s != '\0' ? chain_fault_title(c[8].s) : NULL);
		json_str(item, "bad_row", *c[9].s != '\0' ? c[9].s : NULL);
		json_str(item, "requested_by", c[10].s);
	}
	return E_OK;
}

/* The seal with this number or the first behind it; NULL: there is none, or
 * its rows are all later than the period. */
static enum err
load_seal(struct work *w, struct arena *a, int64_t seq, struct cell **seal)
{
	enum err e =
	    db_one(w->env->db, a, SQL_SEAL_NEXT, seal, ARGS(T(w->to), I(seq)));

	if (e == E_OK && (*seal)[SEAL__N].i != 0)
		*seal = NULL;

	if (e != E_NOT_FOUND)
		return e;
	err_clear();
	*seal = NULL;
	return E_OK;
}

/* Begins where the period does. */
static enum err
begin(struct work *w)
{
	struct cell *c;
	enum err e;

	if (w->seals > 0 || w->seq > 0)
		return E_OK;
	e = db_one(
	    w->env->db, w->env->a, SQL_SEAL_REACHING, &c, ARGS(T(w->from)));
	if (e == E_NOT_FOUND) {
		err_clear();
		w->state = "whole";
		return E_OK;
	}
	TRY(e);
	w->seq = c[0].i - 1;
	return E_OK;
}

static enum err
check_rows(struct work *w, struct arena *a, const struct cell *before,
    const struct cell *seal)
{
	const char *at = before != NULL ? before[SEAL_LAST_AT].s
					: "1000-01-01 00:00:00.000000";
	const char *id = before != NULL ? before[SEAL_LAST_ID].s : "";
	struct rows rows;

	TRY(db_all(w->env->db, a, SQL_SEAL_COVERED, &rows,
	    ARGS(S(at), S(at), S(id), S(seal[SEAL_LAST_AT].s),
		S(seal[SEAL_LAST_AT].s), S(seal[SEAL_LAST_ID].s))));
	for (size_t r = 0; r < rows.n; r++)
		if (!chain_check_row(&w->check, &CELL(&rows, r, 0)))
			return E_OK;
	chain_check_end(&w->check);
	return E_OK;
}

/* What the file of anchors knows that the database does not. */
static enum err
check_end(struct work *w)
{
	w->state = "whole";
	return audit_seal_check_end(w->env, &w->check);
}

/* The next seal with its rows. */
static enum err
check_next(struct work *w, struct arena *a)
{
	struct cell *before = NULL, *seal;

	if (w->seq > 0)
		TRY(load_seal(w, a, w->seq, &before));
	TRY(load_seal(w, a, w->seq + 1, &seal));
	if (seal == NULL)
		return check_end(w);
	chain_check_begin(&w->check, before);
	if (w->check.seq != w->seq) {
		w->check.seq = w->seq;
		w->check.fault = CHAIN_SEAL_GONE;
	}
	if (chain_check_seal(&w->check, seal))
		TRY(check_rows(w, a, before, seal));
	w->seq = w->check.seq;
	w->seals++;
	w->rows += w->check.rows;
	return E_OK;
}

static enum err
check_some(struct work *w)
{
	enum err e = begin(w);

	for (int i = 0; i < SEALS_A_ROUND && e == E_OK; i++) {
		struct arena *a;

		if (strcmp(w->state, "open") != 0)
			break;
		a = arena_new(SEAL_ARENA);
		e = check_next(w, a);
		arena_free(a);
		if (w->check.fault != CHAIN_WHOLE)
			w->state = "bad";
	}
	return e;
}

/* Whoever was faster with these seals has found the same. */
static enum err
keep(struct work *w)
{
	const char *fault = w->check.fault != CHAIN_WHOLE
				? chain_fault_name(w->check.fault)
				: "";

	return db_exec(w->env->db, SQL_CHECK_STEP,
	    ARGS(I(w->check.fault != CHAIN_WHOLE ? w->check.seq : w->seq),
		I(w->seals), I(w->rows), S(w->state), S(fault), S(w->check.id),
		S(w->state), S(w->id), I(w->was_seq)));
}

enum err
audit_check_due(struct env *env)
{
	struct work w = { .env = env, .state = "open" };
	struct cell *c;
	enum err e = db_one(env->db, env->a, SQL_CHECK_DUE, &c, NULL, 0);

	if (e == E_NOT_FOUND) {
		err_clear();
		return E_OK;
	}
	TRY(e);
	w.id = c[0].s;
	w.from = c[1].i;
	w.to = c[2].i;
	w.seq = w.was_seq = c[3].i;
	w.seals = c[4].i;
	w.rows = c[5].i;
	TRY(check_some(&w));
	return keep(&w);
}
