#include "format/csv.h"

#include <string.h>

#include "base/buf.h"
#include "base/clock.h"
#include "base/num.h"

/* What begins a formula, in half and in full width. */
static bool
is_formula(const char *text)
{
	static const char *const begin[] = { "=", "+", "-", "@", "\t", "\r",
		"\n", "＝", "＋", "－", "＠" };

	for (size_t i = 0; i < sizeof(begin) / sizeof(begin[0]); i++)
		if (strncmp(text, begin[i], strlen(begin[i])) == 0)
			return true;
	return false;
}

static void
put_text(struct buf *out, const char *text)
{
	buf_putc(out, '"');
	if (is_formula(text))
		buf_putc(out, '\'');
	for (; *text != '\0'; text++) {
		if (*text == '"')
			buf_putc(out, '"');
		buf_putc(out, *text);
	}
	buf_putc(out, '"');
}

static void
put_number(struct buf *out, enum sheet_type type, int64_t n)
{
	char text[CLOCK_TEXT];

	switch (type) {
	case SHEET_YUAN:
		buf_printf(out, "\"%s\"", num_yuan_text(out->a, n));
		break;
	case SHEET_DAY:
		buf_printf(out, "\"%s\"", clock_day(text, n));
		break;
	case SHEET_TIME:
		/* 2026-11-24T10:00:00+08:00 as spreadsheets read it */
		(void)clock_shanghai(text, n);
		text[10] = ' ';
		text[19] = '\0';
		buf_printf(out, "\"%s\"", text);
		break;
	default:
		buf_printf(out, "\"%lld\"", (long long)n);
		break;
	}
}

static void
put_cell(struct buf *out, enum sheet_type type, const struct sheet_cell *cell)
{
	if (type == SHEET_TEXT)
		put_text(out, cell->text != NULL ? cell->text : "");
	else if (cell->n == SHEET_EMPTY)
		buf_puts(out, "\"\"");
	else
		put_number(out, type, cell->n);
}

void
csv_head(struct buf *out, const struct sheet_column *column, size_t n)
{
	buf_puts(out, "\xef\xbb\xbf");
	for (size_t i = 0; i < n; i++) {
		put_text(out, column[i].title);
		buf_puts(out, i + 1 < n ? "," : "\r\n");
	}
}

void
csv_row(struct buf *out, const struct sheet_column *column,
    const struct sheet_cell *cell, size_t n)
{
	for (size_t i = 0; i < n; i++) {
		put_cell(out, column[i].type, &cell[i]);
		buf_puts(out, i + 1 < n ? "," : "\r\n");
	}
}
