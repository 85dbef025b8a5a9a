/*
 * The limit of make bench: the product's own statements with nothing around
 * them.
 *
 *   sql SOCKET DATABASE USER PASSWORD_FILE CONNECTIONS FILE
 *
 * Runs groups of steps over so many connections. FILE has a line a step: BEGIN,
 * COMMIT, or the name of a statement and its parameters, separated by tabs,
 * \N for NULL, bytes in hexadecimal; an empty line ends a group. Every step
 * has to work, a change has to find its row. Prints a line of JSON.
 */
#include <mysql.h>
#include <pthread.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/clock.h"
#include "base/hash.h"
#include "base/num.h"
#include "domain/sql.h"

enum { PARAMS_MAX = 64, CONNECTIONS_MAX = 64, LINE_FIELDS = PARAMS_MAX + 1 };
enum { STEP_BEGIN = -1, STEP_COMMIT = -2, STEP_END = -3 };

struct step {
	int stmt; /* of the table, or one of the above */
	char **param;
};

struct connection {
	pthread_t thread;
	MYSQL *conn;
	MYSQL_STMT *prepared[SQL__N];
};

static struct {
	struct step *step;
	size_t *group; /* where each begins */
	size_t groups;
	atomic_size_t next;
	pthread_barrier_t ready;
	const char *socket, *database, *user, *password;
} plan;

__attribute__((noreturn)) static void
die(const char *what, const char *why)
{
	fprintf(stderr, "sql: %s: %s\n", what, why);
	exit(1);
}

static void *
take(void *p)
{
	if (p == NULL)
		die("memory", "none");
	return p;
}

static char *
read_file(const char *path)
{
	FILE *f = fopen(path, "rb");
	char *text;
	long n;

	if (f == NULL || fseek(f, 0, SEEK_END) != 0 || (n = ftell(f)) < 0)
		die(path, "cannot be read");
	rewind(f);
	text = take(malloc((size_t)n + 1));
	if (fread(text, 1, (size_t)n, f) != (size_t)n)
		die(path, "cannot be read");
	text[n] = '\0';
	fclose(f);
	return text;
}

static int
statement_by_name(const char *name)
{
	if (strcmp(name, "BEGIN") == 0)
		return STEP_BEGIN;
	if (strcmp(name, "COMMIT") == 0)
		return STEP_COMMIT;
	for (int i = 0; i < SQL__N; i++)
		if (strcmp(sql_statements[i].name, name) == 0)
			return i;
	die(name, "no such statement");
}

static struct step
parse_step(char *line)
{
	char *param[LINE_FIELDS], *name = strsep(&line, "\t");
	struct step s = { .stmt = statement_by_name(name) };
	size_t n = 0,
	       wanted = s.stmt < 0 ? 0 : strlen(sql_statements[s.stmt].in);

	while (line != NULL && n < LINE_FIELDS)
		param[n++] = strsep(&line, "\t");
	if (n != wanted)
		die(name, "has other parameters");
	s.param = take(calloc(n + 1, sizeof(char *)));
	for (size_t i = 0; i < n; i++)
		s.param[i] = strcmp(param[i], "\\N") == 0 ? NULL : param[i];
	return s;
}

static void
parse(char *text)
{
	size_t lines = 1, n = 0;
	char *line;

	for (const char *p = text; *p != '\0'; p++)
		lines += *p == '\n';
	plan.step = take(calloc(lines + 1, sizeof(*plan.step)));
	plan.group = take(calloc(lines + 1, sizeof(*plan.group)));
	while ((line = strsep(&text, "\n")) != NULL) {
		if (*line != '\0') {
			plan.step[n++] = parse_step(line);
		} else if (n > plan.group[plan.groups]) {
			plan.step[n++].stmt = STEP_END;
			plan.group[++plan.groups] = n;
		}
	}
}

static void
query(struct connection *c, const char *text)
{
	if (mysql_query(c->conn, text) != 0)
		die(text, mysql_error(c->conn));
}

/* A session as lib/service/db_run.c makes it. */
static void
dial(struct connection *c)
{
	c->conn = take(mysql_init(NULL));
	mysql_options(c->conn, MYSQL_SET_CHARSET_NAME, "utf8mb4");
	if (mysql_real_connect(c->conn, NULL, plan.user, plan.password,
		plan.database, 0, plan.socket, CLIENT_FOUND_ROWS) == NULL)
		die("connect", mysql_error(c->conn));
	query(c, "SET SESSION time_zone = '+00:00', sql_mode = "
		 "'STRICT_ALL_TABLES,ERROR_FOR_DIVISION_BY_ZERO,"
		 "NO_ENGINE_SUBSTITUTION'");
	query(c, "SET SESSION innodb_snapshot_isolation = ON");
}

static MYSQL_STMT *
prepared(struct connection *c, int i)
{
	const struct statement *st = &sql_statements[i];
	MYSQL_STMT *s = c->prepared[i];

	if (s != NULL)
		return s;
	s = c->prepared[i] = take(mysql_stmt_init(c->conn));
	if (mysql_stmt_prepare(s, st->sql, strlen(st->sql)) != 0)
		die(st->name, mysql_stmt_error(s));
	return s;
}

/* A parameter as it is sent; room is where a converted one lives. */
union room {
	int64_t i;
	MYSQL_TIME time;
	char bytes[2048];
};

static void
bind_param(MYSQL_BIND *b, char type, char *text, union room *room)
{
	*b = (MYSQL_BIND){ .buffer_type = MYSQL_TYPE_STRING, .buffer = text };
	if (text == NULL) {
		b->buffer_type = MYSQL_TYPE_NULL;
	} else if (type == 'i') {
		if (!num_int(text, INT64_MIN, INT64_MAX, &room->i))
			die(text, "is no integer");
		b->buffer_type = MYSQL_TYPE_LONGLONG;
		b->buffer = &room->i;
	} else if (type == 'b') {
		b->buffer_length = strlen(text) / 2;
		if (b->buffer_length > sizeof(room->bytes) ||
		    !hex_decode(text, (uint8_t *)room->bytes, b->buffer_length))
			die(text, "is no hexadecimal text");
		b->buffer_type = MYSQL_TYPE_BLOB;
		b->buffer = room->bytes;
	} else {
		/* A time is sent as text: the server takes both. */
		b->buffer_length = strlen(text);
	}
}

static void
execute(struct connection *c, const struct step *step)
{
	const struct statement *st = &sql_statements[step->stmt];
	MYSQL_STMT *s = prepared(c, step->stmt);
	MYSQL_BIND bind[PARAMS_MAX];
	union room room[PARAMS_MAX];

	for (size_t i = 0; st->in[i] != '\0'; i++)
		bind_param(&bind[i], st->in[i], step->param[i], &room[i]);
	if ((*st->in != '\0' && mysql_stmt_bind_param(s, bind) != 0) ||
	    mysql_stmt_execute(s) != 0 ||
	    (*st->out != '\0' && mysql_stmt_store_result(s) != 0))
		die(st->name, mysql_stmt_error(s));
	if (*st->out != '\0')
		mysql_stmt_free_result(s);
	else if (mysql_stmt_affected_rows(s) < 1 &&
		 strncmp(st->sql, "UPDATE", 6) == 0)
		die(st->name, "changed no row");
}

static void
run_group(struct connection *c, const struct step *step)
{
	for (; step->stmt != STEP_END; step++)
		if (step->stmt == STEP_BEGIN)
			query(c, "START TRANSACTION");
		else if (step->stmt == STEP_COMMIT)
			query(c, "COMMIT");
		else
			execute(c, step);
}

/* Prepared before the clock runs, as a worker has when it is warm. */
static void
prepare_all(struct connection *c)
{
	for (const struct step *s = plan.step; s < plan.step + plan.group[1];
	     s++)
		if (s->stmt >= 0)
			prepared(c, s->stmt);
}

static void *
work(void *arg)
{
	struct connection *c = arg;
	size_t i;

	dial(c);
	prepare_all(c);
	pthread_barrier_wait(&plan.ready);
	while ((i = atomic_fetch_add(&plan.next, 1)) < plan.groups)
		run_group(c, &plan.step[plan.group[i]]);
	mysql_close(c->conn);
	return NULL;
}

static void
run(unsigned connections)
{
	static struct connection all[CONNECTIONS_MAX];
	int64_t began;

	pthread_barrier_init(&plan.ready, NULL, connections + 1);
	for (unsigned i = 0; i < connections; i++)
		if (pthread_create(&all[i].thread, NULL, work, &all[i]) != 0)
			die("thread", "none");
	pthread_barrier_wait(&plan.ready);
	began = clock_span();
	for (unsigned i = 0; i < connections; i++)
		pthread_join(all[i].thread, NULL);
	printf("{\"groups\":%zu,\"seconds\":%.6f}\n", plan.groups,
	    (double)(clock_span() - began) / CLOCK_SECOND);
}

int
main(int argc, char **argv)
{
	int64_t connections;

	if (argc != 7 || !num_int(argv[5], 1, CONNECTIONS_MAX, &connections)) {
		fprintf(stderr, "usage: sql SOCKET DATABASE USER PASSWORD_FILE "
				"CONNECTIONS FILE\n");
		return 2;
	}
	plan.socket = argv[1];
	plan.database = argv[2];
	plan.user = argv[3];
	plan.password = read_file(argv[4]);
	mysql_library_init(0, NULL, NULL);
	parse(read_file(argv[6]));
	if (plan.groups == 0)
		die(argv[6], "no group");
	run((unsigned)connections);
	return 0;
}
