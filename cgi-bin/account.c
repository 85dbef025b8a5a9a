/* Sign-in of applicants and administrators, sessions, passwords. */

#include "domain/account.h"
#include "account/handlers.h"
#include "base/arena.h"
#include "base/clock.h"
#include "base/hash.h"
#include "domain/audit.h"
#include "domain/sql.h"
#include "format/json.h"
#include "provider/oidc.h"
#include "review/confirmations.h"
#include "review/layout.h"
#include "review/pages.h"
#include "service/seal.h"
#include "web/response.h"
#include "web/serve.h"
#include "web/session.h"

static enum err sign_in(struct request *r);
static enum err who_am_i(struct request *r);
static enum err sign_out(struct request *r);
static enum err change_password(struct request *r);
static enum err show_sign_in(struct request *r);
static enum err admin_sign_in(struct request *r);
static enum err admin_sign_out(struct request *r);

/* What a provider may send back (RFC 6749, RFC 9207, and what others add). */
static const struct member oidc_query[] = {
	{ "code", MEMBER_WORD, 2048, false },
	{ "state", MEMBER_WORD, 128, false },
	{ "iss", MEMBER_WORD, 255, false },
	{ "scope", MEMBER_TEXT, 255, false },
	{ "session_state", MEMBER_TEXT, 255, false },
	{ "error", MEMBER_TEXT, 255, false },
	{ "error_description", MEMBER_TEXT, 2048, false },
	{ "error_uri", MEMBER_TEXT, 2048, false },
	{ 0 },
};

static const struct member subject_members[] = {
	{ "subject", MEMBER_TEXT, 255, true },
	{ 0 },
};

static const struct member sign_in_members[] = {
	{ "account", MEMBER_TEXT, 64, true },
	{ "password", MEMBER_TEXT, 128, true },
	{ 0 },
};

static const struct member password_members[] = {
	{ "old", MEMBER_TEXT, 128, true },
	{ "new", MEMBER_TEXT, 128, true },
	{ 0 },
};

static const struct member own_password_members[] = {
	{ "old", MEMBER_TEXT, 128, true },
	{ "new", MEMBER_TEXT, 128, true },
	{ "again", MEMBER_TEXT, 128, true },
	{ 0 },
};

static const struct member certificate_members[] = {
	{ "pem", MEMBER_TEXT, 8192, true },
	{ "reason", MEMBER_TEXT, TYPED_MAX, false },
	{ 0 },
};

static const struct member fingerprint_members[] = {
	{ "fingerprint", MEMBER_WORD, SHA256_HEX - 1, true },
	{ 0 },
};

static const struct member code_members[] = {
	{ "code", MEMBER_TEXT, 32, true },
	{ 0 },
};

static const struct member enrolment_members[] = {
	{ "draft", MEMBER_WORD, 128, true },
	{ "code", MEMBER_TEXT, 32, true },
	{ 0 },
};

/* One, or "all". */
static const struct member session_members[] = {
	{ "session", MEMBER_TEXT, 16, false },
	{ 0 },
};

/* Why, of an administrator's account. */
static const struct member reason_members[] = {
	{ "reason", MEMBER_TEXT, TYPED_MAX, false },
	{ 0 },
};

static const struct member role_members[] = {
	{ "role", MEMBER_TEXT, 16, true },
	{ "reason", MEMBER_TEXT, TYPED_MAX, false },
	{ 0 },
};

static const struct member accounts_query[] = {
	{ "cursor", MEMBER_TEXT, 64, false },
	{ "wanted", MEMBER_TEXT, 4 * 64, false },
	{ 0 },
};

static const struct member account_members[] = {
	{ "login", MEMBER_TEXT, 64, true },
	{ "name", MEMBER_TEXT, 64, true },
	{ "role", MEMBER_TEXT, 16, true },
	{ "unit", MEMBER_TEXT, 128, false },
	{ "org_code", MEMBER_TEXT, 64, false },
	{ "reason", MEMBER_TEXT, TYPED_MAX, false },
	{ 0 },
};

enum { ANYONE = 0, SMALL = 4096, FORM = 64 << 10, SIGNED_IN = ROLE_APPLICANT };

#define ACCOUNT "/admin/accounts/{id}"
#define SECOND	"/admin/account/second-factor"

/* clang-format off */
static const struct route routes[] = {
	{ M_POST, "/api/session", SURFACE_PORTAL, ANYONE, BODY_JSON, SMALL,
	    sign_in_members, NULL, ROUTE_SIGN_IN | ROUTE_UNSEALED, sign_in, "登录",
	    "200 Session, 401" },
	{ M_GET, "/api/session", SURFACE_PORTAL, SIGNED_IN, BODY_NONE, 0,
	    NULL, NULL, ROUTE_QUIET | ROUTE_HALF_WAY, who_am_i, "当前账号",
	    "200 Session" },
	{ M_DELETE, "/api/session", SURFACE_PORTAL, SIGNED_IN, BODY_NONE, 0,
	    NULL, NULL, ROUTE_QUIET | ROUTE_UNSEALED | ROUTE_HALF_WAY, sign_out, "退出",
	    "204" },
	{ M_POST, "/api/session/password", SURFACE_PORTAL, SIGNED_IN, BODY_JSON, SMALL,
	    password_members, NULL, ROUTE_SIGN_IN | ROUTE_HALF_WAY, change_password, "修改密码",
	    "204" },
	{ M_GET, "/api/session/ways", SURFACE_PORTAL, ANYONE, BODY_NONE, 0,
	    NULL, NULL, ROUTE_QUIET, oidc_ways, "登录方式",
	    "200 Ways" },
	{ M_GET, "/api/session/oidc", SURFACE_PORTAL, ANYONE, BODY_NONE, 0,
	    NULL, NULL, ROUTE_QUIET, oidc_go, "到交易系统登录",
	    "303" },
	{ M_GET, "/api/session/oidc/return", SURFACE_PORTAL, ANYONE, BODY_NONE, 0,
	    NULL, oidc_query, ROUTE_QUIET | ROUTE_SIGN_IN, oidc_come_back, "从交易系统登录回来",
	    "303" },
	{ M_GET, "/api/session/certificate", SURFACE_PORTAL, ANYONE, BODY_NONE, 0,
	    NULL, NULL, ROUTE_QUIET | ROUTE_CERTIFICATE, certificate_show, "CA 锁中的证书",
	    "200 Certificate, 401" },
	{ M_POST, "/api/session/certificate", SURFACE_PORTAL, ANYONE, BODY_JSON, SMALL,
	    NULL, NULL, ROUTE_SIGN_IN | ROUTE_CERTIFICATE | ROUTE_UNSEALED, certificate_sign_in, "用 CA 锁登录",
	    "200 Session, 401" },
	{ M_GET, "/admin/sign-in", SURFACE_ADMIN, ANYONE, BODY_NONE, 0,
	    NULL, NULL, ROUTE_QUIET, show_sign_in, "管理端登录页",
	    "200 text/html" },
	{ M_POST, "/admin/sign-in", SURFACE_ADMIN, ANYONE, BODY_FORM, SMALL,
	    sign_in_members, NULL, ROUTE_SIGN_IN | ROUTE_UNSEALED, admin_sign_in, "管理端登录",
	    "303, 401" },
	{ M_GET, "/admin/sign-in/certificate", SURFACE_ADMIN, ANYONE, BODY_NONE, 0,
	    NULL, NULL, ROUTE_QUIET | ROUTE_CERTIFICATE, certificate_page, "管理端用 CA 锁登录页",
	    "200 text/html" },
	{ M_POST, "/admin/sign-in/certificate", SURFACE_ADMIN, ANYONE, BODY_FORM, SMALL,
	    NULL, NULL, ROUTE_SIGN_IN | ROUTE_CERTIFICATE | ROUTE_UNSEALED, certificate_admin_sign_in, "管理端用 CA 锁登录",
	    "303, 401" },
	{ M_POST, "/admin/sign-out", SURFACE_ADMIN, ROLE_ADMIN, BODY_FORM, SMALL,
	    NULL, NULL, ROUTE_UNSEALED | ROUTE_HALF_WAY | ROUTE_FIRST_STEP, admin_sign_out, "管理端退出",
	    "303" },
	{ M_GET, "/admin/account", SURFACE_ADMIN, ROLE_ADMIN, BODY_NONE, 0,
	    NULL, NULL, ROUTE_HALF_WAY, own_show, "我的账号",
	    "200 text/html" },
	{ M_POST, "/admin/account/password", SURFACE_ADMIN, ROLE_ADMIN, BODY_FORM, SMALL,
	    own_password_members, NULL, ROUTE_SIGN_IN | ROUTE_HALF_WAY, own_password, "修改本人密码",
	    "303, 401" },
	{ M_POST, "/admin/account/sessions/end", SURFACE_ADMIN, ROLE_ADMIN, BODY_FORM, SMALL,
	    session_members, NULL, ROUTE_UNSEALED, own_end_session, "结束本人的登录",
	    "303, 409" },
	{ M_GET, SECOND, SURFACE_ADMIN, ROLE_ADMIN, BODY_NONE, 0,
	    NULL, NULL, ROUTE_FIRST_STEP, second_show, "两步验证",
	    "200 text/html" },
	{ M_POST, SECOND "/check", SURFACE_ADMIN, ROLE_ADMIN, BODY_FORM, SMALL,
	    code_members, NULL, ROUTE_SIGN_IN | ROUTE_UNSEALED | ROUTE_FIRST_STEP, second_check, "输入验证码",
	    "303, 409" },
	{ M_POST, SECOND "/enrol", SURFACE_ADMIN, ROLE_ADMIN, BODY_FORM, SMALL,
	    enrolment_members, NULL, ROUTE_FIRST_STEP, second_enrol, "设置两步验证",
	    "200 text/html, 409" },
	{ M_POST, SECOND "/recovery", SURFACE_ADMIN, ROLE_ADMIN, BODY_FORM, SMALL,
	    code_members, NULL, 0, second_renew, "更换恢复码",
	    "200 text/html, 409" },
	{ M_GET, "/admin/accounts", SURFACE_ADMIN, ROLE_OVERSEER, BODY_NONE, 0,
	    NULL, accounts_query, 0, accounts_show, "账号列表",
	    "200 text/html" },
	{ M_POST, "/admin/accounts/new", SURFACE_ADMIN, ROLE_MANAGER, BODY_FORM, FORM,
	    account_members, NULL, 0, accounts_add, "新建账号",
	    "200 text/html, 303, 409" },
	{ M_GET, ACCOUNT, SURFACE_ADMIN, ROLE_OVERSEER, BODY_NONE, 0,
	    NULL, NULL, 0, account_show, "一个账号",
	    "200 text/html" },
	{ M_POST, ACCOUNT "/lock", SURFACE_ADMIN, ROLE_MANAGER, BODY_FORM, SMALL,
	    NULL, NULL, 0, account_take_lock, "锁定账号",
	    "303, 409" },
	{ M_POST, ACCOUNT "/unlock", SURFACE_ADMIN, ROLE_MANAGER, BODY_FORM, SMALL,
	    NULL, NULL, 0, account_take_unlock, "解锁账号",
	    "303, 409" },
	{ M_POST, ACCOUNT "/reset", SURFACE_ADMIN, ROLE_MANAGER, BODY_FORM, FORM,
	    reason_members, NULL, 0, account_take_reset, "重置密码",
	    "200 text/html, 303, 409" },
	{ M_POST, ACCOUNT "/second-factor/reset", SURFACE_ADMIN, ROLE_MANAGER, BODY_FORM, FORM,
	    reason_members, NULL, 0, account_take_second_reset, "重置两步验证",
	    "303, 409" },
	{ M_POST, ACCOUNT "/role", SURFACE_ADMIN, ROLE_MANAGER, BODY_FORM, FORM,
	    role_members, NULL, 0, account_take_role, "提出变更角色",
	    "303, 409" },
	{ M_POST, "/admin/accounts/confirmations/{id}/confirm", SURFACE_ADMIN, ROLE_MANAGER, BODY_FORM, FORM,
	    confirmation_fields, NULL, 0, confirmation_take_confirm, "确认账号的变更",
	    "200 text/html, 303, 409, 428" },
	{ M_POST, ACCOUNT "/subject", SURFACE_ADMIN, ROLE_MANAGER, BODY_FORM, SMALL,
	    subject_members, NULL, 0, account_take_subject, "绑定交易系统账号",
	    "303, 409" },
	{ M_POST, ACCOUNT "/subject/end", SURFACE_ADMIN, ROLE_MANAGER, BODY_FORM, SMALL,
	    NULL, NULL, 0, account_take_subject_end, "解除绑定",
	    "303, 409" },
	{ M_POST, ACCOUNT "/certificates", SURFACE_ADMIN, ROLE_MANAGER, BODY_FORM, FORM,
	    certificate_members, NULL, 0, account_take_certificate, "绑定证书",
	    "303, 409" },
	{ M_POST, ACCOUNT "/certificates/end", SURFACE_ADMIN, ROLE_MANAGER, BODY_FORM, SMALL,
	    fingerprint_members, NULL, 0, account_take_certificate_end, "解除绑定证书",
	    "303, 409" },
	{ M_POST, ACCOUNT "/sessions/end", SURFACE_ADMIN, ROLE_MANAGER, BODY_FORM, SMALL,
	    session_members, NULL, 0, account_take_end_sessions, "结束账号的登录",
	    "303, 409" },
};
/* clang-format on */

/* Checks the password and begins a session. */
static enum err
enter_by_password(
    struct request *r, const char *login, const char *password, unsigned roles)
{
	struct sign_in in = { 0 };
	enum err e = account_check(&r->env, login, password, roles, &in);

	if (e == E_THROTTLED)
		respond_retry_after(r, in.retry_after);
	TRY(e);
	return enter(&(struct entry){
	    .r = r, .account = &in.account, .way = "password" });
}

static enum err
session_json(struct request *r, int64_t expires_at)
{
	struct json_object *o = json_object_in(r->env.a);
	const struct actor *who = &r->env.who;
	char t[CLOCK_TEXT];
	struct cell *unit;

	TRY(db_one(
	    r->env.db, r->env.a, SQL_UNIT_GET, &unit, ARGS(S(who->unit_id))));
	json_str(o, "account_id", who->id);
	json_str(o, "role", role_name(who->role));
	json_str(o, "name", who->name);
	json_str(o, "unit_id", who->unit_id);
	json_str(o, "unit_name", unit[0].s);
	json_str(o, "org_code", unit[1].s);
	json_str(o, "expires_at", clock_utc(t, expires_at));
	json_flag(o, "must_change_password", r->must_change);
	return respond_json(r, 200, o);
}

enum err
session_answer(struct request *r)
{
	return session_json(r,
	    clock_now() + r->env.cfg->session_idle_minutes * 60 * CLOCK_SECOND);
}

static enum err
sign_in(struct request *r)
{
	TRY(enter_by_password(r, json_get_str(r->in, "account"),
	    json_get_str(r->in, "password"), ROLE_APPLICANT));
	return session_answer(r);
}

static enum err
who_am_i(struct request *r)
{
	return session_json(r, r->session_expires);
}

static enum err
end_session(void *arg)
{
	struct request *r = arg;

	TRY(session_end(r));
	return audit_add(&r->env, "sign_out", r->env.who.id, "");
}

static enum err
sign_out(struct request *r)
{
	TRY(db_tx(r->env.db, end_session, r));
	session_send(r, NULL);
	return respond_nothing(r);
}

static enum err
change_password(struct request *r)
{
	bool is_replay;

	TRY(own_take_password(r, json_get_str(r->in, "old"),
	    json_get_str(r->in, "new"), 204, &is_replay));
	return respond_nothing(r);
}

static enum err
sign_in_page(
    struct request *r, int status, const char *login, const char *error)
{
	struct json_object *o = json_object_in(r->env.a);

	json_str(o, "account", login);
	json_str(o, "error", error);
	json_flag(o, "has_certificates", r->env.cfg->certificates != 0);
	return respond_page(r, status, "sign-in", o);
}

static enum err
show_sign_in(struct request *r)
{
	return sign_in_page(r, 200, "", NULL);
}

static enum err
admin_sign_in(struct request *r)
{
	const char *login = request_form(r, "account");
	enum err e = enter_by_password(
	    r, login, request_form(r, "password"), ROLE_ADMIN);

	if (e == E_SIGN_IN || e == E_THROTTLED)
		return sign_in_page(
		    r, err_row(e)->status, login, err_row(e)->advice);
	TRY(e);
	return respond_see_other(r, "/admin/");
}

static enum err
admin_sign_out(struct request *r)
{
	TRY(db_tx(r->env.db, end_session, r));
	session_send(r, NULL);
	return respond_see_other(r, "/admin/sign-in");
}

static enum err
start(struct arena *a, const struct config *cfg)
{
	respond_use_templates(pages_templates());
	TRY(seal_open(a, cfg->field_key_file));
	return oidc_open(cfg);
}

int
main(int argc, char **argv)
{
	static const struct program_def def = { P_ACCOUNT, routes,
		COUNT(routes), start, NULL, NULL };

	if (account_tool_is(argc, argv))
		return account_tool(argc, argv);
	return serve_main(argc, argv, &def);
}
