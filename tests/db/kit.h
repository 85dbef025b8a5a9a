#pragma once
/*
 * What the database tests share: tables to play with, statements on them,
 * a connection of root's to look and to disturb with. CALOCK_TEST_SOCKET
 * names the server, CALOCK_TEST_DIR a folder for ourselves.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "base/arena.h"
#include "base/clock.h"
#include "service/config.h"
#include "service/db_private.h"

enum {
	TX_SEEN,
	TX_ADD,
	POT_ADD,
	POT_SET,
	POT_SET_ALL,
	POT_GET,
	POT_LOCK,
	POT_LOCK_FROM,
	KIND_ADD,
	KIND_GET,
	KIND_ALL,
	RETURNING,
	MANY,
	BAD_PARAMETERS,
	BAD_COLUMNS,
	BAD_NO_COLUMNS,
	BAD_NUMBER,
	BAD_RANGE,
	BAD_TYPE,
	LONG_NUMBER,
	BAD_TABLE,
	BAD_END,
	RAISE,
	TABLE_N
};

#define ROW(n, in, out, sql) [n] = { #n, 1, in, out, "", sql }

static const struct statement table[TABLE_N] = {
	ROW(TX_SEEN, "s", "i",
	    "SELECT 1 FROM txs WHERE id = ? LOCK IN SHARE MODE"),
	ROW(TX_ADD, "s", "", "INSERT INTO txs (id) VALUES (?)"),
	ROW(POT_ADD, "si", "", "INSERT INTO pots (id, n) VALUES (?, ?)"),
	ROW(POT_SET, "is", "", "UPDATE pots SET n = ? WHERE id = ?"),
	ROW(POT_SET_ALL, "i", "", "UPDATE pots SET n = n + ?"),
	ROW(POT_GET, "s", "i", "SELECT n FROM pots WHERE id = ?"),
	ROW(POT_LOCK, "s", "i", "SELECT n FROM pots WHERE id = ? FOR UPDATE"),
	/* Reads while it answers: it fails when the columns are sent. */
	ROW(POT_LOCK_FROM, "s", "i",
	    "SELECT n FROM pots WHERE id >= ? ORDER BY id LIMIT 1 FOR UPDATE"),
	ROW(KIND_ADD, "isitb", "",
	    "REPLACE INTO kinds (id, s, i, t, b) VALUES (?, ?, ?, ?, ?)"),
	ROW(KIND_GET, "i", "sitb", "SELECT s, i, t, b FROM kinds WHERE id = ?"),
	ROW(KIND_ALL, "", "isb", "SELECT id, s, b FROM kinds ORDER BY id"),
	ROW(RETURNING, "si", "si",
	    "INSERT INTO pots (id, n) VALUES (?, ?) RETURNING id, n"),
	ROW(MANY, "i", "i", "SELECT seq FROM seq_1_to_5001 WHERE seq <= ?"),
	ROW(BAD_PARAMETERS, "s", "i",
	    "SELECT 1 FROM pots WHERE id = ? OR n = ?"),
	ROW(BAD_COLUMNS, "", "i", "SELECT 1, 2"),
	ROW(BAD_NO_COLUMNS, "", "", "SELECT 1"),
	ROW(BAD_NUMBER, "", "i", "SELECT '12abc'"),
	ROW(BAD_RANGE, "", "i", "SELECT 9223372036854775808"),
	ROW(BAD_TYPE, "", "t", "SELECT n FROM pots"),
	ROW(LONG_NUMBER, "", "s",
	    "SELECT CAST(REPEAT('9', 60) AS DECIMAL(65, 3))"),
	ROW(BAD_TABLE, "", "", "DELETE FROM nowhere"),
	ROW(BAD_END, "", "", "ROLLBACK"),
	ROW(RAISE, "i", "", "INSERT INTO errors (code) VALUES (?)"),
};

static struct config config = { .db_host = "",
	.db_password_dir = "",
	.db_name = "calock",
	.db_port = 3306 };
static struct arena *arena;
static MYSQL *root;

static MYSQL *
connect_root(void)
{
	MYSQL *m = mysql_init(NULL);

	if (mysql_real_connect(m, NULL, "root", NULL, "calock", 0,
		getenv("CALOCK_TEST_SOCKET"), 0) == NULL)
		fail_msg("root: %s", mysql_error(m));
	return m;
}

static void
sql_on(MYSQL *m, const char *text)
{
	if (mysql_query(m, text) != 0)
		fail_msg("%s: %s", text, mysql_error(m));
}

static void
sql(const char *text)
{
	sql_on(root, text);
}

/* The only value of a query, a number. */
static long long
number_on(MYSQL *m, const char *text)
{
	MYSQL_RES *result;
	MYSQL_ROW row;
	long long n;

	sql_on(m, text);
	result = mysql_store_result(m);
	row = mysql_fetch_row(result);
	assert_non_null(row);
	n = strtoll(row[0], NULL, 10);
	mysql_free_result(result);
	return n;
}

static inline long long
number(const char *text)
{
	return number_on(root, text);
}

/*
 * Between two looks: information_schema.innodb_trx is made anew only when
 * nobody has read it for 100 ms.
 */
enum { AWAIT_MS = 150 };

/* Waits until a query gives a number other than zero. */
static inline void
await(MYSQL *m, const char *text)
{
	int64_t end = clock_span() + 20 * CLOCK_SECOND;

	while (number_on(m, text) == 0) {
		if (clock_span() > end)
			fail_msg("not within 20 s: %s", text);
		clock_pause(AWAIT_MS);
	}
}

static int
setup(void **state)
{
	static const char *const make[] = {
		"DROP TABLE IF EXISTS txs, pots, kinds, errors",
		"CREATE TABLE txs (id VARCHAR(26) PRIMARY KEY) ENGINE=InnoDB",
		"CREATE TABLE pots (id VARCHAR(100) PRIMARY KEY, n BIGINT, "
		"UNIQUE KEY pots_n (n)) ENGINE=InnoDB",
		"CREATE TABLE kinds (id INT PRIMARY KEY, s LONGTEXT, i BIGINT, "
		"t DATETIME(6), b LONGBLOB) ENGINE=InnoDB CHARSET=utf8mb4",
		"INSERT INTO pots VALUES ('a', 1), ('b', 2)",
		/* Whatever the server might say, said when asked to. */
		"CREATE TABLE errors (code INT) ENGINE=InnoDB",
		"CREATE TRIGGER errors_raise BEFORE INSERT ON errors FOR EACH "
		"ROW SIGNAL SQLSTATE 'HY000' SET MYSQL_ERRNO = NEW.code, "
		"MESSAGE_TEXT = 'Duplicate entry ''x'' for key ''raised'''",
	};

	arena = arena_new(64 << 20);
	root = connect_root();
	for (size_t i = 0; i < COUNT(make); i++)
		sql(make[i]);
	config.db_socket = getenv("CALOCK_TEST_SOCKET");
	*state = db_new(&config, "calock_test", table, TX_SEEN);
	return 0;
}

static int
teardown(void **state)
{
	db_free(*state);
	mysql_close(root);
	arena_free(arena);
	return 0;
}

#define TEST(fn) cmocka_unit_test_setup_teardown(fn, setup, teardown)
