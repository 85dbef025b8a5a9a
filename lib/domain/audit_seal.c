#include "domain/audit_seal.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "base/arena.h"
#include "base/buf.h"
#include "domain/sql.h"
#include "service/chain_text.h"

/* Rows are at most 6 KB each, the macs of a seal 90 KB. */
enum { SEALS_A_ROUND = 50, SEAL_ARENA = 16 << 20, MACS_MAX = 1 << 20 };

enum { ANCHORS_TAIL = 4096 };

/* Where the chain ends. */
struct end {
	int64_t seq; /* 0: there is no seal yet */
	const char *mac, *last_at, *last_id;
};

static int anchors = -1;
static int64_t anchored = -1; /* the seal of the newest line */

/* A line that a crash has cut stands for itself. */
static enum err
end_line(void)
{
	off_t size = lseek(anchors, 0, SEEK_END);
	char last = '\n';

	if (size > 0 && pread(anchors, &last, 1, size - 1) != 1)
		return FAIL(E_INTERNAL, "anchors: %s", strerror(errno));
	if (last != '\n' && write(anchors, "\n", 1) != 1)
		return FAIL(E_INTERNAL, "anchors: %s", strerror(errno));
	return E_OK;
}

enum err
audit_seal_open(struct arena *a, const struct config *cfg)
{
	TRY(chain_open(a, cfg->audit_key_file));
	anchors = open(
	    cfg->audit_anchors, O_RDWR | O_APPEND | O_CREAT | O_CLOEXEC, 0640);
	if (anchors < 0)
		return FAIL(
		    E_INTERNAL, "%s: %s", cfg->audit_anchors, strerror(errno));
	return end_line();
}

static enum err
load_end(struct env *env, struct arena *a, struct end *end)
{
	struct cell *c;
	enum err e = db_one(env->db, a, SQL_SEAL_LAST, &c, NULL, 0);

	*end = (struct end){ 0, chain_start, "1000-01-01 00:00:00.000000", "" };
	if (e == E_NOT_FOUND) {
		err_clear();
		return E_OK;
	}
	TRY(e);
	*end = (struct end){ c[0].i, c[1].s, c[2].s, c[3].s };
	return E_OK;
}

/* Also of the last seal that another worker made, or one that was killed. */
static enum err
leave_anchor(const struct end *end)
{
	char line[160];
	int n;

	if (end->seq == 0 || end->seq == anchored)
		return E_OK;
	n = snprintf(line, sizeof(line), "%lld %s %s %s\n", (long long)end->seq,
	    end->mac, end->last_id, end->last_at);
	if (write(anchors, line, (size_t)n) != n || fsync(anchors) != 0)
		return FAIL(E_INTERNAL, "anchors: %s", strerror(errno));
	anchored = end->seq;
	return E_OK;
}

static const char *
macs_of(struct arena *a, const struct rows *rows)
{
	struct buf b;

	buf_init(&b, a, MACS_MAX);
	for (size_t r = 0; r < rows->n; r++) {
		const struct cell *row = &CELL(rows, r, 0);
		chain_add_item(&b, row);
	}
	return buf_str(&b);
}

/* Behind the columns of a row stands the time at which it was read. */
static enum err
add_seal(struct env *env, struct arena *a, const struct end *end,
    const struct rows *rows)
{
	const struct cell *first = &CELL(rows, 0, 0);
	const struct cell *last = &CELL(rows, rows->n - 1, 0);
	const char *macs = macs_of(a, rows);
	char mac[SHA256_HEX];
	struct cell seal[SEAL__N] = {
		[SEAL_SEQ] = chain_cell(
		    arena_printf(a, "%lld", (long long)end->seq + 1)),
		[SEAL_PREVIOUS] = chain_cell(end->mac),
		[SEAL_FIRST_AT] = first[ROW_AT],
		[SEAL_FIRST_ID] = first[ROW_ID],
		[SEAL_LAST_AT] = last[ROW_AT],
		[SEAL_LAST_ID] = last[ROW_ID],
		[SEAL_ROWS] = chain_cell(arena_printf(a, "%zu", rows->n)),
		[SEAL_ROW_MACS] = chain_cell(macs),
		[SEAL_SEALED_AT] = first[ROW__N],
	};

	chain_seal_mac(seal, mac);
	return db_exec(env->db, SQL_SEAL_ADD,
	    ARGS(I(end->seq + 1), S(end->mac), S(first[ROW_AT].s),
		S(first[ROW_ID].s), S(last[ROW_AT].s), S(last[ROW_ID].s),
		I((int64_t)rows->n), S(macs), S(first[ROW__N].s), S(mac)));
}

/* One seal; *is_more when there may be another at once. */
static enum err
seal_next(struct env *env, struct arena *a, bool *is_more)
{
	struct rows rows;
	struct end end;
	enum err e;

	*is_more = false;
	TRY(load_end(env, a, &end));
	TRY(leave_anchor(&end));
	e = db_all(env->db, a, SQL_SEAL_ROWS, &rows,
	    ARGS(S(end.last_at), S(end.last_at), S(end.last_id),
		I(env->cfg->audit_settle_seconds)));
	/* A row is being committed: in the next round. */
	if (e == E_BUSY) {
		err_clear();
		return E_OK;
	}
	TRY(e);
	if (rows.n == 0)
		return E_OK;
	e = add_seal(env, a, &end, &rows);
	/* Another worker was faster; its seal is as good. */
	if (e != E_OK && e != E_DUPLICATE)
		return e;
	err_clear();
	*is_more = true;
	return E_OK;
}

enum err
audit_seal_due(struct env *env)
{
	bool is_more = true;
	enum err e = E_OK;

	for (int i = 0; i < SEALS_A_ROUND && e == E_OK && is_more; i++) {
		struct arena *a = arena_new(SEAL_ARENA);

		e = seal_next(env, a, &is_more);
		arena_free(a);
	}
	return e;
}

/* Holds one anchor against its seal. */
static enum err
check_anchor(struct env *env, const struct chain_anchor *anchor,
    struct chain_check *check)
{
	struct cell *seal;
	enum err e = db_one(
	    env->db, env->a, SQL_SEAL_NEXT, &seal, ARGS(T(0), I(anchor->seq)));

	if (e != E_OK && e != E_NOT_FOUND)
		return e;
	err_clear();
	check->seq = anchor->seq;
	if (e == E_NOT_FOUND) {
		check->fault = CHAIN_CUT;
		memcpy(check->id, anchor->id, sizeof(check->id));
	} else if (strcmp(seal[SEAL_MAC].s, anchor->mac) != 0) {
		check->fault = CHAIN_ANCHOR_BAD;
	}
	return E_OK;
}

enum err
audit_seal_check_end(struct env *env, struct chain_check *check)
{
	off_t size = lseek(anchors, 0, SEEK_END);
	off_t from = size > ANCHORS_TAIL ? size - ANCHORS_TAIL : 0;
	char *text = arena_alloc(env->a, ANCHORS_TAIL + 1), *line;
	struct chain_anchor anchor;

	if (pread(anchors, text, (size_t)(size - from), from) < 0)
		return FAIL(E_INTERNAL, "anchors: %s", strerror(errno));
	while (
	    check->fault == CHAIN_WHOLE && (line = strsep(&text, "\n")) != NULL)
		if (chain_read_anchor(line, &anchor))
			TRY(check_anchor(env, &anchor, check));
	return E_OK;
}
