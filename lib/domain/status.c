#include "domain/status.h"

#include <string.h>

#include "base/arena.h"
#include "base/utf8.h"
#include "domain/activation.h"
#include "domain/application.h"
#include "domain/audit.h"
#include "domain/delivery.h"
#include "domain/message.h"
#include "domain/sql.h"
#include "domain/workday.h"
#include "format/ident.h"
#include "format/json.h"
#include "service/seal.h"

enum { CODES = 1000000, MINUTE = 60, HOUR = 60 * MINUTE, DAY = 24 * HOUR };

/* Columns of STATUS_FIND. */
enum { ID, CATEGORY, STATE, UNIT, MOBILE, SUBMITTED, ACTIVATED };

enum err
status_read_pair(struct env *env, const char *batch_no, const char *mobile,
    struct status_pair *out)
{
	struct verdict number =
	    ident_mobile(env->a, ident_trim(env->a, mobile));

	out->batch_no = ident_fold(env->a, batch_no);
	out->mobile = number.value;
	if (!application_is_batch_no(out->batch_no))
		problem_add(&env->errors, "batch_no", "format",
		    "批次号由 CA 和 14 位数字组成，请核对。");
	if (number.code != NULL)
		problem_add(
		    &env->errors, "mobile", number.code, "%s", number.message);
	return env->errors.n == 0 ? E_OK : FAIL(E_INVALID, "no pair");
}

/* -- the code -- */

/* Random to whoever has not the key: six digits of a keyed digest of the id. */
static enum err
code_of(struct env *env, int key, const char *id, const char **out)
{
	const uint8_t *digest;
	uint64_t n = 0;

	TRY(seal_index_of(env->a, key, "status_code", id, &digest));
	if (digest == NULL)
		return FAIL(E_STATE, "the key is gone");
	for (size_t i = 0; i < sizeof(n); i++)
		n = n << 8 | digest[i];
	*out = arena_printf(env->a, "%06u", (unsigned)(n % CODES));
	return E_OK;
}

static enum err
index_of(struct env *env, int key, const char *mobile, const uint8_t **out)
{
	return seal_index_of(
	    env->a, key, field_row(FIELD_HANDLER_MOBILE)->name, mobile, out);
}

/* Under any key: while values are sealed anew there are some under each. */
static enum err
is_index_of(
    struct env *env, const struct cell *index, const char *mobile, bool *is)
{
	*is = false;
	for (int key = 1; key < SEAL_KEYS; key++) {
		const uint8_t *digest;

		if (!seal_knows(key))
			continue;
		TRY(index_of(env, key, mobile, &digest));
		*is |= index != NULL && index->n == SEAL_INDEX &&
		       memcmp(index->s, digest, SEAL_INDEX) == 0;
	}
	return E_OK;
}

/* The case of the pair, or NULL. */
static enum err
find(struct env *env, const struct status_pair *pair, struct cell **out)
{
	enum err e = db_one(
	    env->db, env->a, SQL_STATUS_FIND, out, ARGS(S(pair->batch_no)));
	bool is_theirs;

	if (e == E_NOT_FOUND)
		*out = NULL;
	else
		TRY(e);
	err_clear();
	TRY(is_index_of(env, *out != NULL ? &(*out)[MOBILE] : NULL,
	    pair->mobile, &is_theirs));
	if (!is_theirs)
		*out = NULL;
	return E_OK;
}

/* -- asking for one -- */

struct asking {
	struct env *env;
	const struct status_pair *pair;
	const struct cell *app; /* NULL: there is no such pair */
	const uint8_t *index;
};

/* How many of each there may be. An address may be that of a whole office. */
static const struct limit {
	enum sql stmt;
	int64_t minute, hour, day;
} limits[] = {
	{ SQL_STATUS_ASKED_OF_NUMBER, 1, 5, 10 },
	{ SQL_STATUS_ASKED_OF_BATCH, 2, 5, 10 },
	{ SQL_STATUS_ASKED_BY_IP, 10, 60, 300 },
};

static int64_t
wait_of(const struct limit *l, const struct cell *asked)
{
	return asked[2].i >= l->day	 ? DAY
	       : asked[1].i >= l->hour	 ? HOUR
	       : asked[0].i >= l->minute ? MINUTE
					 : 0;
}

/* All are looked at, whichever fires. */
static enum err
check_limits(const struct asking *ask, int64_t *retry_after)
{
	const struct arg of[] = { B(ask->index, SEAL_INDEX),
		S(ask->pair->batch_no), S(ask->env->ip) };

	*retry_after = 0;
	for (size_t i = 0; i < COUNT(limits); i++) {
		struct cell *asked;
		int64_t wait;

		TRY(db_one(ask->env->db, ask->env->a, (int)limits[i].stmt,
		    &asked, &of[i], 1));
		wait = wait_of(&limits[i], asked);
		if (wait > *retry_after)
			*retry_after = wait;
	}
	return *retry_after == 0 ? E_OK : FAIL(E_THROTTLED, "codes");
}

/* No row of the trail: strangers could fill it. Its id is the transaction's,
 * so that one that runs again after a lost COMMIT finds its own. */
static enum err
add(void *arg)
{
	const struct asking *ask = arg;
	struct env *env = ask->env;
	const char *id = db_tx_id(env->db);
	const char *application = ask->app != NULL ? ask->app[ID].s : NULL;
	enum err e = db_exec(env->db, SQL_STATUS_CODE_ADD,
	    ARGS(S(id), S(application), S(ask->pair->batch_no),
		B(ask->index, SEAL_INDEX), I(seal_number()), S(env->ip)));

	if (e == E_DUPLICATE)
		return db_duplicate_is(env->db, "PRIMARY")
			   ? E_OK
			   : FAIL(E_THROTTLED, "another at the same moment");
	TRY(e);
	return db_exec(env->db, SQL_STATUS_CODE_TELL,
	    ARGS(S(message_status_code()), S(id)));
}

enum err
status_ask(
    struct env *env, const struct status_pair *pair, int64_t *retry_after)
{
	struct asking ask = { .env = env, .pair = pair };
	struct cell *app;
	enum err e;

	TRY(find(env, pair, &app));
	ask.app = app;
	TRY(index_of(env, seal_number(), pair->mobile, &ask.index));
	TRY(check_limits(&ask, retry_after));
	e = db_tx(env->db, add, &ask);
	if (e == E_THROTTLED)
		*retry_after = MINUTE;
	return e;
}

enum err
status_code_of_message(
    struct env *env, const char *id, const char *mobile, const char **code)
{
	const uint8_t *index;
	struct cell *c;
	enum err e =
	    db_one(env->db, env->a, SQL_STATUS_CODE_SENT, &c, ARGS(S(id)));

	if (e == E_NOT_FOUND)
		return FAIL(E_STATE, "the code is over");
	TRY(e);
	TRY(index_of(env, (int)c[1].i, mobile, &index));
	if (index == NULL || memcmp(index, c[0].s, SEAL_INDEX) != 0)
		return FAIL(E_STATE, "the number is another now");
	return code_of(env, (int)c[1].i, id, code);
}

/* -- what is told for it -- */

/* 衢＊＊＊司: nobody is to be recognised by it who is not known already. */
static const char *
masked_unit(struct arena *a, const char *unit)
{
	const char *end, *first, *last;

	if (unit == NULL || *unit == '\0')
		return NULL;
	end = unit + strlen(unit);
	first = last = unit;
	utf8_next(&first, end);
	for (const char *p = unit; p < end; utf8_next(&p, end))
		last = p;
	return arena_printf(a, "%.*s＊＊＊%s", (int)(first - unit), unit,
	    last < first ? "" : last);
}

/* A save moves nothing. */
static enum err
steps_json(struct env *env, const char *id, struct json_object *o)
{
	struct json_object *list = json_list(o, "steps");
	struct rows rows;

	TRY(db_all(env->db, env->a, SQL_HISTORY_LIST, &rows, ARGS(S(id))));
	for (size_t r = 0; r < rows.n; r++) {
		enum action action = action_by_word(CELL(&rows, r, 0).s);
		struct json_object *item;

		if (action == ACTION__N || action == ACTION_SAVE)
			continue;
		item = json_item(list);
		json_str(item, "step", action_row(action)->step);
		json_time(item, "at", CELL(&rows, r, 3).i);
	}
	return E_OK;
}

/* Where the lock of a new application is, but not what is written on it. */
static void
delivery_told(const struct delivery *d, struct json_object *o)
{
	json_str(o, "way", d->way);
	json_str(o, "state", delivery_machine.state[d->state].word);
	json_str(o, "state_title", delivery_machine.state[d->state].title);
}

static enum err
next_json(struct env *env, const struct cell *app, struct json_object *o)
{
	const struct application a = { .id = app[ID].s };
	enum state state = state_by_word(app[STATE].s);
	struct deliveries all = { 0 };

	if (state == STATE_COMPLETED)
		TRY(delivery_list(env, &a, &all));
	json_str(
	    o, "next", activation_next(state, !app[ACTIVATED].is_null, &all));
	if (all.n > 0)
		delivery_told(&all.item[0], json_sub(o, "delivery"));
	else
		json_null(o, "delivery");
	return E_OK;
}

static enum err
case_json(struct env *env, const char *batch_no, const struct cell *app,
    struct json_object *o)
{
	enum state at = state_by_word(app[STATE].s);
	const struct state_row *state = state_row(at);

	json_str(o, "batch_no", batch_no);
	json_str(o, "unit", masked_unit(env->a, app[UNIT].s));
	json_str(o, "category", app[CATEGORY].s);
	json_str(o, "state", state->word);
	json_str(o, "state_title", state->title);
	json_str(o, "status", state->status);
	TRY(workday_promise_json(
	    env, at == STATE_PENDING, app[SUBMITTED].i, o));
	TRY(next_json(env, app, o));
	return steps_json(env, app[ID].s, o);
}

/* A code that is being tried. */
struct trial {
	struct env *env;
	const struct cell *app;
	const char *id; /* of the code; "" there is none */
	bool is_right;
};

/* Counts the try whatever comes of it, and then looks. */
static enum err
try_code(struct trial *t, const struct status_pair *pair, const char *typed)
{
	struct env *env = t->env;
	int key = seal_number();
	const uint8_t *index;
	const char *code;
	bool is_of_app = false;
	struct cell *c;
	enum err e;

	TRY(index_of(env, key, pair->mobile, &index));
	e = db_one(env->db, env->a, SQL_STATUS_CODE_LAST, &c,
	    ARGS(B(index, SEAL_INDEX), S(pair->batch_no)));
	t->id = "";
	if (e == E_OK) {
		t->id = c[0].s;
		key = (int)c[2].i;
		is_of_app = t->app != NULL && c[1].s != NULL &&
			    strcmp(c[1].s, t->app[ID].s) == 0;
	} else if (e != E_NOT_FOUND)
		return e;
	err_clear();
	TRY(db_exec(env->db, SQL_STATUS_CODE_TRY, ARGS(S(t->id))));
	t->is_right = db_changed(env->db) == 1 && is_of_app;
	TRY(code_of(env, key, t->id, &code));
	t->is_right &= secret_equal(code, typed);
	return E_OK;
}

static enum err
use(void *arg)
{
	const struct trial *t = arg;

	TRY(db_change(t->env->db, SQL_STATUS_CODE_USE, ARGS(S(t->id))));
	return audit_add(t->env, "status_view", t->app[ID].s, "");
}

enum err
status_json(struct env *env, const struct status_pair *pair, const char *code,
    struct json_object *o)
{
	struct trial t = { .env = env };
	struct cell *app;
	enum err e;

	TRY(find(env, pair, &app));
	t.app = app;
	TRY(try_code(&t, pair, ident_fold(env->a, code)));
	e = t.is_right ? db_tx(env->db, use, &t) : E_STATE;
	if (e == E_OK)
		return case_json(env, pair->batch_no, app, o);
	if (e != E_STATE)
		return e;
	audit_refusal(env, "status", err_row(E_STATUS)->code);
	return FAIL(E_STATUS, "no such pair or code");
}
