#include "domain/reveal.h"

#include <string.h>

#include "base/arena.h"
#include "base/clock.h"
#include "base/utf8.h"
#include "domain/audit.h"
#include "domain/review.h"
#include "format/ident.h"
#include "format/json.h"

/* A value shorter than this may stand in a note by chance. */
enum { TELLING = 4, HELP_DAYS = 30 };

#define BIT(f) (1U << (f))

static const unsigned of_handler =
    BIT(FIELD_HANDLER_ID_NO) | BIT(FIELD_HANDLER_MOBILE);

static const struct {
	const char *code, *title;
	bool needs_note;
} reasons[] = {
	{ "compare", "审核：与扫描件核对", false },
	{ "mail", "邮寄 CA 锁", false },
	{ "invoice", "开具、交付发票", false },
	{ "contact", "联系经办人", false },
	{ "subject", "本人要求查阅或更正", true },
	{ "dispute", "处理投诉、争议", true },
	{ "other", "其他", true },
};

/* The help desk helps until the lock works, and for some time after that. */
static bool
needs_help(const struct application *app)
{
	return app->state == STATE_COMPLETED &&
	       (app->activated_at == 0 ||
		   app->activated_at > clock_now() - HELP_DAYS * CLOCK_DAY);
}

/* Compared with the scans by who holds the case; on the parcel by who sends
 * it; by phone by who helps; and whatever has to be cleared up with the person
 * is the manager's. */
unsigned
reveal_fields(const struct env *env, const struct application *app)
{
	unsigned open = 0, there = 0;

	if (env->who.role == ROLE_REVIEWER && app->state == STATE_PENDING &&
	    review_is_holder(env, app))
		open = of_handler;
	if (env->who.role == ROLE_OPERATOR &&
	    (app->state == STATE_PAID || app->state == STATE_PROCESSING ||
		app->state == STATE_COMPLETED))
		open = FIELD_PARCEL;
	if ((env->who.role & (ROLE_REVIEWER | ROLE_OPERATOR)) != 0 &&
	    needs_help(app))
		open |= BIT(FIELD_HANDLER_MOBILE);
	if (env->who.role == ROLE_MANAGER)
		open = of_handler | FIELD_PARCEL;
	for (int f = 0; f < FIELD__N; f++)
		if (app->value[f] != NULL)
			there |= BIT(f);
	return open & there;
}

/* The names or labels of the fields, parted by sep. */
static const char *
list(struct arena *a, unsigned fields, const char *sep, bool as_labels)
{
	const char *text = "";

	for (int f = 0; f < FIELD__N; f++) {
		const struct field_row *row = field_row((enum field)f);

		if ((fields & BIT(f)) != 0)
			text = arena_printf(a, "%s%s%s", text,
			    *text == '\0' ? "" : sep,
			    as_labels ? row->label : row->name);
	}
	return text;
}

const char *
reveal_labels(struct arena *a, unsigned fields)
{
	return list(a, fields, "、", true);
}

static size_t
reason_of(const char *code)
{
	size_t i = 0;

	while (i < COUNT(reasons) && strcmp(reasons[i].code, code) != 0)
		i++;
	return i;
}

/* However it is spelt: 138-0013 8000 is the number, too. */
static const char *
packed(struct arena *a, const char *s)
{
	char *out = arena_strdup(a, ident_fold(a, s)), *to = out;

	for (const char *p = out; *p != '\0'; p++)
		if (*p != '-')
			*to++ = *p;
	*to = '\0';
	return out;
}

static bool
tells(struct arena *a, const struct reveal *v)
{
	const char *note = packed(a, v->note);

	for (size_t i = 0; i < v->n; i++)
		if (v->values[i] != NULL && strlen(v->values[i]) >= TELLING &&
		    strstr(note, packed(a, v->values[i])) != NULL)
			return true;
	return false;
}

static void
check_note(struct env *env, const struct reveal *v, bool is_needed)
{
	struct problems *errors = &env->errors;

	if (is_needed && *v->note == '\0')
		problem_add(
		    errors, "note", "required", "选择此原因时请写明具体情况。");
	if (utf8_length(v->note) > REVEAL_NOTE_MAX || utf8_has_control(v->note))
		problem_add(errors, "note", "too_long",
		    "说明最多 %d 字，写在一行内，请缩短。", REVEAL_NOTE_MAX);
	if (tells(env->a, v))
		problem_add(errors, "note", "private",
		    "说明会永久保存在审计记录中，请不要写入身份证号码、"
		    "手机号码、收件人等信息。");
}

enum err
reveal_check(struct env *env, const struct reveal *v)
{
	size_t i = reason_of(v->why);

	if (i == COUNT(reasons))
		problem_add(&env->errors, "why", "required",
		    "请选择查看完整信息的原因。");
	check_note(env, v, i < COUNT(reasons) && reasons[i].needs_note);
	return env->errors.n == 0 ? E_OK : FAIL(E_INVALID, "reveal");
}

enum err
reveal_record(struct env *env, const struct reveal *v)
{
	TRY(reveal_check(env, v));
	return audit_note(env, v->action != NULL ? v->action : "reveal",
	    v->application_id,
	    arena_printf(env->a, "%s：%s%s%s", v->what,
		reasons[reason_of(v->why)].title, *v->note == '\0' ? "" : "；",
		v->note));
}

enum err
reveal_case(struct env *env, const struct application *app, unsigned fields,
    const char *why, const char *note)
{
	struct reveal v = { .application_id = app->id,
		.what = list(env->a, fields, " ", false),
		.why = why,
		.note = note };
	const char *values[FIELD__N] = { 0 };

	for (int f = 0; f < FIELD__N; f++)
		if (field_row((enum field)f)->is_private)
			values[v.n++] = app->value[f];
	v.values = values;
	return reveal_record(env, &v);
}

void
reveal_reasons_json(struct json_object *o, const char *chosen)
{
	struct json_object *items = json_list(o, "reasons");

	for (size_t i = 0; i < COUNT(reasons); i++) {
		struct json_object *item = json_item(items);

		json_str(item, "value", reasons[i].code);
		json_str(item, "title", reasons[i].title);
		json_flag(
		    item, "is_selected", strcmp(chosen, reasons[i].code) == 0);
	}
}
