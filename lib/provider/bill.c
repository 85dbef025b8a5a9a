#include "provider/bill.h"

#include <string.h>

#include "base/arena.h"
#include "service/http.h"

enum { TEXT_MAX = 16 << 20, LINES_MAX = 40000, LINES_FIRST = 64, DECIMALS = 5 };

/* Of one amount: ten million yuan. */
#define MOST INT64_C(100000000000000) /* in 1e-5 yuan */
#define FEN  1000		      /* of which make a fen */

enum err
bill_unpack(struct arena *a, enum unpack_kind kind,
    const struct http_answer *file, const char **text, size_t *n)
{
	struct unpack_job job = {
		.kind = kind, .p = file->body, .n = file->n, .max = TEXT_MAX
	};

	if (file->status != 200)
		return FAIL(E_PROVIDER, "bill: download: %d", file->status);
	return unpack(a, &job, text, n) == E_OK
		   ? E_OK
		   : FAIL(E_PROVIDER, "bill: the file does not unpack");
}

bool
bill_cut(char *line, const char *separator, struct bill_row *out)
{
	size_t len = strlen(separator);

	for (out->n = 0; out->n < BILL_CELLS;) {
		char *next = strstr(line, separator);

		out->cell[out->n++] = line;
		if (next == NULL)
			return true;
		*next = '\0';
		line = next + len;
	}
	return false;
}

char *
bill_line(char **text)
{
	char *line = *text, *end;

	if (*line == '\0')
		return NULL;
	end = line + strcspn(line, "\n");
	*text = *end == '\n' ? end + 1 : end;
	if (end > line && end[-1] == '\r')
		end--;
	*end = '\0';
	return line;
}

const char *
bill_trim(char *cell)
{
	static const char blank[] = " \t\"";
	size_t n;

	cell += strspn(cell, blank);
	for (n = strlen(cell); n > 0 && strchr(blank, cell[n - 1]) != NULL;)
		cell[--n] = '\0';
	return cell;
}

/* Which cell has that title; head->n when none has. */
static size_t
column_of(const struct bill_row *head, const char *title)
{
	size_t c = 0;

	while (c < head->n && strcmp(head->cell[c], title) != 0)
		c++;
	return c;
}

const char *
bill_head(char *line, const char *const *titles, size_t n, size_t *column,
    size_t *columns)
{
	struct bill_row head;

	if (!bill_cut(line, ",", &head))
		return "the head is too long";
	for (size_t i = 0; i < head.n; i++)
		head.cell[i] = bill_trim((char *)(uintptr_t)head.cell[i]);
	*columns = head.n;
	for (size_t i = 0; i < n; i++)
		if ((column[i] = column_of(&head, titles[i])) == head.n)
			return "the head lacks a column";
	return NULL;
}

/* Digits; false when there are none, or the number is beyond all reason. */
static bool
read_digits(const char **p, int most, int64_t *n)
{
	int count = 0;

	for (; **p >= '0' && **p <= '9'; (*p)++, count++) {
		if (count == most)
			return false;
		*n = *n * 10 + (**p - '0');
	}
	return count > 0;
}

bool
bill_fen(const char *text, int64_t *out)
{
	bool is_negative = *text == '-';
	const char *p = text + (is_negative ? 1 : 0), *point;
	int64_t n = 0;

	if (!read_digits(&p, 12, &n))
		return false;
	point = p;
	if (*p == '.') {
		p++;
		if (!read_digits(&p, DECIMALS, &n))
			return false;
	}
	if (*p != '\0')
		return false;
	for (ptrdiff_t i = *point == '.' ? p - point - 1 : 0; i < DECIMALS; i++)
		n *= 10;
	if (n > MOST)
		return false;
	n = (n + FEN / 2) / FEN;
	*out = is_negative ? -n : n;
	return true;
}

struct payment_bill_line *
bill_add(struct bill_lines *lines)
{
	struct payment_bill_line *longer;

	if (lines->n == LINES_MAX)
		return NULL;
	if (lines->n == lines->room) {
		lines->room = lines->n == 0 ? LINES_FIRST : 2 * lines->n;
		longer = arena_alloc(lines->a, lines->room * sizeof(*longer));
		if (lines->n > 0)
			memcpy(longer, lines->line, lines->n * sizeof(*longer));
		lines->line = longer;
	}
	return &lines->line[lines->n++];
}
