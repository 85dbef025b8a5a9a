#include "domain/fee.h"

#include <string.h>

#include "base/arena.h"
#include "base/clock.h"
#include "base/num.h"
#include "domain/confirmation.h"
#include "domain/field.h"
#include "domain/sql.h"
#include "format/json.h"

/* Its form is the only one that there is. */
#define TYPE "enterprise"

enum { FEE_FEN_MAX = 100000000 }; /* as in the schema */

enum err
fee_apply(struct env *env, struct json_object *payload, const char *hash)
{
	const char *from = confirmation_text(payload, "valid_from");
	int64_t years = 0, fen = 0;
	char today[CLOCK_TEXT];
	enum err e;

	(void)hash;
	json_get_int(payload, "years", &years);
	json_get_int(payload, "fee_fen", &fen);
	/* What was frozen at a fee today was frozen at the fee of today. */
	if (strcmp(from, clock_day(today, clock_now())) <= 0) {
		problem_add(&env->errors, "valid_from", "past",
		    "生效日期 %s 已到，请另提一个以后的日期。", from);
		return FAIL(E_INVALID, "valid_from");
	}
	e = db_exec(env->db, SQL_FEE_ADD,
	    ARGS(S(confirmation_text(payload, "type")),
		S(confirmation_text(payload, "category")),
		S(confirmation_text(payload, "business")), I(years), S(from),
		I(fen)));
	if (e != E_DUPLICATE)
		return e;
	problem_add(&env->errors, "valid_from", "taken",
	    "从 %s 起的收费已有一条。", from);
	return FAIL(E_INVALID, "a fee of that day is there");
}

void
fee_show(
    struct arena *a, struct json_object *payload, struct json_object *facts)
{
	const char *type = confirmation_text(payload, "type");
	int64_t years = 0, fen = 0;

	json_get_int(payload, "years", &years);
	json_get_int(payload, "fee_fen", &fen);
	confirmation_fact(
	    facts, "类型", strcmp(type, "individual") == 0 ? "个人" : "企业");
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
	char today[CLOCK_TEXT];
	int64_t us;

	if (!clock_parse_day(ask->valid_from, &us))
		problem_add(errors, "valid_from", "date",
		    "请填写生效日期，如 2026-01-31。");
	else if (strcmp(ask->valid_from, clock_day(today, clock_now())) <= 0)
		problem_add(errors, "valid_from", "past",
		    "生效日期最早为明天：今天提交的申请已按现行收费计算。");
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
	if (!num_yuan(ask->fee, FEE_FEN_MAX, &n->fen) || n->fen == 0)
		problem_add(errors, "fee", "range",
		    "请填写费用，单位元，如 450 或 450.50，最多 %d 元。",
		    FEE_FEN_MAX / 100);
	return errors->n > 0 ? FAIL(E_INVALID, "fee") : E_OK;
}

static enum err
check_free(const struct fee_ask *ask, const struct fee_numbers *n)
{
	struct env *env = ask->env;
	struct cell *c;

	TRY(db_one(env->db, env->a, SQL_FEE_EXISTS, &c,
	    ARGS(S(TYPE), S(ask->category), S(ask->business), I(n->years),
		S(ask->valid_from))));
	if (c->i == 0)
		return E_OK;
	problem_add(&env->errors, "valid_from", "taken",
	    "从 %s 起的收费已有一条。", ask->valid_from);
	return FAIL(E_INVALID, "a fee of that day is there");
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
	TRY(check_free(ask, &n));
	json_str(payload, "type", TYPE);
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
