/* 办理类型: which kinds of application the region has open. */
#include "domain/open_type.h"
#include "format/json.h"
#include "review/handlers.h"
#include "review/layout.h"
#include "web/response.h"

static enum err
show(struct request *r, enum err refused)
{
	struct json_object *o = layout_new(r);

	TRY(open_type_list_json(&r->env, o));
	json_flag(o, "is_manager", r->env.who.role == ROLE_MANAGER);
	return layout_page(r, refused, "types", o);
}

enum err
types_show(struct request *r)
{
	return show(r, E_OK);
}

static enum err
take(struct request *r, bool is_open)
{
	struct open_type_deed d = {
		.env = &r->env, .type = r->param[0], .is_open = is_open
	};
	enum err e = open_type_set(&d);

	if (e != E_OK)
		return layout_can_show(e) ? show(r, e) : e;
	return respond_see_other(r, "/admin/types");
}

enum err
type_take_open(struct request *r)
{
	return take(r, true);
}

enum err
type_take_close(struct request *r)
{
	return take(r, false);
}
