/* db_tx: the README's rules R1 to R5, against a server that misbehaves. */
#include "lossy.h"

/* What the functions under test share. */
struct job {
	struct db *db;
	MYSQL *rival; /* another connection, in the way of the first run */
	enum err answer;
	int runs;
	int lock; /* the statement that takes a row */
	bool
	    is_careless; /* goes on after an error, and says that all is well */
	char ids[8][ID_TEXT];
};

/* A row by its key is read before the server answers, one that is searched
 * for while it does: an abort comes by another call each. */
static const int locks[] = { POT_LOCK, POT_LOCK_FROM };

static enum err
take(struct job *job, const char *id)
{
	struct cell *c;

	return db_one(job->db, arena, job->lock, &c, ARGS(S(id)));
}

/* The row that settles a lost COMMIT, and the one that must be there once. */
static enum err
leave_mark(struct job *job)
{
	TRY(db_exec(job->db, TX_ADD, ARGS(S(db_tx_id(job->db)))));
	return db_exec(job->db, POT_ADD, ARGS(S("mark"), I(99)));
}

static void
assert_marked(const struct job *job, int runs)
{
	assert_int_equal(job->runs, runs);
	assert_int_equal(
	    number("SELECT COUNT(*) FROM pots WHERE id = 'mark'"), 1);
	assert_int_equal(number("SELECT COUNT(*) FROM txs"), 1);
}

/* Of what ran before in the same test. */
static void
clear_marks(void)
{
	sql("DELETE FROM txs");
	sql("DELETE FROM pots WHERE id = 'mark'");
}

static enum err
plain(void *arg)
{
	struct job *job = arg;

	memcpy(job->ids[job->runs], db_tx_id(job->db), ID_TEXT);
	job->runs++;
	TRY(leave_mark(job));
	return job->answer;
}

static void
success_is_committed_and_failure_rolled_back(void **state)
{
	static const enum err errors[] = { E_STATE, E_NOT_FOUND, E_INTERNAL,
		E_DUPLICATE };
	struct job job = { .db = *state };

	for (size_t i = 0; i < COUNT(errors); i++) {
		job = (struct job){ .db = *state, .answer = errors[i] };
		assert_int_equal(db_tx(*state, plain, &job), errors[i]);
		assert_int_equal(job.runs, 1);
		assert_int_equal(number("SELECT COUNT(*) FROM pots"), 2);
	}
	job = (struct job){ .db = *state };
	assert_int_equal(db_tx(*state, plain, &job), E_OK);
	assert_marked(&job, 1);
}

/* R3: from the top, a bounded number of times. R4: the key that settles a lost
 * COMMIT is made before the first. */
static void
a_conflict_is_tried_eight_times_under_one_id(void **state)
{
	struct job job = { .db = *state, .answer = E_BUSY };

	assert_int_equal(db_tx(*state, plain, &job), E_BUSY);
	assert_int_equal(job.runs, 8);
	for (int i = 1; i < 8; i++)
		assert_string_equal(job.ids[i], job.ids[0]);
	assert_int_equal(number("SELECT COUNT(*) FROM pots"), 2);
}

/* In the first run the rival, which has more to lose, wants what we hold
 * before we want what it holds. */
static enum err
deadlocked(void *arg)
{
	static const char want[] = "UPDATE pots SET n = -1 WHERE id = 'a'";
	struct job *job = arg;
	enum err e;

	job->runs++;
	TRY(take(job, "a"));
	if (job->runs == 1) {
		mysql_send_query(job->rival, want, sizeof(want) - 1);
		await(root,
		    "SELECT COUNT(*) FROM information_schema.innodb_trx "
		    "WHERE trx_state = 'LOCK WAIT'");
	}
	e = take(job, "b");
	if (job->runs == 1) {
		assert_int_equal(e, E_BUSY);
		assert_int_equal(mysql_read_query_result(job->rival), 0);
		sql_on(job->rival, "COMMIT");
	}
	if (e != E_OK && !job->is_careless)
		return e;
	e = leave_mark(job);
	return job->is_careless ? E_OK : e;
}

static void
run_deadlock(struct db *db, bool is_careless, int lock)
{
	struct job job = { .db = db,
		.rival = connect_root(),
		.is_careless = is_careless,
		.lock = lock };

	clear_marks();
	sql("DELETE FROM kinds");
	sql_on(job.rival, "START TRANSACTION");
	sql_on(
	    job.rival, "INSERT INTO kinds (id) SELECT seq FROM seq_1_to_200");
	sql_on(job.rival, "UPDATE pots SET n = -2 WHERE id = 'b'");
	assert_int_equal(db_tx(db, deadlocked, &job), E_OK);
	assert_marked(&job, 2);
	mysql_close(job.rival);
}

/* R5: 1213, then 1205 and 1020 below. */
static void
a_deadlock_runs_again(void **state)
{
	for (size_t i = 0; i < COUNT(locks); i++)
		run_deadlock(*state, false, locks[i]);
}

/* R1: a locking read that is aborted fails when it is fetched; even a function
 * that forgets to look then writes nothing on its own. */
static void
a_lost_transaction_takes_no_more_statements(void **state)
{
	for (size_t i = 0; i < COUNT(locks); i++)
		run_deadlock(*state, true, locks[i]);
}

/* The server's transaction ends in the first run, and nothing says so. */
static enum err
ended_unseen(void *arg)
{
	struct job *job = arg;
	enum err e;

	job->runs++;
	TRY(db_exec(job->db, TX_ADD, ARGS(S(db_tx_id(job->db)))));
	if (job->runs == 1) {
		e = db_exec(job->db, BAD_END, NULL, 0);
		if (!job->is_careless)
			TRY(e);
	}
	return db_exec(job->db, POT_ADD, ARGS(S("mark"), I(99)));
}

/* R2: the server's own word counts, not that no error was seen. */
static void
a_transaction_that_ended_unseen_runs_again(void **state)
{
	for (int careless = 0; careless < 2; careless++) {
		struct job job = { .db = *state, .is_careless = careless != 0 };

		clear_marks();
		assert_int_equal(db_tx(*state, ended_unseen, &job), E_OK);
		assert_marked(&job, 2);
	}
}

static enum err
kept_waiting(void *arg)
{
	struct job *job = arg;
	enum err e;

	job->runs++;
	e = take(job, "a");
	if (job->runs == 1) {
		assert_int_equal(e, E_BUSY);
		sql_on(job->rival, "COMMIT");
	}
	TRY(e);
	return leave_mark(job);
}

static void
a_lock_wait_runs_again(void **state)
{
	for (size_t i = 0; i < COUNT(locks); i++) {
		struct job job = {
			.db = *state, .rival = connect_root(), .lock = locks[i]
		};

		clear_marks();
		sql_on(job.rival, "START TRANSACTION");
		sql_on(job.rival, "UPDATE pots SET n = -1 WHERE id = 'a'");
		assert_int_equal(db_tx(*state, kept_waiting, &job), E_OK);
		assert_marked(&job, 2);
		mysql_close(job.rival);
	}
}

/* What it has read is not what is there any more (1020). */
static enum err
overtaken(void *arg)
{
	struct job *job = arg;
	enum err e;

	job->runs++;
	TRY(take(job, "a"));
	if (job->runs == 1)
		sql_on(job->rival, "UPDATE pots SET n = n + 50");
	e = db_change(job->db, POT_SET, ARGS(I(7), S("a")));
	if (job->runs == 1)
		assert_int_equal(e, E_BUSY);
	TRY(e);
	return leave_mark(job);
}

static void
a_stale_snapshot_runs_again(void **state)
{
	struct job job = {
		.db = *state, .rival = connect_root(), .lock = POT_GET
	};

	assert_int_equal(db_tx(*state, overtaken, &job), E_OK);
	assert_marked(&job, 2);
	assert_int_equal(number("SELECT n FROM pots WHERE id = 'a'"), 7);
	mysql_close(job.rival);
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

/* Loses its connection in the first run between its two statements. */
static enum err
cut_in_the_middle(void *arg)
{
	struct job *job = arg;
	enum err e;

	job->runs++;
	TRY(db_exec(job->db, TX_ADD, ARGS(S(db_tx_id(job->db)))));
	if (job->runs == 1)
		kill_connection(job->db);
	e = db_exec(job->db, POT_ADD, ARGS(S("mark"), I(99)));
	if (job->runs == 1) {
		assert_int_equal(e, E_DB);
		/* Not on a new connection, where it would stay. */
		assert_int_equal(
		    db_exec(job->db, POT_ADD, ARGS(S("x"), I(98))), E_DB);
	}
	return job->is_careless ? E_OK : e;
}

static void
a_lost_connection_runs_again(void **state)
{
	for (int careless = 0; careless < 2; careless++) {
		struct job job = { .db = *state, .is_careless = careless != 0 };

		clear_marks();
		assert_int_equal(db_tx(*state, cut_in_the_middle, &job), E_OK);
		assert_marked(&job, 2);
	}
	assert_int_equal(number("SELECT COUNT(*) FROM pots"), 3);
}

static enum err
cut_at_the_end(void *arg)
{
	struct job *job = arg;

	job->runs++;
	TRY(leave_mark(job));
	if (job->runs == 1)
		kill_connection(job->db);
	return E_OK;
}

static void
a_connection_lost_before_commit_runs_again(void **state)
{
	struct job job = { .db = *state };

	assert_int_equal(db_tx(*state, cut_at_the_end, &job), E_OK);
	assert_marked(&job, 2);
}

/* Before the transaction nothing is lost with a connection. */
static void
a_connection_that_died_idle_costs_no_run(void **state)
{
	struct job job = { .db = *state };

	assert_int_equal(db_ping(*state), E_OK);
	kill_connection(*state);
	assert_int_equal(db_tx(*state, plain, &job), E_OK);
	assert_marked(&job, 1);
}

/* R4, R5: by its own row, wherever the answer was lost. */
static void
a_lost_commit_is_settled(void **state)
{
	static const struct {
		enum loss loss;
		enum err answer;
		int runs;
	} cases[] = {
		{ LOSE_NOTHING, E_OK, 1 },
		{ LOSE_ANSWER, E_OK, 1 },
		{ LOSE_REQUEST, E_OK, 2 },
		/* Never run again while it may still be committed. */
		{ LOSE_TIME, E_OK, 1 },
		{ LOSE_ALL, E_DB, 1 },
		/* R5: at COMMIT a deadlock alone is definite. */
		{ SAY_DEADLOCK, E_OK, 2 },
		{ SAY_UNKNOWN, E_OK, 1 },
		{ SAY_UNKNOWN_UNDONE, E_OK, 2 },
	};

	(void)state;
	for (size_t i = 0; i < COUNT(cases); i++) {
		struct config cfg = config;
		struct lossy lossy;
		struct job job = { 0 };

		clear_marks();
		lossy_start(&lossy, cases[i].loss);
		cfg.db_socket = lossy.path;
		job.db = db_new(&cfg, "calock_test", table, TX_SEEN);
		assert_int_equal(db_tx(job.db, plain, &job), cases[i].answer);
		assert_marked(&job, cases[i].runs);
		db_free(job.db);
		lossy_stop(&lossy);
	}
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(success_is_committed_and_failure_rolled_back),
		TEST(a_conflict_is_tried_eight_times_under_one_id),
		TEST(a_deadlock_runs_again),
		TEST(a_lost_transaction_takes_no_more_statements),
		TEST(a_transaction_that_ended_unseen_runs_again),
		TEST(a_lock_wait_runs_again),
		TEST(a_stale_snapshot_runs_again),
		TEST(a_lost_connection_runs_again),
		TEST(a_connection_lost_before_commit_runs_again),
		TEST(a_connection_that_died_idle_costs_no_run),
		TEST(a_lost_commit_is_settled),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
