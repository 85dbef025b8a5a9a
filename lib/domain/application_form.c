/* GET /api/form: enough to draw the form, all of it from the tables. */
#include <json-c/json.h>

#include "base/num.h"
#include "domain/application.h"
#include "domain/consent.h"
#include "domain/sql.h"
#include "format/json.h"

static const char *const needs[] = { [NEED_ALWAYS] = "always",
	[NEED_NEVER] = "never",
	[NEED_RENEWAL] = "renewal",
	[NEED_MAIL] = "mail",
	[NEED_SECOND] = "second_new" };

/* The control that suits a type best. */
static const char *
control(enum field_type type)
{
	switch (type) {
	case FIELD_FIXED:
		return "fixed";
	case FIELD_FEE:
		return "fee";
	case FIELD_OPTION:
		return "option";
	case FIELD_YEARS_TYPE:
		return "years";
	case FIELD_LOCK:
		return "lock";
	case FIELD_MOBILE:
	case FIELD_LANDLINE:
	case FIELD_PHONE:
		return "tel";
	case FIELD_EMAIL:
		return "email";
	default:
		return "text";
	}
}

static void
options_json(enum field f, struct json_object *o)
{
	struct json_object *list = json_list(o, "options");
	size_t n;
	const struct option_row *rows = field_options(&n);

	for (size_t i = 0; i < n; i++) {
		struct json_object *item;

		if (rows[i].field != f)
			continue;
		item = json_item(list);
		json_str(item, "value", rows[i].value);
		json_str(item, "label", rows[i].label);
	}
}

/* Whether the next application of a unit most likely says the same. */
static bool
carries_over(enum field f)
{
	switch (f) {
	case FIELD_CATEGORY:
	case FIELD_PICKUP:
	case FIELD_PROJECT_NAME:
	case FIELD_LOCK_SERIAL:
	case FIELD_SECOND_REASON:
		return false;
	default:
		return field_is_input(f);
	}
}

static void
field_json(enum field f, struct json_object *o)
{
	const struct field_row *row = field_row(f);

	json_str(o, "name", row->name);
	json_str(o, "label", row->label);
	json_str(o, "help", row->help);
	json_int(o, "section", row->section);
	json_str(o, "section_title", field_section_title(row->section));
	json_str(o, "type", control(row->type));
	json_int(o, "min_length", (int64_t)row->min);
	json_int(o, "max_length", (int64_t)row->max);
	json_str(o, "required", needs[row->need]);
	json_flag(o, "editable", field_is_input(f));
	json_flag(o, "private", row->is_private);
	json_flag(o, "carries_over", carries_over(f));
	if (row->type == FIELD_OPTION)
		options_json(f, o);
}

void
application_kinds_json(const struct config *cfg, struct json_object *list)
{
	size_t n;
	const struct attachment_kind *kinds = attachment_kinds(&n);

	for (size_t i = 0; i < n; i++) {
		struct json_object *item = json_item(list);

		json_str(item, "kind", kinds[i].name);
		json_str(item, "label", kinds[i].label);
		json_str(item, "note", kinds[i].note);
		json_str(item, "required",
		    kinds[i].renewal_only ? "renewal" : "always");
		json_str(item, "required_title",
		    kinds[i].renewal_only ? "续期需要" : "新办、续期都需要");
		json_flag(item, "template", kinds[i].has_template);
		json_int(item, "max_bytes", cfg->file_max_bytes);
		json_int(item, "max_files", cfg->files_a_kind);
	}
}

enum err
application_fees_json(
    struct env *env, const char *type, struct json_object *list)
{
	struct rows rows;

	TRY(db_all(env->db, env->a, SQL_FEE_TABLE, &rows, ARGS(S(type))));
	for (size_t r = 0; r < rows.n; r++) {
		const struct cell *c = &CELL(&rows, r, 0);
		struct json_object *item = json_item(list);

		json_str(item, "category", c[0].s);
		json_str(item, "category_title",
		    field_option_label(FIELD_CATEGORY, c[0].s));
		json_str(item, "business", c[1].s);
		json_str(item, "business_title",
		    field_option_label(FIELD_BUSINESS, c[1].s));
		json_int(item, "years", c[2].i);
		json_int(item, "fee_fen", c[3].i);
		json_str(item, "fee_yuan", num_yuan_text(env->a, c[3].i));
	}
	return E_OK;
}

/* Whose answers can be taken over: its owner reads it as any other. */
static enum err
last_completed_json(struct env *env, struct json_object *o)
{
	struct cell *c;
	enum err e = db_one(env->db, env->a, SQL_APPLICATION_LAST_COMPLETED, &c,
	    ARGS(S(env->who.unit_id)));

	if (e != E_OK && e != E_NOT_FOUND)
		return e;
	json_str(o, "last_completed", e == E_OK ? c[0].s : NULL);
	return E_OK;
}

enum err
application_form_json(struct env *env, const char *type, struct json_object *o)
{
	struct json_object *fields;
	struct cell *open;

	TRY(db_one(env->db, env->a, SQL_TYPE_IS_OPEN, &open, ARGS(S(type))));
	if (open->i == 0)
		return FAIL(E_TYPE_CLOSED, "%s", type);
	TRY(consent_current_json(env, json_sub(o, "consent")));
	json_str(o, "type", type);
	fields = json_list(o, "fields");
	for (int f = 0; f < FIELD__N; f++)
		field_json((enum field)f, json_item(fields));
	application_kinds_json(env->cfg, json_list(o, "attachments"));
	json_int(o, "renewal_opens_days", env->cfg->renewal_opens_days);
	json_int(o, "renewal_closes_days", env->cfg->renewal_closes_days);
	TRY(last_completed_json(env, o));
	return application_fees_json(env, type, json_list(o, "fees"));
}
