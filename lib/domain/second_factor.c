#include "domain/second_factor.h"

#include <string.h>

#include "base/arena.h"
#include "base/clock.h"
#include "base/hash.h"
#include "domain/account.h"
#include "domain/audit.h"
#include "domain/password.h"
#include "domain/sql.h"
#include "format/json.h"
#include "service/seal.h"

enum err
second_factor_json(
    struct env *env, const char *account_id, struct json_object *o)
{
	struct json_object *item;
	struct cell *c;
	enum err e =
	    db_one(env->db, env->a, SQL_FACTOR_SHOW, &c, ARGS(S(account_id)));

	if (e == E_NOT_FOUND) {
		json_null(o, "factor");
		return E_OK;
	}
	TRY(e);
	item = json_sub(o, "factor");
	json_time(item, "set_at", c[0].i);
	json_int(item, "recovery_left", c[1].i);
	return E_OK;
}

/* What the secret is sealed for: an account's row, or a draft of a session. */
static const char *
row_of(struct env *env, const char *account_id)
{
	return arena_printf(env->a, "%s/second_factor", account_id);
}

enum err
second_factor_reseal(struct env *env, const struct cell *c)
{
	const char *where = row_of(env, c[0].s), *secret;
	const uint8_t *sealed;
	size_t n;

	TRY(unseal_text(env->a, where, c[1].s, c[1].n, &secret));
	TRY(seal_text(env->a, where, secret, &sealed, &n));
	return db_exec(env->db, SQL_ROTATION_FACTOR,
	    ARGS(B(sealed, n), S(c[0].s), B(c[1].s, c[1].n)));
}

static const char *
draft_of(const struct enrolment *n)
{
	return arena_printf(
	    n->env->a, "%s/second_factor_draft/%s", n->env->who.id, n->session);
}

/* As it was made: small letters and digits in groups. */
static const char *
recovery_hash(struct env *env, const char *code)
{
	const char *text =
	    arena_printf(env->a, "recovery:%s:%s", env->who.id, code);
	char *hex = arena_alloc(env->a, SHA256_HEX);

	sha256_hex(text, strlen(text), hex);
	return hex;
}

/* The letters and digits of what was typed, made small; groups of four when
 * it is a recovery code. */
static const char *
plain(struct env *env, const char *typed)
{
	char *text = arena_alloc(env->a, 2 * strlen(typed) + 1), *to = text;
	const char *code;

	for (const char *p = typed; *p != '\0'; p++)
		if (*p >= 'A' && *p <= 'Z')
			*to++ = (char)(*p - 'A' + 'a');
		else if (*p != ' ' && *p != '-')
			*to++ = *p;
	*to = '\0';
	if (to - text != 16)
		return text;
	code = arena_printf(
	    env->a, "%.4s-%.4s-%.4s-%.4s", text, text + 4, text + 8, text + 12);
	return code;
}

/* Whether the account has it as a recovery code that nobody has used. */
static enum err
find_recovery(struct second_step *s, const char *code, bool *is_right)
{
	struct env *env = s->env;
	struct cell *c;
	enum err e;

	s->how = "recovery";
	s->used = recovery_hash(env, code);
	e = db_one(env->db, env->a, SQL_RECOVERY_FIND, &c,
	    ARGS(S(env->who.id), S(s->used)));
	*is_right = e == E_OK;
	return e == E_NOT_FOUND ? E_OK : e;
}

/* row: the secret and the last time step. */
static enum err
find_step(struct second_step *s, const struct cell *row, const char *code,
    bool *is_right)
{
	struct env *env = s->env;
	const char *secret;

	s->how = "totp";
	TRY(unseal_text(
	    env->a, row_of(env, env->who.id), row[0].s, row[0].n, &secret));
	s->step = totp_step(secret, code, clock_now());
	*is_right = s->step > row[1].i;
	return E_OK;
}

enum err
second_step_prepare(struct second_step *s, const char *typed)
{
	struct env *env = s->env;
	const char *code = plain(env, typed);
	bool is_right;
	struct cell *c;
	enum err e =
	    db_one(env->db, env->a, SQL_FACTOR_GET, &c, ARGS(S(env->who.id)));

	if (e == E_NOT_FOUND)
		return FAIL(E_STATE, "no second factor");
	TRY(e);
	TRY(account_check_wait(env, env->who.id, c[2].i, &s->retry_after));
	if (strlen(code) == TOTP_DIGITS)
		TRY(find_step(s, c, code, &is_right));
	else
		TRY(find_recovery(s, code, &is_right));
	if (is_right)
		return E_OK;
	TRY(account_failed(env, env->who.id, "second_factor_failed"));
	return FAIL(E_CODE, "wrong %s", s->how);
}

enum err
second_step_take(struct second_step *s)
{
	struct env *env = s->env;
	enum err e;

	if (s->used != NULL)
		e = db_change(env->db, SQL_RECOVERY_USE,
		    ARGS(S(env->who.id), S(s->used)));
	else
		e = db_change(env->db, SQL_FACTOR_STEP,
		    ARGS(I(s->step), S(env->who.id), I(s->step)));
	return e == E_STATE ? FAIL(E_CODE, "used meanwhile") : e;
}

enum err
enrolment_new(struct enrolment *n)
{
	struct arena *a = n->env->a;
	char secret[TOTP_SECRET];
	const uint8_t *sealed;
	size_t len;

	totp_secret_new(secret);
	n->secret = arena_strdup(a, secret);
	TRY(seal_text(a, draft_of(n), secret, &sealed, &len));
	n->draft = base64url_encode(a, sealed, len);
	return E_OK;
}

enum err
enrolment_open(struct enrolment *n, const char *draft, const char *code)
{
	struct arena *a = n->env->a;
	size_t len;
	const uint8_t *sealed = base64url_decode(a, draft, &len);

	if (sealed == NULL ||
	    unseal_text(a, draft_of(n), sealed, len, &n->secret) != E_OK)
		return FAIL(E_STATE, "a draft of another session");
	n->draft = draft;
	n->step = totp_step(n->secret, plain(n->env, code), clock_now());
	return n->step >= 0 ? E_OK : FAIL(E_CODE, "not of the secret");
}

/* Inside db_tx. */
static enum err
add_codes(struct env *env, const char *codes[RECOVERY_CODES])
{
	TRY(db_exec(env->db, SQL_RECOVERY_END, ARGS(S(env->who.id))));
	for (size_t i = 0; i < RECOVERY_CODES; i++) {
		codes[i] = password_make(env->a);
		TRY(db_exec(env->db, SQL_RECOVERY_ADD,
		    ARGS(S(env->who.id), S(recovery_hash(env, codes[i])))));
	}
	return E_OK;
}

enum err
enrolment_add(struct enrolment *n)
{
	struct env *env = n->env;
	const uint8_t *sealed;
	size_t len;
	enum err e;

	TRY(seal_text(
	    env->a, row_of(env, env->who.id), n->secret, &sealed, &len));
	e = db_exec(env->db, SQL_FACTOR_ADD,
	    ARGS(S(env->who.id), B(sealed, len), I(n->step)));
	if (e == E_DUPLICATE)
		return FAIL(E_STATE, "set up already");
	TRY(e);
	TRY(add_codes(env, n->codes));
	return audit_add(env, "second_factor", env->who.id, "");
}

enum err
recovery_renew(struct env *env, const char *codes[RECOVERY_CODES])
{
	TRY(add_codes(env, codes));
	return audit_add(env, "recovery_codes", env->who.id, "");
}

enum err
second_factor_end(struct env *env, const char *account_id)
{
	TRY(db_change(env->db, SQL_FACTOR_END, ARGS(S(account_id))));
	TRY(db_exec(env->db, SQL_RECOVERY_END, ARGS(S(account_id))));
	return db_exec(env->db, SQL_SESSION_END_ALL, ARGS(S(account_id)));
}
