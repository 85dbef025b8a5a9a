#pragma once
/* What db.c (transactions, errors) and db_run.c (connection, binding) share. */
#include <mysql.h>

#include "service/db.h"

/* A connection's statements that are prepared at once, each of 10 KB in the
 * library and more in the server. */
enum { DB_KEPT = 32 };

struct prepared {
	const struct statement *st; /* NULL: an empty place */
	MYSQL_STMT *s;
	int64_t used; /* the higher, the later */
};

struct db {
	const struct config *cfg;
	const char *user;
	const struct statement *table;
	int settled;
	MYSQL *conn;
	struct prepared kept[DB_KEPT]; /* they die with conn */
	int64_t uses;
	bool in_tx;
	bool is_doomed;	 /* the transaction is lost and fn has to run again */
	bool is_unknown; /* a COMMIT that could not be settled */
	int64_t changed;
	char duplicate[65];
	char tx_id[ID_TEXT];
	struct arena *scratch; /* for what no request asked for */
};

/* Connects when there is no connection; E_DB when no host answers. */
enum err db_connect(struct db *db);

/* Closes the connection with its prepared statements. */
void db_drop(struct db *db);

/* Turns a MariaDB error into ours; drops the connection when it is dead. */
enum err db_judge(
    struct db *db, unsigned code, const char *message, const char *what);

/* Prepares when needed, binds, executes, fetches all (rows may be NULL). */
enum err db_run(struct db *db, struct arena *a, const struct statement *st,
    struct rows *rows, const struct arg *args, size_t n);
