#include "review/confirmations.h"

#include "base/arena.h"
#include "domain/confirmation.h"
#include "format/json.h"
#include "review/layout.h"
#include "web/response.h"

const struct member confirmation_fields[] = {
	{ "version", MEMBER_INT, INT64_MAX, true },
	{ "opinion", MEMBER_TEXT, TYPED_MAX, false },
	{ 0 },
};

static void
list_json(struct request *r, struct json_object *o, const char *name)
{
	struct json_object *list = json_get(o, name);

	layout_times(r->env.a, list, "asked_at");
	layout_times(r->env.a, list, "decided_at");
	json_flag(
	    o, arena_printf(r->env.a, "has_%s", name), json_count(list) > 0);
}

enum err
confirmations_show(struct request *r)
{
	struct json_object *o = layout_new(r);
	const char *cursor = request_query(r, "cursor");

	TRY(confirmation_list_json(&r->env, cursor, o));
	list_json(r, o, "waiting");
	list_json(r, o, "decided");
	layout_pager(r, "/admin/confirmations", o);
	json_flag(o, "is_off", r->env.cfg->four_eyes == 0);
	return respond_page(r, 200, "confirmations", o);
}

/* refused is E_OK, or why nothing was decided; password a first one to show. */
static enum err
show(struct request *r, enum err refused, const char *password)
{
	struct json_object *o = layout_new(r);

	TRY(confirmation_json(&r->env, r->param[0], o));
	layout_time(r->env.a, o, "asked_at");
	layout_time(r->env.a, o, "decided_at");
	json_str(o, "first_password", password);
	json_str(o, "typed", refused != E_OK ? request_form(r, "opinion") : "");
	json_str(o, "opinion_problem", layout_problem(&r->env, "opinion"));
	return layout_page(r, refused, "confirmation", o);
}

enum err
confirmation_show(struct request *r)
{
	return show(r, E_OK, NULL);
}

enum err
confirmation_see(struct request *r, const char *id)
{
	return respond_see_other(
	    r, arena_printf(r->env.a, "/admin/confirmations/%s", id));
}

static enum err
decide(struct request *r, enum err (*work)(struct confirmation_decision *))
{
	struct confirmation_decision d = { .env = &r->env,
		.id = r->param[0],
		.opinion = layout_typed(r, "opinion") };
	enum err e;

	TRY(layout_version(r, &d.version));
	e = work(&d);
	if (e != E_OK)
		return layout_can_show(e) ? show(r, e, NULL) : e;
	if (d.password != NULL)
		return show(r, E_OK, d.password);
	return confirmation_see(r, d.id);
}

enum err
confirmation_take_confirm(struct request *r)
{
	return decide(r, confirmation_confirm);
}

enum err
confirmation_take_decline(struct request *r)
{
	return decide(r, confirmation_decline);
}

enum err
confirmation_take_withdraw(struct request *r)
{
	return decide(r, confirmation_withdraw);
}
