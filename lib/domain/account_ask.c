#include "domain/account_ask.h"

#include <string.h>

#include "base/arena.h"
#include "domain/account_certificate.h"
#include "domain/account_office.h"
#include "domain/confirmation.h"
#include "domain/password.h"
#include "domain/second_factor.h"
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
account_asks_json(struct env *env, const char *account_id, enum role role,
    struct json_object *o)
{
	static const enum confirmation_kind kinds[] = { CONFIRM_ROLE,
		CONFIRM_RESET, CONFIRM_FACTOR, CONFIRM_CERTIFICATE };
	struct json_object *list = json_list(o, "roles");
	const char *waits;

	json_flag(
	    o, "needs_second", env->cfg->four_eyes != 0 && is_among(role));
	json_flag(o, "may_change_role",
	    is_among(role) && strcmp(account_id, env->who.id) != 0);
	for (size_t i = 0; i < COUNT(kinds); i++) {
		TRY(confirmation_of(env, kinds[i], account_id, &waits));
		json_str(o,
		    arena_printf(env->a, "%s_asked",
			confirmation_kind_row(kinds[i])->word),
		    waits);
	}
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

/* What ACCOUNT_GET tells of another's account. */
struct subject {
	const char *login, *name, *role;
	bool is_admin;
};

static enum err
load(const struct account_ask *ask, struct subject *s)
{
	struct env *env = ask->env;
	struct cell *c;

	TRY(account_check_other(env, ask->account_id));
	TRY(db_one(
	    env->db, env->a, SQL_ACCOUNT_GET, &c, ARGS(S(ask->account_id))));
	*s = (struct subject){ c[0].s, c[1].s, c[2].s,
		is_among(role_by_name(c[2].s)) };
	return E_OK;
}

/* All that whoever confirms has to know, as it is now. */
static struct json_object *
payload_of(struct env *env, const char *id, const struct subject *s)
{
	struct json_object *o = json_object_in(env->a);

	json_str(o, "account", id);
	json_str(o, "login", s->login);
	json_str(o, "name", s->name);
	json_str(o, "from", s->role);
	return o;
}

static enum err
ask_for(struct account_ask *ask, enum confirmation_kind kind,
    struct json_object *payload)
{
	struct confirmation_ask c = { .env = ask->env,
		.kind = kind,
		.subject = ask->account_id,
		.payload = payload,
		.reason = ask->reason };

	TRY(confirmation_ask(&c));
	ask->password = c.password;
	return E_OK;
}

enum err
account_ask_role(struct account_ask *ask)
{
	struct env *env = ask->env;
	struct json_object *payload;
	struct subject s;

	TRY(load(ask, &s));
	if (!s.is_admin)
		return FAIL(E_STATE, "an applicant's account");
	if (!is_among(role_by_name(ask->role)) ||
	    strcmp(ask->role, s.role) == 0) {
		problem_add(
		    &env->errors, "role", "option", "请选择另一个角色。");
		return FAIL(E_INVALID, "role");
	}
	payload = payload_of(env, ask->account_id, &s);
	json_str(payload, "to", ask->role);
	return ask_for(ask, CONFIRM_ROLE, payload);
}

enum err
account_ask_reset(struct account_ask *ask)
{
	struct account_deed d = { .env = ask->env, .id = ask->account_id };
	struct subject s;

	TRY(load(ask, &s));
	if (!s.is_admin)
		return account_reset(&d, &ask->password);
	return ask_for(
	    ask, CONFIRM_RESET, payload_of(ask->env, ask->account_id, &s));
}

enum err
account_ask_factor(struct account_ask *ask)
{
	struct env *env = ask->env;
	struct json_object *o = json_object_in(env->a);
	struct subject s;

	TRY(load(ask, &s));
	TRY(second_factor_json(env, ask->account_id, o));
	if (json_get(o, "factor") == NULL)
		return FAIL(E_STATE, "no second factor");
	return ask_for(
	    ask, CONFIRM_FACTOR, payload_of(env, ask->account_id, &s));
}

enum err
account_ask_certificate(struct account_ask *ask)
{
	struct env *env = ask->env;
	struct certificate_deed d = {
		.env = env, .account_id = ask->account_id, .pem = ask->pem
	};
	struct json_object *payload;
	struct subject s;

	TRY(load(ask, &s));
	TRY(account_check_certificate(&d));
	if (!s.is_admin)
		return account_bind_certificate(&d);
	payload = payload_of(env, ask->account_id, &s);
	json_str(payload, "fingerprint", d.certificate.fingerprint);
	json_str(payload, "issuer", d.certificate.issuer);
	json_str(payload, "serial", d.certificate.serial);
	json_int(payload, "valid_from", d.certificate.valid_from);
	json_int(payload, "valid_to", d.certificate.valid_to);
	/* Some CAs write a person's ID number into the name. */
	json_str(
	    json_sub(payload, "private"), "subject", d.certificate.subject);
	return ask_for(ask, CONFIRM_CERTIFICATE, payload);
}

static enum err
ask_for_new(struct account_new *n, const char *reason, const char **waits)
{
	struct env *env = n->env;
	struct subject s = { n->login, n->name, n->role, true };
	struct confirmation_ask ask = { .env = env,
		.kind = CONFIRM_ACCOUNT,
		.subject = n->login,
		.payload = payload_of(env, id_make(env->a), &s),
		.reason = reason };
	enum err e = account_check_new(n);

	/* What is wrong is told at once, with the reason. */
	if (e != E_OK && e != E_INVALID)
		return e;
	TRY(confirmation_prepare(&ask));
	TRY(e);
	TRY(db_tx(env->db, confirmation_add, &ask));
	n->password = ask.password;
	if (env->cfg->four_eyes != 0)
		*waits = ask.id;
	return E_OK;
}

enum err
account_ask_new(struct account_new *n, const char *reason, const char **waits)
{
	*waits = NULL;
	if (is_among(role_by_name(n->role)))
		return ask_for_new(n, reason, waits);
	n->password = password_make(n->env->a);
	return account_add(n);
}

static const char *
title_of(struct json_object *payload, const char *key)
{
	return role_title(role_by_name(confirmation_text(payload, key)));
}

enum err
account_role_apply(
    struct env *env, struct json_object *payload, const char *hash)
{
	const char *id = confirmation_text(payload, "account");

	(void)hash;
	TRY(account_check_other(env, id));
	TRY(db_exec(env->db, SQL_ACCOUNT_ROLE,
	    ARGS(S(confirmation_text(payload, "to")), S(id),
		S(confirmation_text(payload, "from")))));
	if (db_changed(env->db) != 1) {
		problem_add(&env->errors, "role", "changed",
		    "账号的角色已经不是%s，请查看后重新提出。",
		    title_of(payload, "from"));
		return FAIL(E_STATE, "of another role by now");
	}
	/* What the old role has open ends: the next sign-in is in the new. */
	return db_exec(env->db, SQL_SESSION_END_ALL, ARGS(S(id)));
}

enum err
account_new_apply(
    struct env *env, struct json_object *payload, const char *hash)
{
	return account_insert(&(struct account_new){ .env = env,
	    .id = confirmation_text(payload, "account"),
	    .login = confirmation_text(payload, "login"),
	    .name = confirmation_text(payload, "name"),
	    .role = confirmation_text(payload, "from"),
	    .hash = hash,
	    .must_change = true });
}

enum err
account_reset_apply(
    struct env *env, struct json_object *payload, const char *hash)
{
	const char *id = confirmation_text(payload, "account");

	TRY(account_check_other(env, id));
	return account_set_first(env, id, hash);
}

enum err
account_factor_apply(
    struct env *env, struct json_object *payload, const char *hash)
{
	const char *id = confirmation_text(payload, "account");
	enum err e;

	(void)hash;
	TRY(account_check_other(env, id));
	e = second_factor_end(env, id);
	if (e == E_STATE)
		problem_add(&env->errors, "factor", "none",
		    "这个账号现在没有两步验证，不必重置。");
	return e;
}

enum err
account_certificate_apply(
    struct env *env, struct json_object *payload, const char *hash)
{
	const char *id = confirmation_text(payload, "account");
	struct certificate c = {
		.fingerprint = confirmation_text(payload, "fingerprint"),
		.issuer = confirmation_text(payload, "issuer"),
		.serial = confirmation_text(payload, "serial"),
		.subject =
		    confirmation_text(json_get(payload, "private"), "subject"),
	};

	(void)hash;
	TRY(account_check_other(env, id));
	if (!json_get_int(payload, "valid_from", &c.valid_from) ||
	    !json_get_int(payload, "valid_to", &c.valid_to))
		return FAIL(E_INVALID, "no validity");
	return account_add_certificate(env, id, &c);
}

void
account_ask_show(
    struct arena *a, struct json_object *payload, struct json_object *facts)
{
	confirmation_fact(facts, "账号",
	    arena_printf(a, "%s（%s）", confirmation_text(payload, "name"),
		confirmation_text(payload, "login")));
	if (json_get(payload, "to") != NULL)
		confirmation_fact(facts, "角色",
		    arena_printf(a, "%s → %s", title_of(payload, "from"),
			title_of(payload, "to")));
	else
		confirmation_fact(facts, "角色", title_of(payload, "from"));
	if (json_get(payload, "fingerprint") == NULL)
		return;
	confirmation_fact(facts, "证书",
	    confirmation_text(json_get(payload, "private"), "subject"));
	confirmation_fact(
	    facts, "颁发者", confirmation_text(payload, "issuer"));
	confirmation_fact(
	    facts, "序列号", confirmation_text(payload, "serial"));
}
