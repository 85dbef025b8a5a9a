/* Private fields in full: asked for with a reason, shown once, on record. */
#include "review/reveal.h"

#include "domain/reveal.h"
#include "format/json.h"
#include "review/layout.h"

void
reveal_form_json(struct request *r, const char *what, const char *usual,
    struct json_object *o)
{
	struct json_object *form = json_sub(o, "reveal");
	bool was_posted = r->form != NULL && *request_form(r, "why") != '\0';

	json_str(form, "what", what);
	reveal_reasons_json(form, was_posted ? request_form(r, "why") : usual);
	json_str(
	    form, "note", r->form != NULL ? request_form(r, "note") : NULL);
	json_str(form, "why_problem", layout_problem(&r->env, "why"));
	json_str(form, "note_problem", layout_problem(&r->env, "note"));
	json_int(form, "most", REVEAL_NOTE_MAX);
}
