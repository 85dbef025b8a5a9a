/* 账号: what a manager does with the accounts of others. */
#include <string.h>

#include "account/handlers.h"
#include "base/arena.h"
#include "domain/account.h"
#include "domain/account_ask.h"
#include "domain/account_certificate.h"
#include "domain/account_office.h"
#include "domain/account_subject.h"
#include "format/json.h"
#include "provider/oidc.h"
#include "review/confirmations.h"
#include "review/layout.h"
#include "web/response.h"

static const enum role roles[] = { ROLE_APPLICANT, ROLE_REVIEWER, ROLE_OPERATOR,
	ROLE_MANAGER, ROLE_AUDITOR };

static bool
is_manager(const struct request *r)
{
	return r->env.who.role == ROLE_MANAGER;
}

/* What was typed into the form of a new account, with what was wrong. */
static void
typed_json(struct request *r, struct json_object *o, bool was_sent)
{
	static const char *const names[] = { "login", "name", "unit",
		"org_code", "reason" };
	struct json_object *typed = json_sub(o, "typed");
	struct json_object *list = json_list(typed, "roles");
	const char *role = was_sent ? request_form(r, "role") : NULL;

	for (size_t i = 0; i < COUNT(names); i++) {
		json_str(
		    typed, names[i], was_sent ? request_form(r, names[i]) : "");
		json_str(typed, arena_printf(r->env.a, "%s_error", names[i]),
		    layout_problem(&r->env, names[i]));
	}
	json_str(typed, "role_error", layout_problem(&r->env, "role"));
	for (size_t i = 0; i < COUNT(roles); i++)
		layout_option(
		    list, role_name(roles[i]), role_title(roles[i]), role);
}

/* refused is E_OK, or why no account was made; or first was just made. */
static enum err
show_list(struct request *r, enum err refused, const struct account_new *first)
{
	struct json_object *o = layout_new(r);
	const char *cursor = request_query(r, "cursor");
	const char *wanted = request_query(r, "wanted");

	if (wanted == NULL)
		wanted = "";
	TRY(account_list_json(
	    &r->env, cursor != NULL ? cursor : "", wanted, o));
	layout_pager(r, "/admin/accounts", o);
	json_str(o, "wanted", wanted);
	json_flag(o, "has_accounts", json_count(json_get(o, "accounts")) > 0);
	json_flag(o, "is_manager", is_manager(r));
	json_flag(o, "needs_second", r->env.cfg->four_eyes != 0);
	typed_json(r, o, refused != E_OK);
	if (first != NULL) {
		json_str(o, "first_login", first->login);
		json_str(o, "first_password", first->password);
	}
	if (refused == E_OK)
		return respond_page(r, 200, "accounts", o);
	layout_refused(r, o, refused);
	return respond_page(r, err_row(refused)->status, "accounts", o);
}

enum err
accounts_show(struct request *r)
{
	return show_list(r, E_OK, NULL);
}

enum err
accounts_add(struct request *r)
{
	struct account_new n = { .env = &r->env,
		.role = request_form(r, "role"),
		.login = layout_typed(r, "login"),
		.name = layout_typed(r, "name"),
		.unit = layout_typed(r, "unit"),
		.org_code = layout_typed(r, "org_code"),
		.must_change = true };
	const char *waits;
	enum err e = account_ask_new(&n, layout_typed(r, "reason"), &waits);

	if (e == E_INVALID || e == E_ALREADY_ASKED)
		return show_list(r, e, NULL);
	TRY(e);
	if (waits != NULL)
		return confirmation_see(r, waits);
	return show_list(r, E_OK, &n);
}

static void
times_json(struct request *r, struct json_object *o)
{
	struct json_object *list = json_get(o, "sessions");
	struct json_object *factor = json_get(o, "factor");
	struct json_object *certificates = json_get(o, "certificates");

	layout_time(r->env.a, o, "created_at");
	if (factor != NULL)
		layout_time(r->env.a, factor, "set_at");
	for (size_t i = 0; i < json_count(certificates); i++) {
		layout_day(r->env.a, json_at(certificates, i), "valid_from");
		layout_day(r->env.a, json_at(certificates, i), "valid_to");
		layout_day(r->env.a, json_at(certificates, i), "bound_at");
	}
	layout_times(r->env.a, list, "created_at");
	layout_times(r->env.a, list, "used_at");
}

/* The forms that ask for something, by the end of their action. */
static const char *const forms[] = { "role", "reset", "factor", "certificate" };

/*
 * What was typed into them, with what was wrong; form is the one that was
 * sent, or NULL.
 */
static void
typed_forms_json(
    struct request *r, struct json_object *account, const char *form)
{
	struct json_object *list = json_get(account, "roles");

	for (size_t i = 0; i < COUNT(forms); i++) {
		struct json_object *o = json_sub(
		    account, arena_printf(r->env.a, "%s_form", forms[i]));
		bool was_sent = form != NULL && strcmp(form, forms[i]) == 0;

		json_str(o, "form", forms[i]);
		json_str(
		    o, "reason", was_sent ? layout_typed(r, "reason") : "");
		json_str(o, "reason_error",
		    was_sent ? layout_problem(&r->env, "reason") : NULL);
	}
	json_str(account, "role_error", layout_problem(&r->env, "role"));
	for (size_t i = 0; i < json_count(list); i++)
		json_flag(json_at(list, i), "is_selected",
		    form != NULL && strcmp(form, "role") == 0 &&
			strcmp(json_get_str(json_at(list, i), "value"),
			    request_form(r, "role")) == 0);
}

/* What comes with the page: a new password, or why it was not done. */
struct shown {
	enum err refused;
	const char *form; /* that was sent, when it is one of forms */
	const char *password;
};

static enum err
show_one(struct request *r, struct shown shown)
{
	struct json_object *o = layout_new(r),
			   *account = json_sub(o, "account");

	TRY(account_json(&r->env, r->param[0], account));
	times_json(r, account);
	TRY(account_asks_json(&r->env, r->param[0],
	    role_by_name(json_get_str(account, "role")), account));
	typed_forms_json(r, account, shown.form);
	json_flag(o, "is_manager", is_manager(r));
	json_flag(o, "may_end", is_manager(r));
	json_str(o, "sessions_path",
	    arena_printf(
		r->env.a, "/admin/accounts/%s/sessions/end", r->param[0]));
	json_str(o, "first_password", shown.password);
	json_flag(o, "has_oidc", oidc_is_on(r->env.cfg));
	json_str(o, "oidc_title", r->env.cfg->oidc_title);
	json_flag(o, "has_certificates", r->env.cfg->certificates != 0);
	json_str(o, "pem_error", layout_problem(&r->env, "pem"));
	json_str(o, "subject_error", layout_problem(&r->env, "subject"));
	json_str(o, "pem", shown.form != NULL ? request_form(r, "pem") : "");
	if (shown.refused == E_OK)
		return respond_page(r, 200, "account", o);
	layout_refused(r, o, shown.refused);
	return respond_page(r, err_row(shown.refused)->status, "account", o);
}

enum err
account_show(struct request *r)
{
	return show_one(r, (struct shown){ 0 });
}

/* Back to the account, or the page again with why it was not done. */
static enum err
answer_form(struct request *r, enum err e, const char *form)
{
	if (e == E_OWN_ACCOUNT || e == E_STATE || e == E_INVALID ||
	    e == E_ALREADY_ASKED)
		return show_one(
		    r, (struct shown){ .refused = e, .form = form });
	TRY(e);
	return respond_see_other(
	    r, arena_printf(r->env.a, "/admin/accounts/%s", r->param[0]));
}

static enum err
answer(struct request *r, enum err e)
{
	return answer_form(r, e, NULL);
}

static enum err
take_lock(struct request *r, bool is_locked)
{
	struct account_deed d = {
		.env = &r->env, .id = r->param[0], .is_locked = is_locked
	};

	return answer(r, account_lock(&d));
}

enum err
account_take_lock(struct request *r)
{
	return take_lock(r, true);
}

enum err
account_take_unlock(struct request *r)
{
	return take_lock(r, false);
}

static struct account_ask
ask_of(struct request *r)
{
	return (struct account_ask){ .env = &r->env,
		.account_id = r->param[0],
		.reason = layout_typed(r, "reason"),
		.role = request_form(r, "role"),
		.pem = layout_typed(r, "pem") };
}

/* Answered with the page itself: the password is shown here and never again. */
enum err
account_take_reset(struct request *r)
{
	struct account_ask ask = ask_of(r);
	enum err e = account_ask_reset(&ask);

	if (e == E_OK && ask.password != NULL)
		return show_one(r, (struct shown){ .password = ask.password });
	return answer_form(r, e, "reset");
}

enum err
account_take_second_reset(struct request *r)
{
	struct account_ask ask = ask_of(r);

	return answer_form(r, account_ask_factor(&ask), "factor");
}

enum err
account_take_role(struct request *r)
{
	struct account_ask ask = ask_of(r);

	return answer_form(r, account_ask_role(&ask), "role");
}

enum err
account_take_certificate(struct request *r)
{
	struct account_ask ask = ask_of(r);

	return answer_form(r, account_ask_certificate(&ask), "certificate");
}

enum err
account_take_subject(struct request *r)
{
	struct subject_deed d = { .env = &r->env,
		.account_id = r->param[0],
		.issuer = r->env.cfg->oidc_issuer,
		.subject = layout_typed(r, "subject") };

	return answer(r, account_bind_subject(&d));
}

enum err
account_take_subject_end(struct request *r)
{
	struct subject_deed d = { .env = &r->env, .account_id = r->param[0] };

	return answer(r, account_release_subject(&d));
}

enum err
account_take_certificate_end(struct request *r)
{
	struct certificate_deed d = { .env = &r->env,
		.account_id = r->param[0],
		.fingerprint = request_form(r, "fingerprint") };

	return answer(r, account_release_certificate(&d));
}

enum err
account_take_end_sessions(struct request *r)
{
	struct account_deed d = { .env = &r->env,
		.id = r->param[0],
		.session = request_form(r, "session") };

	return answer(r, account_end_sessions(&d));
}
