#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "base/arena.h"
#include "base/clock.h"
#include "service/config.h"
#include "service/db_private.h"

enum { PARAMS_MAX = 64, COLUMNS_MAX = 80, ROWS_MAX = 5000, NUMBER_TEXT = 24 };

/* What the session must be, whatever the server's defaults are. */
static const char *const session[] = {
	"SET SESSION time_zone = '+00:00', sql_mode = 'STRICT_ALL_TABLES,"
	"ERROR_FOR_DIVISION_BY_ZERO,NO_ENGINE_SUBSTITUTION', "
	"innodb_lock_wait_timeout = 3, autocommit = 1",
	"SET SESSION TRANSACTION ISOLATION LEVEL REPEATABLE READ",
	"SET SESSION innodb_snapshot_isolation = ON",
};

static void
forget(struct prepared *p)
{
	if (p->s != NULL)
		mysql_stmt_close(p->s);
	*p = (struct prepared){ 0 };
}

void
db_drop(struct db *db)
{
	for (size_t i = 0; i < DB_KEPT; i++)
		forget(&db->kept[i]);
	if (db->conn != NULL)
		mysql_close(db->conn);
	db->conn = NULL;
}

/* The program's own password, or NULL for Unix socket authentication. */
static enum err
password(struct db *db, const char **out)
{
	const char *dir = db->cfg->db_password_dir, *path;
	unsigned long n;

	*out = NULL;
	if (*dir == '\0')
		return E_OK;
	/* calock_review's file is called review. */
	path =
	    arena_printf(db->scratch, "%s/%s", dir, strchr(db->user, '_') + 1);
	if (config_read_file(db->scratch, path, 256, out, &n) != E_OK)
		return FAIL(E_DB, "password: %s cannot be read", path);
	return E_OK;
}

static enum err
open_session(struct db *db)
{
	for (size_t i = 0; i < COUNT(session); i++) {
		unsigned code;

		if (mysql_query(db->conn, session[i]) == 0)
			continue;
		/* 1193: a server too old to know the variable. */
		if ((code = mysql_errno(db->conn)) != 1193)
			return db_judge(
			    db, code, mysql_error(db->conn), "session");
	}
	return E_OK;
}

static enum err
connect_to(struct db *db, const char *host)
{
	static const unsigned connect_s = 2, io_s = 10;
	const struct config *cfg = db->cfg;
	const char *secret,
	    *socket = *cfg->db_socket != '\0' ? cfg->db_socket : NULL;

	TRY(password(db, &secret));
	if ((db->conn = mysql_init(NULL)) == NULL)
		abort();
	mysql_options(db->conn, MYSQL_SET_CHARSET_NAME, "utf8mb4");
	mysql_options(db->conn, MYSQL_OPT_CONNECT_TIMEOUT, &connect_s);
	mysql_options(db->conn, MYSQL_OPT_READ_TIMEOUT, &io_s);
	mysql_options(db->conn, MYSQL_OPT_WRITE_TIMEOUT, &io_s);
	if (mysql_real_connect(db->conn, host, db->user, secret, cfg->db_name,
		(unsigned)cfg->db_port, socket, CLIENT_FOUND_ROWS) == NULL) {
		enum err e = FAIL(E_DB, "connect: %u", mysql_errno(db->conn));

		db_drop(db);
		return e;
	}
	return E_OK;
}

/* A connection without our settings is none. */
static enum err
connect_and_set(struct db *db, const char *host)
{
	enum err e = connect_to(db, host);

	if (e == E_OK && (e = open_session(db)) != E_OK)
		db_drop(db);
	return e;
}

enum err
db_connect(struct db *db)
{
	char *rest, *host;
	enum err e = E_DB;

	if (db->conn != NULL)
		return E_OK;
	rest = arena_strdup(db->scratch, db->cfg->db_host);
	while (e != E_OK && (host = strsep(&rest, ",")) != NULL)
		e = connect_and_set(db, *host != '\0' ? host : NULL);
	arena_reset(db->scratch);
	return e;
}

static enum err
judge_stmt(struct db *db, MYSQL_STMT *s, const char *what)
{
	return db_judge(db, mysql_stmt_errno(s), mysql_stmt_error(s), what);
}

/* Where a statement is kept, or else could be: an empty place, or that of the
 * one that was not used for longest. */
static struct prepared *
place_of(struct db *db, const struct statement *st)
{
	struct prepared *last = db->kept;

	for (size_t i = 0; i < DB_KEPT; i++) {
		if (db->kept[i].st == st)
			return &db->kept[i];
		if (db->kept[i].used < last->used)
			last = &db->kept[i];
	}
	forget(last);
	return last;
}

static enum err
prepare(struct db *db, const struct statement *st, struct prepared *p)
{
	static const my_bool on = 1;
	enum err e = E_OK;

	p->used = ++db->uses;
	if (p->st == st)
		return E_OK;
	if ((p->s = mysql_stmt_init(db->conn)) == NULL)
		abort();
	p->st = st;
	/* So that fetching knows how long the longest value is. */
	mysql_stmt_attr_set(p->s, STMT_ATTR_UPDATE_MAX_LENGTH, &on);
	if (mysql_stmt_prepare(p->s, st->sql, strlen(st->sql)) != 0)
		e = judge_stmt(db, p->s, st->name);
	else if (mysql_stmt_param_count(p->s) != strlen(st->in))
		e = FAIL(E_INTERNAL, "%s: parameters do not match", st->name);
	if (e != E_OK)
		forget(p);
	return e;
}

static MYSQL_TIME
to_mysql_time(int64_t us)
{
	int64_t part = (us % CLOCK_SECOND + CLOCK_SECOND) % CLOCK_SECOND;
	time_t s = (time_t)((us - part) / CLOCK_SECOND);
	struct tm tm;

	gmtime_r(&s, &tm);
	return (MYSQL_TIME){ .year = (unsigned)tm.tm_year + 1900,
		.month = (unsigned)tm.tm_mon + 1,
		.day = (unsigned)tm.tm_mday,
		.hour = (unsigned)tm.tm_hour,
		.minute = (unsigned)tm.tm_min,
		.second = (unsigned)tm.tm_sec,
		.second_part = (unsigned long)part,
		.time_type = MYSQL_TIMESTAMP_DATETIME };
}

static int64_t
from_mysql_time(const MYSQL_TIME *t)
{
	struct tm tm = { .tm_year = (int)t->year - 1900,
		.tm_mon = (int)t->month - 1,
		.tm_mday = (int)t->day,
		.tm_hour = (int)t->hour,
		.tm_min = (int)t->minute,
		.tm_sec = (int)t->second };

	return (int64_t)timegm(&tm) * CLOCK_SECOND + (int64_t)t->second_part;
}

/* One parameter; time is where a converted one lives while it is bound. */
static void
bind_arg(MYSQL_BIND *b, const struct arg *arg, MYSQL_TIME *time)
{
	*b = (MYSQL_BIND){ 0 };
	if (arg->is_null) {
		b->buffer_type = MYSQL_TYPE_NULL;
		return;
	}
	switch (arg->type) {
	case 'i':
		b->buffer_type = MYSQL_TYPE_LONGLONG;
		b->buffer = (void *)(uintptr_t)&arg->i;
		break;
	case 't':
		*time = to_mysql_time(arg->i);
		b->buffer_type = MYSQL_TYPE_DATETIME;
		b->buffer = time;
		break;
	default:
		b->buffer_type =
		    arg->type == 'b' ? MYSQL_TYPE_BLOB : MYSQL_TYPE_STRING;
		b->buffer = (void *)(uintptr_t)arg->p;
		b->buffer_length = arg->n;
		break;
	}
}

static enum err
bind_args(struct db *db, const struct statement *st, MYSQL_STMT *s,
    const struct arg *args, size_t n)
{
	MYSQL_BIND bind[PARAMS_MAX];
	MYSQL_TIME times[PARAMS_MAX];

	if (n != strlen(st->in) || n > PARAMS_MAX)
		return FAIL(E_INTERNAL, "%s: %zu parameters", st->name, n);
	for (size_t i = 0; i < n; i++) {
		if (args[i].type != st->in[i] && !args[i].is_null)
			return FAIL(E_INTERNAL, "%s: parameter %zu is %c",
			    st->name, i + 1, args[i].type);
		bind_arg(&bind[i], &args[i], &times[i]);
	}
	if (n > 0 && mysql_stmt_bind_param(s, bind) != 0)
		return judge_stmt(db, s, st->name);
	/* Inside: the bound times must outlive the execution. */
	if (mysql_stmt_execute(s) != 0)
		return judge_stmt(db, s, st->name);
	return E_OK;
}

/* Where one column's value arrives before it becomes a cell. */
struct column {
	int64_t i;
	MYSQL_TIME time;
	unsigned long length;
	my_bool is_null, error;
};

static void
bind_column(MYSQL_BIND *b, struct column *c, char type, struct arena *a,
    unsigned long max)
{
	/* Of a number read as text the library knows no length. */
	if (max < NUMBER_TEXT)
		max = NUMBER_TEXT;
	*b = (MYSQL_BIND){
		.length = &c->length, .is_null = &c->is_null, .error = &c->error
	};
	switch (type) {
	case 'i':
		b->buffer_type = MYSQL_TYPE_LONGLONG;
		b->buffer = &c->i;
		break;
	case 't':
		b->buffer_type = MYSQL_TYPE_DATETIME;
		b->buffer = &c->time;
		break;
	default:
		b->buffer_type =
		    type == 'b' ? MYSQL_TYPE_BLOB : MYSQL_TYPE_STRING;
		b->buffer = arena_alloc(a, max + 1);
		b->buffer_length = max;
		break;
	}
}

static struct cell
to_cell(struct arena *a, char type, const MYSQL_BIND *b, const struct column *c)
{
	if (c->is_null)
		return (struct cell){ .is_null = true };
	if (type == 'i')
		return (struct cell){ .i = c->i };
	if (type == 't')
		return (struct cell){ .i = from_mysql_time(&c->time) };
	return (struct cell){ .s = arena_strndup(a, b->buffer, c->length),
		.n = c->length };
}

static enum err
fetch_rows(struct db *db, struct arena *a, const struct statement *st,
    MYSQL_STMT *s, struct rows *rows)
{
	MYSQL_BIND bind[COLUMNS_MAX];
	/* The library reads `error` also where it has not written it. */
	struct column columns[COLUMNS_MAX] = { 0 };
	MYSQL_RES *meta = mysql_stmt_result_metadata(s);
	int more = 0;

	for (size_t c = 0; c < rows->columns; c++)
		bind_column(&bind[c], &columns[c], st->out[c], a,
		    mysql_fetch_field_direct(meta, (unsigned)c)->max_length);
	mysql_free_result(meta);
	if (mysql_stmt_bind_result(s, bind) != 0)
		return judge_stmt(db, s, st->name);
	for (size_t r = 0; r < rows->n; r++) {
		if ((more = mysql_stmt_fetch(s)) != 0)
			break;
		for (size_t c = 0; c < rows->columns; c++)
			CELL(rows, r, c) =
			    to_cell(a, st->out[c], &bind[c], &columns[c]);
	}
	if (more == MYSQL_DATA_TRUNCATED)
		return FAIL(E_INTERNAL, "%s: truncated", st->name);
	return more == 0 ? E_OK : judge_stmt(db, s, st->name);
}

static enum err
fetch(struct db *db, struct arena *a, const struct statement *st, MYSQL_STMT *s,
    struct rows *rows)
{
	enum err e;

	/* An aborted locking read fails here and not before (R1). */
	if (mysql_stmt_store_result(s) != 0)
		return judge_stmt(db, s, st->name);
	*rows = (struct rows){ .n = (size_t)mysql_stmt_num_rows(s),
		.columns = strlen(st->out) };
	if (rows->n > ROWS_MAX || rows->columns > COLUMNS_MAX) {
		mysql_stmt_free_result(s);
		return FAIL(E_INTERNAL, "%s: unbounded result", st->name);
	}
	rows->cell =
	    arena_alloc(a, (rows->n * rows->columns + 1) * sizeof(struct cell));
	e = fetch_rows(db, a, st, s, rows);
	if (db->conn == NULL)
		return e;
	/* Past the last row the library would keep all of them; and where there
	 * is none it would wait for some, when it was sent back. */
	if (rows->n > 0)
		mysql_stmt_data_seek(s, 0);
	mysql_stmt_free_result(s);
	return e;
}

enum err
db_run(struct db *db, struct arena *a, const struct statement *st,
    struct rows *rows, const struct arg *args, size_t n)
{
	struct prepared *p;

	if ((rows == NULL) != (*st->out == '\0'))
		return FAIL(E_INTERNAL, "%s: result mismatch", st->name);
	p = place_of(db, st);
	TRY(prepare(db, st, p));
	TRY(bind_args(db, st, p->s, args, n));
	/* Known only now: INSERT … RETURNING has no columns when prepared. */
	if (mysql_stmt_field_count(p->s) != strlen(st->out)) {
		mysql_stmt_free_result(p->s);
		return FAIL(E_INTERNAL, "%s: columns do not match", st->name);
	}
	db->changed = (int64_t)mysql_stmt_affected_rows(p->s);
	return rows == NULL ? E_OK : fetch(db, a, st, p->s, rows);
}
