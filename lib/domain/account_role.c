#include "domain/account_role.h"

#include <string.h>

#include "base/arena.h"
#include "domain/confirmation.h"
#include "domain/sql.h"
#include "format/json.h"

/* What an administrator can be; an applicant stays one. */
static const enum role roles[] = { ROLE_REVIEWER, ROLE_OPERATOR, ROLE_MANAGER,
	ROLE_AUDITOR };

static bool
is_among(enum role role)
{
	return role != 0 && (role & ROLE_ADMIN) == role;
}

enum err
account_roles_json(struct env *env, const char *account_id, enum role role,
    struct json_object *o)
{
	struct json_object *list = json_list(o, "roles");
	const char *waiting;

	TRY(confirmation_of(env, CONFIRM_ROLE, account_id, &waiting));
	json_flag(o, "may_change_role",
	    is_among(role) && strcmp(account_id, env->who.id) != 0);
	json_str(o, "role_asked", waiting);
	for (size_t i = 0; i < COUNT(roles); i++) {
		struct json_object *item;

		if (roles[i] == role)
			continue;
		item = json_item(list);
		json_str(item, "value", role_name(roles[i]));
		json_str(item, "title", role_title(roles[i]));
	}
	return E_OK;
}

/* All that whoever confirms has to know, as it is now. */
static struct json_object *
payload_of(const struct role_ask *ask, const struct cell *c)
{
	struct json_object *o = json_object_in(ask->env->a);

	json_str(o, "account", ask->account_id);
	json_str(o, "login", c[0].s);
	json_str(o, "name", c[1].s);
	json_str(o, "from", c[2].s);
	json_str(o, "to", ask->role);
	return o;
}

enum err
account_ask_role(const struct role_ask *ask)
{
	struct env *env = ask->env;
	struct cell *c;

	if (strcmp(ask->account_id, env->who.id) == 0)
		return FAIL(E_OWN_ACCOUNT, "one's own role");
	TRY(db_one(
	    env->db, env->a, SQL_ACCOUNT_GET, &c, ARGS(S(ask->account_id))));
	if (!is_among(role_by_name(c[2].s)))
		return FAIL(E_STATE, "an applicant's account");
	if (!is_among(role_by_name(ask->role)) ||
	    strcmp(ask->role, c[2].s) == 0) {
		problem_add(
		    &env->errors, "role", "option", "请选择另一个角色。");
		return FAIL(E_INVALID, "role");
	}
	return confirmation_ask(&(struct confirmation_ask){ .env = env,
	    .kind = CONFIRM_ROLE,
	    .subject = ask->account_id,
	    .payload = payload_of(ask, c),
	    .reason = ask->reason });
}

static const char *
title_of(struct json_object *payload, const char *key)
{
	return role_title(role_by_name(confirmation_text(payload, key)));
}

enum err
account_role_apply(struct env *env, struct json_object *payload)
{
	const char *id = confirmation_text(payload, "account");

	if (strcmp(id, env->who.id) == 0)
		return FAIL(E_OWN_ACCOUNT, "one's own role");
	TRY(db_exec(env->db, SQL_ACCOUNT_ROLE,
	    ARGS(S(confirmation_text(payload, "to")), S(id),
		S(confirmation_text(payload, "from")))));
	if (db_changed(env->db) != 1) {
		problem_add(&env->errors, "role", "changed",
		    "账号的角色已经不是%s，请查看后重新提出。",
		    title_of(payload, "from"));
		return FAIL(E_STATE, "of another role by now");
	}
	/* What the old role has open ends; the next sign-in is in the new one. */
	return db_exec(env->db, SQL_SESSION_END_ALL, ARGS(S(id)));
}

void
account_role_show(
    struct arena *a, struct json_object *payload, struct json_object *facts)
{
	confirmation_fact(facts, "账号",
	    arena_printf(a, "%s（%s）", confirmation_text(payload, "name"),
		confirmation_text(payload, "login")));
	confirmation_fact(facts, "角色",
	    arena_printf(a, "%s → %s", title_of(payload, "from"),
		title_of(payload, "to")));
}
