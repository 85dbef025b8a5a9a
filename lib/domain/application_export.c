/* 导出: the list as a file, however long it is. */
#include <string.h>

#include "base/arena.h"
#include "base/buf.h"
#include "base/clock.h"
#include "base/num.h"
#include "domain/application_private.h"
#include "domain/sql.h"
#include "format/csv.h"
#include "format/xlsx.h"
#include "service/temp.h"

enum {
	BATCH = 500,	    /* rows at a time */
	SCRATCH = 16 << 20, /* what a batch takes at most */
	CSV_MAX = 8 << 20,
	FIXED = 8, /* columns of the statement before the fields */
	HEAD = 3,  /* columns of the file before the fields */
	TAIL = 4,  /* and behind them */
	MOST = HEAD + FIELD__N + TAIL
};

/* A file on its way. */
struct export
{
	struct env *env;
	enum export_format format;
	struct arena *scratch; /* of a batch */
	int fd;
	struct xlsx *xlsx;
	struct sheet_column column[MOST];
	enum field field[MOST];
	size_t columns;
};

static void
add_column(struct export *x, const char *title, enum sheet_type type, int width)
{
	x->column[x->columns++] = (struct sheet_column){ title, type, width };
}

static enum sheet_type
type_of(enum field f)
{
	return field_row(f)->type == FIELD_FEE		? SHEET_YUAN
	       : field_row(f)->type == FIELD_YEARS_TYPE ? SHEET_INT
							: SHEET_TEXT;
}

/* Wide enough for most, and not too wide for the rest. */
static int
width_of(enum field f)
{
	return field_row(f)->max >= 100	 ? 32
	       : field_row(f)->max >= 40 ? 22
					 : 12;
}

/* Private fields are left out, as in the list. */
static void
set_columns(struct export *x)
{
	add_column(x, "批次号", SHEET_TEXT, 20);
	add_column(x, "申请日期", SHEET_DAY, 12);
	add_column(x, "审核状态", SHEET_TEXT, 12);
	for (int f = 0; f < FIELD__N; f++) {
		if (field_row((enum field)f)->is_private)
			continue;
		x->field[x->columns] = (enum field)f;
		add_column(x, field_row((enum field)f)->label,
		    type_of((enum field)f), width_of((enum field)f));
	}
	add_column(x, "提交时间", SHEET_TIME, 20);
	add_column(x, "缴费时间", SHEET_TIME, 20);
	add_column(x, "有效期自", SHEET_DAY, 12);
	add_column(x, "有效期至", SHEET_DAY, 12);
}

static int64_t
time_or_empty(const struct cell *c)
{
	return c->is_null ? SHEET_EMPTY : c->i;
}

static int64_t
day_or_empty(const struct cell *c)
{
	int64_t day;

	return c->s != NULL && clock_parse_day(c->s, &day) ? day : SHEET_EMPTY;
}

static struct sheet_cell
field_cell(const struct export *x, size_t i, const struct cell *c)
{
	struct sheet_cell cell = { .n = SHEET_EMPTY };

	if (x->column[i].type == SHEET_TEXT)
		cell.text = field_shown(x->scratch, x->field[i], c->s);
	else if (c->s == NULL || !num_int(c->s, 0, INT64_MAX, &cell.n))
		cell.n = SHEET_EMPTY;
	return cell;
}

static void
set_cells(const struct export *x, const struct cell *c, struct sheet_cell *to)
{
	size_t last = x->columns - TAIL;

	to[0] = (struct sheet_cell){ .text = c[1].s };
	to[1] = (struct sheet_cell){ .n = c[3].i };
	to[2] =
	    (struct sheet_cell){ .text =
				     state_row(state_by_word(c[2].s))->title };
	for (size_t i = HEAD; i < last; i++)
		to[i] = field_cell(x, i, &c[FIXED + i - HEAD]);
	to[last] = (struct sheet_cell){ .n = time_or_empty(&c[4]) };
	to[last + 1] = (struct sheet_cell){ .n = time_or_empty(&c[5]) };
	to[last + 2] = (struct sheet_cell){ .n = day_or_empty(&c[6]) };
	to[last + 3] = (struct sheet_cell){ .n = day_or_empty(&c[7]) };
}

static enum err
write_batch(struct export *x, const struct rows *rows)
{
	struct sheet_cell cell[MOST];
	struct buf out;

	buf_init(&out, x->scratch, CSV_MAX);
	for (size_t r = 0; r < rows->n; r++) {
		set_cells(x, &CELL(rows, r, 0), cell);
		if (x->format == EXPORT_XLSX)
			TRY(xlsx_row(x->xlsx, x->scratch, cell));
		else
			csv_row(&out, x->column, cell, x->columns);
	}
	if (out.failed)
		return FAIL(E_INTERNAL, "a batch over %d bytes", CSV_MAX);
	return temp_write(x->fd, out.p, out.n);
}

static enum err
write_head(struct export *x)
{
	struct buf out;

	if (x->format == EXPORT_XLSX)
		return xlsx_open(x->env->a, temp_path(x->env->a, x->fd),
		    x->env->cfg->temp_dir, "申请列表", x->column, x->columns,
		    &x->xlsx);
	buf_init(&out, x->env->a, 4096);
	csv_head(&out, x->column, x->columns);
	return temp_write(x->fd, out.p, out.n);
}

/* Batch by batch, each from where the last one ended. */
static enum err
write_rows(struct export *x, struct application_filter filter)
{
	struct env batch = *x->env;
	char cursor[32] = "";
	int64_t n = 0;
	struct rows rows;

	batch.a = x->scratch;
	do {
		arena_reset(x->scratch);
		TRY(application_rows(&batch, SQL_APPLICATION_EXPORT,
		    SQL_APPLICATION_EXPORT_OF, &filter, BATCH, &rows));
		n += (int64_t)rows.n;
		if (n > x->env->cfg->export_rows)
			return FAIL(E_TOO_MANY_ROWS, "over the limit");
		TRY(write_batch(x, &rows));
		if (rows.n > 0)
			memccpy(cursor, CELL(&rows, rows.n - 1, 0).s, '\0',
			    sizeof(cursor));
		filter.cursor = cursor;
	} while (rows.n == BATCH);
	return x->xlsx != NULL ? xlsx_close(x->xlsx) : E_OK;
}

enum err
application_export(struct env *env, const struct application_filter *filter,
    enum export_format format, int *fd, int64_t *size)
{
	struct export x = { .env = env, .format = format };
	enum err e;

	TRY(application_check_filter(env, filter));
	TRY(temp_open(env->a, env->cfg->temp_dir, &x.fd));
	set_columns(&x);
	TRY(write_head(&x));
	x.scratch = arena_new(SCRATCH);
	e = write_rows(&x, *filter);
	arena_free(x.scratch);
	TRY(e);
	*fd = x.fd;
	return temp_rewind(x.fd, size);
}
