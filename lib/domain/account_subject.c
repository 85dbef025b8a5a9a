#include "domain/account_subject.h"

#include "base/arena.h"
#include "base/hash.h"
#include "base/utf8.h"
#include "domain/audit.h"
#include "domain/sql.h"
#include "format/json.h"
#include "provider/oidc.h"

/* No password has this hash: such an account has but the one way in. */
#define NO_PASSWORD "*"

static enum err
find(struct env *env, const struct oidc_person *person, struct account *out)
{
	struct cell *c;

	TRY(db_one(env->db, env->a, SQL_SUBJECT_FIND, &c,
	    ARGS(S(person->issuer), S(person->subject))));
	*out = (struct account){ .id = c[0].s,
		.unit_id = c[1].s,
		.name = c[2].s,
		.role = role_by_name(c[3].s) };
	if (c[4].i == 0 && out->role == ROLE_APPLICANT)
		return E_OK;
	audit_refusal(env, out->id, "oidc_locked");
	return FAIL(E_OIDC, "the account is locked");
}

struct newcomer {
	struct env *env;
	const struct oidc_person *person;
	const char *id, *unit_id, *name;
};

static enum err
add(void *arg)
{
	struct newcomer *n = arg;
	struct env *env = n->env;

	TRY(db_exec(env->db, SQL_ACCOUNT_ADD,
	    ARGS(S(n->id), S(arena_printf(env->a, "oidc-%s", n->id)),
		S(NO_PASSWORD), S(role_name(ROLE_APPLICANT)), S(n->unit_id),
		S(n->name), I(false))));
	TRY(db_exec(env->db, SQL_SUBJECT_ADD,
	    ARGS(S(n->id), S(n->person->issuer), S(n->person->subject))));
	return audit_add(env, "account_added", n->id, "oidc");
}

/* As the provider says it, where that can be a name here. */
static const char *
name_of(const struct oidc_person *person)
{
	return utf8_is_within(
		   person->name, ACCOUNT_NAME_LEAST, ACCOUNT_NAME_MOST)
		   ? person->name
		   : "交易系统用户";
}

/* An account for who comes first from a unit that is known. */
static enum err
make(struct env *env, const struct oidc_person *person)
{
	struct newcomer n = { env, person, id_make(env->a), NULL,
		name_of(person) };
	struct cell *unit;
	enum err e = E_NOT_FOUND;

	if (person->org_code != NULL)
		e = db_one(env->db, env->a, SQL_UNIT_BY_ORG_CODE, &unit,
		    ARGS(S(person->org_code)));
	if (e == E_NOT_FOUND) {
		audit_refusal(env, "sign_in", "oidc_unbound");
		return FAIL(E_OIDC_UNBOUND, "nobody is bound to the subject");
	}
	TRY(e);
	n.unit_id = unit->s;
	e = db_tx(env->db, add, &n);
	/* In another window at the same moment: then that one is it. */
	return e == E_DUPLICATE ? E_OK : e;
}

enum err
account_of_person(
    struct env *env, const struct oidc_person *person, struct account *out)
{
	enum err e = find(env, person, out);

	if (e != E_NOT_FOUND)
		return e;
	TRY(make(env, person));
	return find(env, person, out);
}

enum err
account_subject_json(
    struct env *env, const char *account_id, struct json_object *o)
{
	struct json_object *item;
	struct cell *c;
	enum err e =
	    db_one(env->db, env->a, SQL_SUBJECT_GET, &c, ARGS(S(account_id)));

	if (e == E_NOT_FOUND) {
		json_null(o, "subject");
		return E_OK;
	}
	TRY(e);
	item = json_sub(o, "subject");
	json_str(item, "subject", c[0].s);
	json_time(item, "bound_at", c[1].i);
	return E_OK;
}

static bool
is_subject(const char *s)
{
	if (*s == '\0')
		return false;
	for (; *s != '\0'; s++)
		if (*s <= ' ' || *s > '~')
			return false;
	return true;
}

static enum err
refuse(struct env *env, const char *code, const char *message)
{
	problem_add(&env->errors, "subject", code, "%s", message);
	return FAIL(E_INVALID, "subject: %s", code);
}

static enum err
bind(void *arg)
{
	struct subject_deed *d = arg;
	struct env *env = d->env;
	struct cell *c;
	enum err e;

	TRY(db_one(
	    env->db, env->a, SQL_ACCOUNT_GET, &c, ARGS(S(d->account_id))));
	if (role_by_name(c[2].s) != ROLE_APPLICANT)
		return FAIL(E_STATE, "not an applicant's account");
	e = db_exec(env->db, SQL_SUBJECT_ADD,
	    ARGS(S(d->account_id), S(d->issuer), S(d->subject)));
	if (e == E_DUPLICATE && db_duplicate_is(env->db, "subjects_subject"))
		return refuse(env, "taken", "这个标识已绑定另一账号。");
	if (e == E_DUPLICATE)
		return FAIL(E_STATE, "bound already");
	TRY(e);
	return audit_add(env, "subject_bound", d->account_id, "");
}

enum err
account_bind_subject(struct subject_deed *d)
{
	if (*d->issuer == '\0')
		return FAIL(E_STATE, "there is no provider");
	if (!is_subject(d->subject))
		return refuse(d->env, "format",
		    "请填写交易系统中的用户标识：英文字母、数字和符号。");
	return db_tx(d->env->db, bind, d);
}

static enum err
release(void *arg)
{
	struct subject_deed *d = arg;
	struct env *env = d->env;

	TRY(db_change(env->db, SQL_SUBJECT_END, ARGS(S(d->account_id))));
	TRY(db_exec(env->db, SQL_SESSION_END_ALL, ARGS(S(d->account_id))));
	return audit_add(env, "subject_released", d->account_id, "");
}

enum err
account_release_subject(struct subject_deed *d)
{
	return db_tx(d->env->db, release, d);
}
