#include "domain/evidence.h"

#include <string.h>

#include "base/arena.h"
#include "base/buf.h"
#include "domain/sql.h"
#include "domain/submission.h"
#include "format/json.h"
#include "format/zip.h"
#include "service/chain_text.h"
#include "service/store.h"
#include "service/temp.h"

/* A batch of rows of the trail. */
enum { SCRATCH = 32 << 20, LINES_MAX = 16 << 20, BATCH = 500 };

/* Lists beside what application_json gives: the statement's columns are
 * members by these names. */
static const struct {
	const char *name;
	enum sql stmt;
	const char *members[8];
} lists[] = {
	{ "consents", SQL_EVIDENCE_CONSENTS,
	    { "version", "account", "name", "ip", "agreed_at" } },
	{ "reviews", SQL_EVIDENCE_REVIEWS,
	    { "round", "reviewer", "decision", "opinion", "pins",
		"created_at" } },
	{ "orders", SQL_EVIDENCE_ORDERS,
	    { "order_no", "provider", "state", "amount_fen", "created_at",
		"expires_at", "closed_at" } },
	{ "payments", SQL_EVIDENCE_PAYMENTS,
	    { "id", "order_no", "provider", "transaction_id", "amount_fen",
		"currency", "paid_at", "source" } },
	{ "messages", SQL_EVIDENCE_MESSAGES,
	    { "event", "state", "created_at", "sent_at" } },
};

static const char manual[] =
    "application.json  申请、每次提交的变化、处理历史、审核、订单、付款和消息；私密信息已隐去\n"
    "attachments/      现有的电子件\n"
    "audit/rows.tsv    审计记录\n"
    "audit/seals.tsv   封存这些记录的封存记录\n"
    "\n"
    "校验（需要审计密钥；有锚点文件时加 --anchors）：\n"
    "  calock-audit part --key audit.key audit/rows.tsv audit/seals.tsv\n";

struct pack {
	struct env *env;
	const struct application *app;
	struct zip *zip;
	struct arena *scratch;
};

static void
member_json(
    struct json_object *o, const char *name, char type, const struct cell *c)
{
	if (c->is_null)
		json_null(o, name);
	else if (type == 'i')
		json_int(o, name, c->i);
	else if (type == 't')
		json_time(o, name, c->i);
	else
		json_str(o, name, c->s);
}

static enum err
list_json(const struct pack *p, size_t i, struct json_object *o)
{
	struct json_object *list = json_list(o, lists[i].name);
	const char *types = sql_statements[lists[i].stmt].out;
	struct rows rows;

	TRY(db_all(p->env->db, p->env->a, (int)lists[i].stmt, &rows,
	    ARGS(S(p->app->id))));
	for (size_t r = 0; r < rows.n; r++) {
		struct json_object *item = json_item(list);

		for (size_t c = 0; c < rows.columns; c++)
			member_json(item, lists[i].members[c], types[c],
			    &CELL(&rows, r, c));
	}
	return E_OK;
}

static const char *
masked_value(const void *pack, enum field f, const char *value)
{
	const struct pack *p = pack;

	return field_row(f)->is_private ? field_mask(p->env->a, f, value)
					: value;
}

static enum err
add_facts(const struct pack *p)
{
	struct json_object *o = json_object_in(p->env->a);
	struct application masked = *p->app;
	const char *text;
	size_t n;

	for (int f = 0; f < FIELD__N; f++)
		masked.value[f] =
		    masked_value(p, (enum field)f, masked.value[f]);
	TRY(application_json(p->env, &masked, o));
	TRY(submission_rounds_json(p->env, p->app, masked_value, p, o));
	for (size_t i = 0; i < COUNT(lists); i++)
		TRY(list_json(p, i, o));
	text = json_text(o, &n);
	TRY(zip_entry(p->zip, "application.json"));
	return zip_write(p->zip, text, n);
}

static enum err
add_file(const struct pack *p, const char *key)
{
	struct store_reader *in;
	const void *piece;
	size_t n;

	TRY(store_read(p->scratch, key, &in));
	do {
		TRY(store_next(in, &piece, &n));
		TRY(zip_write(p->zip, piece, n));
	} while (n > 0);
	return E_OK;
}

static enum err
add_files(const struct pack *p)
{
	struct attachments files;

	TRY(attachment_list(p->env, p->app->id, &files));
	for (size_t i = 0; i < files.n; i++) {
		const struct attachment *file = &files.item[i];

		arena_reset(p->scratch);
		TRY(zip_entry(
		    p->zip, arena_printf(p->scratch, "attachments/%s/%s.pdf",
				file->kind, file->id)));
		TRY(add_file(p, file->store_key));
	}
	return E_OK;
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
	TRY(add_facts(p));
	TRY(add_files(p));
	TRY(add_trail(p, "audit/rows.tsv", false));
	TRY(add_trail(p, "audit/seals.tsv", true));
	return zip_close(p->zip);
}

enum err
evidence_pack(
    struct env *env, const struct application *app, int *fd, int64_t *size)
{
	struct pack p = { .env = env, .app = app };
	enum err e;

	TRY(temp_open(env->a, env->cfg->temp_dir, fd));
	TRY(zip_open(env->a, temp_path(env->a, *fd), &p.zip));
	p.scratch = arena_new(SCRATCH);
	e = add_all(&p);
	arena_free(p.scratch);
	TRY(e);
	return temp_rewind(*fd, size);
}
