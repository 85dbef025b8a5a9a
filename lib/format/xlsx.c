#include "format/xlsx.h"

#include <xlsxwriter.h>

#include "base/arena.h"
#include "base/clock.h"
#include "base/utf8.h"

enum { WIDTH = 12 }; /* of a column, in characters, when it says nothing */

struct xlsx {
	lxw_workbook *book; /* NULL once it is closed */
	lxw_worksheet *sheet;
	lxw_format *format[SHEET_TIME + 1]; /* by enum sheet_type */
	const struct sheet_column *column;
	uint16_t columns;
	uint32_t row;
};

static enum err
failed(lxw_error e)
{
	return FAIL(E_INTERNAL, "xlsx: %s", lxw_strerror(e));
}

static void
abandon(void *arg)
{
	struct xlsx *x = arg;

	if (x->book != NULL)
		lxw_workbook_free(x->book);
}

static lxw_format *
number_format(lxw_workbook *book, const char *format)
{
	lxw_format *f = workbook_add_format(book);

	format_set_num_format(f, format);
	return f;
}

static enum err
put_titles(struct xlsx *x)
{
	lxw_format *bold = workbook_add_format(x->book);

	format_set_bold(bold);
	for (uint16_t i = 0; i < x->columns; i++) {
		const struct sheet_column *c = &x->column[i];
		double width = c->width != 0 ? c->width : WIDTH;
		lxw_error e = worksheet_set_column(x->sheet, i, i, width, NULL);

		if (e == LXW_NO_ERROR)
			e = worksheet_write_string(
			    x->sheet, 0, i, c->title, bold);
		if (e != LXW_NO_ERROR)
			return failed(e);
	}
	worksheet_freeze_panes(x->sheet, 1, 0);
	x->row = 1;
	return E_OK;
}

enum err
xlsx_open(struct arena *a, const char *path, const char *dir, const char *sheet,
    const struct sheet_column *column, size_t n, struct xlsx **out)
{
	lxw_workbook_options options = { .constant_memory = LXW_TRUE,
		.tmpdir = arena_strdup(a, dir) };
	struct xlsx *x = ARENA_NEW(a, struct xlsx);

	x->column = column;
	x->columns = (uint16_t)n;
	x->book = workbook_new_opt(path, &options);
	if (x->book == NULL)
		return FAIL(E_INTERNAL, "xlsx: no workbook");
	arena_defer(a, abandon, x);
	x->sheet = workbook_add_worksheet(x->book, sheet);
	if (x->sheet == NULL)
		return FAIL(
		    E_INTERNAL, "xlsx: no sheet, or no room in %s", dir);
	x->format[SHEET_YUAN] = number_format(x->book, "0.00");
	x->format[SHEET_DAY] = number_format(x->book, "yyyy-mm-dd");
	x->format[SHEET_TIME] = number_format(x->book, "yyyy-mm-dd hh:mm:ss");
	*out = x;
	return put_titles(x);
}

/* A spreadsheet's times have no zone: they are Shanghai's. */
static lxw_error
put_cell(
    struct xlsx *x, struct arena *a, uint16_t at, const struct sheet_cell *cell)
{
	enum sheet_type type = x->column[at].type;
	lxw_format *format = x->format[type];
	int64_t seconds =
	    cell->n / CLOCK_SECOND + CLOCK_SHANGHAI / CLOCK_SECOND;

	switch (type) {
	case SHEET_TEXT:
		return worksheet_write_string(
		    x->sheet, x->row, at, utf8_shown(a, cell->text), NULL);
	case SHEET_INT:
		return worksheet_write_number(
		    x->sheet, x->row, at, (double)cell->n, NULL);
	case SHEET_YUAN:
		return worksheet_write_number(
		    x->sheet, x->row, at, (double)cell->n / 100, format);
	case SHEET_DAY:
		seconds -= seconds % 86400;
		break;
	case SHEET_TIME:
		break;
	}
	return worksheet_write_unixtime(x->sheet, x->row, at, seconds, format);
}

enum err
xlsx_row(struct xlsx *x, struct arena *a, const struct sheet_cell *cell)
{
	for (uint16_t i = 0; i < x->columns; i++) {
		bool is_text = x->column[i].type == SHEET_TEXT;
		lxw_error e = LXW_NO_ERROR;

		if (is_text ? cell[i].text != NULL : cell[i].n != SHEET_EMPTY)
			e = put_cell(x, a, i, &cell[i]);
		if (e != LXW_NO_ERROR)
			return failed(e);
	}
	x->row++;
	return E_OK;
}

enum err
xlsx_close(struct xlsx *x)
{
	lxw_workbook *book = x->book;
	lxw_error e;

	worksheet_autofilter(
	    x->sheet, 0, 0, x->row - 1, (lxw_col_t)(x->columns - 1));
	x->book = NULL;
	e = workbook_close(book);
	return e == LXW_NO_ERROR ? E_OK : failed(e);
}
