/* lib/service/db: values in and out, errors, connections; no transactions. */
#include <arpa/inet.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

#include "kit.h"

static void
values_come_back_as_they_went(void **state)
{
	static const struct {
		const char *s;
		int64_t i, t;
		const char *b;
		size_t n;
	} cases[] = {
		{ "", 0, 0, "", 0 },
		{ "a 'b' \"c\" \\ %s ?", -1, 1, "\0\1\377", 3 },
		{ "汉字🐎", INT64_MIN, INT64_C(1795507872123456), "x", 1 },
		{ "\n\t", INT64_MAX, -1, "\0", 1 },
		{ "b", 7, INT64_C(-2208988800000000), "b", 1 },	 /* 1900 */
		{ "c", 7, INT64_C(253402300799999999), "b", 1 }, /* 9999 */
	};
	struct cell *c;

	for (size_t i = 0; i < COUNT(cases); i++) {
		assert_int_equal(
		    db_exec(*state, KIND_ADD,
			ARGS(I(1), S(cases[i].s), I(cases[i].i), T(cases[i].t),
			    B(cases[i].b, cases[i].n))),
		    E_OK);
		assert_int_equal(
		    db_one(*state, arena, KIND_GET, &c, ARGS(I(1))), E_OK);
		assert_string_equal(c[0].s, cases[i].s);
		assert_int_equal(c[0].n, strlen(cases[i].s));
		assert_true(c[1].i == cases[i].i);
		assert_true(c[2].i == cases[i].t);
		assert_int_equal(c[3].n, cases[i].n);
		assert_memory_equal(c[3].s, cases[i].b, cases[i].n + 1);
		for (int k = 0; k < 4; k++)
			assert_false(c[k].is_null);
	}
}

static void
null_comes_back_as_null(void **state)
{
	struct cell *c;

	assert_int_equal(db_exec(*state, KIND_ADD,
			     ARGS(I(1), S(NULL), NONE, NONE, B(NULL, 5))),
	    E_OK);
	assert_int_equal(db_one(*state, arena, KIND_GET, &c, ARGS(I(1))), E_OK);
	for (int k = 0; k < 4; k++) {
		assert_true(c[k].is_null);
		assert_null(c[k].s);
		assert_true(c[k].i == 0 && c[k].n == 0);
	}
}

static void
long_values_are_whole(void **state)
{
	static const size_t sizes[] = { 3 << 20, 0, 65536, 1 };
	char *text = arena_alloc(arena, (3 << 20) + 1);
	struct rows rows;

	memset(text, 'x', 3 << 20);
	for (size_t i = 0; i < COUNT(sizes); i++)
		assert_int_equal(
		    db_exec(*state, KIND_ADD,
			ARGS(I((int64_t)i),
			    S(arena_strndup(arena, text, sizes[i])), NONE, NONE,
			    B(text, sizes[i]))),
		    E_OK);
	assert_int_equal(db_all(*state, arena, KIND_ALL, &rows, NULL, 0), E_OK);
	assert_int_equal(rows.n, COUNT(sizes));
	for (size_t i = 0; i < COUNT(sizes); i++) {
		assert_int_equal(CELL(&rows, i, 0).i, i);
		assert_int_equal(strlen(CELL(&rows, i, 1).s), sizes[i]);
		assert_int_equal(CELL(&rows, i, 2).n, sizes[i]);
		assert_memory_equal(CELL(&rows, i, 2).s, text, sizes[i]);
	}
}

static const MYSQL_STMT *
prepared_of(const struct db *db, const struct statement *st)
{
	for (size_t i = 0; i < DB_KEPT; i++)
		if (db->kept[i].st == st)
			return db->kept[i].s;
	return NULL;
}

static void
rows_that_were_read_are_not_kept(void **state)
{
	static const int sizes[] = { 5000, 0, 0, 1, 2, 0 };
	const struct db *db = *state;
	unsigned long connection = 0;
	struct rows rows;

	for (size_t i = 0; i < COUNT(sizes); i++) {
		assert_int_equal(
		    db_all(*state, arena, MANY, &rows, ARGS(I(sizes[i]))),
		    E_OK);
		assert_int_equal(rows.n, sizes[i]);
		/* The library's, which holds them until it is asked again. */
		assert_null(prepared_of(db, &table[MANY])->result.data);
		/* It did not wait for an answer that never comes. */
		assert_true(i == 0 || connection == mysql_thread_id(db->conn));
		connection = mysql_thread_id(db->conn);
	}
}

/* What the server says of a connection. */
static long long
status_of(const struct db *db, const char *name)
{
	return number_on(db->conn,
	    arena_printf(arena,
		"SELECT VARIABLE_VALUE FROM information_schema.SESSION_STATUS "
		"WHERE VARIABLE_NAME = '%s'",
		name));
}

static void
few_statements_are_kept(void **state)
{
	enum { N = DB_KEPT + 20 };
	struct statement many[N];
	struct cell *c;
	struct db *db;

	for (int i = 0; i < N; i++)
		many[i] =
		    (struct statement){ "SEVEN", 1, "", "i", "", "SELECT 7" };
	db = db_new(&config, "calock_test", many, 0);
	for (int i = 0; i < 2 * N; i++) {
		assert_int_equal(db_one(db, arena, i % N, &c, NULL, 0), E_OK);
		assert_int_equal(c->i, 7);
		/* One that is used all the time stays. */
		assert_int_equal(db_one(db, arena, 0, &c, NULL, 0), E_OK);
	}
	assert_int_equal(status_of(db, "Com_stmt_prepare"), 2 * N - 1);
	assert_int_equal(status_of(db, "Com_stmt_close"), 2 * N - 1 - DB_KEPT);
	db_free(db);
	(void)state;
}

static void
numbers_are_never_bent(void **state)
{
	static const int bad[] = { BAD_NUMBER, BAD_RANGE };
	struct cell *c;

	for (size_t i = 0; i < COUNT(bad); i++)
		assert_int_equal(
		    db_one(*state, arena, bad[i], &c, NULL, 0), E_INTERNAL);
	assert_int_equal(db_one(*state, arena, LONG_NUMBER, &c, NULL, 0), E_OK);
	assert_int_equal(strlen(c->s), 64); /* 60 digits, point, 3 zeros */
}

static void
what_the_table_does_not_say_is_refused(void **state)
{
	struct cell *c;

	/* Twice: the first failure must leave nothing behind. */
	for (int i = 0; i < 2; i++) {
		assert_int_equal(
		    db_exec(*state, POT_ADD, ARGS(I(1), I(1))), E_INTERNAL);
		assert_int_equal(
		    db_exec(*state, POT_ADD, ARGS(S("c"), T(1))), E_INTERNAL);
		assert_int_equal(
		    db_exec(*state, POT_ADD, ARGS(S("c"))), E_INTERNAL);
		assert_int_equal(
		    db_exec(*state, POT_ADD, ARGS(S("c"), I(1), I(1))),
		    E_INTERNAL);
		assert_int_equal(
		    db_one(*state, arena, BAD_PARAMETERS, &c, ARGS(S("a"))),
		    E_INTERNAL);
		assert_int_equal(
		    db_one(*state, arena, BAD_COLUMNS, &c, NULL, 0),
		    E_INTERNAL);
		assert_int_equal(
		    db_exec(*state, BAD_NO_COLUMNS, NULL, 0), E_INTERNAL);
		assert_int_equal(
		    db_exec(*state, POT_GET, ARGS(S("a"))), E_INTERNAL);
		assert_int_equal(
		    db_exec(*state, BAD_TABLE, NULL, 0), E_INTERNAL);
		/* And the connection is as good as before. */
		assert_int_equal(
		    db_one(*state, arena, POT_GET, &c, ARGS(S("a"))), E_OK);
	}
	assert_int_equal(number("SELECT COUNT(*) FROM pots"), 2);
}

static void
results_are_bounded(void **state)
{
	struct rows rows;

	assert_int_equal(
	    db_all(*state, arena, MANY, &rows, ARGS(I(5000))), E_OK);
	assert_int_equal(rows.n, 5000);
	assert_int_equal(CELL(&rows, 4999, 0).i, 5000);
	assert_int_equal(
	    db_all(*state, arena, MANY, &rows, ARGS(I(5001))), E_INTERNAL);
	assert_int_equal(db_all(*state, arena, MANY, &rows, ARGS(I(0))), E_OK);
	assert_int_equal(rows.n, 0);
}

static void
what_is_not_there_and_what_is_twice(void **state)
{
	struct cell *c;

	assert_int_equal(
	    db_one(*state, arena, POT_GET, &c, ARGS(S("z"))), E_NOT_FOUND);
	assert_int_equal(
	    db_exec(*state, POT_ADD, ARGS(S("a"), I(9))), E_DUPLICATE);
	assert_true(db_duplicate_is(*state, "PRIMARY"));
	assert_int_equal(
	    db_exec(*state, POT_ADD, ARGS(S("it's 'c'"), I(1))), E_DUPLICATE);
	assert_true(db_duplicate_is(*state, "pots_n"));
	assert_false(db_duplicate_is(*state, "PRIMARY"));
	assert_int_equal(
	    db_exec(*state, POT_ADD, ARGS(S("it's 'c'"), I(9))), E_OK);
	assert_int_equal(
	    db_exec(*state, POT_ADD, ARGS(S("it's 'c'"), I(8))), E_DUPLICATE);
	assert_true(db_duplicate_is(*state, "PRIMARY"));
}

static void
a_change_is_of_one_row(void **state)
{
	assert_int_equal(db_change(*state, POT_SET, ARGS(I(5), S("a"))), E_OK);
	/* The same again differs in nothing and yet found its row. */
	assert_int_equal(db_change(*state, POT_SET, ARGS(I(5), S("a"))), E_OK);
	assert_int_equal(db_changed(*state), 1);
	assert_int_equal(
	    db_change(*state, POT_SET, ARGS(I(6), S("z"))), E_STATE);
	assert_int_equal(db_change(*state, POT_SET_ALL, ARGS(I(10))), E_STATE);
	assert_int_equal(db_changed(*state), 2);
}

static void
an_insert_gives_back_what_it_made(void **state)
{
	struct cell *c;

	for (int i = 0; i < 2; i++) {
		assert_int_equal(db_one(*state, arena, RETURNING, &c,
				     ARGS(S(i == 0 ? "c" : "d"), I(10 + i))),
		    E_OK);
		assert_string_equal(c[0].s, i == 0 ? "c" : "d");
		assert_int_equal(c[1].i, 10 + i);
	}
}

static void
a_statement_is_checked_without_running_it(void **state)
{
	static const struct {
		int stmt;
		const char *cause; /* NULL: good */
	} cases[] = {
		{ POT_SET_ALL, NULL },
		{ KIND_GET, NULL },
		{ RETURNING, NULL },
		{ LONG_NUMBER, NULL },
		{ BAD_PARAMETERS, "2 parameters, not 1" },
		{ BAD_COLUMNS, "2 columns, not 1" },
		{ BAD_NO_COLUMNS, "1 columns, not 0" },
		{ BAD_NUMBER, "column 1 (12abc) is no i" },
		{ BAD_TYPE, "column 1 (n) is no t" },
		{ BAD_TABLE, "1146 Table 'calock.nowhere' doesn't exist" },
	};

	for (size_t i = 0; i < COUNT(cases); i++) {
		enum err e = db_check(*state, cases[i].stmt);

		assert_int_equal(e, cases[i].cause == NULL ? E_OK : E_INTERNAL);
		if (cases[i].cause != NULL &&
		    strstr(err_fault()->cause, cases[i].cause) == NULL)
			fail_msg("%s", err_fault()->cause);
	}
	assert_int_equal(number("SELECT SUM(n) FROM pots"), 3);
}

/* R5: what each error means, and which of them leave no connection. */
static void
each_error_has_its_meaning(void **state)
{
	static const struct {
		int code;
		enum err err;
		bool is_cut;
	} cases[] = {
		{ 1213, E_BUSY, false }, /* deadlock */
		{ 1205, E_BUSY, false }, /* lock wait */
		{ 1020, E_BUSY, false }, /* changed since the snapshot */
		{ 1062, E_DUPLICATE, false },
		{ 1267, E_INVALID, false }, /* mix of collations */
		{ 1047, E_DB, true },	    /* not in the primary component */
		{ 1053, E_DB, true },	    /* shutting down */
		{ 1180, E_DB, true },	    /* COMMIT failed */
		{ 1317, E_DB, true },	    /* interrupted */
		{ 1927, E_DB, true },	    /* connection killed */
		{ 4031, E_DB, true },	    /* disconnected by the server */
		{ 1064, E_INTERNAL, false },
		{ 1142, E_INTERNAL, false }, /* no right */
	};
	struct db *db = *state;

	for (size_t i = 0; i < COUNT(cases); i++) {
		assert_int_equal(db_ping(db), E_OK);
		assert_int_equal(
		    db_exec(db, RAISE, ARGS(I(cases[i].code))), cases[i].err);
		assert_int_equal(db->conn == NULL, cases[i].is_cut);
	}
	assert_int_equal(db_exec(db, RAISE, ARGS(I(1062))), E_DUPLICATE);
	assert_true(db_duplicate_is(db, "raised"));
}

static void
kill_connection(const struct db *db)
{
	unsigned long id = mysql_thread_id(db->conn);

	sql(arena_printf(arena, "KILL %lu", id));
	await(root, arena_printf(arena,
			"SELECT NOT EXISTS (SELECT 1 FROM "
			"information_schema.processlist WHERE id = %lu)",
			id));
}

/* A read is read again; whether a write happened nobody knows. */
static void
a_dead_connection_is_replaced(void **state)
{
	struct cell *c;

	assert_int_equal(db_ping(*state), E_OK);
	kill_connection(*state);
	assert_int_equal(
	    db_one(*state, arena, POT_GET, &c, ARGS(S("b"))), E_OK);
	assert_int_equal(c->i, 2);
	kill_connection(*state);
	assert_int_equal(db_exec(*state, POT_ADD, ARGS(S("c"), I(3))), E_DB);
	assert_int_equal(db_exec(*state, POT_ADD, ARGS(S("c"), I(3))), E_OK);
	kill_connection(*state);
	assert_int_equal(db_ping(*state), E_DB);
	assert_int_equal(db_ping(*state), E_OK);
}

static void
hosts_are_tried_in_turn_and_failure_is_said(void **state)
{
	struct config cfg = config;
	struct db *db;

	(void)state;
	cfg.db_host = "127.0.0.1,";
	cfg.db_port = 1; /* nobody listens there; the second is the socket */
	db = db_new(&cfg, "calock_test", table, TX_SEEN);
	assert_int_equal(db_ping(db), E_OK);
	db_free(db);
	cfg.db_socket = "/nowhere/db.sock";
	db = db_new(&cfg, "calock_test", table, TX_SEEN);
	assert_int_equal(db_ping(db), E_DB);
	db_free(db);
	db = db_new(&config, "calock_stranger", table, TX_SEEN);
	assert_int_equal(db_ping(db), E_DB);
	db_free(db);
}

static int
tcp_listener(const char *address, int *port)
{
	struct sockaddr_in to = { .sin_family = AF_INET,
		.sin_port = htons((uint16_t)*port) };
	socklen_t n = sizeof(to);
	int fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);

	assert_int_equal(inet_pton(AF_INET, address, &to.sin_addr), 1);
	assert_int_equal(bind(fd, (struct sockaddr *)&to, n), 0);
	assert_int_equal(listen(fd, 8), 0);
	assert_int_equal(getsockname(fd, (struct sockaddr *)&to, &n), 0);
	*port = ntohs(to.sin_port);
	return fd;
}

/* Hangs up on everybody, and writes down which of the two was asked. */
static _Noreturn void
refuse_all(int first, int second, int out)
{
	struct pollfd p[2] = { { .fd = first, .events = POLLIN },
		{ .fd = second, .events = POLLIN } };

	prctl(PR_SET_PDEATHSIG, SIGKILL);
	while (poll(p, 2, -1) > 0)
		for (int i = 0; i < 2; i++)
			if (p[i].revents != 0 &&
			    write(out, i == 0 ? "1" : "2", 1) == 1)
				close(accept(p[i].fd, NULL, NULL));
	_exit(1);
}

/* R6: one server is written to, the first that answers. */
static void
hosts_are_asked_in_the_order_of_the_list(void **state)
{
	struct config cfg = config;
	int port = 0, out[2], first, second;
	char asked[8] = "";
	struct db *db;
	pid_t pid;

	(void)state;
	first = tcp_listener("127.0.0.3", &port);
	second = tcp_listener("127.0.0.2", &port);
	assert_int_equal(pipe(out), 0);
	if ((pid = fork()) == 0)
		refuse_all(first, second, out[1]);
	cfg.db_socket = "";
	cfg.db_host = "127.0.0.3,127.0.0.2";
	cfg.db_port = port;
	db = db_new(&cfg, "calock_test", table, TX_SEEN);
	assert_int_equal(db_ping(db), E_DB);
	db_free(db);
	assert_int_equal(read(out[0], asked, sizeof(asked) - 1), 2);
	assert_string_equal(asked, "12");
	kill(pid, SIGKILL);
	waitpid(pid, NULL, 0);
	close(first);
	close(second);
	close(out[0]);
	close(out[1]);
}

/* The server is stopped and started for us when the file is there. */
static void
a_restarted_server_is_found_again(void **state)
{
	const char *file =
	    arena_printf(arena, "%s/restart", getenv("CALOCK_TEST_DIR"));
	int64_t end = clock_span() + 60 * CLOCK_SECOND;
	struct cell *c;
	int fd;

	assert_int_equal(
	    db_one(*state, arena, POT_GET, &c, ARGS(S("b"))), E_OK);
	fd = open(file, O_WRONLY | O_CREAT, 0600);
	assert_true(fd >= 0);
	close(fd);
	while (access(file, F_OK) == 0) {
		assert_true(clock_span() < end);
		clock_pause(5);
	}
	assert_int_equal(
	    db_one(*state, arena, POT_GET, &c, ARGS(S("b"))), E_OK);
	assert_int_equal(c->i, 2);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(values_come_back_as_they_went),
		TEST(null_comes_back_as_null),
		TEST(long_values_are_whole),
		TEST(rows_that_were_read_are_not_kept),
		TEST(few_statements_are_kept),
		TEST(numbers_are_never_bent),
		TEST(what_the_table_does_not_say_is_refused),
		TEST(results_are_bounded),
		TEST(what_is_not_there_and_what_is_twice),
		TEST(a_change_is_of_one_row),
		TEST(an_insert_gives_back_what_it_made),
		TEST(a_statement_is_checked_without_running_it),
		TEST(each_error_has_its_meaning),
		TEST(a_dead_connection_is_replaced),
		TEST(hosts_are_tried_in_turn_and_failure_is_said),
		TEST(hosts_are_asked_in_the_order_of_the_list),
		TEST(a_restarted_server_is_found_again),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
