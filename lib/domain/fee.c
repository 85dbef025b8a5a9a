#include "domain/fee.h"

#include <string.h>

#include "base/arena.h"
#include "base/clock.h"
#include "base/num.h"
#include "domain/confirmation.h"
#include "domain/field.h"
#include "domain/open_type.h"
#include "domain/sql.h"
#include "format/ident.h"
#include "format/json.h"

enum { FEE_FEN_MAX = 100000000 }; /* as in the schema */

static enum err
refuse_day(struct env *env, const char *code, const char *message)
{
	problem_add(&env->errors, "valid_from", code, "%s", message);
	return FAIL(E_INVALID, "valid_from: %s", code);
}

/*
 * Whether one may begin that day. What was submitted today was frozen at the
 * fee of today, so that one stands until the day is over; where there is none
 * nothing was, and a first one begins at once.
 */
static enum err
check_begin(struct env *env, const char *category, const char *business,
    int64_t years, const char *from)
{
	char today[CLOCK_TEXT];
	struct cell *c;
	int order = strcmp(from, clock_day(today, clock_now()));

	if (order < 0)
		return refuse_day(
		    env, "past", "生效日期已过，请填写今天或以后的日期。");
	TRY(db_one(env->db, env->a, SQL_FEE_THERE, &c,
	    ARGS(S(from), S(TYPE_ENTERPRISE), S(category), S(business),
		I(years))));
	if (c[0].i != 0)
		return refuse_day(env, "taken",
		    arena_printf(env->a, "从 %s 起的收费已有一条。", from));
	if (order == 0 && c[1].i != 0)
		return refuse_day(env, "in_force",
		    "今天提交的申请已按现行收费计算，新的收费最早从明天起。");
	return E_OK;
}

enum err
fee_apply(struct env *env, struct json_object *payload, const char *hash)
{
	const char *category = confirmation_text(payload, "category"),
		   *business = confirmation_text(payload, "business"),
		   *from = confirmation_text(payload, "valid_from");
	int64_t years = 0, fen = 0;

	(void)hash;
	json_get_int(payload, "years", &years);
	json_get_int(payload, "fee_fen", &fen);
	TRY(check_begin(env, category, business, years, from));
	return db_exec(env->db, SQL_FEE_ADD,
	    ARGS(S(confirmation_text(payload, "type")), S(category),
		S(business), I(years), S(from), I(fen)));
}

void
fee_show(
    struct arena *a, struct json_object *payload, struct json_object *facts)
{
	const struct open_type *type =
	    open_type_find(confirmation_text(payload, "type"));
	int64_t years = 0, fen = 0;

	json_get_int(payload, "years", &years);
	json_get_int(payload, "fee_fen", &fen);
	if (type != NULL)
		confirmation_fact(facts, "类型", type->title);
	confirmation_fact(facts, "办理类别",
	    field_option_label(
		FIELD_CATEGORY, confirmation_text(payload, "category")));
	confirmation_fact(facts, "办理业务",
	    field_option_label(
		FIELD_BUSINESS, confirmation_text(payload, "business")));
	confirmation_fact(
	    facts, "办理年限", arena_printf(a, "%lld 年", (long long)years));
	confirmation_fact(
	    facts, "生效日期", confirmation_text(payload, "valid_from"));
	confirmation_fact(
	    facts, "费用", arena_printf(a, "%s 元", num_yuan_text(a, fen)));
}

static void
row_json(struct arena *a, const struct cell *c, struct json_object *o)
{
	json_str(o, "category", field_option_label(FIELD_CATEGORY, c[1].s));
	json_str(o, "business", field_option_label(FIELD_BUSINESS, c[2].s));
	json_int(o, "years", c[3].i);
	json_str(o, "valid_from", c[4].s);
	json_str(o, "fee", num_yuan_text(a, c[5].i));
	json_flag(o, "is_future", c[6].i != 0);
}

/* Whether two rows are of one fee, at different times. */
static bool
is_same(const struct cell *a, const struct cell *b)
{
	for (int i = 0; i < 3; i++)
		if (strcmp(a[i].s, b[i].s) != 0)
			return false;
	return a[3].i == b[3].i;
}

enum err
fee_list_json(struct env *env, struct json_object *o)
{
	struct json_object *list = json_list(o, "fees");
	struct rows rows;

	TRY(db_all(env->db, env->a, SQL_FEE_LIST, &rows, ARGS()));
	for (size_t r = 0; r < rows.n; r++) {
		const struct cell *c = &CELL(&rows, r, 0);
		const struct cell *later = r > 0 ? &CELL(&rows, r - 1, 0) : c;
		struct json_object *item = json_item(list);

		row_json(env->a, c, item);
		/* The first of its kind that is not of the future. */
		json_flag(item, "is_current",
		    c[6].i == 0 &&
			(r == 0 || later[6].i != 0 || !is_same(later, c)));
	}
	return E_OK;
}

/* The numbers among what was typed. */
struct fee_numbers {
	int64_t years, fen;
};

static void
check_day(const struct fee_ask *ask)
{
	struct problems *errors = &ask->env->errors;
	int64_t us;

	if (!clock_parse_day(ask->valid_from, &us))
		problem_add(errors, "valid_from", "date",
		    "请填写生效日期，如 2026-01-31。");
}

static enum err
check(const struct fee_ask *ask, struct fee_numbers *n)
{
	struct problems *errors = &ask->env->errors;

	if (!field_is_option(FIELD_CATEGORY, ask->category))
		problem_add(errors, "category", "option", "请选择办理类别。");
	if (!field_is_option(FIELD_BUSINESS, ask->business))
		problem_add(errors, "business", "option", "请选择办理业务。");
	if (!num_int(ask->years, 1, FIELD_YEARS_MOST, &n->years))
		problem_add(errors, "years", "range", "请选择办理年限。");
	check_day(ask);
	if (!num_yuan(
		ident_fold(ask->env->a, ask->fee), FEE_FEN_MAX, &n->fen) ||
	    n->fen == 0)
		problem_add(errors, "fee", "range",
		    "请填写费用，单位元，如 450 或 450.50，最多 %d 元。",
		    FEE_FEN_MAX / 100);
	return errors->n > 0 ? FAIL(E_INVALID, "fee") : E_OK;
}

enum err
fee_ask(struct fee_ask *ask)
{
	struct env *env = ask->env;
	struct json_object *payload = json_object_in(env->a);
	struct confirmation_ask c = { .env = env,
		.kind = CONFIRM_FEES,
		.payload = payload,
		.reason = ask->reason };
	struct fee_numbers n = { 0, 0 };

	TRY(check(ask, &n));
	TRY(check_begin(
	    env, ask->category, ask->business, n.years, ask->valid_from));
	json_str(payload, "type", TYPE_ENTERPRISE);
	json_str(payload, "category", ask->category);
	json_str(payload, "business", ask->business);
	json_int(payload, "years", n.years);
	json_str(payload, "valid_from", ask->valid_from);
	json_int(payload, "fee_fen", n.fen);
	c.subject = arena_printf(env->a, "%s %s %lld %s", ask->category,
	    ask->business, (long long)n.years, ask->valid_from);
	TRY(confirmation_ask(&c));
	ask->id = c.id;
	return E_OK;
}
