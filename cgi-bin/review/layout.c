#include "review/layout.h"

#include <string.h>

#include "base/arena.h"
#include "base/clock.h"
#include "domain/application.h"
#include "domain/workday.h"
#include "format/ident.h"
#include "format/json.h"
#include "review/handlers.h"

/* The areas in the order of the navigation, and who may look. */
static const struct {
	const char *path, *title;
	unsigned who;
} areas[] = {
	{ "/admin/", "审核", ROLE_ADMIN },
	{ "/admin/work-orders", "制证", ROLE_ADMIN },
	{ "/admin/money", "收款异常",
	    ROLE_OPERATOR | ROLE_MANAGER | ROLE_AUDITOR },
	{ "/admin/invoices", "发票", ROLE_ADMIN },
	{ "/admin/holidays", "节假日", ROLE_ADMIN },
	{ "/admin/audit", "审计", ROLE_OVERSEER },
	{ "/admin/accounts", "账号", ROLE_OVERSEER },
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

struct json_object *
layout_new(struct request *r)
{
	struct json_object *o = json_object_in(r->env.a);
	struct json_object *who = json_sub(o, "who");
	struct json_object *list = json_list(o, "areas");

	json_str(who, "name", r->env.who.name);
	json_str(who, "role", role_title(r->env.who.role));
	for (size_t i = 0; i < COUNT(areas); i++) {
		struct json_object *item;

		if ((areas[i].who & r->env.who.role) == 0)
			continue;
		item = json_item(list);
		json_str(item, "path", areas[i].path);
		json_str(item, "title", areas[i].title);
		json_flag(item, "is_here", is_within(r->path, areas[i].path));
	}
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
layout_moment(struct arena *a, struct json_object *o, const char *key)
{
	show_time(a, o, key, 19);
}

void
layout_day(struct arena *a, struct json_object *o, const char *key)
{
	show_time(a, o, key, 10);
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
