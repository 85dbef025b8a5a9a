#include "domain/account_certificate.h"

#include "base/clock.h"
#include "domain/account_office.h"
#include "domain/audit.h"
#include "domain/sql.h"
#include "format/json.h"

static bool
is_valid_now(const struct certificate *c)
{
	int64_t now = clock_now();

	return c->valid_from <= now && now < c->valid_to;
}

static enum err
refuse(struct env *env, const char *subject, const char *code)
{
	audit_refusal(env, subject, code);
	return FAIL(E_CERTIFICATE, "%s", code);
}

enum err
account_of_certificate(struct env *env, const struct certificate *c,
    unsigned roles, struct account *out)
{
	struct cell *row;
	enum err e = db_one(env->db, env->a, SQL_CERTIFICATE_FIND, &row,
	    ARGS(S(c->fingerprint)));

	if (e == E_NOT_FOUND) {
		audit_refusal(env, "sign_in", "certificate_unbound");
		return FAIL(E_CERTIFICATE_UNBOUND, "nobody's certificate");
	}
	TRY(e);
	*out = (struct account){ .id = row[0].s,
		.unit_id = row[1].s,
		.name = row[2].s,
		.role = role_by_name(row[3].s) };
	if (!is_valid_now(c))
		return refuse(env, out->id, "certificate_expired");
	if (row[4].i != 0 || (out->role & roles) == 0)
		return refuse(env, out->id, "certificate_locked");
	return E_OK;
}

void
certificate_json(const struct certificate *c, struct json_object *o)
{
	json_str(o, "subject", c->subject);
	json_str(o, "issuer", c->issuer);
	json_str(o, "serial", c->serial);
	json_time(o, "valid_from", c->valid_from);
	json_time(o, "valid_to", c->valid_to);
}

enum err
account_certificates_json(
    struct env *env, const char *account_id, struct json_object *o)
{
	struct json_object *list = json_list(o, "certificates");
	struct rows rows;

	TRY(db_all(
	    env->db, env->a, SQL_CERTIFICATE_LIST, &rows, ARGS(S(account_id))));
	for (size_t r = 0; r < rows.n; r++) {
		const struct cell *row = &CELL(&rows, r, 0);
		struct certificate c = { row[0].s, row[1].s, row[2].s, row[3].s,
			row[4].i, row[5].i };
		struct json_object *item = json_item(list);

		certificate_json(&c, item);
		json_str(item, "fingerprint", c.fingerprint);
		json_time(item, "bound_at", row[6].i);
		json_flag(item, "is_over", !is_valid_now(&c));
	}
	return E_OK;
}

static enum err
problem(struct env *env, const char *code, const char *message)
{
	problem_add(&env->errors, "pem", code, "%s", message);
	return FAIL(E_INVALID, "certificate: %s", code);
}

static enum err
is_taken(struct env *env)
{
	return problem(env, "taken", "这张证书已绑定账号。");
}

enum err
account_add_certificate(
    struct env *env, const char *account_id, const struct certificate *c)
{
	enum err e = db_change(env->db, SQL_CERTIFICATE_ADD,
	    ARGS(S(c->fingerprint), S(c->subject), S(c->issuer), S(c->serial),
		S(account_id), T(c->valid_from), T(c->valid_to), S(env->who.id),
		S(account_id)));

	if (e == E_DUPLICATE)
		return is_taken(env);
	if (e == E_STATE)
		return FAIL(E_NOT_FOUND, "no such account");
	return e;
}

enum err
account_check_certificate(struct certificate_deed *d)
{
	struct env *env = d->env;
	struct cell *row;
	enum err e;

	if (certificate_read(env->a, d->pem, &d->certificate) != E_OK)
		return problem(env, "format",
		    "请粘贴 PEM 格式的证书，以 -----BEGIN CERTIFICATE----- "
		    "开头。");
	if (d->certificate.valid_to <= clock_now())
		return problem(env, "expired", "证书已过有效期。");
	e = db_one(env->db, env->a, SQL_CERTIFICATE_FIND, &row,
	    ARGS(S(d->certificate.fingerprint)));
	if (e == E_OK)
		return is_taken(env);
	if (e != E_NOT_FOUND)
		return e;
	err_clear();
	return E_OK;
}

static enum err
bind(void *arg)
{
	struct certificate_deed *d = arg;

	TRY(account_add_certificate(d->env, d->account_id, &d->certificate));
	return audit_add(
	    d->env, "certificate_bound", d->account_id, d->certificate.serial);
}

enum err
account_bind_certificate(struct certificate_deed *d)
{
	return db_tx(d->env->db, bind, d);
}

static enum err
release(void *arg)
{
	struct certificate_deed *d = arg;
	struct env *env = d->env;

	TRY(db_change(env->db, SQL_CERTIFICATE_END,
	    ARGS(S(d->account_id), S(d->fingerprint))));
	TRY(db_exec(env->db, SQL_SESSION_END_ALL, ARGS(S(d->account_id))));
	return audit_add(env, "certificate_released", d->account_id, "");
}

enum err
account_release_certificate(struct certificate_deed *d)
{
	TRY(account_check_other(d->env, d->account_id));
	return db_tx(d->env->db, release, d);
}
