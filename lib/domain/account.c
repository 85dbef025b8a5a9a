#include "domain/account.h"

#include <crypt.h>
#include <string.h>

#include "base/arena.h"
#include "base/hash.h"
#include "base/utf8.h"
#include "domain/audit.h"
#include "domain/sql.h"
#include "format/ident.h"

enum { PASSWORD_MAX = 128 };

/* What an unknown login is compared with, so that it takes as long. */
static const char nobody[] = "$y$j9T$R8lfbOs/xPRp4lAYd2UQo1$l3VRwlu1gy"
			     "sTw.2fMqxD1BvON1aIcAbsDd7rzvmCaz8";

static const char *
hash_password(struct arena *a, const char *password, const char *setting)
{
	struct crypt_data *data = ARENA_NEW(a, struct crypt_data);

	return crypt_rn(password, setting, data, sizeof(*data));
}

static bool
is_password(struct arena *a, const char *password, const char *hash)
{
	const char *got = hash_password(a, password, hash);

	return got != NULL && secret_equal(got, hash);
}

static enum err
new_hash(struct arena *a, const char *password, const char **hash)
{
	char *setting = arena_alloc(a, CRYPT_GENSALT_OUTPUT_SIZE);

	if (crypt_gensalt_rn(
		"$y$", 0, NULL, 0, setting, CRYPT_GENSALT_OUTPUT_SIZE) == NULL)
		return FAIL(E_INTERNAL, "crypt_gensalt");
	*hash = hash_password(a, password, setting);
	return *hash != NULL ? E_OK : FAIL(E_INTERNAL, "crypt");
}

struct failure {
	struct env *env;
	const char *id;
};

static enum err
count_failure(void *arg)
{
	struct failure *f = arg;
	const struct config *cfg = f->env->cfg;

	TRY(db_exec(f->env->db, SQL_ACCOUNT_FAILED,
	    ARGS(I(cfg->sign_in_free_tries), I(cfg->sign_in_delay_max),
		I(cfg->sign_in_free_tries), S(f->id))));
	return audit_add(f->env, "sign_in_failed", f->id, "");
}

static enum err
refuse(struct env *env, const char *id)
{
	struct failure f = { env, id };

	TRY(db_tx(env->db, count_failure, &f));
	return FAIL(E_SIGN_IN, "wrong password or role");
}

/* Whether the account's growing delay is over. */
static enum err
check_wait(struct env *env, const char *id, int64_t wait, int64_t *retry_after)
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
		is_password(env->a, password, nobody);
		audit_refusal(env, "sign_in", "unknown_login");
		return FAIL(E_SIGN_IN, "unknown login");
	}
	TRY(e);
	TRY(check_wait(env, c[0].s, c[7].i, &out->retry_after));
	out->account = (struct account){ .id = c[0].s,
		.role = role_by_name(c[2].s),
		.unit_id = c[3].s,
		.name = c[4].s };
	if (!is_password(env->a, password, c[1].s) ||
	    (out->account.role & roles) == 0 || c[6].i != 0)
		return refuse(env, c[0].s);
	return E_OK;
}

enum err
account_signed_in(struct env *env, const char *id)
{
	TRY(db_exec(env->db, SQL_ACCOUNT_SIGNED_IN, ARGS(S(id))));
	return audit_add(env, "sign_in", id, "");
}

enum err
account_prepare_password(
    struct password_change *c, const char *old, const char *fresh)
{
	struct env *env = c->env;
	struct cell *row;

	TRY(db_one(
	    env->db, env->a, SQL_ACCOUNT_BY_ID, &row, ARGS(S(env->who.id))));
	TRY(check_wait(env, env->who.id, row[2].i, &c->retry_after));
	if (!is_password(env->a, old, row[1].s))
		return refuse(env, env->who.id);
	if (utf8_length(fresh) < (size_t)env->cfg->password_length)
		problem_add(&env->errors, "new", "too_short",
		    "新密码至少 %d 个字符。", (int)env->cfg->password_length);
	else if (utf8_length(fresh) > PASSWORD_MAX)
		problem_add(&env->errors, "new", "too_long",
		    "新密码最多 %d 个字符。", PASSWORD_MAX);
	else if (strcmp(old, fresh) == 0 || strcmp(fresh, row[0].s) == 0)
		problem_add(&env->errors, "new", "same",
		    "新密码不能与原密码或账号相同。");
	if (env->errors.n > 0)
		return FAIL(E_INVALID, "new password");
	c->old_hash = row[1].s;
	return new_hash(env->a, fresh, &c->new_hash);
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
add(void *arg)
{
	struct account_new *n = arg;
	struct env *env = n->env;
	const char *id = id_make(env->a), *unit_id, *hash;

	TRY(find_unit(n, &unit_id));
	TRY(new_hash(env->a, n->password, &hash));
	TRY(db_exec(env->db, SQL_ACCOUNT_ADD,
	    ARGS(S(id), S(n->login), S(hash), S(n->role), S(unit_id),
		S(n->name))));
	return audit_add(env, "account_added", id, n->role);
}

enum err
account_add(struct account_new *n)
{
	enum role role = role_by_name(n->role);
	struct verdict code;

	if ((role & (ROLE_APPLICANT | ROLE_ADMIN)) == 0)
		return FAIL(E_INVALID, "no role %s", n->role);
	if ((role == ROLE_APPLICANT) != (n->unit != NULL))
		return FAIL(E_INVALID, "an applicant, and no one else, "
				       "has a unit");
	if (utf8_length(n->password) < (size_t)n->env->cfg->password_length)
		return FAIL(E_INVALID, "password shorter than %d",
		    (int)n->env->cfg->password_length);
	if (n->unit != NULL) {
		code = ident_org_code(n->env->a, n->org_code);
		if (code.code != NULL && !code.is_warning)
			return FAIL(
			    E_INVALID, "organisation code: %s", code.code);
		n->org_code = code.value;
	}
	return db_tx(n->env->db, add, n);
}
