/* Applications as their owner sees them: draft, save, submit, list. */
#include <string.h>

#include "base/arena.h"
#include "base/buf.h"
#include "base/clock.h"
#include "domain/activation.h"
#include "domain/application.h"
#include "domain/consent.h"
#include "domain/delivery.h"
#include "domain/guide.h"
#include "domain/lock_calendar.h"
#include "domain/status.h"
#include "format/csv.h"
#include "format/ident.h"
#include "format/json.h"
#include "format/xlsx.h"
#include "service/seal.h"
#include "web/change.h"
#include "web/response.h"
#include "web/serve.h"

static enum err guide(struct request *r);
static enum err status_code(struct request *r);
static enum err status(struct request *r);
static enum err form(struct request *r);
static enum err locks(struct request *r);
static enum err calendar(struct request *r);
static enum err remind(struct request *r);
static enum err list(struct request *r);
static enum err export_csv(struct request *r);
static enum err export_xlsx(struct request *r);
static enum err create(struct request *r);
static enum err show(struct request *r);
static enum err save(struct request *r);
static enum err discard(struct request *r);
static enum err submit(struct request *r);
static enum err withdraw(struct request *r);
static enum err cancel(struct request *r);
static enum err receive(struct request *r);
static enum err readdress(struct request *r);
static enum err activate(struct request *r);

/* ADDRESS: more than any of them takes, which says so itself. */
enum {
	BODY = 65536,
	VERSION = INT32_MAX,
	CALENDAR = 256 * 1024,
	ADDRESS = 1000,
	TYPED_NUMBER = 64 /* a batch number as people type and paste it */
};

static const struct member status_code_members[] = {
	{ "batch_no", MEMBER_TEXT, TYPED_NUMBER, true },
	{ "mobile", MEMBER_TEXT, 64, true },
	{ 0 },
};

static const struct member status_members[] = {
	{ "batch_no", MEMBER_TEXT, TYPED_NUMBER, true },
	{ "mobile", MEMBER_TEXT, 64, true },
	{ "code", MEMBER_TEXT, 32, true },
	{ 0 },
};

static const struct member form_query[] = {
	{ "type", MEMBER_WORD, 16, true },
	{ 0 },
};

/* clang-format off */
#define FILTER_QUERY                                                           \
	{ "status", MEMBER_WORD, 16, false },                                  \
	{ "state", MEMBER_WORD, 16, false },                                   \
	{ "type", MEMBER_WORD, 16, false },                                    \
	{ "category", MEMBER_WORD, 16, false },                                \
	{ "batch_no", MEMBER_TEXT, TYPED_NUMBER, false },                      \
	{ "handler", MEMBER_TEXT, 50, false },                                 \
	{ "from", MEMBER_WORD, 10, false },                                    \
	{ "to", MEMBER_WORD, 10, false }
/* clang-format on */

static const struct member export_query[] = {
	FILTER_QUERY,
	{ 0 },
};

static const struct member list_query[] = {
	FILTER_QUERY,
	PAGE_QUERY,
	{ 0 },
};

/* With ROUTE_FORM the fields of the form belong to these. */
static const struct member create_members[] = {
	{ "type", MEMBER_WORD, 16, true },
	{ "consent_version", MEMBER_INT, VERSION, true },
	{ 0 },
};

static const struct member save_members[] = {
	{ "version", MEMBER_INT, VERSION, false },
	{ "consent_version", MEMBER_INT, VERSION, false },
	{ 0 },
};

static const struct member reminders_members[] = {
	{ "on", MEMBER_BOOL, 0, true },
	{ 0 },
};

static const struct member version_members[] = {
	{ "version", MEMBER_INT, VERSION, false },
	{ 0 },
};

static const struct member readdress_members[] = {
	{ "version", MEMBER_INT, VERSION, false },
	{ "recipient", MEMBER_TEXT, ADDRESS, false },
	{ "recipient_phone", MEMBER_TEXT, ADDRESS, false },
	{ "mail_address", MEMBER_TEXT, ADDRESS, false },
	{ 0 },
};

static const struct member activate_members[] = {
	{ "version", MEMBER_INT, VERSION, false },
	{ "valid_to", MEMBER_TEXT, ADDRESS, false },
	{ "serial", MEMBER_TEXT, ADDRESS, false },
	{ 0 },
};

#define ICS "text/calendar"

/* clang-format off */
static const struct route routes[] = {
	{ M_GET, "/api/guide", SURFACE_PORTAL, 0, BODY_NONE, 0,
	    NULL, NULL, 0, guide, "流程说明的内容",
	    "200 Guide, 503" },
	{ M_POST, "/api/status/code", SURFACE_PORTAL, 0, BODY_JSON, BODY,
	    status_code_members, NULL, ROUTE_SIGN_IN, status_code, "获取查询验证码",
	    "202 StatusCode" },
	{ M_POST, "/api/status", SURFACE_PORTAL, 0, BODY_JSON, BODY,
	    status_members, NULL, ROUTE_SIGN_IN, status, "查询办理进度",
	    "200 Status" },
	{ M_GET, "/api/form", SURFACE_PORTAL, ROLE_APPLICANT, BODY_NONE, 0,
	    NULL, form_query, 0, form, "申请表的定义",
	    "200 Form, 404, 409" },
	{ M_GET, "/api/locks", SURFACE_PORTAL, ROLE_APPLICANT, BODY_NONE, 0,
	    NULL, NULL, 0, locks, "本单位的锁",
	    "200 Locks" },
	{ M_GET, "/api/locks.ics", SURFACE_PORTAL, ROLE_APPLICANT, BODY_NONE, 0,
	    NULL, NULL, 0, calendar, "锁的到期日（日历文件）",
	    "200 " ICS },
	{ M_PUT, "/api/locks/{id}/reminders", SURFACE_PORTAL, ROLE_APPLICANT, BODY_JSON, BODY,
	    reminders_members, NULL, 0, remind, "锁到期前是否短信提醒",
	    "200 Lock" },
	{ M_GET, "/api/applications", SURFACE_PORTAL, ROLE_APPLICANT, BODY_NONE, 0,
	    NULL, list_query, 0, list, "申请列表",
	    "200 Applications" },
	{ M_GET, "/api/applications/export.xlsx", SURFACE_PORTAL, ROLE_APPLICANT, BODY_NONE, 0,
	    NULL, export_query, 0, export_xlsx, "导出列表（XLSX）",
	    "200 " XLSX_TYPE },
	{ M_GET, "/api/applications/export.csv", SURFACE_PORTAL, ROLE_APPLICANT, BODY_NONE, 0,
	    NULL, export_query, 0, export_csv, "导出列表（CSV）",
	    "200 text/csv" },
	{ M_POST, "/api/applications", SURFACE_PORTAL, ROLE_APPLICANT, BODY_JSON, BODY,
	    create_members, NULL, ROUTE_FORM, create, "新增申请",
	    "201 Application, 409" },
	{ M_GET, "/api/applications/{id}", SURFACE_PORTAL, ROLE_APPLICANT, BODY_NONE, 0,
	    NULL, NULL, 0, show, "查看申请",
	    "200 Application" },
	{ M_PUT, "/api/applications/{id}", SURFACE_PORTAL, ROLE_APPLICANT, BODY_JSON, BODY,
	    save_members, NULL, ROUTE_FORM, save, "修改保存",
	    "200 Application, 409, 412, 428" },
	{ M_DELETE, "/api/applications/{id}", SURFACE_PORTAL, ROLE_APPLICANT, BODY_NONE, 0,
	    NULL, NULL, 0, discard, "删除草稿",
	    "204, 409, 412" },
	{ M_POST, "/api/applications/{id}/submit", SURFACE_PORTAL, ROLE_APPLICANT, BODY_JSON, BODY,
	    version_members, NULL, 0, submit, "提交审核",
	    "200 Application, 409, 412" },
	{ M_POST, "/api/applications/{id}/withdraw", SURFACE_PORTAL, ROLE_APPLICANT, BODY_JSON, BODY,
	    version_members, NULL, 0, withdraw, "撤回申请",
	    "200 Application, 409, 412" },
	{ M_POST, "/api/applications/{id}/cancel", SURFACE_PORTAL, ROLE_APPLICANT, BODY_JSON, BODY,
	    version_members, NULL, 0, cancel, "取消申请",
	    "200 Application, 409, 412" },
	{ M_POST, "/api/applications/{id}/delivery/received", SURFACE_PORTAL, ROLE_APPLICANT, BODY_JSON, BODY,
	    version_members, NULL, 0, receive, "确认收到 CA 锁",
	    "200 Application, 409, 412" },
	{ M_PUT, "/api/applications/{id}/delivery", SURFACE_PORTAL, ROLE_APPLICANT, BODY_JSON, BODY,
	    readdress_members, NULL, 0, readdress, "更改收件信息",
	    "200 Application, 409, 412, 428" },
	{ M_POST, "/api/applications/{id}/activation", SURFACE_PORTAL, ROLE_APPLICANT, BODY_JSON, BODY,
	    activate_members, NULL, 0, activate, "确认启用 CA 锁",
	    "200 Application, 409, 412" },
};
/* clang-format on */

static enum err
guide(struct request *r)
{
	struct json_object *o = json_object_in(r->env.a);

	TRY(consent_current_json(&r->env, json_sub(o, "consent")));
	TRY(guide_json(&r->env, o));
	return respond_json(r, 200, o);
}

static enum err
read_pair(struct request *r, struct status_pair *out)
{
	return status_read_pair(&r->env, json_get_str(r->in, "batch_no"),
	    json_get_str(r->in, "mobile"), out);
}

static enum err
status_code(struct request *r)
{
	struct json_object *o = json_object_in(r->env.a);
	struct status_pair pair;
	int64_t retry_after;
	enum err e;

	TRY(read_pair(r, &pair));
	e = status_ask(&r->env, &pair, &retry_after);
	if (e == E_THROTTLED)
		respond_retry_after(r, retry_after);
	TRY(e);
	json_int(o, "code_minutes", STATUS_CODE_MINUTES);
	json_int(o, "again_seconds", STATUS_CODE_AGAIN);
	return respond_json(r, 202, o);
}

static enum err
status(struct request *r)
{
	struct json_object *o = json_object_in(r->env.a);
	struct status_pair pair;

	TRY(read_pair(r, &pair));
	TRY(status_json(&r->env, &pair, json_get_str(r->in, "code"), o));
	return respond_json(r, 200, o);
}

static enum err
form(struct request *r)
{
	struct json_object *o = json_object_in(r->env.a);

	TRY(application_form_json(&r->env, request_query(r, "type"), o));
	return respond_json(r, 200, o);
}

static enum err
locks(struct request *r)
{
	struct json_object *o = json_object_in(r->env.a);
	struct json_object *items = json_list(o, "items");
	struct locks all;

	TRY(lock_list(&r->env, r->env.who.unit_id, &all));
	for (size_t i = 0; i < all.n; i++)
		lock_json(&r->env, &all.item[i], json_item(items));
	json_str(o, "next", NULL);
	return respond_json(r, 200, o);
}

static enum err
calendar(struct request *r)
{
	struct locks all;
	struct buf b;

	TRY(lock_list(&r->env, r->env.who.unit_id, &all));
	buf_init(&b, r->env.a, CALENDAR);
	lock_calendar(&r->env, &all, &b);
	if (b.failed)
		return FAIL(E_INTERNAL, "calendar over %d bytes", CALENDAR);
	return respond_download(
	    r, b.p, b.n, ICS "; charset=utf-8", "CA锁有效期.ics");
}

/* One of the unit's own, by its id. */
static enum err
find_lock(struct request *r, struct lock *out)
{
	struct locks all;

	TRY(lock_list(&r->env, r->env.who.unit_id, &all));
	for (size_t i = 0; i < all.n; i++)
		if (strcmp(all.item[i].id, r->param[0]) == 0) {
			*out = all.item[i];
			return E_OK;
		}
	return FAIL(E_NOT_FOUND, "no such lock");
}

static enum err
remind(struct request *r)
{
	struct lock_muting m = { .env = &r->env,
		.id = r->param[0],
		.is_muted = !json_get_flag(r->in, "on") };
	struct json_object *o = json_object_in(r->env.a);
	struct lock lock;

	TRY(find_lock(r, &lock));
	TRY(db_tx(r->env.db, lock_mute, &m));
	TRY(find_lock(r, &lock));
	lock_json(&r->env, &lock, o);
	return respond_json(r, 200, o);
}

/* A day of the query; the day after it when it ends a span. */
static enum err
read_day(struct request *r, const char *name, int64_t plus, int64_t *out)
{
	const char *day = request_query(r, name);

	if (day == NULL)
		return E_OK;
	if (!clock_parse_day(day, out)) {
		problem_add(&r->env.errors, name, "date",
		    "日期请写成 2026-01-31 的形式。");
		return FAIL(E_INVALID, "%s", name);
	}
	*out += plus;
	return E_OK;
}

/* The batch number, however its letters were typed and what was pasted around
 * them. What cannot be one finds nothing. */
static const char *
read_number(struct request *r)
{
	const char *typed = request_query(r, "batch_no");

	if (typed == NULL)
		return NULL;
	typed = ident_fold(r->env.a, typed);
	return application_is_batch_no(typed) ? typed : "-";
}

/* What list and export have in common. */
static enum err
read_filter(struct request *r, struct application_filter *f)
{
	*f = (struct application_filter){
		.status = request_query(r, "status"),
		.state = request_query(r, "state"),
		.type = request_query(r, "type"),
		.category = request_query(r, "category"),
		.batch_no = read_number(r),
		.handler = request_query(r, "handler"),
	};
	TRY(read_day(r, "from", 0, &f->from));
	return read_day(r, "to", CLOCK_DAY, &f->to);
}

static enum err
list(struct request *r)
{
	struct json_object *o = json_object_in(r->env.a);
	struct application_filter f;

	TRY(read_filter(r, &f));
	f.cursor = request_query(r, "cursor");
	TRY(request_limit(r, &f.limit));
	TRY(application_list_json(&r->env, &f, o));
	return respond_json(r, 200, o);
}

static enum err
export_as(struct request *r, enum export_format format, const char *type,
    const char *ending)
{
	struct application_filter f;
	char day[CLOCK_TEXT];
	int64_t size;
	int fd;

	TRY(read_filter(r, &f));
	TRY(application_export(&r->env, &f, format, &fd, &size));
	return respond_file(r, fd, size, type,
	    arena_printf(r->env.a, "申请列表_%s.%s",
		clock_day(day, clock_now()), ending));
}

static enum err
export_csv(struct request *r)
{
	return export_as(r, EXPORT_CSV, CSV_TYPE, "csv");
}

static enum err
export_xlsx(struct request *r)
{
	return export_as(r, EXPORT_XLSX, XLSX_TYPE, "xlsx");
}

/* Loads it anew and answers it as it is now. */
static enum err
answer(struct request *r, int status, const char *id)
{
	struct json_object *o = json_object_in(r->env.a);
	struct application app;

	TRY(application_load(&r->env, id, &app));
	TRY(application_json(&r->env, &app, o));
	respond_etag(r, app.version);
	return respond_json(r, status, o);
}

static enum err
create(struct request *r)
{
	struct application_change c = { .env = &r->env };
	struct change_result done;

	TRY(change_find(r, &done));
	if (!done.is_replay) {
		TRY(application_prepare_create(&c, r->in));
		TRY(change(r, application_create, &c, 201, c.app.id, &done));
	}
	respond_header(r, "Location",
	    arena_printf(r->env.a, "/api/applications/%s", done.id));
	return answer(r, done.status, done.id);
}

static enum err
show(struct request *r)
{
	return answer(r, 200, r->param[0]);
}

static enum err
save(struct request *r)
{
	struct application_change c = { .env = &r->env };

	TRY(application_load(&r->env, r->param[0], &c.app));
	TRY(request_check_version(r, c.app.version, true));
	TRY(application_prepare_save(&c, r->in));
	TRY(db_tx(r->env.db, application_save, &c));
	return answer(r, 200, c.app.id);
}

static enum err
discard(struct request *r)
{
	struct application_change c = { .env = &r->env };

	TRY(application_load(&r->env, r->param[0], &c.app));
	TRY(request_check_version(r, c.app.version, false));
	TRY(db_tx(r->env.db, application_discard, &c));
	return respond_nothing(r);
}

static enum err
submit(struct request *r)
{
	struct application_change c = { .env = &r->env };
	struct change_result done;

	TRY(application_load(&r->env, r->param[0], &c.app));
	TRY(change_find(r, &done));
	if (!done.is_replay) {
		TRY(request_check_version(r, c.app.version, false));
		TRY(application_prepare_submit(&c));
		TRY(change(r, application_submit, &c, 200, c.app.id, &done));
	}
	return answer(r, 200, c.app.id);
}

/* Withdraw and cancel: a move that needs nothing but the state. */
static enum err
move(struct request *r, enum err (*work)(void *))
{
	struct application_change c = { .env = &r->env };
	struct change_result done;

	TRY(application_load(&r->env, r->param[0], &c.app));
	TRY(change_find(r, &done));
	if (!done.is_replay) {
		TRY(request_check_version(r, c.app.version, false));
		TRY(change(r, work, &c, 200, c.app.id, &done));
	}
	return answer(r, 200, c.app.id);
}

static enum err
withdraw(struct request *r)
{
	return move(r, application_withdraw);
}

static enum err
cancel(struct request *r)
{
	return move(r, application_cancel);
}

static enum err
receive(struct request *r)
{
	struct delivery_change c = { .env = &r->env,
		.event = DELIVERY_EVENT_RECEIVE };
	struct change_result done;

	TRY(application_load(&r->env, r->param[0], &c.app));
	TRY(change_find(r, &done));
	if (!done.is_replay) {
		TRY(request_check_version(r, c.app.version, false));
		TRY(delivery_prepare(&c));
		TRY(change(r, delivery_change, &c, 200, c.app.id, &done));
	}
	return answer(r, 200, c.app.id);
}

static enum err
readdress(struct request *r)
{
	struct delivery_change c = { .env = &r->env,
		.event = DELIVERY_EVENT_READDRESS,
		.address = r->in };

	TRY(application_load(&r->env, r->param[0], &c.app));
	TRY(request_check_version(r, c.app.version, true));
	TRY(delivery_prepare(&c));
	if (c.is_readdressed)
		TRY(db_tx(r->env.db, delivery_change, &c));
	return answer(r, 200, c.app.id);
}

/* Whether it is confirmed by now, by whomever. */
static bool
is_activated(struct request *r, struct application *app)
{
	return application_load(&r->env, app->id, app) == E_OK &&
	       app->activated_at != 0;
}

/* Said again, it stays as it is. */
static enum err
activate(struct request *r)
{
	struct application app;
	struct activation a = { .env = &r->env,
		.app = &app,
		.valid_to = json_get_str(r->in, "valid_to"),
		.serial = json_get_str(r->in, "serial") };
	struct change_result done;
	enum err e;

	TRY(application_load(&r->env, r->param[0], &app));
	TRY(change_find(r, &done));
	if (done.is_replay || app.activated_at != 0)
		return answer(r, 200, app.id);
	TRY(request_check_version(r, app.version, false));
	TRY(activation_prepare(&a));
	e = change(r, activation_confirm, &a, 200, app.id, &done);
	if (e == E_STATE && is_activated(r, &app))
		e = E_OK;
	TRY(e);
	return answer(r, 200, app.id);
}

static int64_t
workers(const struct config *cfg)
{
	return cfg->workers_application;
}

static enum err
start(struct arena *a, const struct config *cfg)
{
	return seal_open(a, cfg->field_key_file);
}

int
main(int argc, char **argv)
{
	static const struct program_def def = { P_APPLICATION, routes,
		COUNT(routes), start, workers, consent_warning };

	return serve_main(argc, argv, &def);
}
