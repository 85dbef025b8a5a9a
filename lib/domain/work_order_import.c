#include "domain/work_order_import.h"

#include <string.h>

#include "base/arena.h"
#include "base/hash.h"
#include "base/log.h"
#include "base/utf8.h"
#include "domain/audit.h"
#include "domain/confirmation.h"
#include "domain/sql.h"
#include "domain/work_order_import_private.h"
#include "domain/work_order_private.h"
#include "format/json.h"

enum { NAME_BYTES = 100 };

static enum err
keep(void *arg)
{
	const struct work_order_upload *up = arg;
	struct env *env = up->env;

	TRY(db_exec(env->db, SQL_IMPORT_ADD,
	    ARGS(S(up->id), S(up->work_order_id), S(up->name), S(up->sha256),
		S(up->file.ignored), I((int64_t)up->file.n), S(env->who.id))));
	for (size_t i = 0; i < up->file.n; i++) {
		const struct work_order_answer *row = &up->file.row[i];

		TRY(db_exec(env->db, SQL_IMPORT_ROW_ADD,
		    ARGS(S(up->id), I((int64_t)i + 1), I(row->line),
			S(row->batch_no), S(row->result), S(row->serial),
			S(row->valid_from), S(row->valid_to), S(row->reason))));
	}
	return audit_add(env, "import_uploaded", up->work_order_id,
	    arena_printf(env->a, "%s, %zu rows, SHA-256 %s", up->id, up->file.n,
		up->sha256));
}

enum err
work_order_upload(struct work_order_upload *up)
{
	struct env *env = up->env;
	char *sum = arena_alloc(env->a, SHA256_HEX);
	const char *name = utf8_shown(env->a, up->name);
	struct cell *c;

	TRY(db_one(env->db, env->a, SQL_WORK_ORDER_GET, &c,
	    ARGS(S(up->work_order_id))));
	TRY(work_order_file_read(env, up->bytes, up->n, &up->file));
	sha256_hex(up->bytes, up->n, sum);
	up->sha256 = sum;
	up->id = id_make(env->a);
	up->name = arena_strndup(
	    env->a, name, utf8_whole(name, strnlen(name, NAME_BYTES)));
	return db_tx(env->db, keep, up);
}

enum err
work_order_desk_open(struct work_order_desk *d)
{
	struct env *env = d->env;
	struct cell *c;

	TRY(db_one(env->db, env->a, SQL_IMPORT_GET, &c,
	    ARGS(S(d->id), S(d->work_order_id))));
	d->c = c;
	TRY(db_all(env->db, env->a, SQL_WORK_ORDER_ITEMS, &d->items,
	    ARGS(S(d->work_order_id))));
	return db_all(
	    env->db, env->a, SQL_IMPORT_ROWS, &d->rows, ARGS(S(d->id)));
}

struct work_order_answer
work_order_desk_answer(const struct work_order_desk *d, size_t r)
{
	const struct cell *c = &CELL(&d->rows, r, 0);

	return (struct work_order_answer){ .line = c[ROW_LINE].i,
		.batch_no = c[ROW_BATCH_NO].s,
		.result = c[ROW_RESULT].s,
		.serial = c[ROW_SERIAL].s,
		.valid_from = c[ROW_FROM].s,
		.valid_to = c[ROW_TO].s,
		.reason = c[ROW_REASON].s };
}

const struct cell *
work_order_desk_item(const struct work_order_desk *d, size_t r)
{
	const char *batch_no = CELL(&d->rows, r, ROW_BATCH_NO).s;

	for (size_t i = 0; i < d->items.n; i++)
		if (strcmp(CELL(&d->items, i, WORK_ORDER_ITEM_BATCH_NO).s,
			batch_no) == 0)
			return &CELL(&d->items, i, 0);
	return NULL;
}

/* The line of another row about the same case, or 0. */
static int64_t
repeated(const struct work_order_desk *d, size_t r)
{
	for (size_t i = 0; i < d->rows.n; i++)
		if (i != r && strcmp(CELL(&d->rows, i, ROW_BATCH_NO).s,
				  CELL(&d->rows, r, ROW_BATCH_NO).s) == 0)
			return CELL(&d->rows, i, ROW_LINE).i;
	return 0;
}

/* Whether it is a case at all. */
static enum err
find_elsewhere(struct env *env, const char *batch_no, bool *is_known)
{
	struct cell *c;
	enum err e = db_one(
	    env->db, env->a, SQL_TRAIL_APPLICATION, &c, ARGS(S(batch_no)));

	*is_known = e == E_OK;
	if (e != E_NOT_FOUND)
		return e;
	err_clear();
	return E_OK;
}

enum err
work_order_desk_judge(const struct work_order_desk *d, size_t r,
    const struct work_order_case *of, struct work_order_verdict *out)
{
	struct work_order_answer row = work_order_desk_answer(d, r);
	int64_t other = repeated(d, r);
	bool is_known = false;

	if (of == NULL)
		TRY(find_elsewhere(d->env, row.batch_no, &is_known));
	*out = work_order_judge(d->env, &row, of, is_known);
	/* Which of the two holds, nobody knows. */
	if (other != 0)
		out->refusal = arena_printf(
		    d->env->a, "与第 %lld 行的批次号重复。", (long long)other);
	return E_OK;
}

/* As the list of the work order has it. */
static enum err
judge(const struct work_order_desk *d, size_t r, struct work_order_verdict *out)
{
	const struct cell *item = work_order_desk_item(d, r);
	const char *serial = CELL(&d->rows, r, ROW_SERIAL).s;
	struct work_order_case of;
	struct locks locks;

	if (item == NULL)
		return work_order_desk_judge(d, r, NULL, out);
	of = work_order_case_of(item);
	if (of.is_new && *serial != '\0') {
		TRY(lock_list(d->env, item[WORK_ORDER_ITEM_UNIT_ID].s, &locks));
		of.is_serial_taken = lock_find(&locks, serial) != NULL;
	}
	return work_order_desk_judge(d, r, &of, out);
}

static const char *
result_title(const char *result)
{
	return strcmp(result, "completed") == 0 ? "成功"
	       : strcmp(result, "failed") == 0	? "失败"
						: result;
}

static enum err
row_json(const struct work_order_desk *d, size_t r, struct json_object *o)
{
	const struct cell *c = &CELL(&d->rows, r, 0);
	const struct cell *item = work_order_desk_item(d, r);
	bool is_open = strcmp(c[ROW_STATE].s, "open") == 0;
	struct work_order_verdict v = { 0 };

	if (is_open)
		TRY(judge(d, r, &v));
	json_int(o, "line", c[ROW_LINE].i);
	json_str(o, "batch_no", c[ROW_BATCH_NO].s);
	json_str(o, "application_id",
	    item != NULL ? item[WORK_ORDER_ITEM_ID].s : NULL);
	json_str(o, "result_title", result_title(c[ROW_RESULT].s));
	json_str(o, "serial", c[ROW_SERIAL].s);
	json_str(o, "valid_from",
	    v.valid_from != NULL ? v.valid_from : c[ROW_FROM].s);
	json_str(o, "valid_to", v.valid_to != NULL ? v.valid_to : c[ROW_TO].s);
	json_str(o, "reason", c[ROW_REASON].s);
	json_flag(o, "is_ready", is_open && v.refusal == NULL);
	json_flag(o, "is_done", strcmp(c[ROW_STATE].s, "done") == 0);
	json_str(o, "refusal", is_open ? v.refusal : NULL);
	if (strcmp(c[ROW_STATE].s, "refused") == 0)
		json_str(o, "refusal", c[ROW_OUTCOME].s);
	json_str(o, "remark", v.remark);
	json_time(o, "done_at", c[ROW_DONE_AT].i);
	return E_OK;
}

static const char *
state_title(const char *state)
{
	return strcmp(state, "draft") == 0     ? "待核对"
	       : strcmp(state, "running") == 0 ? "办理中"
					       : "已办理";
}

static void
import_json(const struct cell *c, struct json_object *o)
{
	json_str(o, "id", c[0].s);
	json_str(o, "name", c[IMPORT_NAME].s);
	json_str(o, "sha256", c[IMPORT_SUM].s);
	json_int(o, "rows_n", c[IMPORT_ROWS_N].i);
	json_str(o, "ignored", c[IMPORT_IGNORED].s);
	json_str(o, "state", c[IMPORT_STATE].s);
	json_str(o, "state_title", state_title(c[IMPORT_STATE].s));
	json_flag(o, "is_draft", strcmp(c[IMPORT_STATE].s, "draft") == 0);
	json_flag(o, "is_running", strcmp(c[IMPORT_STATE].s, "running") == 0);
	json_str(o, "uploaded_by", c[IMPORT_UPLOADER].s);
	json_time(o, "uploaded_at", c[IMPORT_UPLOADED_AT].i);
	json_str(o, "confirmation_id", c[IMPORT_CONFIRMATION].s);
	json_str(o, "asked_by", c[IMPORT_ASKER].s);
}

static void
count(struct json_object *o, const char *key)
{
	int64_t n = 0;

	json_get_int(o, key, &n);
	json_int(o, key, n + 1);
}

enum err
work_order_import_json(struct env *env, const char *work_order_id,
    const char *id, struct json_object *o)
{
	struct work_order_desk d = {
		.env = env, .work_order_id = work_order_id, .id = id
	};
	const char *waiting, *asked;
	struct json_object *list;

	TRY(work_order_desk_open(&d));
	import_json(d.c, o);
	asked = d.c[IMPORT_CONFIRMATION].s;
	TRY(confirmation_of(env, CONFIRM_IMPORT, work_order_id, &waiting));
	json_str(o, "waiting_id",
	    waiting != NULL && asked != NULL && strcmp(waiting, asked) == 0
		? waiting
		: NULL);
	json_int(o, "ready_n", 0);
	json_int(o, "refused_n", 0);
	json_int(o, "done_n", 0);
	list = json_list(o, "rows");
	for (size_t r = 0; r < d.rows.n; r++) {
		struct json_object *row = json_item(list);

		TRY(row_json(&d, r, row));
		count(o, json_get_str(row, "refusal") != NULL ? "refused_n"
			 : strcmp(CELL(&d.rows, r, ROW_STATE).s, "open") == 0
			     ? "ready_n"
			     : "done_n");
	}
	return E_OK;
}

enum err
work_order_imports_json(
    struct env *env, const char *work_order_id, struct json_object *o)
{
	struct json_object *list = json_list(o, "imports");
	struct rows rows;

	TRY(db_all(
	    env->db, env->a, SQL_IMPORT_LIST, &rows, ARGS(S(work_order_id))));
	for (size_t r = 0; r < rows.n; r++)
		import_json(&CELL(&rows, r, 0), json_item(list));
	return E_OK;
}

struct asking {
	struct confirmation_ask ask;
	const char *id; /* of the import */
};

/* Applied at once, it is no draft any more: so this is first. */
static enum err
ask(void *arg)
{
	struct asking *a = arg;
	struct env *env = a->ask.env;

	TRY(db_change(env->db, SQL_IMPORT_ASKED,
	    ARGS(S(a->ask.id), S(env->who.id), S(a->id))));
	return confirmation_add(&a->ask);
}

/* How many rows complete, fail and do nothing, for who confirms. */
static enum err
summarise(const struct work_order_desk *d, struct json_object *o)
{
	int64_t completed = 0, failed = 0, refused = 0, remarks = 0;

	for (size_t r = 0; r < d->rows.n; r++) {
		struct work_order_verdict v;

		TRY(judge(d, r, &v));
		if (v.refusal != NULL)
			refused++;
		else if (strcmp(CELL(&d->rows, r, ROW_RESULT).s, "failed") == 0)
			failed++;
		else
			completed++;
		remarks += v.refusal == NULL && v.remark != NULL;
	}
	json_int(o, "completed", completed);
	json_int(o, "failed", failed);
	json_int(o, "refused", refused);
	json_int(o, "remarks", remarks);
	if (completed + failed > 0)
		return E_OK;
	problem_add(&d->env->errors, "file", "nothing",
	    "没有一行可以办理，请按各行的说明改正后重新上传。");
	return FAIL(E_INVALID, "nothing to do");
}

enum err
work_order_import_ask(struct env *env, const char *work_order_id,
    const char *id, const char *reason)
{
	struct work_order_desk d = {
		.env = env, .work_order_id = work_order_id, .id = id
	};
	struct asking a = { .ask = { .env = env,
				.kind = CONFIRM_IMPORT,
				.subject = work_order_id,
				.payload = json_object_in(env->a),
				.reason = reason },
		.id = id };

	TRY(work_order_desk_open(&d));
	json_str(a.ask.payload, "import", id);
	json_str(a.ask.payload, "work_order", work_order_id);
	json_str(a.ask.payload, "page",
	    arena_printf(
		env->a, "/admin/work-orders/%s/imports/%s", work_order_id, id));
	json_str(a.ask.payload, "name", d.c[IMPORT_NAME].s);
	json_str(a.ask.payload, "sha256", d.c[IMPORT_SUM].s);
	TRY(summarise(&d, a.ask.payload));
	TRY(confirmation_prepare(&a.ask));
	TRY(db_tx(env->db, ask, &a));
	if (env->cfg->four_eyes == 0)
		work_order_import_after(env, a.ask.payload);
	return E_OK;
}

enum err
work_order_import_apply(
    struct env *env, struct json_object *payload, const char *hash)
{
	(void)hash;
	TRY(db_exec(env->db, SQL_IMPORT_START,
	    ARGS(S(confirmation_text(payload, "import")))));
	if (db_changed(env->db) == 1)
		return E_OK;
	problem_add(&env->errors, "file", "state", "这个结果文件已经办理过。");
	return FAIL(E_STATE, "no draft");
}

/* Takes one away, unless somebody has asked for it meanwhile: E_STATE. */
struct unasked {
	struct env *env;
	const char *id;
	int64_t rows;
};

static enum err
purge(void *arg)
{
	struct unasked *u = arg;
	struct db *db = u->env->db;

	TRY(db_exec(db, SQL_IMPORT_PURGE_ROWS, ARGS(S(u->id))));
	u->rows = db_changed(db);
	return db_change(db, SQL_IMPORT_PURGE, ARGS(S(u->id)));
}

enum err
work_order_import_purge(struct env *env)
{
	long long imports = 0, lines = 0;
	struct rows rows;

	TRY(db_all(env->db, env->a, SQL_IMPORT_UNASKED, &rows,
	    ARGS(I(env->cfg->retention_idle_days))));
	for (size_t r = 0; r < rows.n; r++) {
		struct unasked u = { .env = env, .id = CELL(&rows, r, 0).s };
		enum err e = db_tx(env->db, purge, &u);

		if (e == E_STATE)
			continue;
		TRY(e);
		imports++;
		lines += u.rows;
	}
	if (imports > 0)
		log_line(LOG_INFO, "purge", "imports=%lld rows=%lld", imports,
		    lines);
	return E_OK;
}

static void
fact(struct arena *a, struct json_object *payload, const char *key,
    const char *name, struct json_object *facts)
{
	int64_t n = 0;

	json_get_int(payload, key, &n);
	confirmation_fact(
	    facts, name, arena_printf(a, "%lld 行", (long long)n));
}

void
work_order_import_show(
    struct arena *a, struct json_object *payload, struct json_object *facts)
{
	confirmation_fact(facts, "文件", confirmation_text(payload, "name"));
	confirmation_fact(
	    facts, "SHA-256", confirmation_text(payload, "sha256"));
	fact(a, payload, "completed", "办结", facts);
	fact(a, payload, "failed", "退回", facts);
	fact(a, payload, "refused", "不能办理", facts);
	fact(a, payload, "remarks", "有提示", facts);
}
