#include "domain/evidence.h"

#include <string.h>

#include "base/arena.h"
#include "base/buf.h"
#include "domain/pack.h"
#include "domain/sql.h"
#include "format/zip.h"
#include "service/chain_text.h"
#include "service/temp.h"

/* A batch of rows of the trail. */
enum { SCRATCH = 32 << 20, LINES_MAX = 16 << 20, BATCH = 500 };

static const char manual[] =
    "application.json  申请、每次提交的变化、处理历史、审核、订单、付款、消息和联系情况；私密信息已隐去\n"
    "attachments/      现有的电子件\n"
    "audit/rows.tsv    审计记录\n"
    "audit/seals.tsv   封存这些记录的封存记录；导出前几秒内的记录可能尚未封存，稍后重新导出即可\n"
    "\n"
    "校验（需要审计密钥；有锚点文件时加 --anchors）：\n"
    "  calock-audit part --key audit.key audit/rows.tsv audit/seals.tsv\n";

static const char *
masked_value(const void *pack, enum field f, const char *value)
{
	const struct pack *p = pack;

	return field_row(f)->is_private ? field_mask(p->env->a, f, value)
					: value;
}

static enum err
add_line(const struct pack *p, void (*line)(struct buf *, const struct cell *),
    const struct cell *cells)
{
	struct buf b;

	buf_init(&b, p->scratch, LINES_MAX);
	line(&b, cells);
	return zip_write(p->zip, b.p, b.n);
}

/* The seal that names a row, unless the row before had the same. */
static enum err
add_seal(const struct pack *p, const struct cell *row, char seq[32])
{
	struct cell *seal;
	enum err e = db_one(p->env->db, p->scratch, SQL_EVIDENCE_SEAL, &seal,
	    ARGS(S(row[ROW_AT].s), S(row[ROW_AT].s), S(row[ROW_ID].s)));

	/* It has settled for too short a time. */
	if (e == E_NOT_FOUND) {
		err_clear();
		return E_OK;
	}
	TRY(e);
	if (strcmp(seal[SEAL_SEQ].s, seq) == 0)
		return E_OK;
	memccpy(seq, seal[SEAL_SEQ].s, '\0', 32);
	return add_line(p, chain_seal_line, seal);
}

/* The application's rows of the trail, or the seals that name them. */
static enum err
add_trail(const struct pack *p, const char *entry, bool is_of_seals)
{
	char at[32] = "1000-01-01", id[ID_TEXT] = "", seq[32] = "";
	struct rows rows;

	TRY(zip_entry(p->zip, entry));
	do {
		arena_reset(p->scratch);
		TRY(db_all(p->env->db, p->scratch, SQL_EVIDENCE_AUDIT, &rows,
		    ARGS(S(p->app->id), S(at), S(at), S(id))));
		for (size_t r = 0; r < rows.n; r++) {
			const struct cell *row = &CELL(&rows, r, 0);

			TRY(is_of_seals ? add_seal(p, row, seq)
					: add_line(p, chain_row_line, row));
			memccpy(at, row[ROW_AT].s, '\0', sizeof(at));
			memccpy(id, row[ROW_ID].s, '\0', sizeof(id));
		}
	} while (rows.n == BATCH);
	return E_OK;
}

static enum err
add_all(const struct pack *p)
{
	TRY(zip_entry(p->zip, "README.txt"));
	TRY(zip_write(p->zip, manual, strlen(manual)));
	TRY(pack_facts(p, masked_value));
	TRY(pack_files(p));
	TRY(add_trail(p, "audit/rows.tsv", false));
	TRY(add_trail(p, "audit/seals.tsv", true));
	return zip_close(p->zip);
}

enum err
evidence_pack(
    struct env *env, const struct application *app, int *fd, int64_t *size)
{
	struct pack p = { .env = env, .app = app, .folder = "" };
	enum err e;

	TRY(temp_open(env->a, env->cfg->temp_dir, fd));
	TRY(zip_open(env->a, temp_path(env->a, *fd), &p.zip));
	p.scratch = arena_new(SCRATCH);
	e = add_all(&p);
	arena_free(p.scratch);
	TRY(e);
	return temp_rewind(*fd, size);
}
