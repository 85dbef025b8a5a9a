#include "service/db.h"

#include <mysql.h>
#include <stdlib.h>
#include <string.h>

#include "base/arena.h"
#include "base/clock.h"
#include "base/log.h"
#include "service/db_private.h"

enum { ATTEMPTS = 8, SETTLE_S = 10 };

struct arg
db_arg_text(const char *s)
{
	return (struct arg){ .type = 's',
		.is_null = s == NULL,
		.p = s,
		.n = s == NULL ? 0 : strlen(s) };
}

struct db *
db_new(const struct config *cfg, const char *user,
    const struct statement *table, int settled)
{
	struct db *db = calloc(1, sizeof(*db));

	if (db == NULL)
		abort();
	db->cfg = cfg;
	db->user = user;
	db->table = table;
	db->settled = settled;
	db->scratch = arena_new(1 << 20);
	return db;
}

void
db_free(struct db *db)
{
	db_drop(db);
	arena_free(db->scratch);
	free(db);
}

int64_t
db_changed(const struct db *db)
{
	return db->changed;
}

bool
db_duplicate_is(const struct db *db, const char *key)
{
	return strcmp(db->duplicate, key) == 0;
}

const char *
db_tx_id(const struct db *db)
{
	return db->tx_id;
}

/* "Duplicate entry '…' for key 'NAME'": the name is last, and ours. */
static void
note_duplicate(struct db *db, const char *message)
{
	const char *end = strrchr(message, '\''), *start = end;
	size_t n;

	db->duplicate[0] = '\0';
	if (end == NULL)
		return;
	while (start > message && start[-1] != '\'')
		start--;
	n = (size_t)(end - start);
	if (n < sizeof(db->duplicate)) {
		memcpy(db->duplicate, start, n);
		db->duplicate[n] = '\0';
	}
}

enum err
db_judge(struct db *db, unsigned code, const char *message, const char *what)
{
	switch (code) {
	case 1213: /* deadlock: the transaction is gone */
	case 1205: /* lock wait: the statement is, db_tx rolls the rest back */
	case 1020: /* changed since our snapshot */
		return FAIL(E_BUSY, "%s: %u", what, code);
	case 1062:
		note_duplicate(db, message);
		return FAIL(E_DUPLICATE, "%s: key %s", what, db->duplicate);
	case 1267: /* a column of plain letters cannot hold such text */
		return FAIL(E_INVALID, "%s: %u", what, code);
	case 1047: /* not in the primary component */
	case 1053: /* shutting down */
	case 1180: /* COMMIT failed, reason unknown */
	case 1317: /* killed */
	case 1927:
	case 4031:
	case 2002:
	case 2003:
	case 2006:
	case 2013:
	case 2014:
	case 2055:
		db_drop(db);
		return FAIL(E_DB, "%s: %u", what, code);
	default:
		return FAIL(E_INTERNAL, "%s: %u", what, code);
	}
}

static enum err
judge_connection(struct db *db, const char *what)
{
	return db_judge(db, mysql_errno(db->conn), mysql_error(db->conn), what);
}

/* Whether the server itself says that our transaction is still open (R2). */
static bool
is_in_transaction(struct db *db)
{
	unsigned status = 0;

	mariadb_get_infov(db->conn, MARIADB_CONNECTION_SERVER_STATUS, &status);
	return (status & SERVER_STATUS_IN_TRANS) != 0;
}

static bool
is_read(const struct statement *st)
{
	return strncmp(st->sql, "SELECT", 6) == 0;
}

static enum err
run_once(struct db *db, struct arena *a, int stmt, struct rows *out,
    const struct arg *args, size_t n)
{
	enum err e;

	if (db->in_tx && db->conn == NULL)
		return FAIL(E_DB, "connection lost in a transaction");
	/* It would run outside of any transaction, and stay. */
	if (db->is_doomed)
		return FAIL(
		    E_BUSY, "%s: transaction lost", db->table[stmt].name);
	TRY(db_connect(db));
	e = db_run(db, a, &db->table[stmt], out, args, n);
	if (e == E_OK && db->in_tx && !is_in_transaction(db))
		e = FAIL(E_BUSY, "%s: transaction gone", db->table[stmt].name);
	db->is_doomed = db->in_tx && e == E_BUSY;
	return e;
}

static enum err
run(struct db *db, struct arena *a, int stmt, struct rows *out,
    const struct arg *args, size_t n)
{
	enum err e = run_once(db, a, stmt, out, args, n);

	/* A read on a connection that had died idle is simply read again. */
	if (e == E_DB && !db->in_tx && is_read(&db->table[stmt]))
		e = run_once(db, a, stmt, out, args, n);
	return e;
}

enum err
db_ping(struct db *db)
{
	TRY(db_connect(db));
	if (mysql_query(db->conn, "DO 1") != 0)
		return judge_connection(db, "ping");
	return E_OK;
}

enum err
db_exec(struct db *db, int stmt, const struct arg *args, size_t n)
{
	return run(db, NULL, stmt, NULL, args, n);
}

enum err
db_change(struct db *db, int stmt, const struct arg *args, size_t n)
{
	TRY(db_exec(db, stmt, args, n));
	if (db->changed != 1)
		return FAIL(E_STATE, "%s changed %lld rows",
		    db->table[stmt].name, (long long)db->changed);
	return E_OK;
}

enum err
db_all(struct db *db, struct arena *a, int stmt, struct rows *out,
    const struct arg *args, size_t n)
{
	return run(db, a, stmt, out, args, n);
}

enum err
db_one(struct db *db, struct arena *a, int stmt, struct cell **out,
    const struct arg *args, size_t n)
{
	struct rows rows;

	TRY(db_all(db, a, stmt, &rows, args, n));
	if (rows.n == 0)
		return FAIL(E_NOT_FOUND, "%s", db->table[stmt].name);
	*out = rows.cell;
	return E_OK;
}

static enum err
begin(struct db *db)
{
	/* Nothing is done yet, so a dead connection is simply replaced. */
	for (int i = 0; i < 2; i++) {
		TRY(db_connect(db));
		if (mysql_query(db->conn, "START TRANSACTION") == 0)
			return E_OK;
		if (judge_connection(db, "begin") != E_DB)
			break;
	}
	return err_fault()->err;
}

static void
rollback(struct db *db)
{
	if (db->conn != NULL && mysql_rollback(db->conn) != 0)
		db_drop(db);
}

/* Our row is there: committed. It is not: E_BUSY, and fn runs again. */
static enum err
settle(struct db *db)
{
	int64_t end = clock_span() + SETTLE_S * CLOCK_SECOND;
	struct cell *row;
	enum err e;

	while ((e = db_one(db, db->scratch, db->settled, &row,
		    ARGS(S(db->tx_id)))) != E_OK &&
	       e != E_NOT_FOUND && clock_span() < end)
		clock_pause(100);
	arena_reset(db->scratch);
	db->is_unknown = e != E_OK && e != E_NOT_FOUND;
	log_line(LOG_WARN, "commit_settled", "tx=%s committed=%d unknown=%d",
	    db->tx_id, e == E_OK, db->is_unknown);
	if (db->is_unknown)
		return FAIL(E_DB, "COMMIT cannot be settled");
	return e == E_NOT_FOUND ? FAIL(E_BUSY, "COMMIT was lost") : e;
}

static enum err
commit(struct db *db)
{
	enum err e;

	if (mysql_commit(db->conn) == 0)
		return E_OK;
	e = judge_connection(db, "commit");
	if (e == E_BUSY)
		return e;
	/* Anything else at COMMIT is unknown (R5). */
	db_drop(db);
	return settle(db);
}

static enum err
attempt(struct db *db, enum err (*fn)(void *), void *arg)
{
	bool is_lost;
	enum err e;

	TRY(begin(db));
	db->in_tx = true;
	e = fn(arg);
	is_lost = db->is_doomed;
	db->in_tx = db->is_doomed = false;
	/* Whatever fn made of it: what it read and wrote is void. */
	if (db->conn == NULL)
		return FAIL(E_DB, "connection lost in a transaction");
	if (is_lost)
		e = FAIL(E_BUSY, "transaction lost");
	if (e == E_OK)
		return commit(db);
	rollback(db);
	return e;
}

enum err
db_tx(struct db *db, enum err (*fn)(void *), void *arg)
{
	enum err e = E_OK;
	uint8_t jitter;

	id_new(db->tx_id);
	db->is_unknown = false;
	for (int i = 0; i < ATTEMPTS; i++) {
		e = attempt(db, fn, arg);
		if ((e != E_BUSY && e != E_DB) || db->is_unknown)
			break;
		rand_bytes(&jitter, 1);
		clock_pause(1 + jitter % (4 << i));
	}
	return e;
}
