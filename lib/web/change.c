#include "web/change.h"

#include <string.h>

#include "base/arena.h"
#include "base/hash.h"
#include "domain/sql.h"

enum { KEY_MAX = 128 };

/*
 * What is kept of a key and of the body sent with it. Only digests, and the
 * body's takes the key in: the table does not help to guess the private
 * fields and passwords that bodies hold.
 */
struct key {
	const char *name; /* NULL: none was sent */
	const char *body;
};

/* A transaction with its idempotency row. */
struct keyed {
	struct request *r;
	enum err (*work)(void *);
	void *arg;
	int status;
	const char *id;
	struct key key;
};

/* The request's key, when the route honours one; NULL for none. */
static enum err
read_key(const struct request *r, const char **out)
{
	const char *key = r->method == M_POST
			      ? request_param(r, "HTTP_IDEMPOTENCY_KEY")
			      : NULL;

	*out = key;
	if (key == NULL)
		return E_OK;
	for (const char *p = key; *p != '\0'; p++)
		if (*p <= ' ' || *p > '~')
			return FAIL(E_MALFORMED, "idempotency key");
	if (*key == '\0' || strlen(key) > KEY_MAX)
		return FAIL(E_MALFORMED, "idempotency key");
	return E_OK;
}

static const char *
digest(struct request *r, const char *p, size_t n)
{
	char *hex = arena_alloc(r->env.a, SHA256_HEX);

	sha256_hex(p, n, hex);
	return hex;
}

static enum err
find_key(struct request *r, struct key *out)
{
	const char *key, *body = r->body_sha256, *both;

	*out = (struct key){ 0 };
	TRY(read_key(r, &key));
	if (key == NULL)
		return E_OK;
	if (body == NULL)
		body = digest(r, r->body != NULL ? r->body : "", r->body_n);
	both = arena_printf(r->env.a, "%s %s", key, body);
	*out = (struct key){ digest(r, key, strlen(key)),
		digest(r, both, strlen(both)) };
	return E_OK;
}

static enum err
look_up(struct request *r, const struct key *key, struct change_result *out)
{
	struct cell *c;
	enum err e = db_one(r->env.db, r->env.a, SQL_IDEMPOTENCY_FIND, &c,
	    ARGS(S(r->env.who.id), S(r->path), S(key->name)));

	if (e == E_NOT_FOUND)
		return E_OK;
	TRY(e);
	if (strcmp(c[0].s, key->body) != 0)
		return FAIL(E_IDEMPOTENCY, "another body");
	*out = (struct change_result){ (int)c[1].i, c[2].s, true };
	return E_OK;
}

bool
change_is_keyed(const struct request *r)
{
	const char *key;

	return read_key(r, &key) != E_OK || key != NULL;
}

enum err
change_find(struct request *r, struct change_result *out)
{
	struct key key;

	*out = (struct change_result){ 0 };
	TRY(find_key(r, &key));
	return key.name != NULL ? look_up(r, &key, out) : E_OK;
}

static enum err
keyed_work(void *arg)
{
	struct keyed *k = arg;
	struct request *r = k->r;

	TRY(k->work(k->arg));
	if (k->key.name == NULL)
		return E_OK;
	return db_exec(r->env.db, SQL_IDEMPOTENCY_ADD,
	    ARGS(S(r->env.who.id), S(r->path), S(k->key.name), S(k->key.body),
		I(k->status), S(k->id)));
}

enum err
change_refused(struct request *r, enum err e, struct change_result *out)
{
	struct change_result other;
	struct fault fault = *err_fault();

	if (e != E_DUPLICATE && e != E_STATE && e != E_STALE &&
	    e != E_ALREADY_LIVE && e != E_INVOICE_LIVE && e != E_NOT_ISSUED &&
	    e != E_CORRECTIONS && e != E_TOO_MANY_FILES)
		return e;
	TRY(change_find(r, &other));
	if (!other.is_replay)
		return err_again(&fault);
	*out = other;
	return E_OK;
}

enum err
change(struct request *r, enum err (*work)(void *), void *arg, int status,
    const char *id, struct change_result *out)
{
	struct keyed k = {
		.r = r, .work = work, .arg = arg, .status = status, .id = id
	};
	enum err e;

	TRY(find_key(r, &k.key));
	*out = (struct change_result){ status, id, false };
	e = db_tx(r->env.db, keyed_work, &k);
	return e == E_OK ? E_OK : change_refused(r, e, out);
}
