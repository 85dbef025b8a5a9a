/* Private fields in full: asked for with a reason, shown once, on record. */
#include "review/reveal.h"

#include "domain/reveal.h"
#include "format/json.h"
#include "format/url.h"
#include "review/layout.h"

/* What was posted of a control, or NULL. */
static const char *
posted(const struct request *r, const char *name)
{
	return r->form != NULL ? url_pair_get(r->form, name) : NULL;
}

void
reveal_why_json(struct request *r, const char *usual, struct json_object *form)
{
	const char *why = posted(r, "why");

	reveal_reasons_json(form, why != NULL ? why : usual);
	json_str(form, "note", posted(r, "note"));
	json_str(form, "why_problem", layout_problem(&r->env, "why"));
	json_str(form, "note_problem", layout_problem(&r->env, "note"));
}

void
reveal_form_json(struct request *r, const char *what, const char *usual,
    struct json_object *o)
{
	struct json_object *form = json_sub(o, "reveal");

	json_str(form, "what", what);
	reveal_why_json(r, usual, form);
}
