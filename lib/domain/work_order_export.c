#include "domain/work_order_export.h"

#include "base/arena.h"
#include "base/buf.h"
#include "base/clock.h"
#include "base/num.h"
#include "domain/audit.h"
#include "domain/sql.h"
#include "domain/work_order_private.h"
#include "format/csv.h"
#include "format/json.h"
#include "format/xlsx.h"
#include "service/temp.h"

enum { CSV_MAX = 4 << 20 };

/* In the order of the columns; private ones stand last. */
enum {
	BATCH_NO,
	CATEGORY,
	BUSINESS,
	YEARS,
	LOCK_SERIAL,
	LOCK_VALID_TO,
	UNIT_NAME,
	ORG_CODE,
	HANDLER_NAME,
	PUBLIC_N,
	HANDLER_MOBILE = PUBLIC_N,
	HANDLER_ID_NO,
	COLUMN__N
};

static const char *const members[] = { "batch_no", "category", "business",
	"years", "lock_serial", "lock_valid_to", "unit_name", "org_code",
	"handler_name", "handler_mobile", "handler_id_no" };

static const struct sheet_column columns[] = {
	{ "批次号", SHEET_TEXT, 20 },
	{ "办理类别", SHEET_TEXT, 10 },
	{ "办理业务", SHEET_TEXT, 22 },
	{ "办理年限", SHEET_INT, 10 },
	{ "锁序列号", SHEET_TEXT, 22 },
	{ "原有效期至", SHEET_DAY, 12 },
	{ "单位名称", SHEET_TEXT, 32 },
	{ "组织机构代码", SHEET_TEXT, 22 },
	{ "经办人", SHEET_TEXT, 12 },
	{ "经办人手机号码", SHEET_TEXT, 16 },
	{ "经办人身份证号码", SHEET_TEXT, 22 },
};

/* The cases of a work order that are still with the CA. */
struct export
{
	struct env *env;
	const char *id, *created_at;
	size_t columns; /* that the actor gets */
	size_t n;
	const char *(*value)[COLUMN__N]; /* as codes; NULL: empty */
};

static enum err
load_case(struct export *x, const struct cell *c)
{
	const char **value = x->value[x->n];
	struct application app;

	TRY(application_load(x->env, c[WORK_ORDER_ITEM_ID].s, &app));
	value[BATCH_NO] = app.batch_no;
	value[CATEGORY] = app.value[FIELD_CATEGORY];
	value[BUSINESS] = app.value[FIELD_BUSINESS];
	value[YEARS] = app.value[FIELD_YEARS];
	value[LOCK_SERIAL] = app.value[FIELD_LOCK_SERIAL];
	value[LOCK_VALID_TO] = c[WORK_ORDER_ITEM_LOCK_VALID_TO].s;
	value[UNIT_NAME] = app.value[FIELD_UNIT_NAME];
	value[ORG_CODE] = app.value[FIELD_ORG_CODE];
	value[HANDLER_NAME] = app.value[FIELD_HANDLER_NAME];
	x->n++;
	if (x->columns == PUBLIC_N)
		return E_OK;
	value[HANDLER_MOBILE] = app.value[FIELD_HANDLER_MOBILE];
	value[HANDLER_ID_NO] = app.value[FIELD_HANDLER_ID_NO];
	return audit_note(x->env, "reveal", app.id,
	    arena_printf(x->env->a,
		"handler_id_no handler_mobile, work order %s", x->id));
}

/* The cases, and that they leave the system. */
static enum err
load(struct export *x, const char *format)
{
	struct env *env = x->env;
	bool is_operator = env->who.role == ROLE_OPERATOR;
	char *at = arena_alloc(env->a, CLOCK_TEXT);
	struct rows rows;
	struct cell *c;

	TRY(db_one(env->db, env->a, SQL_WORK_ORDER_GET, &c, ARGS(S(x->id))));
	x->created_at = clock_utc(at, c[1].i);
	x->columns = is_operator ? COLUMN__N : PUBLIC_N;
	TRY(db_all(
	    env->db, env->a, SQL_WORK_ORDER_ITEMS, &rows, ARGS(S(x->id))));
	x->value = arena_alloc(env->a, (rows.n + 1) * sizeof(*x->value));
	for (size_t r = 0; r < rows.n; r++)
		if (work_order_item_is_open(&CELL(&rows, r, 0)))
			TRY(load_case(x, &CELL(&rows, r, 0)));
	return audit_note(env, "download", x->id,
	    arena_printf(env->a, "work order %s, %zu cases%s", format, x->n,
		is_operator ? ", with mobile and ID number" : ""));
}

/* As people read it. */
static void
set_cells(const char *const *value, struct sheet_cell *to)
{
	for (int i = 0; i < COLUMN__N; i++)
		to[i] =
		    (struct sheet_cell){ .text = value[i], .n = SHEET_EMPTY };
	to[CATEGORY].text = field_option_label(FIELD_CATEGORY, value[CATEGORY]);
	to[BUSINESS].text = field_option_label(FIELD_BUSINESS, value[BUSINESS]);
	if (value[YEARS] == NULL ||
	    !num_int(value[YEARS], 1, INT64_MAX, &to[YEARS].n))
		to[YEARS].n = SHEET_EMPTY;
	if (value[LOCK_VALID_TO] == NULL ||
	    !clock_parse_day(value[LOCK_VALID_TO], &to[LOCK_VALID_TO].n))
		to[LOCK_VALID_TO].n = SHEET_EMPTY;
}

static enum err
write_xlsx(struct export *x, int fd)
{
	struct sheet_cell cell[COLUMN__N];
	struct arena *a = x->env->a;
	struct xlsx *sheet;

	TRY(xlsx_open(a, temp_path(a, fd), x->env->cfg->temp_dir, "制证批次",
	    columns, x->columns, &sheet));
	for (size_t i = 0; i < x->n; i++) {
		set_cells(x->value[i], cell);
		TRY(xlsx_row(sheet, a, cell));
	}
	return xlsx_close(sheet);
}

static enum err
write_csv(struct export *x, int fd)
{
	struct sheet_cell cell[COLUMN__N];
	struct buf out;

	buf_init(&out, x->env->a, CSV_MAX);
	csv_head(&out, columns, x->columns);
	for (size_t i = 0; i < x->n; i++) {
		set_cells(x->value[i], cell);
		csv_row(&out, columns, cell, x->columns);
	}
	if (out.failed)
		return FAIL(E_INTERNAL, "over %d bytes", CSV_MAX);
	return temp_write(fd, out.p, out.n);
}

enum err
work_order_export(struct env *env, const char *id, enum export_format format,
    int *fd, int64_t *size)
{
	struct export x = { .env = env, .id = id };

	TRY(load(&x, format == EXPORT_XLSX ? "xlsx" : "csv"));
	TRY(temp_open(env->a, env->cfg->temp_dir, fd));
	if (format == EXPORT_XLSX)
		TRY(write_xlsx(&x, *fd));
	else
		TRY(write_csv(&x, *fd));
	return temp_rewind(*fd, size);
}

static void
case_json(const struct export *x, size_t n, struct json_object *o)
{
	int64_t years;

	for (int i = 0; i < COLUMN__N; i++)
		json_str(o, members[i], x->value[n][i]);
	if (x->value[n][YEARS] != NULL &&
	    num_int(x->value[n][YEARS], 1, INT64_MAX, &years))
		json_int(o, members[YEARS], years);
}

enum err
work_order_export_json(struct env *env, const char *id, struct json_object *o)
{
	struct export x = { .env = env, .id = id };
	struct json_object *list;

	TRY(load(&x, "json"));
	json_str(o, "work_order", id);
	json_str(o, "created_at", x.created_at);
	list = json_list(o, "cases");
	for (size_t i = 0; i < x.n; i++)
		case_json(&x, i, json_item(list));
	return E_OK;
}
