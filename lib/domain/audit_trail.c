#include "domain/audit_trail.h"

#include <string.h>

#include "base/arena.h"
#include "base/clock.h"
#include "domain/keyset.h"
#include "domain/sql.h"
#include "domain/state.h"
#include "format/json.h"

enum { PAGE = 50 };

static const struct {
	const char *word, *title;
} actions[] = {
#define AUDIT_ACTION(word, title) { word, title },
#include "domain/audit_action.def"
#undef AUDIT_ACTION
};

/* What a page is read by. */
struct query {
	const char *subject, *actor, *action;
	int64_t from, to, before; /* before: of the last row of a page */
	const char *id;
};

/* What an action is called: 登录; itself when it has no other name. */
static const char *
title_of(const char *action)
{
	enum action a = action_by_word(action);

	for (size_t i = 0; i < COUNT(actions); i++)
		if (strcmp(actions[i].word, action) == 0)
			return actions[i].title;
	return a != ACTION__N ? action_row(a)->step : action;
}

static void
action_json(struct json_object *array, const char *word)
{
	struct json_object *item = json_item(array);

	json_str(item, "value", word);
	json_str(item, "title", title_of(word));
}

void
audit_actions_json(struct json_object *array)
{
	for (int i = 0; i < ACTION__N; i++)
		action_json(array, action_row((enum action)i)->word);
	for (size_t i = 0; i < COUNT(actions); i++)
		action_json(array, actions[i].word);
}

static bool
read_day(struct env *env, const char *field, const char *day, int64_t *out)
{
	if (day == NULL || clock_parse_day(day, out))
		return true;
	problem_add(
	    &env->errors, field, "invalid", "请按 2026-01-31 的样式填写日期。");
	return false;
}

enum err
audit_period(struct env *env, const char *from, const char *to,
    int64_t *from_at, int64_t *to_at)
{
	*from_at = 0;
	*to_at = CLOCK_LAST;
	if (!read_day(env, "from", from, from_at) ||
	    !read_day(env, "to", to, to_at))
		return FAIL(E_INVALID, "period");
	if (to != NULL)
		*to_at += CLOCK_DAY - 1;
	return E_OK;
}

/* The id behind what a person has typed; E_NOT_FOUND. */
static enum err
find(struct env *env, enum sql stmt, const char *typed, const char **id)
{
	struct cell *c;

	TRY(db_one(env->db, env->a, (int)stmt, &c, ARGS(S(typed))));
	*id = c[0].s;
	return E_OK;
}

static enum err
read_names(struct env *env, const struct audit_filter *f, struct query *q)
{
	enum err e = E_OK;

	if (f->account != NULL)
		e = find(env, SQL_TRAIL_ACCOUNT, f->account, &q->actor);
	if (e == E_NOT_FOUND)
		problem_add(
		    &env->errors, "account", "unknown", "没有这个账号。");
	TRY(e);
	if (f->object == NULL)
		return E_OK;
	e = find(env, SQL_TRAIL_APPLICATION, f->object, &q->subject);
	if (e != E_NOT_FOUND)
		return e;
	err_clear();
	q->subject = f->object;
	return E_OK;
}

/* By what an index finds most sharply; the rest is looked at row by row. */
static enum err
read_rows(struct env *env, const struct query *q, struct rows *rows)
{
	const char *by = q->subject != NULL ? q->subject
			 : q->actor != NULL ? q->actor
					    : q->action;
	enum sql stmt = q->subject != NULL  ? SQL_TRAIL_OF_SUBJECT
			: q->actor != NULL  ? SQL_TRAIL_OF_ACTOR
			: q->action != NULL ? SQL_TRAIL_OF_ACTION
					    : SQL_TRAIL;
	const struct arg args[] = { S(by), T(q->before), T(q->before), S(q->id),
		T(q->from), S(q->action), S(q->action), S(q->actor),
		S(q->actor) };
	size_t skip = by == NULL;

	return db_all(
	    env->db, env->a, (int)stmt, rows, args + skip, COUNT(args) - skip);
}

/* "编辑中 → 待审核，第 2 版" for "editing -> pending version 2", as state_move
 * writes it; whatever else is said stays. */
static const char *
detail_shown(struct arena *a, const char *detail)
{
	const char *version = strstr(detail, "version ");
	const char *arrow = strstr(detail, " -> ");
	enum state from, to;

	if (version == detail)
		return arena_printf(a, "第 %s 版", version + 8);
	if (arrow == NULL || version == NULL || version < arrow + 5)
		return detail;
	from =
	    state_by_word(arena_strndup(a, detail, (size_t)(arrow - detail)));
	to = state_by_word(
	    arena_strndup(a, arrow + 4, (size_t)(version - arrow - 5)));
	if (from == STATE__N || to == STATE__N)
		return detail;
	return arena_printf(a, "%s → %s，第 %s 版", state_row(from)->title,
	    state_row(to)->title, version + 8);
}

static void
row_json(struct arena *a, const struct cell *c, struct json_object *o)
{
	enum role role = role_by_name(c[3].s);

	json_str(o, "id", c[0].s);
	json_time(o, "at", c[1].i);
	json_str(o, "program", c[2].s);
	json_str(o, "role", role != 0 ? role_title(role) : c[3].s);
	json_str(o, "action", c[4].s);
	json_str(o, "action_title", title_of(c[4].s));
	json_str(o, "subject", c[5].s);
	json_str(o, "detail", detail_shown(a, c[6].s));
	json_str(o, "ip", c[7].s);
	json_str(o, "request_id", c[8].s);
	json_str(o, "account", c[9].s);
	json_str(o, "name", c[10].s);
	json_str(o, "batch_no", c[11].s);
	json_str(o, "subject_login", c[12].s);
}

enum err
audit_trail_json(
    struct env *env, const struct audit_filter *f, struct json_object *o)
{
	struct query q = { .action = f->action };
	struct json_object *items = json_list(o, "items");
	struct rows rows;
	enum err e;
	size_t n;

	TRY(audit_period(env, f->from, f->to, &q.from, &q.to));
	q.before = q.to;
	q.id = "~"; /* behind every id */
	TRY(keyset_time(env->a, f->cursor, &q.before, &q.id));
	e = read_names(env, f, &q);
	if (e == E_NOT_FOUND)
		return FAIL(E_INVALID, "account");
	TRY(e);
	TRY(read_rows(env, &q, &rows));
	n = keyset_by_time(env->a, &rows, PAGE, 1, 0, o);
	for (size_t r = 0; r < n; r++)
		row_json(env->a, &CELL(&rows, r, 0), json_item(items));
	return E_OK;
}
