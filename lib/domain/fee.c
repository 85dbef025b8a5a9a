#include "domain/fee.h"

#include <string.h>

#include "base/arena.h"
#include "base/clock.h"
#include "base/num.h"
#include "domain/confirmation.h"
#include "domain/field.h"
#include "domain/sql.h"
#include "format/json.h"

enum err
fee_apply(struct env *env, struct json_object *payload)
{
	const char *from = confirmation_text(payload, "valid_from");
	int64_t years = 0, fen = 0;
	char today[CLOCK_TEXT];
	enum err e;

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
