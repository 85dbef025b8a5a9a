#include "domain/account_office.h"

#include <string.h>

#include "domain/account_certificate.h"
#include "domain/account_subject.h"
#include "domain/audit.h"
#include "domain/keyset.h"
#include "domain/password.h"
#include "domain/second_factor.h"
#include "domain/sql.h"
#include "format/json.h"

enum { PAGE = 50 };

static void
role_json(struct json_object *o, const char *role)
{
	json_str(o, "role", role);
	json_str(o, "role_title", role_title(role_by_name(role)));
}

enum err
account_list_json(struct env *env, const char *after, const char *wanted,
    struct json_object *o)
{
	struct json_object *list = json_list(o, "accounts");
	struct rows rows;
	size_t n;

	TRY(db_all(env->db, env->a, SQL_ACCOUNT_LIST, &rows,
	    ARGS(S(after), S(wanted), S(wanted), S(wanted))));
	n = keyset_by_id(&rows, PAGE, 1, o);
	for (size_t r = 0; r < n; r++) {
		const struct cell *c = &CELL(&rows, r, 0);
		struct json_object *item = json_item(list);

		json_str(item, "id", c[0].s);
		json_str(item, "login", c[1].s);
		json_str(item, "name", c[2].s);
		role_json(item, c[3].s);
		json_str(item, "unit", c[4].s);
		json_flag(item, "is_locked", c[5].i != 0);
		json_flag(item, "must_change", c[6].i != 0);
		json_flag(item, "is_delayed", c[7].i != 0);
	}
	return E_OK;
}

enum err
account_sessions_json(struct env *env, const char *id, const char *token_hash,
    struct json_object *o)
{
	struct json_object *list = json_list(o, "sessions");
	const struct config *cfg = env->cfg;
	struct rows rows;

	TRY(db_all(env->db, env->a, SQL_SESSION_LIST, &rows,
	    ARGS(S(id), I(cfg->session_idle_minutes), I(cfg->session_hours))));
	for (size_t r = 0; r < rows.n; r++) {
		const struct cell *c = &CELL(&rows, r, 0);
		struct json_object *item = json_item(list);

		json_str(item, "session", c[0].s);
		json_flag(item, "is_portal", strcmp(c[1].s, "portal") == 0);
		json_str(item, "ip", c[2].s);
		json_time(item, "created_at", c[3].i);
		json_time(item, "used_at", c[4].i);
		json_flag(item, "is_this",
		    token_hash != NULL && strcmp(token_hash, c[5].s) == 0);
	}
	json_flag(o, "has_sessions", rows.n > 0);
	return E_OK;
}

enum err
account_json(struct env *env, const char *id, struct json_object *o)
{
	struct cell *c;

	TRY(db_one(env->db, env->a, SQL_ACCOUNT_GET, &c, ARGS(S(id))));
	json_str(o, "id", id);
	json_str(o, "login", c[0].s);
	json_str(o, "name", c[1].s);
	role_json(o, c[2].s);
	json_str(o, "unit", c[3].s);
	json_flag(o, "is_locked", c[4].i != 0);
	json_flag(o, "must_change", c[5].i != 0);
	json_int(o, "failures", c[6].i);
	json_time(o, "created_at", c[7].i);
	json_flag(o, "is_applicant", role_by_name(c[2].s) == ROLE_APPLICANT);
	TRY(account_subject_json(env, id, o));
	TRY(second_factor_json(env, id, o));
	TRY(account_certificates_json(env, id, o));
	return account_sessions_json(env, id, NULL, o);
}

enum err
account_check_other(const struct env *env, const char *id)
{
	if (strcmp(id, env->who.id) == 0)
		return FAIL(E_OWN_ACCOUNT, "one's own account");
	return E_OK;
}

static enum err
end_all(struct account_deed *d)
{
	return db_exec(d->env->db, SQL_SESSION_END_ALL, ARGS(S(d->id)));
}

static enum err
lock(void *arg)
{
	struct account_deed *d = arg;

	TRY(db_change(d->env->db, SQL_ACCOUNT_LOCK,
	    ARGS(I(d->is_locked), S(d->id), I(d->is_locked))));
	if (d->is_locked)
		TRY(end_all(d));
	return audit_add(d->env,
	    d->is_locked ? "account_locked" : "account_unlocked", d->id, "");
}

enum err
account_lock(struct account_deed *d)
{
	TRY(account_check_other(d->env, d->id));
	return db_tx(d->env->db, lock, d);
}

enum err
account_set_first(struct env *env, const char *id, const char *hash)
{
	TRY(db_change(env->db, SQL_ACCOUNT_RESET, ARGS(S(hash), S(id))));
	return db_exec(env->db, SQL_SESSION_END_ALL, ARGS(S(id)));
}

static enum err
reset(void *arg)
{
	struct account_deed *d = arg;

	TRY(account_set_first(d->env, d->id, d->hash));
	return audit_add(d->env, "password_reset", d->id, "");
}

enum err
account_reset(struct account_deed *d, const char **password)
{
	TRY(account_check_other(d->env, d->id));
	*password = password_make(d->env->a);
	TRY(password_hash(d->env->a, *password, &d->hash));
	return db_tx(d->env->db, reset, d);
}

static enum err
recover(void *arg)
{
	struct account_deed *d = arg;
	enum err e;

	TRY(account_set_first(d->env, d->id, d->hash));
	e = second_factor_end(d->env, d->id);
	if (e != E_STATE)
		TRY(e);
	err_clear();
	return audit_add(d->env, "account_recovered", d->id, "");
}

enum err
account_recover(struct env *env, const char *login, const char *password)
{
	struct account_deed d = { .env = env };
	struct cell *c;

	TRY(db_one(env->db, env->a, SQL_ACCOUNT_BY_LOGIN, &c, ARGS(S(login))));
	d.id = c[0].s;
	password_check(env, "password", login, password);
	if (env->errors.n > 0)
		return FAIL(E_INVALID, "password");
	TRY(password_hash(env->a, password, &d.hash));
	return db_tx(env->db, recover, &d);
}

static enum err
end_sessions(void *arg)
{
	struct account_deed *d = arg;

	if (strcmp(d->session, "all") == 0)
		TRY(end_all(d));
	else
		TRY(db_change(d->env->db, SQL_SESSION_END_ONE,
		    ARGS(S(d->id), S(d->session))));
	return audit_add(d->env, "sessions_ended", d->id, "");
}

enum err
account_end_sessions(struct account_deed *d)
{
	return db_tx(d->env->db, end_sessions, d);
}
