#include "review/layout.h"

#include <string.h>

#include "base/arena.h"
#include "base/clock.h"
#include "base/num.h"
#include "domain/application.h"
#include "domain/confirmation.h"
#include "domain/workday.h"
#include "format/ident.h"
#include "format/json.h"
#include "format/url.h"
#include "web/response.h"

#define CONFIRMATIONS "/admin/confirmations"
#define SETTINGS      "设置"
#define MONEY	      "资金"
#define UNITS	      "单位"
#define ISSUE	      "制证"

/*
 * The areas in the order of the navigation, and who may look. Those of a
 * group stand together: the navigation has the group, its pages its areas.
 */
static const struct area {
	const char *path, *title;
	unsigned who;
	const char *group; /* NULL: by itself */
} areas[] = {
	{ "/admin/", "审核", ROLE_ADMIN, NULL },
	{ "/admin/work-orders", "制证批次", ROLE_ADMIN, ISSUE },
	{ "/admin/deliveries", "领取和邮寄", ROLE_ADMIN, ISSUE },
	{ "/admin/activations", "启用", ROLE_DESK, ISSUE },
	{ "/admin/money", "收款异常", ROLE_MONEY, MONEY },
	{ "/admin/refunds", "退款", ROLE_MONEY, MONEY },
	{ "/admin/bills", "对账", ROLE_MONEY, MONEY },
	{ "/admin/ledger", "总账", ROLE_MONEY, MONEY },
	{ "/admin/invoices", "发票", ROLE_ADMIN, NULL },
	{ "/admin/units", "单位", ROLE_ADMIN, UNITS },
	{ "/admin/expiring", "即将到期", ROLE_ADMIN, UNITS },
	{ "/admin/messages", "消息", ROLE_ADMIN, NULL },
	{ "/admin/figures", "统计", ROLE_ADMIN, NULL },
	{ "/admin/reasons", "常用原因", ROLE_REVIEWER | ROLE_OVERSEER,
	    SETTINGS },
	{ "/admin/consents", "告知确认书", ROLE_ADMIN, SETTINGS },
	{ "/admin/message-texts", "消息模板", ROLE_ADMIN, SETTINGS },
	{ "/admin/fees", "收费标准", ROLE_ADMIN, SETTINGS },
	{ "/admin/types", "办理类型", ROLE_ADMIN, SETTINGS },
	{ "/admin/holidays", "节假日", ROLE_ADMIN, SETTINGS },
	{ CONFIRMATIONS, "待确认", ROLE_MONEY, NULL },
	{ "/admin/find", "查找", ROLE_ADMIN, NULL },
	{ "/admin/audit", "审计", ROLE_OVERSEER, NULL },
	{ "/admin/privacy", "隐私", ROLE_OVERSEER, NULL },
	{ "/admin/accounts", "账号", ROLE_OVERSEER, NULL },
};

static bool
is_within(const char *path, const char *area)
{
	/* The worklist is also the area of the cases in it. */
	if (strcmp(area, "/admin/") == 0)
		return strcmp(path, area) == 0 ||
		       strncmp(path, "/admin/applications/", 20) == 0;
	return strncmp(path, area, strlen(area)) == 0;
}

/* What waits for whoever looks; a page is no worse for not knowing it. */
static void
count_json(struct request *r, struct json_object *area)
{
	int64_t n = 0;

	if (confirmation_count(&r->env, &n) != E_OK)
		err_clear();
	json_int(area, "count", n);
}

static bool
may_look(const struct request *r, const struct area *area)
{
	return !r->needs_second && (area->who & r->env.who.role) != 0;
}

static void
area_json(struct request *r, const struct area *area, const char *title,
    bool is_here, struct json_object *list)
{
	struct json_object *item = json_item(list);

	json_str(item, "path", area->path);
	json_str(item, "title", title);
	json_flag(item, "is_here", is_here);
	if (strcmp(area->path, CONFIRMATIONS) == 0)
		count_json(r, item);
}

/* Whether a page of the group of this area is being shown. */
static bool
is_in_group(const struct request *r, const char *group)
{
	for (size_t i = 0; i < COUNT(areas); i++)
		if (areas[i].group != NULL &&
		    strcmp(areas[i].group, group) == 0 &&
		    is_within(r->path, areas[i].path))
			return true;
	return false;
}

/* The navigation; a group stands there once, with its first area's path. */
static void
areas_json(struct request *r, struct json_object *o)
{
	struct json_object *list = json_list(o, "areas");
	struct json_object *parts = json_list(o, "parts");
	const char *group = "";

	for (size_t i = 0; i < COUNT(areas); i++) {
		const struct area *area = &areas[i];
		bool is_here = is_within(r->path, area->path), is_open;

		if (!may_look(r, area))
			continue;
		if (area->group == NULL) {
			area_json(r, area, area->title, is_here, list);
			continue;
		}
		is_open = is_in_group(r, area->group);
		if (strcmp(group, area->group) != 0)
			area_json(r, area, area->group, is_open, list);
		group = area->group;
		if (is_open)
			area_json(r, area, area->title, is_here, parts);
	}
	json_flag(o, "has_areas", json_count(list) > 0);
	json_flag(o, "has_parts", json_count(parts) > 0);
}

struct json_object *
layout_new(struct request *r)
{
	struct json_object *o = json_object_in(r->env.a);
	struct json_object *who = json_sub(o, "who");

	json_str(who, "name", r->env.who.name);
	json_str(who, "role", role_title(r->env.who.role));
	areas_json(r, o);
	return o;
}

void
layout_refused(struct request *r, struct json_object *o, enum err e)
{
	struct json_object *refused = json_sub(o, "refused");

	json_str(refused, "title", err_row(e)->title);
	json_str(refused, "advice", err_row(e)->advice);
	application_problems_json(&r->env.errors, json_list(refused, "errors"));
}

const char *
layout_problem(const struct env *env, const char *field)
{
	const char *message = problem_message(&env->errors, field);

	return message != NULL ? message
			       : problem_message(&env->warnings, field);
}

/* The first n characters of the time in Shanghai, without the T. */
static void
show_time(struct arena *a, struct json_object *o, const char *key, size_t n)
{
	const char *value = json_get_str(o, key);
	char t[CLOCK_TEXT];
	int64_t us;

	if (value == NULL || !clock_parse(value, &us))
		return;
	clock_shanghai(t, us);
	t[10] = ' ';
	json_str(o, key, arena_strndup(a, t, n));
}

void
layout_time(struct arena *a, struct json_object *o, const char *key)
{
	show_time(a, o, key, 16);
}

void
layout_times(struct arena *a, struct json_object *list, const char *key)
{
	for (size_t i = 0; i < json_count(list); i++)
		layout_time(a, json_at(list, i), key);
}

void
layout_moment(struct arena *a, struct json_object *o, const char *key)
{
	show_time(a, o, key, 19);
}

void
layout_day(struct arena *a, struct json_object *o, const char *key)
{
	show_time(a, o, key, 10);
}

void
layout_yuan(struct arena *a, struct json_object *o, const char *key)
{
	int64_t fen;

	if (json_get_int(o, arena_printf(a, "%s_fen", key), &fen))
		json_str(o, key, num_yuan_text(a, fen));
}

const char *
layout_typed(struct request *r, const char *name)
{
	char *text =
	    arena_strdup(r->env.a, ident_trim(r->env.a, request_form(r, name)));
	char *to = text;

	for (const char *p = text; *p != '\0'; p++)
		if (p[0] != '\r' || p[1] != '\n')
			*to++ = *p;
	*to = '\0';
	return text;
}

const char *
layout_given(struct request *r, const char *value)
{
	if (value == NULL)
		return NULL;
	value = ident_trim(r->env.a, value);
	return *value != '\0' ? value : NULL;
}

void
layout_waited(const struct env *env, const struct workdays *days, int64_t since,
    struct json_object *o)
{
	int64_t n = workday_waited(days, since, clock_now());

	json_str(o, "waited",
	    n > 0 ? arena_printf(env->a, "%lld 个工作日", (long long)n)
		  : "不到 1 个工作日");
	json_flag(o, "is_late", n > env->cfg->promise_days);
	json_flag(o, "is_due", n == env->cfg->promise_days);
}

const char *
layout_size(struct arena *a, int64_t bytes)
{
	if (bytes >= 1024 * 1024)
		return arena_printf(a, "%.1f MB", (double)bytes / 1048576);
	return arena_printf(a, "%lld KB", (long long)(bytes + 1023) / 1024);
}

void
layout_option(struct json_object *list, const char *value, const char *title,
    const char *selected)
{
	struct json_object *item = json_item(list);

	json_str(item, "value", value);
	json_str(item, "title", title);
	json_flag(item, "is_selected",
	    selected != NULL && strcmp(selected, value) == 0);
}

void
layout_choose(struct json_object *list, const char *chosen)
{
	for (size_t i = 0; i < json_count(list); i++) {
		struct json_object *item = json_at(list, i);

		json_flag(item, "is_selected",
		    chosen != NULL &&
			strcmp(json_get_str(item, "value"), chosen) == 0);
	}
}

/* What was typed, when this form was sent; else what there is. */
static const char *
value_of(const struct request *r, const char *name, const char *stored)
{
	const char *typed =
	    r->form != NULL ? url_pair_get(r->form, name) : NULL;

	return typed != NULL ? typed : stored;
}

/* The ids of what is said about a control, or NULL. */
static const char *
described_by(struct arena *a, const struct layout_field *f, const char *error)
{
	if (f->help == NULL && error == NULL)
		return NULL;
	return arena_printf(a, "%s%s%s%s%s", f->help != NULL ? f->name : "",
	    f->help != NULL ? "-help" : "",
	    f->help != NULL && error != NULL ? " " : "",
	    error != NULL ? f->name : "", error != NULL ? "-error" : "");
}

struct json_object *
layout_field(struct request *r, struct json_object *list,
    const struct layout_field *f, const char *stored)
{
	struct json_object *item = json_item(list);
	const char *type = f->type != NULL ? f->type : "text";
	const char *error = problem_message(&r->env.errors, f->name);
	bool is_area = strcmp(type, "area") == 0;
	bool is_select = strcmp(type, "select") == 0;

	json_str(item, "name", f->name);
	json_str(item, "label", f->label);
	json_str(item, "help", f->help);
	json_str(item, "type", type);
	json_str(item, "error", error);
	json_str(item, "described_by", described_by(r->env.a, f, error));
	json_str(item, "value", value_of(r, f->name, stored));
	json_int(item, "rows", f->rows);
	json_flag(item, "is_required", !f->is_optional);
	json_flag(item, "is_area", is_area);
	json_flag(item, "is_select", is_select);
	json_flag(item, "is_input", !is_area && !is_select);
	json_list(item, "options");
	return item;
}

void
layout_reason(struct request *r, struct json_object *list, const char *label)
{
	layout_field(r, list,
	    &(struct layout_field){
		.name = "reason", .label = label, .type = "area", .rows = 2 },
	    "");
}

void
layout_field_option(
    struct json_object *field, const char *value, const char *title)
{
	layout_option(json_get(field, "options"), value, title,
	    json_get_str(field, "value"));
}

enum err
layout_version(struct request *r, int64_t *version)
{
	if (!num_int(request_form(r, "version"), 1, INT64_MAX, version))
		return FAIL(E_VERSION_NEEDED, "no version");
	return E_OK;
}

bool
layout_can_show(enum err e)
{
	int status = err_row(e)->status;

	return status == 409 || status == 412 || status == 422;
}

enum err
layout_page(struct request *r, enum err refused, const char *name,
    struct json_object *o)
{
	if (refused == E_OK)
		return respond_page(r, 200, name, o);
	layout_refused(r, o, refused);
	return respond_page(r, err_row(refused)->status, name, o);
}

/* The page's path with its filters, and a cursor or none. */
static const char *
url_of(struct request *r, const char *path, const char *cursor)
{
	const char *url = path, *sign = "?";

	if (cursor != NULL) {
		url = arena_printf(r->env.a, "%s?cursor=%s", path,
		    url_encode(r->env.a, cursor));
		sign = "&";
	}
	for (size_t i = 0; i < r->query->n; i++) {
		const struct url_pair *pair = &r->query->item[i];

		if (strcmp(pair->name, "cursor") == 0)
			continue;
		url = arena_printf(r->env.a, "%s%s%s=%s", url, sign,
		    url_encode(r->env.a, pair->name),
		    url_encode(r->env.a, pair->value));
		sign = "&";
	}
	return url;
}

void
layout_pager(struct request *r, const char *path, struct json_object *o)
{
	const char *cursor = json_get_str(o, "next");

	json_flag(o, "is_first", request_query(r, "cursor") == NULL);
	json_str(o, "first", url_of(r, path, NULL));
	if (cursor != NULL)
		json_str(o, "next", url_of(r, path, cursor));
}
