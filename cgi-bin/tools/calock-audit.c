/*
 * Checks the sealed audit trail offline: from a dump, the key and the anchors.
 *
 *   calock-audit sql rows|seals
 *   calock-audit verify --key FILE [--anchors FILE] ROWS SEALS
 *   calock-audit part --key FILE [--anchors FILE] ROWS SEALS
 *
 * sql prints the statement whose answer is ROWS or SEALS:
 *
 *   mariadb --batch --quick --skip-column-names calock \
 *       -e "$(calock-audit sql rows)" >rows.tsv
 *
 * Dump the seals first: rows that come later have no seal yet. verify checks
 * the whole trail, part some rows of it with the seals that name them (an
 * evidence pack). Both print one line, which names the first bad row.
 * Exit: 0 all is as it was sealed, 1 it is not, 2 it cannot be told.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/arena.h"
#include "base/num.h"
#include "service/chain_text.h"

enum { WHOLE = 0, BAD = 1, UNKNOWN = 2 };

enum {
	ARENA = 1 << 30, /* an anchor takes 100 bytes; lines two pieces */
	LINE = 1 << 18,
	CELLS = (int)ROW__N > (int)SEAL__N ? (int)ROW__N : (int)SEAL__N
};

/* A file of lines; one at a time is there. */
struct lines {
	const char *path;
	FILE *f;
	char *line; /* LINE bytes */
	size_t number;
	struct cell cell[CELLS];
	bool is_there;
	bool is_bad; /* a line that is none, or the file cannot be read */
};

struct audit {
	struct arena *a;
	struct lines rows, seals;
	struct chain_anchor *anchor; /* sorted */
	size_t anchors, room;
	size_t next; /* the first anchor that no seal has met */
	struct chain_check check;
	int64_t unsealed;
	char last_at[32], last_id[ID_TEXT]; /* of the row before */
};

static int
fail(const char *path, size_t line, const char *what)
{
	fprintf(stderr, "calock-audit: %s:%zu: %s\n", path, line, what);
	return UNKNOWN;
}

static void
close_file(void *f)
{
	fclose(f);
}

static bool
open_lines(struct arena *a, struct lines *l, const char *path)
{
	*l = (struct lines){ .path = path, .f = fopen(path, "re") };
	if (l->f == NULL) {
		perror(path);
		return false;
	}
	l->line = arena_alloc(a, LINE);
	arena_defer(a, close_file, l->f);
	return true;
}

static void
next_line(struct lines *l, bool (*read)(char *, size_t, struct cell *))
{
	bool is_line = fgets(l->line, LINE, l->f) != NULL;

	l->number++;
	l->is_there = is_line && read(l->line, strlen(l->line), l->cell);
	l->is_bad = ferror(l->f) || (is_line && !l->is_there);
}

static void
next_seal(struct audit *t)
{
	next_line(&t->seals, chain_read_seal);
}

static bool
fault(struct audit *t, enum chain_fault what, const char *id)
{
	t->check.fault = what;
	snprintf(t->check.id, sizeof(t->check.id), "%s", id);
	return false;
}

/* The next row, which has to be behind the one before. */
static bool
next_row(struct audit *t)
{
	struct cell *c = t->rows.cell;

	next_line(&t->rows, chain_read_row);
	if (!t->rows.is_there)
		return true;
	if (chain_compare(t->last_at, t->last_id, c[ROW_AT].s, c[ROW_ID].s) >=
	    0)
		return fault(t, CHAIN_REORDERED, c[ROW_ID].s);
	snprintf(t->last_at, sizeof(t->last_at), "%s", c[ROW_AT].s);
	snprintf(t->last_id, sizeof(t->last_id), "%s", c[ROW_ID].s);
	return true;
}

static int
by_seq(const void *a, const void *b)
{
	const struct chain_anchor *x = a, *y = b;

	return (x->seq > y->seq) - (x->seq < y->seq);
}

static void
add_anchor(struct audit *t, const struct chain_anchor *one)
{
	if (t->anchors == t->room) {
		struct chain_anchor *more;

		t->room = 2 * t->room + 1024;
		more = arena_alloc(t->a, t->room * sizeof(*more));
		if (t->anchors > 0)
			memcpy(more, t->anchor, t->anchors * sizeof(*more));
		t->anchor = more;
	}
	t->anchor[t->anchors++] = *one;
}

/* A line that a crash has cut is passed over. */
static bool
read_anchors(struct audit *t, const char *path)
{
	struct chain_anchor one;
	struct lines l;

	if (path == NULL)
		return true;
	if (!open_lines(t->a, &l, path))
		return false;
	while (fgets(l.line, LINE, l.f) != NULL) {
		l.number++;
		if (chain_read_anchor(l.line, &one))
			add_anchor(t, &one);
		else
			fail(path, l.number, "no anchor; passed over");
	}
	if (t->anchors > 0)
		qsort(t->anchor, t->anchors, sizeof(one), by_seq);
	return true;
}

/* Every anchor of this seal has its mac. */
static bool
meet_anchors(struct audit *t)
{
	const struct cell *seal = t->seals.cell;

	while (t->next < t->anchors && t->anchor[t->next].seq < t->check.seq)
		t->next++;
	while (t->next < t->anchors && t->anchor[t->next].seq == t->check.seq)
		if (strcmp(t->anchor[t->next++].mac, seal[SEAL_MAC].s) != 0)
			return fault(t, CHAIN_ANCHOR_BAD, "");
	return true;
}

static bool
is_within(const struct audit *t)
{
	const struct cell *row = t->rows.cell, *seal = t->seals.cell;

	return t->rows.is_there &&
	       chain_compare(row[ROW_AT].s, row[ROW_ID].s, seal[SEAL_LAST_AT].s,
		   seal[SEAL_LAST_ID].s) <= 0;
}

/* A row that is missing at its place may stand further on. */
static bool
look_further(struct audit *t)
{
	const struct cell *c = t->rows.cell;

	if (t->check.fault != CHAIN_REMOVED)
		return false;
	for (; t->rows.is_there; next_line(&t->rows, chain_read_row)) {
		bool is_before = chain_compare(c[ROW_AT].s, c[ROW_ID].s,
				     t->last_at, t->last_id) < 0;

		if (strcmp(c[ROW_ID].s, t->check.id) != 0)
			continue;
		t->check.fault = is_before ? CHAIN_REORDERED : CHAIN_CHANGED;
		break;
	}
	return false;
}

/* The rows of one seal. */
static bool
check_rows(struct audit *t)
{
	while (is_within(t))
		if (!chain_check_row(&t->check, t->rows.cell))
			return look_further(t);
		else if (!next_row(t))
			return false;
	return t->rows.is_bad || chain_check_end(&t->check) || look_further(t);
}

/* What is behind the last seal waits for one, unless there was one. */
static bool
check_tail(struct audit *t)
{
	while (t->next < t->anchors && t->anchor[t->next].seq <= t->check.seq)
		t->next++;
	if (t->next < t->anchors) {
		t->check.seq = t->anchor[t->next].seq;
		return fault(t, CHAIN_CUT, t->anchor[t->next].id);
	}
	for (; t->rows.is_there; t->unsealed++)
		if (!next_row(t))
			return false;
	return true;
}

static void
check_whole(struct audit *t)
{
	chain_check_begin(&t->check, NULL);
	if (!next_row(t))
		return;
	for (next_seal(t); t->seals.is_there; next_seal(t))
		if (!chain_check_seal(&t->check, t->seals.cell) ||
		    !meet_anchors(t) || !check_rows(t))
			return;
	if (!t->seals.is_bad && !t->rows.is_bad)
		(void)check_tail(t);
}

/* Looks for the rows of a part that this seal names; counts them. */
static bool
check_named(struct audit *t)
{
	bool is_same;

	while (is_within(t)) {
		const struct cell *row = t->rows.cell;

		if (!chain_names(t->seals.cell, row, &is_same))
			return fault(t, CHAIN_INSERTED, row[ROW_ID].s);
		if (!is_same)
			return fault(t, CHAIN_CHANGED, row[ROW_ID].s);
		t->check.rows++;
		if (!next_row(t))
			return false;
	}
	return true;
}

static bool
check_alone(struct audit *t)
{
	int64_t before = t->check.seq;

	if (!num_int(t->seals.cell[SEAL_SEQ].s, before + 1, INT64_MAX,
		&t->check.seq) ||
	    !chain_seal_is_whole(t->seals.cell))
		return fault(t, CHAIN_SEAL_BAD, "");
	t->check.seals++;
	return meet_anchors(t);
}

static void
check_part(struct audit *t)
{
	if (!next_row(t))
		return;
	for (next_seal(t); t->seals.is_there; next_seal(t))
		if (!check_alone(t) || !check_named(t))
			return;
	for (; t->rows.is_there; t->unsealed++)
		if (!next_row(t))
			return;
}

static int
conclude(const struct audit *t)
{
	const struct chain_check *c = &t->check;

	if (c->fault == CHAIN_WHOLE && t->seals.is_bad)
		return fail(t->seals.path, t->seals.number, "no seal");
	if (c->fault == CHAIN_WHOLE && t->rows.is_bad)
		return fail(t->rows.path, t->rows.number, "no row");
	if (c->fault == CHAIN_WHOLE) {
		printf("whole: %lld rows in %lld seals, %lld rows without a "
		       "seal yet\n",
		    (long long)c->rows, (long long)c->seals,
		    (long long)t->unsealed);
		return WHOLE;
	}
	printf("%s: seal %lld%s%s\n", chain_fault_name(c->fault),
	    (long long)c->seq, c->id[0] != '\0' ? ", row " : "", c->id);
	return BAD;
}

static int
usage(void)
{
	fputs("usage: calock-audit sql rows|seals\n"
	      "       calock-audit verify|part --key FILE [--anchors FILE] "
	      "ROWS SEALS\n",
	    stderr);
	return UNKNOWN;
}

static int
print_sql(const char *what)
{
	if (strcmp(what, "rows") != 0 && strcmp(what, "seals") != 0)
		return usage();
	puts(strcmp(what, "rows") == 0 ? chain_rows_sql : chain_seals_sql);
	return 0;
}

static int
check(struct audit *t, const char *key, const char *anchors, char **files,
    void (*run)(struct audit *))
{
	if (chain_open(t->a, key) != E_OK) {
		fprintf(stderr, "calock-audit: %s\n", err_fault()->cause);
		return UNKNOWN;
	}
	if (!read_anchors(t, anchors) ||
	    !open_lines(t->a, &t->rows, files[0]) ||
	    !open_lines(t->a, &t->seals, files[1]))
		return UNKNOWN;
	run(t);
	return conclude(t);
}

static int
check_files(const char *key, const char *anchors, char **files,
    void (*run)(struct audit *))
{
	struct audit t = { .a = arena_new(ARENA) };
	int status = check(&t, key, anchors, files, run);

	arena_free(t.a);
	return status;
}

int
main(int argc, char **argv)
{
	const char *key = NULL, *anchors = NULL;
	int i = 2;

	if (argc == 3 && strcmp(argv[1], "sql") == 0)
		return print_sql(argv[2]);
	for (; i + 1 < argc && strncmp(argv[i], "--", 2) == 0; i += 2) {
		if (strcmp(argv[i], "--key") == 0)
			key = argv[i + 1];
		else if (strcmp(argv[i], "--anchors") == 0)
			anchors = argv[i + 1];
		else
			return usage();
	}
	if (argc != i + 2 || key == NULL)
		return usage();
	if (strcmp(argv[1], "verify") == 0)
		return check_files(key, anchors, argv + i, check_whole);
	if (strcmp(argv[1], "part") == 0)
		return check_files(key, anchors, argv + i, check_part);
	return usage();
}
