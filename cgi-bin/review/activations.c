/* 启用: who has not said yet that the lock works, or saw something else. */
#include <string.h>

#include "base/arena.h"
#include "domain/activation.h"
#include "format/json.h"
#include "review/case_page.h"
#include "review/handlers.h"
#include "review/layout.h"
#include "web/response.h"

enum err
activations_show(struct request *r)
{
	const char *which = request_query(r, "which");
	bool is_different = which != NULL && strcmp(which, "different") == 0;
	struct json_object *o = layout_new(r), *list;

	TRY(activation_list_json(
	    &r->env, is_different, request_query(r, "cursor"), o));
	TRY(activation_share_json(&r->env, o));
	list = json_get(o, "cases");
	layout_times(r->env.a, list, "contacted_at");
	for (size_t i = 0; i < json_count(list); i++) {
		layout_day(r->env.a, json_at(list, i), "completed_at");
		layout_day(r->env.a, json_at(list, i), "activated_at");
	}
	json_flag(o, "has_cases", json_count(list) > 0);
	json_flag(o, "is_different", is_different);
	layout_pager(r, "/admin/activations", o);
	return respond_page(r, 200, "activations", o);
}

enum err
case_contact(struct request *r)
{
	struct application app;
	struct activation_contact c = { .env = &r->env,
		.app = &app,
		.note = layout_typed(r, "contact"),
		.is_cleared = *request_form(r, "cleared") != '\0' };
	enum err e;

	TRY(application_load(&r->env, r->param[0], &app));
	e = activation_check_contact(&c);
	if (e == E_OK)
		e = db_tx(r->env.db, activation_add_contact, &c);
	if (e == E_OK)
		return respond_see_other(
		    r, arena_printf(
			   r->env.a, "/admin/applications/%s#lock", app.id));
	return layout_can_show(e) ? case_page(r, &app, e, ACTION__N) : e;
}
