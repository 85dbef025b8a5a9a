#pragma once
/* What would be sent to the CA: the paid cases, and a dry run over them. */
#include "domain/work_order.h"

/*
 * "paid": what can be sent, paid longest ago first. is_proposed: paid before
 * today (Asia/Shanghai), and nothing speaks against it; "obstacle" says what
 * does, or is null; "late" that the working day on which it should have gone
 * has passed. "is_more": not all are here.
 */
MUST_USE enum err work_order_paid_json(struct env *env, struct json_object *o);

/*
 * The dry run over the cases that are ticked: "cases" (with their versions)
 * and their "totals" by category, business and years; "left": those that are
 * not among them, each with its reason. Changes nothing.
 */
MUST_USE enum err work_order_plan_json(struct env *env,
    const char *const *ticked, size_t n, struct json_object *o);
