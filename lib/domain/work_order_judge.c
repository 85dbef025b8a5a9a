/* 结果导入: what one row of the CA's answer means for its case. */
#include <ctype.h>
#include <string.h>

#include "base/arena.h"
#include "base/clock.h"
#include "domain/work_order_import.h"

static bool
is_given(const char *text)
{
	return *text != '\0';
}

/* 1.23E+15: a spreadsheet has read it as a number, and digits are lost. */
static bool
is_mangled(const char *serial)
{
	const char *e = strpbrk(serial, "eE");

	return isdigit((unsigned char)serial[0]) && e != NULL && e[1] == '+' &&
	       isdigit((unsigned char)e[2]) &&
	       strspn(serial, "0123456789.") == (size_t)(e - serial);
}

static const char *
judge_serial(struct arena *a, const struct work_order_answer *row,
    const struct work_order_case *of)
{
	if (is_mangled(row->serial))
		return "锁序列号被表格软件改成了科学计数法，请按文本重新导出。";
	if (of->is_serial_taken)
		return arena_printf(
		    a, "锁 %s 已在该单位名下，不是新锁。", row->serial);
	if (of->lock_serial != NULL && is_given(row->serial) &&
	    strcmp(of->lock_serial, row->serial) != 0)
		return arena_printf(
		    a, "锁序列号与申请的 %s 不同。", of->lock_serial);
	return NULL;
}

static const char *
judge_days(struct arena *a, const struct work_order_verdict *v,
    const struct work_order_case *of)
{
	int64_t from, to;

	if (!clock_parse_day(v->valid_from, &from) ||
	    !clock_parse_day(v->valid_to, &to))
		return "有效期应为日期，如 2027-01-31。";
	if (of->lock_valid_to != NULL &&
	    strcmp(v->valid_to, of->lock_valid_to) < 0)
		return arena_printf(a, "有效期至 %s，早于原来的 %s。",
		    v->valid_to, of->lock_valid_to);
	if (to < from)
		return "有效期的结束日期早于开始日期。";
	return NULL;
}

static void
remark(struct arena *a, struct work_order_verdict *v, const char *text)
{
	v->remark =
	    v->remark == NULL ? text : arena_printf(a, "%s%s", v->remark, text);
}

/* What the CA says holds; where it says nothing, the rule does. */
static void
judge_completed(struct env *env, const struct work_order_answer *row,
    const struct work_order_case *of, struct work_order_verdict *v)
{
	struct application app = { .value = { [FIELD_YEARS] = of->years } };
	struct work_order_row rule = { .env = env, .app = &app };

	work_order_propose(&rule, of->lock_valid_to);
	v->valid_from =
	    is_given(row->valid_from) ? row->valid_from : rule.valid_from;
	v->valid_to = is_given(row->valid_to) ? row->valid_to : rule.valid_to;
	v->refusal = judge_serial(env->a, row, of);
	if (v->refusal == NULL)
		v->refusal = judge_days(env->a, v, of);
	if (!is_given(row->valid_to))
		remark(env->a, v, "文件没有有效期，按规则填写。");
	else if (strcmp(v->valid_to, rule.valid_to) != 0)
		remark(env->a, v,
		    arena_printf(env->a, "有效期与按规则推算的 %s 不同。",
			rule.valid_to));
	if (of->is_new && !is_given(row->serial))
		remark(env->a, v, "没有锁序列号，须以后补登记。");
}

struct work_order_verdict
work_order_judge(struct env *env, const struct work_order_answer *row,
    const struct work_order_case *of, bool is_known)
{
	struct work_order_verdict v = { 0 };

	if (!is_given(row->batch_no))
		v.refusal = "没有填写批次号。";
	else if (of == NULL)
		v.refusal =
		    is_known ? "不在这个制证批次里。" : "没有这个批次号。";
	else if (!of->is_open)
		v.refusal =
		    of->is_completed ? "已经办结。" : "已经退回，不在制证中。";
	else if (strcmp(row->result, "completed") == 0)
		judge_completed(env, row, of, &v);
	else if (strcmp(row->result, "failed") != 0)
		v.refusal = "结果应为“成功”或“失败”。";
	else if (!is_given(row->reason))
		v.refusal = "失败必须写明原因。";
	return v;
}
