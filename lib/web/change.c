#include "web/change.h"

#include <string.h>

#include "base/arena.h"
#include "base/hash.h"
#include "domain/sql.h"

enum { KEY_MAX = 128 };

/* A transaction with its idempotency row. */
struct keyed {
	struct request *r;
	enum err (*work)(void *);
	void *arg;
	int status;
	const char *id, *key, *body_hash;
};

/* The key, when the route honours one; NULL for none. */
static enum err
find_key(struct request *r, const char **key)
{
	*key = r->method == M_POST ? request_param(r, "HTTP_IDEMPOTENCY_KEY")
				   : NULL;
	if (*key == NULL)
		return E_OK;
	for (const char *p = *key; *p != '\0'; p++)
		if (*p <= ' ' || *p > '~')
			return FAIL(E_MALFORMED, "idempotency key");
	if (**key == '\0' || strlen(*key) > KEY_MAX)
		return FAIL(E_MALFORMED, "idempotency key");
	return E_OK;
}

static const char *
hash_of_body(struct request *r)
{
	char *hex;

	if (r->body_sha256 != NULL)
		return r->body_sha256;
	hex = arena_alloc(r->env.a, SHA256_HEX);
	sha256_hex(r->body != NULL ? r->body : "", r->body_n, hex);
	return hex;
}

static enum err
look_up(struct request *r, const char *key, const char *body_hash,
    struct change_result *out)
{
	struct cell *c;
	enum err e = db_one(r->env.db, r->env.a, SQL_IDEMPOTENCY_FIND, &c,
	    ARGS(S(r->env.who.id), S(r->path), S(key)));

	if (e == E_NOT_FOUND)
		return E_OK;
	TRY(e);
	if (strcmp(c[0].s, body_hash) != 0)
		return FAIL(E_IDEMPOTENCY, "another body");
	*out = (struct change_result){ (int)c[1].i, c[2].s, true };
	return E_OK;
}

enum err
change_find(struct request *r, struct change_result *out)
{
	const char *key;

	*out = (struct change_result){ 0 };
	TRY(find_key(r, &key));
	if (key == NULL)
		return E_OK;
	return look_up(r, key, hash_of_body(r), out);
}

static enum err
keyed_work(void *arg)
{
	struct keyed *k = arg;
	struct request *r = k->r;

	TRY(k->work(k->arg));
	if (k->key == NULL)
		return E_OK;
	return db_exec(r->env.db, SQL_IDEMPOTENCY_ADD,
	    ARGS(S(r->env.who.id), S(r->path), S(k->key), S(k->body_hash),
		I(k->status), S(k->id)));
}

enum err
change(struct request *r, enum err (*work)(void *), void *arg, int status,
    const char *id, struct change_result *out)
{
	struct keyed k = {
		.r = r, .work = work, .arg = arg, .status = status, .id = id
	};
	enum err e;

	TRY(change_find(r, out));
	if (out->is_replay)
		return E_OK;
	TRY(find_key(r, &k.key));
	k.body_hash = hash_of_body(r);
	*out = (struct change_result){ status, id, false };
	e = db_tx(r->env.db, keyed_work, &k);
	if (e == E_OK || k.key == NULL)
		return e;
	/* The same request, sent twice at once: the other one did it. */
	if (e == E_DUPLICATE || e == E_STATE || e == E_STALE ||
	    e == E_ALREADY_LIVE || e == E_INVOICE_LIVE) {
		struct change_result other;
		struct fault fault = *err_fault();

		TRY(change_find(r, &other));
		if (other.is_replay) {
			*out = other;
			return E_OK;
		}
		return err_set(e, fault.file, fault.line, "%s", fault.cause);
	}
	return e;
}
