#include <stdlib.h>
#include <string.h>

#include "service/db_private.h"

/* Whether a column as the server describes it can be read as a letter. */
static bool
is_readable(char type, const MYSQL_FIELD *f)
{
	enum { BINARY = 63 };

	switch (f->type) {
	case MYSQL_TYPE_TINY:
	case MYSQL_TYPE_SHORT:
	case MYSQL_TYPE_INT24:
	case MYSQL_TYPE_LONG:
	case MYSQL_TYPE_LONGLONG:
		return type == 'i' || type == 's';
	case MYSQL_TYPE_NEWDECIMAL:
		return type == 's' || (type == 'i' && f->decimals == 0);
	case MYSQL_TYPE_DATETIME:
	case MYSQL_TYPE_TIMESTAMP:
		return type == 't';
	case MYSQL_TYPE_STRING:
	case MYSQL_TYPE_VAR_STRING:
	case MYSQL_TYPE_BLOB:
		return type == (f->charsetnr == BINARY ? 'b' : 's');
	default:
		return false;
	}
}

static enum err
check_columns(const struct statement *st, MYSQL_RES *meta)
{
	size_t n = strlen(st->out);

	if (mysql_num_fields(meta) != n)
		return FAIL(E_INTERNAL, "%s: %u columns, not %zu", st->name,
		    mysql_num_fields(meta), n);
	for (size_t c = 0; c < n; c++) {
		const MYSQL_FIELD *f =
		    mysql_fetch_field_direct(meta, (unsigned)c);

		if (!is_readable(st->out[c], f))
			return FAIL(E_INTERNAL, "%s: column %zu (%s) is no %c",
			    st->name, c + 1, f->name, st->out[c]);
	}
	return E_OK;
}

/* INSERT … RETURNING tells its columns only when it is run. */
static enum err
check_prepared(const struct statement *st, MYSQL_STMT *s)
{
	MYSQL_RES *meta = mysql_stmt_result_metadata(s);
	enum err e = E_OK;

	if (mysql_stmt_param_count(s) != strlen(st->in))
		e = FAIL(E_INTERNAL, "%s: %lu parameters, not %zu", st->name,
		    mysql_stmt_param_count(s), strlen(st->in));
	else if (meta != NULL)
		e = check_columns(st, meta);
	else if (*st->out != '\0' && strstr(st->sql, " RETURNING ") == NULL)
		e = FAIL(E_INTERNAL, "%s: no columns", st->name);
	mysql_free_result(meta);
	return e;
}

enum err
db_check(struct db *db, int stmt)
{
	const struct statement *st = &db->table[stmt];
	MYSQL_STMT *s;
	enum err e;

	TRY(db_connect(db));
	if ((s = mysql_stmt_init(db->conn)) == NULL)
		abort();
	if (mysql_stmt_prepare(s, st->sql, strlen(st->sql)) != 0)
		e = FAIL(E_INTERNAL, "%s: %u %s", st->name, mysql_stmt_errno(s),
		    mysql_stmt_error(s));
	else
		e = check_prepared(st, s);
	mysql_stmt_close(s);
	return e;
}
