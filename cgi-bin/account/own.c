/* 我的账号: one's own password and sessions. */
#include <string.h>

#include "account/handlers.h"
#include "base/arena.h"
#include "domain/account.h"
#include "domain/account_office.h"
#include "format/json.h"
#include "review/layout.h"
#include "web/change.h"
#include "web/response.h"
#include "web/session.h"

static enum err
show(struct request *r, enum err refused)
{
	struct json_object *o = layout_new(r), *list;

	TRY(account_sessions_json(&r->env, r->env.who.id, session_hash(r), o));
	list = json_get(o, "sessions");
	layout_times(r->env.a, list, "created_at");
	layout_times(r->env.a, list, "used_at");
	json_flag(o, "may_end", true);
	json_str(o, "sessions_path", "/admin/account/sessions/end");
	json_flag(o, "must_change", r->must_change);
	json_int(o, "least", r->env.cfg->password_length);
	if (refused == E_OK)
		return respond_page(r, 200, "own-account", o);
	json_str(o, "old_error", layout_problem(&r->env, "old"));
	json_str(o, "new_error", layout_problem(&r->env, "new"));
	json_str(o, "again_error", layout_problem(&r->env, "again"));
	layout_refused(r, o, refused);
	return respond_page(r, err_row(refused)->status, "own-account", o);
}

enum err
own_show(struct request *r)
{
	return show(r, E_OK);
}

struct password_work {
	struct request *r;
	struct password_change change;
};

static enum err
set_password(void *arg)
{
	struct password_work *w = arg;

	TRY(account_set_password(&w->change));
	return session_end_others(w->r);
}

enum err
own_take_password(struct request *r, const char *old, const char *fresh,
    int status, bool *is_replay)
{
	struct password_work w = { r, { .env = &r->env } };
	struct change_result done;
	enum err e;

	TRY(change_find(r, &done));
	*is_replay = done.is_replay;
	if (done.is_replay)
		return E_OK;
	e = account_prepare_password(&w.change, old, fresh);
	if (e == E_THROTTLED)
		respond_retry_after(r, w.change.retry_after);
	TRY(e);
	return change(r, set_password, &w, status, r->env.who.id, &done);
}

enum err
own_password(struct request *r)
{
	const char *fresh = request_form(r, "new");
	bool is_replay;
	enum err e;

	if (strcmp(fresh, request_form(r, "again")) != 0) {
		problem_add(&r->env.errors, "again", "differs",
		    "两次输入的新密码不一致，请重新输入。");
		return show(r, E_INVALID);
	}
	e = own_take_password(
	    r, request_form(r, "old"), fresh, 303, &is_replay);
	if (e == E_SIGN_IN)
		problem_add(&r->env.errors, "old", "wrong",
		    "原密码不正确，请重新输入。");
	if (e == E_SIGN_IN || e == E_INVALID || e == E_THROTTLED)
		return show(r, e);
	TRY(e);
	return respond_see_other(r, "/admin/");
}

enum err
own_end_session(struct request *r)
{
	struct account_deed d = { .env = &r->env,
		.id = r->env.who.id,
		.session = request_form(r, "session") };
	enum err e = account_end_sessions(&d);

	if (e == E_STATE)
		return show(r, e);
	TRY(e);
	return respond_see_other(r, "/admin/account");
}
