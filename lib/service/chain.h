#pragma once
/*
 * The chain that seals the audit trail, apart from where its rows are kept:
 * the worker makes it in the database, calock-audit checks it in files.
 *
 * Every mac is HMAC-SHA256 over a label and the values, each behind its length
 * as four bytes, most significant first (ffffffff for NULL): no two different
 * rows have the same text. A row's mac covers every column. A seal names its
 * rows with their macs and carries the mac of the seal before it.
 */
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/hash.h"
#include "service/db.h"

struct arena;
struct buf;

enum { CHAIN_KEY = 32, CHAIN_ITEM = ID_TEXT - 1 + 2 * SHA256_LEN };

/* Columns of audit and of audit_seals, in their order there; all as text. */
enum chain_row {
	ROW_ID,
	ROW_AT,
	ROW_PROGRAM,
	ROW_ACTOR,
	ROW_ROLE,
	ROW_ACTION,
	ROW_SUBJECT,
	ROW_DETAIL,
	ROW_IP,
	ROW_REQUEST,
	ROW__N
};

enum chain_seal {
	SEAL_SEQ,
	SEAL_PREVIOUS,
	SEAL_FIRST_AT,
	SEAL_FIRST_ID,
	SEAL_LAST_AT,
	SEAL_LAST_ID,
	SEAL_ROWS,
	SEAL_ROW_MACS,
	SEAL_SEALED_AT,
	SEAL_MAC,
	SEAL__N
};

/* What seal 1 has as the mac before it. */
extern const char chain_start[SHA256_HEX];

/* Reads the key's file: 64 hexadecimal digits. E_INTERNAL with a cause. */
MUST_USE enum err chain_open(struct arena *a, const char *path);

/* The mac of a row, of a seal; hexadecimal. */
void chain_row_mac(const struct cell *row, char out[SHA256_HEX]);
void chain_seal_mac(const struct cell *seal, char out[SHA256_HEX]);

/* What row_macs has of a row: its id, blanks up to 26 characters, its mac. */
void chain_add_item(struct buf *row_macs, const struct cell *row);

/* What is wrong; the first that is found ends a check. */
enum chain_fault {
	CHAIN_WHOLE,
	CHAIN_CHANGED,	  /* a row is not what was sealed */
	CHAIN_REMOVED,	  /* a sealed row is not there, or at another time */
	CHAIN_INSERTED,	  /* a row is there that no seal knows */
	CHAIN_REORDERED,  /* a row stands before one that is older */
	CHAIN_SEAL_BAD,	  /* a seal is not what was written */
	CHAIN_SEAL_GONE,  /* a seal between others is not there */
	CHAIN_CUT,	  /* the last seals are not there: an anchor knows */
	CHAIN_ANCHOR_BAD, /* an anchor is of another seal */
	CHAIN_FAULT__N
};

/* "changed", and the Chinese title of one that is called so. */
const char *chain_fault_name(enum chain_fault fault);
const char *chain_fault_title(const char *name);

/* A check on its way through seals and their rows. */
struct chain_check {
	enum chain_fault fault;
	char id[ID_TEXT]; /* of the first bad row; "" for a seal's fault */
	int64_t seq;	  /* of the seal where it was found */
	int64_t seals, rows;
	/* Where the chain stands. */
	char previous[SHA256_HEX];
	const struct cell *seal;
	size_t at; /* the next item of its row_macs */
};

/* From behind the seal `last` (NULL: from the first one). */
void chain_check_begin(struct chain_check *c, const struct cell *last);

/* The next seal; then its rows in their order; then the end of them. The
 * cells of the seal live until then. Each false when a fault was found. */
MUST_USE bool chain_check_seal(struct chain_check *c, const struct cell *seal);
MUST_USE bool chain_check_row(struct chain_check *c, const struct cell *row);
bool chain_check_end(struct chain_check *c);

/* A seal for itself, and a row that it names: for a part of the trail. */
MUST_USE bool chain_seal_is_whole(const struct cell *seal);
MUST_USE bool chain_names(
    const struct cell *seal, const struct cell *row, bool *is_same);

/* The order of rows: by time, then by id. Below 0: a is before b. */
int chain_compare(
    const char *a_at, const char *a_id, const char *b_at, const char *b_id);

/* A text as an SQL value; NULL is NULL. */
struct cell chain_cell(const char *s);
