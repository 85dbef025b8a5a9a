/* Reading what an applicant wants on an invoice, and checking it. */
#include <string.h>

#include "base/arena.h"
#include "base/hash.h"
#include "base/utf8.h"
#include "domain/invoice.h"
#include "domain/sql.h"
#include "format/ident.h"
#include "format/json.h"

enum { ACCOUNT_MIN = 8, ACCOUNT_MAX = 32 };

static struct verdict
check_type(struct arena *a, const char *s)
{
	(void)a;
	if (strcmp(s, "organisation") == 0 || strcmp(s, "individual") == 0)
		return (struct verdict){ .value = s };
	return (struct verdict){ s, "option",
		"抬头类型请选择单位（organisation）或个人（individual）。",
		false };
}

/* Banks print accounts in groups, with blanks or hyphens between them. */
static struct verdict
check_account(struct arena *a, const char *s)
{
	const char *from = ident_fold(a, s);
	char *digits = arena_alloc(a, strlen(from) + 1);
	size_t n = 0;

	for (; *from != '\0'; from++)
		if (*from != '-')
			digits[n++] = *from;
	if (n >= ACCOUNT_MIN && n <= ACCOUNT_MAX &&
	    strspn(digits, "0123456789") == n)
		return (struct verdict){ .value = digits };
	return (struct verdict){ s, "format",
		"银行账号应为 8 到 32 位数字，请核对后重新填写。", false };
}

static const struct {
	struct invoice_member_row row;
	size_t min, max; /* code points */
	struct verdict (*check)(struct arena *a, const char *s);
} members[] = {
	[INVOICE_TITLE_TYPE] = { { "title_type", "抬头类型" }, 1, 16,
	    check_type },
	[INVOICE_TITLE] = { { "title", "发票抬头" }, 2, 100, NULL },
	[INVOICE_TAX_NO] = { { "tax_no", "税号" }, 1, 40, ident_uscc },
	[INVOICE_EMAIL] = { { "email", "接收邮箱" }, 1, 254, ident_email },
	[INVOICE_MOBILE] = { { "mobile", "接收手机号码" }, 1, 40,
	    ident_mobile },
	[INVOICE_ADDRESS] = { { "address", "地址、电话" }, 5, 200, NULL },
	[INVOICE_BANK_NAME] = { { "bank_name", "开户银行" }, 2, 100, NULL },
	[INVOICE_BANK_ACCOUNT] = { { "bank_account", "银行账号" }, 1, 64,
	    check_account },
};

const struct invoice_member_row *
invoice_member_row(enum invoice_member m)
{
	return &members[m].row;
}

/* One member as it is to be stored; NULL when it is not given or empty. */
static const char *
take(struct env *env, enum invoice_member m, struct json_object *in)
{
	const char *name = members[m].row.name, *label = members[m].row.label;
	const char *s = json_get_str(in, name);
	struct verdict v;

	if (s == NULL || *(s = ident_trim(env->a, s)) == '\0')
		return NULL;
	v = (struct verdict){ .value = s };
	if (utf8_has_control(s))
		problem_add(&env->errors, name, "control_character",
		    "%s中有换行或其他控制字符，请删除后重新填写。", label);
	else if (utf8_length(s) > members[m].max)
		problem_add(&env->errors, name, "too_long",
		    "%s最多 %zu 个字，现在是 %zu 个字，请缩短。", label,
		    members[m].max, utf8_length(s));
	else if (utf8_length(s) < members[m].min)
		problem_add(&env->errors, name, "too_short",
		    "%s至少 %zu 个字，请填写完整。", label, members[m].min);
	else if (members[m].check != NULL)
		v = members[m].check(env->a, s);
	if (v.code != NULL)
		problem_add(v.is_warning ? &env->warnings : &env->errors, name,
		    v.code, "%s", v.message);
	return v.value;
}

/* The unit's own code serves its own title, if it is a tax number at all. */
static void
default_tax_no(
    struct env *env, const char **value, bool is_own, const char *org_code)
{
	struct verdict v = ident_uscc(env->a, org_code);

	if (is_own && (v.code == NULL || v.is_warning))
		value[INVOICE_TAX_NO] = v.value;
	else
		problem_add(&env->errors, "tax_no", "required",
		    is_own ? "本单位登记的是 9 位组织机构代码，不能作为税号，"
			     "请填写 18 位统一社会信用代码。"
			   : "抬头不是本单位，请填写该单位的税号"
			     "（18 位统一社会信用代码）。");
}

static enum err
check_organisation(struct env *env, const char **value)
{
	struct cell *unit;
	bool is_own;

	TRY(db_one(
	    env->db, env->a, SQL_UNIT_GET, &unit, ARGS(S(env->who.unit_id))));
	if (value[INVOICE_TITLE] == NULL)
		value[INVOICE_TITLE] = unit[0].s;
	else if (problem_message(&env->errors, "title") != NULL)
		return E_OK; /* whose it is nobody can tell yet */
	is_own = ident_same_unit(value[INVOICE_TITLE], unit[0].s);
	if (!is_own)
		problem_add(&env->warnings, "title", "differs",
		    "发票抬头与申请单位“%s”不一致，请核对；"
		    "开错的发票不能直接修改。",
		    unit[0].s);
	if (value[INVOICE_TAX_NO] == NULL)
		default_tax_no(env, value, is_own, unit[1].s);
	return E_OK;
}

/* A person's number would be that of an identity card: it is not asked for. */
static void
check_individual(struct env *env, const char **value)
{
	if (value[INVOICE_TITLE] == NULL)
		problem_add(&env->errors, "title", "required",
		    "个人发票请填写抬头（姓名）。");
	if (value[INVOICE_TAX_NO] != NULL)
		problem_add(&env->errors, "tax_no", "not_for_individual",
		    "个人发票不需要税号，请将税号留空。");
}

/* What there is room for where it is issued. */
static enum err
check_provider(struct env *env, const char *const *value)
{
	const struct invoice_buyer buyer = { .title = value[INVOICE_TITLE],
		.address = value[INVOICE_ADDRESS],
		.bank_name = value[INVOICE_BANK_NAME],
		.email = value[INVOICE_EMAIL] };
	const struct invoice_provider *provider;

	TRY(invoice_provider(env->cfg, &provider));
	if (provider->check != NULL)
		provider->check(&buyer, &env->errors);
	return E_OK;
}

/* Members for themselves, then those that depend on the type of title. */
static enum err
check(struct env *env, const char **value, struct json_object *in)
{
	const char *type;

	for (int m = 0; m < INVOICE__N; m++)
		value[m] = take(env, (enum invoice_member)m, in);
	type = value[INVOICE_TITLE_TYPE];
	if (type == NULL)
		type = value[INVOICE_TITLE_TYPE] = "organisation";
	if (strcmp(type, "organisation") == 0)
		TRY(check_organisation(env, value));
	else if (strcmp(type, "individual") == 0)
		check_individual(env, value);
	TRY(check_provider(env, value));
	return env->errors.n == 0 ? E_OK : FAIL(E_INVALID, "invoice");
}

/* Which one counts of an application that is completed; *has false for none. */
static enum err
there(struct env *env, const struct application *app, struct invoice *out,
    bool *has)
{
	enum err e;

	if (app->state != STATE_COMPLETED)
		return FAIL(E_NOT_COMPLETED, "%s", state_row(app->state)->word);
	e = invoice_of(env, app->id, out);
	*has = e == E_OK;
	return e == E_NOT_FOUND ? E_OK : e;
}

enum err
invoice_prepare(struct invoice_request *request, struct json_object *in)
{
	struct env *env = request->env;
	struct invoice other;
	bool has;

	TRY(there(env, request->app, &other, &has));
	if (has && invoice_is_live(&other))
		return FAIL(E_INVOICE_LIVE, "%s", other.id);
	request->id = id_make(env->a);
	return check(env, request->value, in);
}

static enum err
corrections_left(struct env *env, const char *application_id, int64_t *out)
{
	struct cell *c;

	TRY(db_one(env->db, env->a, SQL_INVOICE_CORRECTIONS, &c,
	    ARGS(S(application_id))));
	*out = env->cfg->invoice_corrections - c[0].i;
	if (*out < 0)
		*out = 0;
	return E_OK;
}

enum err
invoice_correction_json(
    struct env *env, const struct invoice *inv, struct json_object *o)
{
	struct cell *c;
	int64_t left;
	enum err e =
	    db_one(env->db, env->a, SQL_INVOICE_DROPPED, &c, ARGS(S(inv->id)));

	if (e != E_NOT_FOUND)
		TRY(e);
	json_str(o, "correction_refused", e == E_OK ? c[0].s : NULL);
	TRY(corrections_left(env, inv->application_id, &left));
	json_int(o, "corrections_left", left);
	return E_OK;
}

/* Why it is wrong: who reverses it is told. */
static const char *
take_reason(struct env *env, struct json_object *in)
{
	const char *s = json_get_str(in, "reason");

	if (s == NULL || *(s = ident_trim(env->a, s)) == '\0')
		problem_add(&env->errors, "reason", "required",
		    "请写明发票哪里开错了。");
	else if (utf8_has_control(s))
		problem_add(&env->errors, "reason", "control_character",
		    "原因中有换行或其他控制字符，请删除后重新填写。");
	else if (utf8_length(s) > INVOICE_REASON_MAX)
		problem_add(&env->errors, "reason", "too_long",
		    "原因最多 %d 个字，请缩短。", INVOICE_REASON_MAX);
	return s;
}

/* Another like the old one would cost a correction and mend nothing. */
static void
check_change(struct invoice_request *request)
{
	const char *const *old = request->old.value;

	for (int m = 0; m < INVOICE__N; m++) {
		const char *new = request->value[m];

		if (new == NULL ? old[m] != NULL
				: old[m] == NULL || strcmp(new, old[m]) != 0)
			return;
	}
	problem_add(&request->env->errors, "title", "unchanged",
	    "新的信息与原发票完全相同，请改正开错的内容后再申请。");
}

enum err
invoice_prepare_correction(
    struct invoice_request *request, struct json_object *in)
{
	struct env *env = request->env;
	int64_t left;
	bool has;

	TRY(there(env, request->app, &request->old, &has));
	if (!has || request->old.state != INVOICE_STATE_ISSUED)
		return FAIL(E_NOT_ISSUED, "%s", request->app->id);
	TRY(corrections_left(env, request->app->id, &left));
	if (left == 0)
		return FAIL(E_CORRECTIONS, "%s", request->app->id);
	request->id = id_make(env->a);
	request->reason = take_reason(env, in);
	TRY(check(env, request->value, in));
	check_change(request);
	return env->errors.n == 0 ? E_OK : FAIL(E_INVALID, "unchanged");
}
