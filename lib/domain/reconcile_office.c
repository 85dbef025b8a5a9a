/* For people: the days, a day with its differences, what became of one. */
#include <string.h>

#include "base/arena.h"
#include "base/clock.h"
#include "base/word.h"
#include "domain/audit.h"
#include "domain/keyset.h"
#include "domain/reconcile.h"
#include "domain/review.h"
#include "domain/sql.h"
#include "format/ident.h"
#include "format/json.h"
#include "format/xlsx.h"
#include "provider/payment.h"
#include "service/temp.h"

enum { PAGE = 50, DIFFERENCES = 200, LINES = 1000 };

static const struct word states[] = {
	{ "waiting", "等待账单" },
	{ "read", "正在核对" },
	{ "open", "有差异待说明" },
	{ "closed", "已对平" },
};

static const struct word kinds[] = {
	{ "missing_here", "平台有、本系统无" },
	{ "missing_there", "本系统有、平台无" },
	{ "amount", "金额不一致" },
	{ "state", "状态不一致" },
	{ "fee", "手续费不一致" },
};

static const char *
kind_title(const char *word)
{
	return word_title(kinds, COUNT(kinds), word);
}

static void
bill_json(const struct cell *c, struct json_object *o)
{
	static const char *const numbers[] = { "paid_n", "paid_fen",
		"refunded_n", "refunded_fen", "charge_fen" };

	/* What was explained, or needs no word, is closed in a moment. */
	const char *state =
	    strcmp(c[2].s, "open") == 0 && c[14].i == 0 ? "read" : c[2].s;

	json_str(o, "provider", c[0].s);
	json_str(o, "provider_title", payment_title(c[0].s));
	json_str(o, "day", c[1].s);
	json_str(o, "state", state);
	json_str(o, "state_title", word_title(states, COUNT(states), state));
	json_str(o, "error", c[3].s);
	json_flag(o, "is_none", c[4].i != 0);
	for (size_t i = 0; i < COUNT(numbers); i++)
		json_int(o, numbers[i], c[5 + i].i);
	json_int(o, "net_fen", c[6].i - c[8].i - c[9].i);
	json_time(o, "read_at", c[10].i);
	json_time(o, "closed_at", c[11].i);
	json_time(o, "next_at", c[12].i);
	json_int(o, "differences_n", c[13].i);
	json_int(o, "left", c[14].i);
}

static enum err
months_json(struct env *env, struct json_object *o)
{
	struct json_object *list = json_list(o, "months");
	struct rows rows;

	TRY(db_all(env->db, env->a, SQL_BILL_MONTHS, &rows, ARGS()));
	for (size_t r = 0; r < rows.n; r++) {
		const struct cell *c = &CELL(&rows, r, 0);
		struct json_object *item = json_item(list);

		json_str(item, "month", c[0].s);
		json_int(item, "bills", c[1].i);
		json_int(item, "closed", c[2].i);
		json_int(item, "paid_n", c[3].i);
		json_int(item, "paid_fen", c[4].i);
		json_int(item, "refunded_n", c[5].i);
		json_int(item, "refunded_fen", c[6].i);
		json_int(item, "charge_fen", c[7].i);
		json_int(item, "net_fen", c[4].i - c[6].i - c[7].i);
	}
	return E_OK;
}

enum err
reconcile_list_json(struct env *env, const char *cursor, struct json_object *o)
{
	struct json_object *list = json_list(o, "bills");
	const char *day = "9999-12-31", *provider = "~";
	struct rows rows;
	size_t n;

	TRY(keyset_day(env->a, cursor, &day, &provider));
	TRY(db_all(env->db, env->a, SQL_BILL_LIST, &rows,
	    ARGS(S(day), S(day), S(provider))));
	n = keyset_by_day(env->a, &rows, PAGE, 1, 0, o);
	for (size_t r = 0; r < n; r++)
		bill_json(&CELL(&rows, r, 0), json_item(list));
	return months_json(env, o);
}

static void
difference_json(const struct cell *c, struct json_object *o)
{
	json_str(o, "id", c[0].s);
	json_str(o, "kind", c[1].s);
	json_str(o, "kind_title", kind_title(c[1].s));
	json_str(o, "reference", c[2].s);
	json_flag(o, "is_refund", c[3].i != 0);
	json_str(o, "order_no", c[4].s);
	json_str(o, "application_id", c[5].s);
	if (!c[6].is_null)
		json_int(o, "ours_fen", c[6].i);
	if (!c[7].is_null)
		json_int(o, "theirs_fen", c[7].i);
	json_time(o, "found_at", c[8].i);
	json_time(o, "settled_at", c[9].i);
	json_str(o, "opinion", c[10].s);
	json_flag(o, "is_open", c[9].is_null);
}

static enum err
get(const struct reconcile_day *d, struct cell **c)
{
	int64_t us;

	if (!clock_parse_day(d->day, &us))
		return FAIL(E_NOT_FOUND, "no day");
	return db_one(d->env->db, d->env->a, SQL_BILL_GET, c,
	    ARGS(S(d->provider), S(d->day)));
}

enum err
reconcile_day_json(
    const struct reconcile_day *d, const char *cursor, struct json_object *o)
{
	struct json_object *list = json_list(o, "differences");
	struct env *env = d->env;
	struct rows rows;
	struct cell *c;
	size_t n;

	TRY(get(d, &c));
	bill_json(c, json_sub(o, "bill"));
	TRY(db_all(env->db, env->a, SQL_DIFFERENCE_LIST, &rows,
	    ARGS(S(d->provider), S(d->day), S(cursor != NULL ? cursor : ""))));
	n = keyset_by_id(&rows, DIFFERENCES, 0, o);
	for (size_t r = 0; r < n; r++)
		difference_json(&CELL(&rows, r, 0), json_item(list));
	return E_OK;
}

static enum err
check(struct reconcile_settle *s)
{
	struct env *env = s->of.env;

	s->opinion = ident_trim(env->a, s->opinion);
	return problem_prose(&env->errors, "opinion", s->opinion, OPINION_MAX,
		   "请写明差异的原因和处理结果。")
		   ? E_OK
		   : FAIL(E_INVALID, "opinion");
}

static enum err
settle(void *arg)
{
	const struct reconcile_settle *s = arg;
	const struct reconcile_day *d = &s->of;
	struct env *env = d->env;

	TRY(db_change(env->db, SQL_DIFFERENCE_SETTLE,
	    ARGS(S(env->who.id), S(s->opinion), S(s->id), S(d->provider),
		S(d->day))));
	/* The worker closes the day when it was the last. */
	TRY(db_exec(env->db, SQL_BILL_SOON, ARGS(S(d->provider), S(d->day))));
	return audit_add(env, "difference_settled", s->id,
	    arena_printf(env->a, "%s %s %s", d->provider, d->day, s->opinion));
}

enum err
reconcile_settle(struct reconcile_settle *s)
{
	struct cell *c;

	TRY(get(&s->of, &c));
	TRY(check(s));
	return db_tx(s->of.env->db, settle, s);
}

static const struct sheet_column columns[] = {
	{ "序号", SHEET_INT, 8 },
	{ "类型", SHEET_TEXT, 18 },
	{ "商户订单号", SHEET_TEXT, 30 },
	{ "平台流水号", SHEET_TEXT, 34 },
	{ "退款单号", SHEET_TEXT, 30 },
	{ "平台状态", SHEET_TEXT, 12 },
	{ "平台金额（元）", SHEET_YUAN, 14 },
	{ "手续费（元）", SHEET_YUAN, 14 },
	{ "本系统金额（元）", SHEET_YUAN, 16 },
	{ "时间", SHEET_TIME, 20 },
	{ "说明", SHEET_TEXT, 40 },
};

static enum err
export_lines(const struct reconcile_day *d, struct xlsx *sheet)
{
	struct env *env = d->env;
	int64_t from = 1;
	struct rows rows;

	do {
		TRY(db_all(env->db, env->a, SQL_BILL_LINES, &rows,
		    ARGS(S(d->provider), S(d->day), I(from))));
		for (size_t r = 0; r < rows.n; r++) {
			const struct cell *c = &CELL(&rows, r, 0);
			const struct sheet_cell cell[COUNT(columns)] = {
				{ .n = c[0].i }, { .text = c[1].s },
				{ .text = c[2].s }, { .text = c[3].s },
				{ .text = c[4].s }, { .text = c[5].s },
				{ .n = c[6].i }, { .n = c[7].i },
				{ .n = SHEET_EMPTY }, { .n = c[8].i },
				{ .text = NULL }
			};

			TRY(xlsx_row(sheet, env->a, cell));
			from = c[0].i + 1;
		}
	} while (rows.n == LINES);
	return E_OK;
}

static struct sheet_cell
fen_cell(const struct cell *c)
{
	return (struct sheet_cell){ .n = c->is_null ? SHEET_EMPTY : c->i };
}

static enum err
export_differences(const struct reconcile_day *d, struct xlsx *sheet)
{
	struct env *env = d->env;
	const char *after = "";
	struct rows rows;

	do {
		TRY(db_all(env->db, env->a, SQL_DIFFERENCE_LIST, &rows,
		    ARGS(S(d->provider), S(d->day), S(after))));
		for (size_t r = 0; r < rows.n; r++) {
			const struct cell *c = &CELL(&rows, r, 0);
			const struct sheet_cell none = { .n = SHEET_EMPTY };
			const struct sheet_cell reference = { .text = c[2].s };
			bool is_fee = strcmp(c[1].s, "fee") == 0;
			const struct sheet_cell cell[COUNT(columns)] = { none,
				{ .text = arena_printf(
				      env->a, "差异：%s", kind_title(c[1].s)) },
				{ .text = c[4].s },
				c[3].i == 0 ? reference : none,
				c[3].i != 0 ? reference : none, none,
				is_fee ? none : fen_cell(&c[7]),
				is_fee ? fen_cell(&c[7]) : none,
				fen_cell(&c[6]), { .n = c[8].i },
				{ .text = c[10].s } };

			TRY(xlsx_row(sheet, env->a, cell));
			after = c[0].s;
		}
	} while (rows.n > DIFFERENCES);
	return E_OK;
}

enum err
reconcile_export(const struct reconcile_day *d, int *fd, int64_t *size)
{
	struct env *env = d->env;
	struct xlsx *sheet;
	struct cell *c;

	TRY(get(d, &c));
	TRY(audit_note(env, "download", d->provider,
	    arena_printf(env->a, "bill of %s, xlsx", d->day)));
	TRY(temp_open(env->a, env->cfg->temp_dir, fd));
	TRY(xlsx_open(env->a, temp_path(env->a, *fd), env->cfg->temp_dir,
	    "对账单", columns, COUNT(columns), &sheet));
	TRY(export_lines(d, sheet));
	TRY(export_differences(d, sheet));
	TRY(xlsx_close(sheet));
	return temp_rewind(*fd, size);
}
