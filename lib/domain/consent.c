#include "domain/consent.h"

#include <string.h>

#include "base/arena.h"
#include "base/num.h"
#include "base/utf8.h"
#include "domain/audit.h"
#include "domain/sql.h"
#include "format/json.h"

enum { TITLE_LEAST = 2, BODY_LEAST = 20 };

#define SAMPLE "示例文本"

enum err
consent_list_json(struct env *env, struct json_object *o)
{
	struct json_object *list = json_list(o, "consents");
	struct rows rows;

	TRY(db_all(env->db, env->a, SQL_CONSENT_LIST, &rows, ARGS()));
	for (size_t r = 0; r < rows.n; r++) {
		struct json_object *item = json_item(list);

		json_int(item, "version", CELL(&rows, r, 0).i);
		json_str(item, "title", CELL(&rows, r, 1).s);
		json_time(item, "created_at", CELL(&rows, r, 2).i);
		json_flag(item, "is_current", r == 0);
	}
	return E_OK;
}

enum err
consent_current(struct env *env, int64_t *version)
{
	struct cell *c;

	TRY(db_one(env->db, env->a, SQL_CONSENT_VERSION, &c, ARGS()));
	*version = c->i;
	return E_OK;
}

enum err
consent_json(struct env *env, const char *version, struct json_object *o)
{
	int64_t number, current;
	struct cell *c;

	if (!num_int(version, 1, INT32_MAX, &number))
		return FAIL(E_NOT_FOUND, "no version");
	TRY(db_one(env->db, env->a, SQL_CONSENT_GET, &c, ARGS(I(number))));
	TRY(consent_current(env, &current));
	json_int(o, "version", number);
	json_str(o, "title", c[0].s);
	json_str(o, "body", c[1].s);
	json_time(o, "created_at", c[2].i);
	json_flag(o, "is_current", number == current);
	return E_OK;
}

enum err
consent_current_json(struct env *env, struct json_object *o)
{
	struct cell *c;

	TRY(db_one(env->db, env->a, SQL_CONSENT_CURRENT, &c, ARGS()));
	json_int(o, "version", c[0].i);
	json_str(o, "title", c[1].s);
	json_str(o, "text", c[2].s);
	return E_OK;
}

static enum err
check(const struct consent_new *n)
{
	struct problems *errors = &n->env->errors;
	struct cell *now;

	if (!utf8_is_within(n->title, TITLE_LEAST, CONSENT_TITLE_MAX) ||
	    utf8_has_control(n->title))
		problem_add(errors, "title", "length",
		    "请填写标题，%d 到 %d 个字。", TITLE_LEAST,
		    CONSENT_TITLE_MAX);
	if (!utf8_is_within(n->body, BODY_LEAST, CONSENT_BODY_MAX))
		problem_add(errors, "body", "length",
		    "请填写正文，%d 到 %d 个字。", BODY_LEAST,
		    CONSENT_BODY_MAX);
	TRY(db_one(n->env->db, n->env->a, SQL_CONSENT_CURRENT, &now, ARGS()));
	if (strcmp(now[1].s, n->title) == 0 && strcmp(now[2].s, n->body) == 0)
		problem_add(errors, "body", "same",
		    "标题和正文与现行版本相同，不需要新的版本。");
	return errors->n > 0 ? FAIL(E_INVALID, "consent") : E_OK;
}

/* Of two who write on the same version, the key lets one through. */
static enum err
add(void *arg)
{
	const struct consent_new *n = arg;
	struct env *env = n->env;
	int64_t current;
	enum err e;

	TRY(consent_current(env, &current));
	if (current != n->version)
		return FAIL(E_STALE, "another version");
	e = db_exec(env->db, SQL_CONSENT_TEXT_ADD,
	    ARGS(I(n->version + 1), S(n->title), S(n->body)));
	if (e == E_DUPLICATE)
		return FAIL(E_STALE, "another version");
	TRY(e);
	return audit_add(env, "consent_added",
	    arena_printf(env->a, "%lld", (long long)n->version + 1), n->title);
}

enum err
consent_add(struct consent_new *n)
{
	TRY(check(n));
	TRY(db_tx(n->env->db, add, n));
	n->version++;
	return E_OK;
}

const char *
consent_warning(struct env *env)
{
	struct cell *c;

	if (env->db == NULL ||
	    db_one(env->db, env->a, SQL_CONSENT_CURRENT, &c, ARGS()) != E_OK)
		return NULL;
	return strstr(c[1].s, SAMPLE) != NULL || strstr(c[2].s, SAMPLE) != NULL
		   ? "the 告知确认书 in force is a sample (示例文本); write the "
		     "centre's own under 设置, 告知确认书"
		   : NULL;
}
