#pragma once
/*
 * MariaDB, one connection a process, made after the fork. Every statement is
 * a row of a table (lib/domain/sql.h), prepared when it is used and bound
 * by type; nothing is ever formatted into SQL. A transaction is a function
 * that can be run again from the top.
 */
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/err.h"
#include "base/hash.h"

struct arena;
struct config;
struct db;

struct statement {
	const char *name;
	unsigned programs; /* bits of enum program: who may run it */
	/*
	 * One letter a parameter, respectively a column: s text, i integer,
	 * t time (microseconds since 1970), b bytes.
	 */
	const char *in, *out;
	/*
	 * The rights it needs: "select applications; insert history; update
	 * applications(state,version)". Grants are made from this.
	 */
	const char *rights;
	const char *sql;
};

/* A parameter; made by the macros below, checked against `in`. */
struct arg {
	char type;
	bool is_null;
	int64_t i;
	const void *p;
	size_t n;
};

struct arg db_arg_text(const char *s);
#define S(x) db_arg_text(x) /* NULL is SQL NULL */
#define I(x) ((struct arg){ .type = 'i', .i = (x) })
#define T(x) ((struct arg){ .type = 't', .i = (x) })
#define B(ptr, len)                                                            \
	((struct arg){                                                         \
	    .type = 'b', .p = (ptr), .n = (len), .is_null = (ptr) == NULL })
#define NONE ((struct arg){ .is_null = true })
#define ARGS(...)                                                              \
	(const struct arg[]){ __VA_ARGS__ },                                   \
	    sizeof((const struct arg[]){ __VA_ARGS__ }) / sizeof(struct arg)

/* A value that came back; text and bytes are NUL-terminated, in the arena. */
struct cell {
	bool is_null;
	int64_t i;     /* 0 when the value is NULL */
	const char *s; /* NULL when the value is */
	size_t n;
};

struct rows {
	size_t n, columns;
	struct cell *cell; /* row by row */
};

/* Column c of row r. */
#define CELL(rows, r, c) ((rows)->cell[(r) * (rows)->columns + (c)])

/*
 * A database that is connected to when first used. table has the statements;
 * settled finds the row that every transaction writes under its own id
 * (db_tx_id), by that id, so that a lost answer to COMMIT can be settled; it
 * reads with a lock, so that it waits for a COMMIT that is still on its way.
 */
struct db *db_new(const struct config *cfg, const char *user,
    const struct statement *table, int settled);

/* Closes the connection and forgets everything. */
void db_free(struct db *db);

/*
 * Prepares a statement without running it: proves the grants, that the schema
 * has what it names, and that its parameters and columns are as the table
 * says. E_INTERNAL with the server's own words as the cause; E_DB.
 */
MUST_USE enum err db_check(struct db *db, int stmt);

/* Connects, or sees that the connection answers; for readiness. */
MUST_USE enum err db_ping(struct db *db);

/*
 * Runs a statement without a result. Errors: E_BUSY (deadlock, lock wait,
 * conflict: inside db_tx leave at once, it runs again), E_DUPLICATE (see
 * db_duplicate_is), E_DB (no connection), E_INTERNAL.
 */
MUST_USE enum err db_exec(
    struct db *db, int stmt, const struct arg *args, size_t n);

/* db_exec that must change just one row: E_STATE when it did not. */
MUST_USE enum err db_change(
    struct db *db, int stmt, const struct arg *args, size_t n);

/* All rows, into the arena. The statement bounds how many there can be. */
MUST_USE enum err db_all(struct db *db, struct arena *a, int stmt,
    struct rows *out, const struct arg *args, size_t n);

/* The only row, as its cells; E_NOT_FOUND when there is none. */
MUST_USE enum err db_one(struct db *db, struct arena *a, int stmt,
    struct cell **out, const struct arg *args, size_t n);

/* Rows that the last db_exec found to change, also when nothing differed. */
int64_t db_changed(const struct db *db);

/* Whether the last E_DUPLICATE was over the unique key of that name. */
bool db_duplicate_is(const struct db *db, const char *key);

/*
 * Runs fn in a transaction: commits when it gives E_OK, rolls back otherwise
 * and gives its error on. After a deadlock, a lock wait or a conflict, or
 * when the connection is lost before COMMIT, fn runs again from the top, at
 * most 8 times, then E_BUSY or E_DB: fn has no effect but on the database and
 * what it allocates. When the answer to COMMIT is lost, the transaction's own
 * row decides what happened.
 */
MUST_USE enum err db_tx(struct db *db, enum err (*fn)(void *), void *arg);

/* The id of the running transaction: the same in each of its attempts. */
const char *db_tx_id(const struct db *db);
