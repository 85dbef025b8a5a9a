#include "domain/field.h"

#include <json-c/json.h>
#include <string.h>

#include "base/arena.h"
#include "base/clock.h"
#include "base/num.h"
#include "base/utf8.h"
#include "format/ident.h"

/* The words of field.def as the enums above. */
#define TYPE_FIXED    FIELD_FIXED
#define TYPE_FEE      FIELD_FEE
#define TYPE_TEXT     FIELD_TEXT
#define TYPE_NAME     FIELD_NAME_TYPE
#define TYPE_OPTION   FIELD_OPTION
#define TYPE_YEARS    FIELD_YEARS_TYPE
#define TYPE_LOCK     FIELD_LOCK
#define TYPE_ORG_CODE FIELD_ORG_CODE_TYPE
#define TYPE_LANDLINE FIELD_LANDLINE
#define TYPE_MOBILE   FIELD_MOBILE
#define TYPE_PHONE    FIELD_PHONE
#define TYPE_EMAIL    FIELD_EMAIL
#define TYPE_POSTCODE FIELD_POSTCODE_TYPE
#define TYPE_ID_NO    FIELD_ID_NO

static const struct field_row rows[] = {
#define ROW(n, column, section, label, type, min, max, need, privacy, help)    \
	[FIELD_##n] = { #column, label, help, section, TYPE_##type, min, max,  \
		NEED_##need, FIELD_##privacy,                                  \
		FIELD_##privacy >= FIELD_PRIVATE },
	FIELDS(ROW)
#undef ROW
};

static const struct option_row options[] = {
#define OPTION(f, value, label) { FIELD_##f, value, label },
	OPTIONS(OPTION)
#undef OPTION
};

const struct field_row *
field_row(enum field f)
{
	return &rows[f];
}

enum field
field_by_name(const char *name)
{
	for (int f = 0; f < FIELD__N; f++)
		if (strcmp(rows[f].name, name) == 0)
			return (enum field)f;
	return FIELD__N;
}

const char *
field_section_title(int section)
{
	static const char *const titles[FIELD_SECTIONS + 1] = { "", "申请信息",
		"单位信息", "邮寄信息" };

	return titles[section];
}

const struct option_row *
field_options(size_t *n)
{
	*n = COUNT(options);
	return options;
}

static const struct option_row *
option(enum field f, const char *value)
{
	for (size_t i = 0; i < COUNT(options); i++)
		if (options[i].field == f &&
		    strcmp(options[i].value, value) == 0)
			return &options[i];
	return NULL;
}

bool
field_is_option(enum field f, const char *value)
{
	return option(f, value) != NULL;
}

const char *
field_option_label(enum field f, const char *value)
{
	const struct option_row *o = value != NULL ? option(f, value) : NULL;

	return o != NULL ? o->label : value;
}

const char *
field_shown(struct arena *a, enum field f, const char *value)
{
	int64_t fen;

	if (value == NULL)
		return NULL;
	if (rows[f].type == FIELD_FEE && num_int(value, 0, INT64_MAX, &fen))
		return num_yuan_text(a, fen);
	if (rows[f].type == FIELD_YEARS_TYPE)
		return arena_printf(a, "%s 年", value);
	return field_option_label(f, value);
}

bool
field_is_input(enum field f)
{
	return rows[f].type != FIELD_FIXED && rows[f].type != FIELD_FEE;
}

bool
field_is_of_parcel(enum field f)
{
	return (FIELD_PARCEL & 1U << f) != 0;
}

/* The byte where code point number n begins. */
static size_t
byte_of(const char *s, size_t n)
{
	size_t i = 0;

	for (; s[i] != '\0'; i++)
		if ((s[i] & 0xc0) != 0x80 && n-- == 0)
			break;
	return i;
}

const char *
field_mask(struct arena *a, enum field f, const char *value)
{
	static const struct {
		size_t head, tail;
	} keep[] = {
		[FIELD_MOBILE] = { 3, 4 },
		[FIELD_PHONE] = { 3, 4 },
		[FIELD_ID_NO] = { 6, 4 },
		[FIELD_NAME_TYPE] = { 1, 0 },
		[FIELD_TEXT] = { 6, 0 },
	};
	size_t n, head, tail;

	if (value == NULL)
		return "";
	if (!rows[f].is_private)
		return value;
	n = utf8_length(value);
	head = keep[rows[f].type].head;
	tail = keep[rows[f].type].tail;
	if (n < head + tail + 2)
		return "****";
	return arena_printf(a, "%.*s****%s", (int)byte_of(value, head), value,
	    value + byte_of(value, n - tail));
}

/* The check of a typed field; code is NULL when there is nothing to say. */
static struct verdict
verdict_of(struct arena *a, enum field f, const char *value, int64_t now)
{
	struct verdict v;

	switch (rows[f].type) {
	case FIELD_ORG_CODE_TYPE:
		return ident_org_code(a, value);
	case FIELD_ID_NO:
		return ident_id_no(a, value, now);
	case FIELD_MOBILE:
		return ident_mobile(a, value);
	case FIELD_LANDLINE:
		return ident_landline(a, value);
	case FIELD_PHONE:
		v = ident_mobile(a, value);
		return v.code == NULL || v.is_warning
			   ? v
			   : ident_landline(a, value);
	case FIELD_EMAIL:
		return ident_email(a, value);
	case FIELD_POSTCODE_TYPE:
		return ident_postcode(a, value);
	case FIELD_NAME_TYPE:
		return ident_name(a, value);
	case FIELD_LOCK:
		return (struct verdict){ .value = ident_fold(a, value) };
	default:
		return (struct verdict){ .value = value };
	}
}

static enum err
wrong_type(enum field f, const char *wanted, struct problems *errors)
{
	problem_add(
	    errors, rows[f].name, "type", "%s应为%s。", rows[f].label, wanted);
	return FAIL(E_INVALID, "%s: wrong type", rows[f].name);
}

static enum err
take_years(struct arena *a, struct json_object *in, const char **value,
    struct problems *errors)
{
	int64_t years;

	if (json_object_get_type(in) != json_type_int)
		return wrong_type(FIELD_YEARS, "整数", errors);
	years = json_object_get_int64(in);
	if (years < 0 || years > 9) {
		problem_add(errors, rows[FIELD_YEARS].name, "range",
		    "办理年限应为 1 到 %d 的整数。", FIELD_YEARS_MOST);
		return FAIL(E_INVALID, "years out of range");
	}
	*value = arena_printf(a, "%d", (int)years);
	return E_OK;
}

enum err
field_take(struct arena *a, enum field f, struct json_object *in,
    const char **value, struct problems *errors)
{
	const char *s;
	struct verdict v;

	*value = NULL;
	if (in == NULL)
		return E_OK;
	if (f == FIELD_YEARS)
		return take_years(a, in, value, errors);
	if (json_object_get_type(in) != json_type_string)
		return wrong_type(f, "文字", errors);
	s = ident_trim(a, json_object_get_string(in));
	if (utf8_length(s) > rows[f].max) {
		problem_add(errors, rows[f].name, "too_long",
		    "%s最多 %zu 个字，现在是 %zu 个字，请缩短。", rows[f].label,
		    rows[f].max, utf8_length(s));
		return FAIL(E_INVALID, "%s: too long", rows[f].name);
	}
	if (*s == '\0')
		return E_OK;
	v = verdict_of(a, f, s, clock_now());
	/* What cannot be read stays as it was typed, for its owner to mend. */
	*value = v.code == NULL || v.is_warning ? v.value : s;
	return E_OK;
}

bool
field_is(const char *const *values, enum field f, const char *word)
{
	const char *value = values[f];

	return value != NULL && strcmp(value, word) == 0;
}

/* Whether one of the options was taken, not some other word. */
static bool
is_chosen(const char *const *values, enum field f)
{
	return values[f] != NULL && option(f, values[f]) != NULL;
}

static bool
is_needed(
    enum field f, const char *const *values, const struct field_facts *facts)
{
	switch (rows[f].need) {
	case NEED_ALWAYS:
		return true;
	case NEED_RENEWAL:
		return field_is(values, FIELD_CATEGORY, "renewal");
	case NEED_MAIL:
		return field_is(values, FIELD_PICKUP, "mail");
	case NEED_SECOND:
		return facts->second_is_needed &&
		       field_is(values, FIELD_CATEGORY, "new");
	case NEED_NEVER:
		break;
	}
	return false;
}

static void
add_missing(const struct field_row *row, struct problems *errors)
{
	bool is_choice =
	    row->type == FIELD_OPTION || row->type == FIELD_YEARS_TYPE;

	problem_add(errors, row->name, "required", "请%s%s。",
	    is_choice ? "选择" : "填写", row->label);
}

static void
check_shape(enum field f, const char *value, struct problems *errors)
{
	const struct field_row *row = &rows[f];

	if (utf8_has_control(value))
		problem_add(errors, row->name, "control_character",
		    "%s中有换行或其他控制字符，请删除后重新填写。", row->label);
	else if (row->type == FIELD_OPTION && option(f, value) == NULL)
		problem_add(errors, row->name, "option",
		    "%s请从给出的选项中选择。", row->label);
	else if (utf8_length(value) < row->min &&
		 (row->type == FIELD_TEXT || row->type == FIELD_NAME_TYPE))
		problem_add(errors, row->name, "too_short",
		    "%s至少 %zu 个字，请填写完整。", row->label, row->min);
}

static void
check_value(struct arena *a, enum field f, const char *value, int64_t now,
    struct problems *errors, struct problems *warnings)
{
	size_t before = errors->n;
	struct verdict v;

	check_shape(f, value, errors);
	if (errors->n != before)
		return;
	v = verdict_of(a, f, value, now);
	if (v.code != NULL)
		problem_add(v.is_warning ? warnings : errors, rows[f].name,
		    v.code, "%s", v.message);
}

/* Rules between fields, and those that need the database. */
static void
check_together(const char *const *values, const struct field_facts *facts,
    struct problems *errors, struct problems *warnings)
{
	const char *unit = values[FIELD_UNIT_NAME];
	const char *own = values[FIELD_APPLICANT_UNIT];

	if (field_is(values, FIELD_CATEGORY, "renewal") &&
	    field_is(values, FIELD_PICKUP, "mail"))
		problem_add(errors, "pickup", "renewal_onsite",
		    "续期继续使用原锁，取领方式请选“现场取领”，无需到场。");
	if (values[FIELD_YEARS] != NULL && is_chosen(values, FIELD_CATEGORY) &&
	    is_chosen(values, FIELD_BUSINESS) && !facts->has_fee)
		problem_add(errors, "years", "no_fee",
		    "所选办理业务没有此年限，请选择列出的年限。");
	if (values[FIELD_LOCK_SERIAL] != NULL && facts->lock_error != NULL &&
	    field_is(values, FIELD_CATEGORY, "renewal"))
		problem_add(
		    errors, "lock_serial", "lock", "%s", facts->lock_error);
	if (unit != NULL && own != NULL && !ident_same_unit(unit, own))
		problem_add(warnings, "unit_name", "differs",
		    "单位名称与申请单位“%s”不一致，请核对营业执照；"
		    "单位更名的请先联系窗口。",
		    own);
}

void
field_check(struct arena *a, const char *const *values,
    const struct field_facts *facts, struct problems *errors,
    struct problems *warnings)
{
	for (int i = 0; i < FIELD__N; i++) {
		enum field f = (enum field)i;

		if (!field_is_input(f))
			continue;
		if (values[f] != NULL)
			check_value(
			    a, f, values[f], facts->now, errors, warnings);
		else if (is_needed(f, values, facts))
			add_missing(&rows[f], errors);
	}
	check_together(values, facts, errors, warnings);
}
