#include "domain/account.h"

#include <string.h>

#include "base/arena.h"
#include "base/hash.h"
#include "base/utf8.h"
#include "domain/audit.h"
#include "domain/password.h"
#include "domain/sql.h"
#include "format/ident.h"

struct failure {
	struct env *env;
	const char *id, *action;
};

static enum err
count_failure(void *arg)
{
	struct failure *f = arg;
	const struct config *cfg = f->env->cfg;

	TRY(db_exec(f->env->db, SQL_ACCOUNT_FAILED,
	    ARGS(I(cfg->sign_in_free_tries), I(cfg->sign_in_delay_max),
		I(cfg->sign_in_free_tries), S(f->id))));
	return audit_add(f->env, f->action, f->id, "");
}

enum err
account_failed(struct env *env, const char *id, const char *action)
{
	struct failure f = { env, id, action };

	return db_tx(env->db, count_failure, &f);
}

static enum err
refuse(struct env *env, const char *id)
{
	TRY(account_failed(env, id, "sign_in_failed"));
	return FAIL(E_SIGN_IN, "wrong password or role");
}

enum err
account_check_wait(
    struct env *env, const char *id, int64_t wait, int64_t *retry_after)
{
	*retry_after = wait;
	if (wait == 0)
		return E_OK;
	audit_refusal(env, id, "sign_in_throttled");
	return FAIL(E_THROTTLED, "account waits");
}

enum err
account_check(struct env *env, const char *login, const char *password,
    unsigned roles, struct sign_in *out)
{
	struct cell *c;
	enum err e =
	    db_one(env->db, env->a, SQL_ACCOUNT_BY_LOGIN, &c, ARGS(S(login)));

	if (e == E_NOT_FOUND) {
		password_is_nobodys(env->a, password);
		audit_refusal(env, "sign_in", "unknown_login");
		return FAIL(E_SIGN_IN, "unknown login");
	}
	TRY(e);
	TRY(account_check_wait(env, c[0].s, c[7].i, &out->retry_after));
	out->account = (struct account){ .id = c[0].s,
		.role = role_by_name(c[2].s),
		.unit_id = c[3].s,
		.name = c[4].s,
		.must_change = c[8].i != 0,
		.needs_second = c[9].i != 0 };
	if (!password_is(env->a, password, c[1].s) ||
	    (out->account.role & roles) == 0 || c[6].i != 0)
		return refuse(env, c[0].s);
	return E_OK;
}

enum err
account_signed_in(struct env *env, const char *id, const char *how)
{
	TRY(db_exec(env->db, SQL_ACCOUNT_SIGNED_IN, ARGS(S(id))));
	return audit_add(env, "sign_in", id, how);
}

enum err
account_prepare_password(
    struct password_change *c, const char *old, const char *fresh)
{
	struct env *env = c->env;
	struct cell *row;

	TRY(db_one(
	    env->db, env->a, SQL_ACCOUNT_BY_ID, &row, ARGS(S(env->who.id))));
	TRY(account_check_wait(env, env->who.id, row[2].i, &c->retry_after));
	if (!password_is(env->a, old, row[1].s))
		return refuse(env, env->who.id);
	if (strcmp(old, fresh) == 0)
		problem_add(&env->errors, "new", "same",
		    "新密码不能与原密码相同，请换一个。");
	else
		password_check(env, "new", row[0].s, fresh);
	if (env->errors.n > 0)
		return FAIL(E_INVALID, "new password");
	c->old_hash = row[1].s;
	return password_hash(env->a, fresh, &c->new_hash);
}

enum err
account_set_password(struct password_change *c)
{
	struct env *env = c->env;

	TRY(db_change(env->db, SQL_ACCOUNT_PASSWORD,
	    ARGS(S(c->new_hash), S(env->who.id), S(c->old_hash))));
	return audit_add(env, "password", env->who.id, "");
}

/* The unit with that code, made when there is none yet. */
static enum err
find_unit(struct account_new *n, const char **id)
{
	struct env *env = n->env;
	struct cell *row;
	enum err e;

	*id = NULL;
	if (n->unit == NULL)
		return E_OK;
	e = db_one(
	    env->db, env->a, SQL_UNIT_BY_ORG_CODE, &row, ARGS(S(n->org_code)));
	if (e == E_OK)
		*id = row->s;
	if (e != E_NOT_FOUND)
		return e;
	*id = id_make(env->a);
	return db_exec(
	    env->db, SQL_UNIT_ADD, ARGS(S(*id), S(n->unit), S(n->org_code)));
}

static enum err
is_taken(struct account_new *n)
{
	problem_add(&n->env->errors, "login", "taken",
	    "已有这个账号，请换一个账号名。");
	return FAIL(E_INVALID, "login is taken");
}

enum err
account_insert(struct account_new *n)
{
	struct env *env = n->env;
	const char *unit_id;
	enum err e;

	TRY(find_unit(n, &unit_id));
	e = db_exec(env->db, SQL_ACCOUNT_ADD,
	    ARGS(S(n->id), S(n->login), S(n->hash), S(n->role), S(unit_id),
		S(n->name), I(n->must_change)));
	if (e == E_DUPLICATE && db_duplicate_is(env->db, "accounts_login"))
		return is_taken(n);
	return e;
}

static enum err
add(void *arg)
{
	struct account_new *n = arg;

	TRY(account_insert(n));
	return audit_add(n->env, "account_added", n->id, n->role);
}

/* 3 to 32 small letters, digits, '.', '_' and '-', the first a letter. */
static bool
is_login(const char *s)
{
	size_t n = strspn(s, "abcdefghijklmnopqrstuvwxyz0123456789._-");

	return s[n] == '\0' && n >= 3 && n <= 32 && *s >= 'a' && *s <= 'z';
}

static void
check_unit(struct account_new *n)
{
	struct problems *errors = &n->env->errors;
	struct verdict code =
	    ident_org_code(n->env->a, n->org_code != NULL ? n->org_code : "");

	if (!utf8_is_within(n->unit, 2, 100))
		problem_add(errors, "unit", "length",
		    "请填写单位名称，2 到 100 个字。");
	if (code.code != NULL && !code.is_warning)
		problem_add(errors, "org_code", code.code, "%s", code.message);
	n->org_code = code.value;
}

enum err
account_check_new(struct account_new *n)
{
	struct problems *errors = &n->env->errors;
	enum role role = role_by_name(n->role);
	struct cell *c;
	enum err e;

	if (!is_login(n->login))
		problem_add(errors, "login", "format",
		    "账号为 3 到 32 个小写字母、数字或 . _ -，以字母开头。");
	if (!utf8_is_within(n->name, ACCOUNT_NAME_LEAST, ACCOUNT_NAME_MOST))
		problem_add(errors, "name", "length",
		    "请填写姓名，%d 到 %d 个字。", ACCOUNT_NAME_LEAST,
		    ACCOUNT_NAME_MOST);
	if ((role & (ROLE_APPLICANT | ROLE_ADMIN)) == 0)
		problem_add(errors, "role", "option", "请选择角色。");
	if (role == ROLE_APPLICANT)
		check_unit(n);
	else
		n->unit = NULL;
	e = db_one(
	    n->env->db, n->env->a, SQL_ACCOUNT_BY_LOGIN, &c, ARGS(S(n->login)));
	if (e == E_OK)
		return is_taken(n);
	if (e != E_NOT_FOUND)
		return e;
	err_clear();
	return errors->n > 0 ? FAIL(E_INVALID, "new account") : E_OK;
}

enum err
account_add(struct account_new *n)
{
	struct env *env = n->env;

	password_check(env, "password", n->login, n->password);
	TRY(account_check_new(n));
	n->id = id_make(env->a);
	TRY(password_hash(env->a, n->password, &n->hash));
	return db_tx(env->db, add, n);
}
