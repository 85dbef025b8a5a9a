#include "format/csv_read.h"

#include <stdbool.h>
#include <string.h>

#include "base/arena.h"

struct reader {
	struct arena *a;
	const char *p;
	char separator;
	size_t line;
	const char *cell[CSV_COLUMNS]; /* of the record that is read */
	size_t n;
	const char *wrong;
	char text[CSV_CELL]; /* of a cell in quotes */
};

static bool
fail(struct reader *r, const char *what)
{
	r->wrong = arena_printf(r->a, "第 %zu 行%s", r->line, what);
	return false;
}

/* After a cell: its separator, or where the line ends. */
static bool
is_end(const struct reader *r)
{
	return *r->p == r->separator || *r->p == '\n' || *r->p == '\0' ||
	       (r->p[0] == '\r' && r->p[1] == '\n');
}

static bool
read_quoted(struct reader *r, const char **out)
{
	size_t n = 0;

	for (r->p++; r->p[0] != '"' || r->p[1] == '"'; r->p++) {
		if (*r->p == '\0')
			return fail(r, "的引号没有结束。");
		if (n == CSV_CELL)
			return fail(r, "有过长的单元格。");
		if (*r->p == '"')
			r->p++;
		r->line += *r->p == '\n';
		r->text[n++] = *r->p;
	}
	r->p++;
	*out = arena_strndup(r->a, r->text, n);
	return is_end(r) || fail(r, "的引号后面还有文字。");
}

static bool
read_plain(struct reader *r, const char **out)
{
	const char *begin = r->p;

	while (!is_end(r))
		r->p++;
	if (r->p - begin > CSV_CELL)
		return fail(r, "有过长的单元格。");
	*out = arena_strndup(r->a, begin, (size_t)(r->p - begin));
	return true;
}

static bool
read_record(struct reader *r)
{
	r->n = 0;
	for (;;) {
		const char **cell = &r->cell[r->n];

		if (r->n == CSV_COLUMNS)
			return fail(r, "的列数过多。");
		if (*r->p == '"' ? !read_quoted(r, cell) : !read_plain(r, cell))
			return false;
		r->n++;
		if (*r->p != r->separator)
			break;
		r->p++;
	}
	r->p += *r->p == '\r';
	r->p += *r->p == '\n';
	return true;
}

/* A line with nothing but separators, as spreadsheets leave them at the end. */
static bool
is_empty(const struct reader *r)
{
	for (size_t i = 0; i < r->n; i++)
		if (*r->cell[i] != '\0')
			return false;
	return true;
}

static bool
keep(struct reader *r, size_t line, struct csv *out)
{
	if (out->rows == 0)
		out->columns = r->n;
	if (out->rows == CSV_ROWS)
		return fail(r, "起行数过多。");
	while (r->n > out->columns && *r->cell[r->n - 1] == '\0')
		r->n--;
	if (r->n > out->columns)
		return fail(r, "的列比表头多。");
	for (size_t c = 0; c < out->columns; c++)
		CSV_AT(out, out->rows, c) = c < r->n ? r->cell[c] : "";
	out->line[out->rows++] = line;
	return true;
}

/* As many rows as there can be, by its line ends. */
static void
make_room(struct arena *a, const char *text, size_t columns, struct csv *out)
{
	size_t rows = 1;

	for (; *text != '\0' && rows < CSV_ROWS; text++)
		rows += *text == '\n';
	out->cell = arena_alloc(a, rows * columns * sizeof(*out->cell));
	out->line = arena_alloc(a, rows * sizeof(*out->line));
}

static char
separator_of(const char *text)
{
	size_t n = strcspn(text, "\n");

	if (memchr(text, ',', n) != NULL)
		return ',';
	return memchr(text, '\t', n) != NULL  ? '\t'
	       : memchr(text, ';', n) != NULL ? ';'
					      : ',';
}

enum err
csv_read(struct arena *a, const char *text, struct csv *out, const char **where)
{
	struct reader r = {
		.a = a, .p = text, .separator = separator_of(text), .line = 1
	};

	*out = (struct csv){ 0 };
	*where = NULL;
	while (*r.p != '\0') {
		size_t line = r.line;

		if (!read_record(&r))
			break;
		if (out->cell == NULL && !is_empty(&r))
			make_room(a, text, r.n, out);
		if (!is_empty(&r) && !keep(&r, line, out))
			break;
		r.line++;
	}
	*where = r.wrong;
	if (r.wrong == NULL && out->rows == 0)
		*where = "文件是空的。";
	return *where == NULL ? E_OK : FAIL(E_MALFORMED, "csv");
}
