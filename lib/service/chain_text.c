#include "service/chain_text.h"

#include <string.h>

#include "base/buf.h"
#include "base/num.h"

const char chain_rows_sql[] =
    "SELECT id, at, program, IF(actor_id IS NULL, '-', CONCAT('=', actor_id)), "
    "role, action, subject, detail, ip, request_id FROM audit ORDER BY at, id";
const char chain_seals_sql[] =
    "SELECT seq, previous, first_at, first_id, last_at, last_id, rows_n, "
    "row_macs, sealed_at, mac FROM audit_seals ORDER BY seq";

static const char escaped[] = { '\0', '\t', '\n', '\\' };
static const char letters[] = { '0', 't', 'n', '\\' };

static void
put_value(struct buf *b, const struct cell *c)
{
	for (size_t i = 0; i < c->n; i++) {
		const char *at = memchr(escaped, c->s[i], sizeof(escaped));

		if (at != NULL)
			buf_putc(b, '\\');
		buf_putc(b, at != NULL ? letters[at - escaped] : c->s[i]);
	}
}

static void
put_line(struct buf *b, const struct cell *cells, size_t n, size_t nullable)
{
	for (size_t i = 0; i < n; i++) {
		if (i > 0)
			buf_putc(b, '\t');
		if (i == nullable)
			buf_putc(b, cells[i].is_null ? '-' : '=');
		put_value(b, &cells[i]);
	}
	buf_putc(b, '\n');
}

void
chain_row_line(struct buf *b, const struct cell *row)
{
	put_line(b, row, ROW__N, ROW_ACTOR);
}

void
chain_seal_line(struct buf *b, const struct cell *seal)
{
	put_line(b, seal, SEAL__N, SEAL__N);
}

/* Takes the escapes away; false at one that there is not. */
static bool
read_value(char *p, size_t n, struct cell *out)
{
	char *to = p;

	*out = (struct cell){ .s = p };
	for (size_t i = 0; i < n; i++) {
		const char *at =
		    p[i] == '\\' && i + 1 < n
			? memchr(letters, p[i + 1], sizeof(letters))
			: NULL;

		if (p[i] == '\\' && at == NULL)
			return false;
		*to++ = at != NULL ? escaped[at - letters] : p[i];
		i += at != NULL;
	}
	*to = '\0';
	out->n = (size_t)(to - p);
	return true;
}

static bool
read_line(char *line, size_t n, struct cell *cells, size_t count)
{
	char *end = line + n;

	if (n > 0 && end[-1] == '\n')
		*--end = '\0';
	for (size_t i = 0; i < count; i++) {
		char *tab = memchr(line, '\t', (size_t)(end - line));

		if ((tab == NULL) != (i + 1 == count))
			return false;
		if (tab == NULL)
			tab = end;
		if (!read_value(line, (size_t)(tab - line), &cells[i]))
			return false;
		line = tab + 1;
	}
	return true;
}

bool
chain_read_row(char *line, size_t n, struct cell *row)
{
	struct cell *actor = &row[ROW_ACTOR];

	if (!read_line(line, n, row, ROW__N) || actor->n == 0)
		return false;
	if (strcmp(actor->s, "-") == 0)
		*actor = chain_cell(NULL);
	else if (actor->s[0] != '=')
		return false;
	else
		*actor = (struct cell){ .s = actor->s + 1, .n = actor->n - 1 };
	return true;
}

bool
chain_read_seal(char *line, size_t n, struct cell *seal)
{
	return read_line(line, n, seal, SEAL__N);
}

bool
chain_read_anchor(char *line, struct chain_anchor *out)
{
	const char *seq = strsep(&line, " "), *mac = strsep(&line, " ");
	const char *id = strsep(&line, " ");

	if (id == NULL || line == NULL || strlen(mac) != SHA256_HEX - 1 ||
	    strlen(id) >= ID_TEXT || !num_int(seq, 1, INT64_MAX, &out->seq))
		return false;
	memcpy(out->mac, mac, SHA256_HEX);
	memcpy(out->id, id, strlen(id) + 1);
	return true;
}
