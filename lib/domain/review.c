#include "domain/review.h"

#include <string.h>

#include "base/arena.h"
#include "base/clock.h"
#include "base/num.h"
#include "base/utf8.h"
#include "domain/audit.h"
#include "domain/keyset.h"
#include "domain/sql.h"
#include "format/json.h"

enum { PAGE = 50, CLAIM_TRIES = 5 };

/*
 * E_OWN_CASE for who filed it or had a hand in it: changed or handed in any
 * round, agreed for it or brought a file, be it in another role of theirs.
 * Asked once the row is ours: what is read before stays as it was then.
 */
static enum err
check_not_party(
    const struct env *env, const struct application *app, const char *what)
{
	const struct arg id = S(app->id), who = S(env->who.id);
	struct cell *c;

	if (strcmp(app->account_id, env->who.id) == 0)
		return FAIL(E_OWN_CASE, "%s", what);
	TRY(db_one(env->db, env->a, SQL_REVIEW_PARTY, &c,
	    ARGS(id, who, id, who, id, who)));
	return c->i != 0 ? FAIL(E_OWN_CASE, "%s: a party", what) : E_OK;
}

bool
review_is_holder(const struct env *env, const struct application *app)
{
	return app->is_claimed && strcmp(app->claimed_by, env->who.id) == 0;
}

bool
review_claim_is_old(const struct env *env, const struct application *app)
{
	int64_t lease = env->cfg->claim_minutes * 60 * CLOCK_SECOND;

	return app->claimed_until - clock_now() < lease - 60 * CLOCK_SECOND;
}

/* Why the lease or the case was not to be had, as it is by now. */
static enum err
why_not(struct env *env, const struct application *was, enum err otherwise)
{
	struct application now;

	TRY(application_load(env, was->id, &now));
	if (now.state != STATE_PENDING || now.version != was->version)
		return FAIL(E_STATE, "is %s", state_row(now.state)->word);
	if (now.is_claimed && !review_is_holder(env, &now))
		return FAIL(E_CLAIMED_BY_OTHER, "held by another");
	return FAIL(otherwise, "not held");
}

enum err
review_claim(void *claim)
{
	const struct review_claim *c = claim;
	struct env *env = c->env;

	TRY(db_exec(env->db, SQL_REVIEW_CLAIM,
	    ARGS(I(env->cfg->claim_minutes), S(env->who.id), S(c->app->id),
		S(env->who.id))));
	if (db_changed(env->db) != 1)
		return why_not(env, c->app, E_STATE);
	TRY(check_not_party(env, c->app, "claim"));
	return audit_add(env, "claim", c->app->id, "");
}

enum err
review_release(void *claim)
{
	const struct review_claim *c = claim;
	struct env *env = c->env;

	TRY(db_exec(
	    env->db, SQL_REVIEW_RELEASE, ARGS(S(c->app->id), S(env->who.id))));
	return audit_add(env, "release", c->app->id, "");
}

enum err
review_has_viewed(
    struct env *env, const struct application *app, bool *has_viewed)
{
	struct cell *c;

	TRY(db_one(env->db, env->a, SQL_REVIEW_HAS_VIEWED, &c,
	    ARGS(S(app->id), S(env->who.id), I(app->version),
		I(app->attachments_version))));
	*has_viewed = c->i > 0;
	return E_OK;
}

enum err
review_view(void *claim)
{
	const struct review_claim *c = claim;
	struct env *env = c->env;

	TRY(db_exec(env->db, SQL_REVIEW_VIEWED,
	    ARGS(S(c->app->id), S(env->who.id), I(c->app->version),
		I(c->app->attachments_version))));
	return audit_add(env, "view", c->app->id,
	    arena_printf(env->a, "version %lld", (long long)c->app->version));
}

/* One that another reviewer takes at the same moment is passed over. */
enum err
review_claim_next(struct env *env, const char **id)
{
	struct application app;
	struct review_claim claim = { env, &app };
	const char *tried = "";
	struct cell *c;
	enum err e;

	*id = NULL;
	for (int i = 0; i < CLAIM_TRIES; i++) {
		e = db_one(env->db, env->a, SQL_REVIEW_FREE, &c,
		    ARGS(S(env->who.id), S(tried)));
		if (e == E_NOT_FOUND) {
			err_clear();
			return E_OK;
		}
		TRY(e);
		tried = c->s;
		TRY(application_load(env, tried, &app));
		e = db_tx(env->db, review_claim, &claim);
		if (e == E_OK)
			*id = app.id;
		if (e == E_OK || err_row(e)->status != 409)
			return e;
		err_clear();
	}
	return E_OK;
}

/* The text of a reason in the catalogue, or NULL. */
static const char *
reason_text(const struct rows *catalogue, const char *code)
{
	for (size_t r = 0; r < catalogue->n; r++)
		if (strcmp(CELL(catalogue, r, 0).s, code) == 0)
			return CELL(catalogue, r, 1).s;
	return NULL;
}

/* Whether it stands further up in the list as well. */
static bool
is_repeated(const char **list, size_t i)
{
	for (size_t j = 0; j < i; j++)
		if (strcmp(list[j], list[i]) == 0)
			return true;
	return false;
}

/* The texts of the chosen reasons, a line each, and then what was written. */
static enum err
compose(struct review_decision *d, const char **out)
{
	struct env *env = d->env;
	struct rows catalogue;

	*out = "";
	TRY(db_all(env->db, env->a, SQL_REASON_LIST, &catalogue, ARGS()));
	for (size_t i = 0; i < d->reasons_n; i++) {
		const char *text = reason_text(&catalogue, d->reasons[i]);

		if (is_repeated(d->reasons, i))
			continue;
		if (text == NULL)
			problem_add(&env->errors, "reason", "unknown",
			    "所选的原因已不在目录中，请重新选择。");
		else
			*out = arena_printf(env->a, "%s%s\n", *out, text);
	}
	*out = arena_printf(env->a, "%s%s", *out, d->opinion);
	return E_OK;
}

static bool
is_target(const char *pin)
{
	return field_by_name(pin) != FIELD__N || attachment_kind(pin) != NULL;
}

enum err
review_prepare(struct review_decision *d)
{
	struct problems *errors = &d->env->errors;
	const char *opinion;
	size_t n;

	TRY(compose(d, &opinion));
	/* A last line break comes from the reasons, not from a person. */
	for (n = strlen(opinion); n > 0 && strchr(" \r\n\t", opinion[n - 1]);)
		n--;
	d->opinion = arena_strndup(d->env->a, opinion, n);
	if (d->action == ACTION_REJECT && n == 0)
		problem_add(errors, "opinion", "required",
		    "审核不通过必须说明原因：请选择原因或填写处理意见。");
	if (utf8_length(d->opinion) > OPINION_MAX)
		problem_add(errors, "opinion", "too_long",
		    "处理意见连同所选原因不能超过 %d 字，请缩短。",
		    OPINION_MAX);
	for (size_t i = 0; i < d->pins_n; i++)
		if (!is_target(d->pins[i]))
			problem_add(errors, "pin", "unknown",
			    "没有名为“%s”的项目或电子件。", d->pins[i]);
	return errors->n > 0 ? FAIL(E_INVALID, "decision") : E_OK;
}

static enum err
add_review(const struct review_decision *d)
{
	struct env *env = d->env;
	const char *id = id_make(env->a);

	TRY(db_exec(env->db, SQL_REVIEW_ADD,
	    ARGS(S(id), S(d->app->id), I(d->app->round), S(env->who.id),
		S(action_row(d->action)->word), S(d->opinion))));
	for (size_t i = 0; i < d->pins_n; i++)
		if (!is_repeated(d->pins, i))
			TRY(db_exec(env->db, SQL_REVIEW_PIN,
			    ARGS(S(id), S(d->pins[i]))));
	for (size_t i = 0; i < d->reasons_n; i++)
		if (!is_repeated(d->reasons, i))
			TRY(db_exec(env->db, SQL_REVIEW_REASON,
			    ARGS(S(id), S(d->reasons[i]))));
	return E_OK;
}

enum err
review_decide(void *decision)
{
	const struct review_decision *d = decision;
	struct env *env = d->env;
	struct state_of from = application_state_of(d->app);

	if (!application_allows(env, d->app, d->action))
		return FAIL(E_STATE, "is %s", state_row(d->app->state)->word);
	/* Holding it also locks the row, so the version stays what it is. */
	TRY(db_exec(env->db, SQL_REVIEW_HOLD,
	    ARGS(S(d->app->id), I(d->app->version), S(env->who.id))));
	if (db_changed(env->db) != 1)
		return why_not(env, d->app, E_CLAIM_NEEDED);
	TRY(check_not_party(env, d->app, "decide"));
	TRY(add_review(d));
	return state_move(env, &from, d->action, d->opinion);
}

enum err
review_decide_viewed(void *decision)
{
	const struct review_decision *d = decision;
	bool has_viewed;

	TRY(review_has_viewed(d->env, d->app, &has_viewed));
	return has_viewed ? review_decide(decision)
			  : FAIL(E_NOT_VIEWED, "decide");
}

enum err
review_last_json(
    struct env *env, const struct application *app, struct json_object *o)
{
	/* The round of a case that waits has no review yet. */
	int64_t decided = app->round - (app->state == STATE_PENDING);
	struct json_object *review, *pins;
	enum err e = E_NOT_FOUND;
	struct rows targets;
	struct cell *c;

	if (decided > 0)
		e = db_one(
		    env->db, env->a, SQL_REVIEW_LAST, &c, ARGS(S(app->id)));
	if (e == E_NOT_FOUND) {
		json_null(o, "review");
		return E_OK;
	}
	TRY(e);
	review = json_sub(o, "review");
	json_str(review, "decision", c[1].s);
	json_str(review, "opinion", c[2].s);
	json_int(review, "round", c[3].i);
	json_time(review, "at", c[4].i);
	pins = json_list(review, "pins");
	TRY(db_all(
	    env->db, env->a, SQL_REVIEW_PINS, &targets, ARGS(S(c[0].s))));
	for (size_t r = 0; r < targets.n; r++)
		json_item_str(pins, CELL(&targets, r, 0).s);
	return E_OK;
}

enum err
review_reasons_json(struct env *env, struct json_object *o)
{
	struct json_object *list = json_list(o, "reasons");
	struct rows rows;

	TRY(db_all(env->db, env->a, SQL_REASON_LIST, &rows, ARGS()));
	for (size_t r = 0; r < rows.n; r++) {
		struct json_object *item = json_item(list);

		json_str(item, "code", CELL(&rows, r, 0).s);
		json_str(item, "text", CELL(&rows, r, 1).s);
	}
	return E_OK;
}

static void
row_json(const struct env *env, const struct cell *c, struct json_object *o)
{
	const struct state_row *state = state_row(state_by_word(c[2].s));
	int64_t fee;

	json_str(o, "id", c[0].s);
	json_str(o, "batch_no", c[1].s);
	json_str(o, "state", state->word);
	json_str(o, "state_title", state->title);
	json_str(o, "category", c[3].s);
	json_str(
	    o, "category_title", field_option_label(FIELD_CATEGORY, c[3].s));
	json_time(o, "created_at", c[4].i);
	json_time(o, "entered_at", c[5].i);
	json_str(o, "applicant_unit", c[6].s);
	json_str(o, "handler_name", c[7].s);
	json_str(o, "project_name", c[8].s);
	if (c[9].s != NULL && num_int(c[9].s, 0, INT64_MAX, &fee))
		json_int(o, "fee_fen", fee);
	json_flag(o, "is_claimed", c[11].i != 0);
	json_flag(
	    o, "is_mine", c[11].i != 0 && strcmp(c[10].s, env->who.id) == 0);
	json_str(o, "claimant", c[11].i != 0 ? c[12].s : NULL);
	json_int(o, "version", c[13].i);
	json_flag(o, "is_viewed", c[14].i != 0);
}

/* The state of a tab that has but one, which an index finds; or NULL. */
static const char *
only_state(const char *status)
{
	const char *only = NULL;

	for (int s = 0; s < STATE__N; s++) {
		const struct state_row *row = state_row((enum state)s);

		if (row->status == NULL || strcmp(row->status, status) != 0)
			continue;
		if (only != NULL)
			return NULL;
		only = row->word;
	}
	return only;
}

enum err
review_worklist_json(
    struct env *env, const struct review_filter *filter, struct json_object *o)
{
	const struct review_filter *f = filter;
	struct json_object *items = json_list(o, "items");
	const char *id = f->is_newest_first ? "~" : "", *state = f->state;
	struct rows rows;
	int64_t after = f->is_newest_first ? CLOCK_LAST : 0;
	size_t n;

	if (state == NULL && f->status != NULL)
		state = only_state(f->status);
	TRY(keyset_time(env->a, f->cursor, &after, &id));
	TRY(db_all(env->db, env->a,
	    f->is_newest_first ? SQL_REVIEW_WORKLIST_NEW : SQL_REVIEW_WORKLIST,
	    &rows,
	    ARGS(S(env->who.id), T(after), T(after), S(id),
		T(f->before != 0 ? f->before : CLOCK_LAST), S(f->status),
		S(f->status), S(state), S(state), S(f->type), S(f->type),
		S(f->category), S(f->category), S(f->batch_no), S(f->batch_no),
		S(f->handler), S(f->handler), S(f->handler), S(f->claimed),
		S(f->claimed), S(env->who.id))));
	n = keyset_by_time(env->a, &rows, PAGE, 5, 0, o);
	for (size_t r = 0; r < n; r++)
		row_json(env, &CELL(&rows, r, 0), json_item(items));
	return E_OK;
}

enum err
review_counts_json(struct env *env, struct json_object *o)
{
	struct json_object *counts = json_sub(o, "counts");
	struct cell *c;

	for (int s = 0; s < STATE__N; s++) {
		const char *word = state_row((enum state)s)->word;

		if (s == STATE_EDITING || s == STATE_DISCARDED)
			continue;
		TRY(db_one(
		    env->db, env->a, SQL_REVIEW_COUNT, &c, ARGS(S(word))));
		json_int(counts, word, c->i);
	}
	return E_OK;
}

enum err
review_late(struct env *env, int64_t before, int64_t *n)
{
	struct cell *c;

	TRY(db_one(env->db, env->a, SQL_REVIEW_LATE, &c, ARGS(T(before))));
	*n = c->i;
	return E_OK;
}
