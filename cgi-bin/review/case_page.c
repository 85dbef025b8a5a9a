#include "review/case_page.h"

#include <json-c/json.h>
#include <string.h>

#include "base/arena.h"
#include "base/clock.h"
#include "domain/activation.h"
#include "domain/refund.h"
#include "domain/reveal.h"
#include "domain/review.h"
#include "domain/submission.h"
#include "domain/workday.h"
#include "format/json.h"
#include "review/handlers.h"
#include "review/layout.h"
#include "review/reveal.h"
#include "web/response.h"

/* What is being shown, and to whom. */
struct view {
	struct request *r;
	const struct application *app;
	struct json_object *o;
	struct json_object *pins;    /* of the last review */
	struct json_object *changes; /* since the round before, or NULL */
	bool is_holder;
	unsigned revealed; /* private fields shown in full */
	const char **typed_pins;
	size_t typed_pins_n;
};

static const char *
shown_value(const void *view, enum field f, const char *value)
{
	const struct view *v = view;
	struct arena *a = v->r->env.a;

	if (value == NULL)
		return NULL;
	if (field_row(f)->is_private && (v->revealed & 1U << f) == 0)
		return field_mask(a, f, value);
	return field_shown(a, f, value);
}

static bool
was_pinned(const struct view *v, const char *target)
{
	for (size_t i = 0; i < json_count(v->pins); i++)
		if (strcmp(json_object_get_string(json_at(v->pins, i)),
			target) == 0)
			return true;
	return false;
}

static bool
is_typed(const struct view *v, const char *target)
{
	for (size_t i = 0; i < v->typed_pins_n; i++)
		if (strcmp(v->typed_pins[i], target) == 0)
			return true;
	return false;
}

/* What a field and a kind of attachment have in common on the page. */
static void
target_json(const struct view *v, const char *name, const char *label,
    struct json_object *o)
{
	json_str(o, "name", name);
	json_str(o, "label", label);
	json_str(o, "problem", layout_problem(&v->r->env, name));
	json_flag(o, "was_pinned", was_pinned(v, name));
	json_flag(o, "is_ticked", is_typed(v, name));
}

/* Fields that a case of this kind does not have are left out. */
static bool
is_shown(const struct view *v, enum field f)
{
	enum field_need need = field_row(f)->need;

	return v->app->value[f] != NULL || need == NEED_ALWAYS ||
	       need == NEED_NEVER;
}

/* What stood there when it was handed in the time before. */
static void
change_json(const struct view *v, const char *name, struct json_object *item)
{
	for (size_t i = 0; i < json_count(v->changes); i++) {
		struct json_object *change = json_at(v->changes, i);

		if (strcmp(json_get_str(change, "name"), name) != 0)
			continue;
		json_flag(item, "has_changed", true);
		json_str(item, "was", json_get_str(change, "was"));
	}
}

/* The fields that a kind of attachment proves. */
static void
fields_json(const struct view *v, const struct attachment_kind *kind,
    struct json_object *fields)
{
	for (int i = 0; i < FIELD__N; i++) {
		enum field f = (enum field)i;
		const struct field_row *row = field_row(f);
		struct json_object *item;

		if (attachment_proof(f) != kind || !is_shown(v, f))
			continue;
		item = json_item(fields);
		target_json(v, row->name, row->label, item);
		json_str(item, "value", shown_value(v, f, v->app->value[f]));
		json_flag(item, "can_pin", field_is_input(f));
		change_json(v, row->name, item);
	}
}

/* One picture a page, small ones that lead to large ones. */
static void
pages_json(
    const struct view *v, const struct attachment *file, struct json_object *o)
{
	struct json_object *pages = json_list(o, "images");

	for (int64_t n = 1; n <= file->pages; n++) {
		struct json_object *page = json_item(pages);

		json_str(page, "href",
		    arena_printf(v->r->env.a,
			"/admin/applications/%s/attachments/%s/pages/%lld.png",
			v->app->id, file->id, (long long)n));
		json_int(page, "number", n);
	}
}

static void
file_json(
    const struct view *v, const struct attachment *file, struct json_object *o)
{
	struct arena *a = v->r->env.a;

	json_str(o, "href",
	    arena_printf(a, "/admin/applications/%s/attachments/%s/%s",
		v->app->id, file->kind, file->id));
	json_str(o, "file", file->name);
	json_str(o, "size", layout_size(a, file->size));
	if (file->pages >= 0)
		json_int(o, "pages", file->pages);
	json_time(o, "uploaded_at", file->uploaded_at);
	layout_time(a, o, "uploaded_at");
	application_problems_json(file->warnings, json_list(o, "warnings"));
	pages_json(v, file, o);
}

/* A kind with its files beside the fields that they prove. */
static void
kind_json(const struct view *v, const struct attachment_kind *kind,
    const struct attachments *files)
{
	struct json_object *item = json_item(json_get(v->o, "kinds"));
	struct json_object *list = json_list(item, "files");
	struct json_object *fields = json_list(item, "fields");

	target_json(v, kind->name, kind->label, item);
	for (size_t i = 0; i < files->n; i++)
		if (strcmp(files->item[i].kind, kind->name) == 0)
			file_json(v, &files->item[i], json_item(list));
	fields_json(v, kind, fields);
	json_flag(item, "has_fields", json_count(fields) > 0);
}

/* What is not needed is shown only where there is something to see. */
static void
kinds_json(const struct view *v, const struct attachments *files)
{
	const char *category = v->app->value[FIELD_CATEGORY];
	size_t n;
	const struct attachment_kind *kind = attachment_kinds(&n);

	json_list(v->o, "kinds");
	for (size_t k = 0; k < n; k++)
		if (attachment_is_needed(&kind[k], category) ||
		    attachments_have(files, kind[k].name))
			kind_json(v, &kind[k], files);
}

/* What changed each time; against the round before it beside the fields. */
static enum err
rounds_json(struct view *v)
{
	struct json_object *list, *last;
	int64_t round;

	TRY(submission_rounds_json(&v->r->env, v->app, shown_value, v, v->o));
	list = json_get(v->o, "rounds");
	layout_times(v->r->env.a, list, "submitted_at");
	json_flag(v->o, "has_rounds", json_count(list) > 0);
	if (json_count(list) == 0)
		return E_OK;
	last = json_at(list, 0);
	if (json_get_int(last, "round", &round) && round == v->app->round)
		v->changes = json_get(last, "changes");
	return E_OK;
}

/* What became of the lock, and what the help desk did. */
static enum err
lock_json_of(struct view *v, struct json_object *all)
{
	struct request *r = v->r;
	struct json_object *delivery = json_get(all, "delivery");
	struct json_object *activation = json_get(all, "activation");

	if (activation == NULL)
		return E_OK;
	layout_time(r->env.a, activation, "activated_at");
	json_flag(v->o, "has_lock", true);
	json_put(v->o, "activation", activation);
	json_flag(v->o, "has_differences",
	    json_count(json_get(activation, "differences")) > 0);
	if (delivery != NULL) {
		layout_time(r->env.a, delivery, "sent_at");
		layout_time(r->env.a, delivery, "done_at");
		json_put(v->o, "delivery", delivery);
	}
	TRY(activation_contacts_json(&r->env, v->app, v->o));
	layout_times(r->env.a, json_get(v->o, "contacts"), "at");
	json_flag(
	    v->o, "has_contacts", json_count(json_get(v->o, "contacts")) > 0);
	json_flag(v->o, "can_contact", (r->env.who.role & ROLE_DESK) != 0);
	json_str(v->o, "contact_problem", layout_problem(&r->env, "contact"));
	if (r->form != NULL)
		json_str(v->o, "typed_contact", layout_typed(r, "contact"));
	return E_OK;
}

/* What the owner's view has ready made: but its values are in the clear. */
static enum err
story_json(struct view *v)
{
	struct arena *a = v->r->env.a;
	struct json_object *all = json_object_in(a), *list, *review;

	TRY(application_json(&v->r->env, v->app, all));
	list = json_get(all, "history");
	layout_times(a, list, "received_at");
	layout_times(a, list, "handled_at");
	json_put(v->o, "history", list);
	if ((review = json_get(all, "review")) != NULL) {
		layout_time(a, review, "at");
		json_flag(review, "is_rejection",
		    strcmp(json_get_str(review, "decision"), "reject") == 0);
		json_put(v->o, "review", review);
		v->pins = json_get(review, "pins");
	}
	if (json_get(all, "lock") != NULL)
		json_put(v->o, "lock", json_get(all, "lock"));
	return lock_json_of(v, all);
}

/* The reasons of the catalogue, those ticked that were. */
static enum err
reasons_json(const struct view *v, struct json_object *o)
{
	size_t n = 0;
	const char **typed =
	    v->r->form == NULL ? NULL : request_form_all(v->r, "reason", &n);
	struct json_object *list;

	TRY(review_reasons_json(&v->r->env, o));
	list = json_get(o, "reasons");
	for (size_t i = 0; i < json_count(list); i++) {
		struct json_object *item = json_at(list, i);

		for (size_t t = 0; t < n; t++)
			if (strcmp(typed[t], json_get_str(item, "code")) == 0)
				json_flag(item, "is_ticked", true);
	}
	return E_OK;
}

static void
header_json(const struct view *v)
{
	const struct application *app = v->app;
	struct arena *a = v->r->env.a;
	struct json_object *o = v->o;

	json_str(o, "id", app->id);
	json_str(o, "path", arena_printf(a, "/admin/applications/%s", app->id));
	json_str(o, "batch_no", app->batch_no);
	json_str(o, "state", state_row(app->state)->word);
	json_str(o, "state_title", state_row(app->state)->title);
	json_int(o, "version", app->version);
	json_int(o, "round", app->round);
	json_str(o, "unit", app->value[FIELD_APPLICANT_UNIT]);
	json_str(o, "valid_from", app->valid_from);
	json_str(o, "valid_to", app->valid_to);
	json_str(o, "work_order_id", app->work_order_id);
	json_flag(o, "has_evidence", (v->r->env.who.role & ROLE_OVERSEER) != 0);
	json_time(o, "entered_at", app->entered_at);
	layout_time(a, o, "entered_at");
	json_time(o, "paid_at", app->paid_at);
	layout_time(a, o, "paid_at");
	json_time(o, "erased_at", app->erased_at);
	layout_time(a, o, "erased_at");
}

/* How long it has waited, and when it is due. */
static enum err
waiting_json(const struct view *v)
{
	struct env *env = &v->r->env;
	struct workdays days;
	char due[CLOCK_TEXT];

	if (v->app->state != STATE_PENDING)
		return E_OK;
	TRY(workdays_load(env, &days));
	layout_waited(env, &days, v->app->entered_at, v->o);
	json_str(v->o, "due",
	    clock_day(due, workday_after(&days, v->app->entered_at,
			       env->cfg->promise_days)));
	return E_OK;
}

/* What went back of the fee or is to; who deals with money sees it. */
static enum err
refunds_json(const struct view *v)
{
	struct request *r = v->r;
	enum role role = r->env.who.role;

	if (v->app->paid_at == 0 || (role & ROLE_REVIEWER) != 0)
		return E_OK;
	json_flag(v->o, "has_money", true);
	TRY(refund_case_json(&r->env, v->app->id, v->o));
	money_rows_json(r->env.a, v->o, "refunds");
	return E_OK;
}

/* Who holds it, and which forms the actor gets. */
static void
claim_json(const struct view *v)
{
	const struct application *app = v->app;
	struct json_object *o = v->o;
	bool may_review = application_allows(&v->r->env, app, ACTION_APPROVE);

	if (app->state == STATE_PENDING && app->is_claimed) {
		struct json_object *claim = json_sub(o, "claim");

		json_str(claim, "name", app->claimant);
		json_time(claim, "until", app->claimed_until);
		layout_time(v->r->env.a, claim, "until");
		json_flag(claim, "is_mine", v->is_holder);
	}
	json_flag(o, "can_claim", may_review && !app->is_claimed);
	json_flag(o, "can_decide", may_review && v->is_holder);
	json_flag(o, "can_go_on", v->r->env.who.role == ROLE_REVIEWER);
	json_int(o, "claim_minutes", v->r->env.cfg->claim_minutes);
}

/* One form of the two; the one that was posted gets back what was typed. */
static enum err
decision_json(const struct view *v, enum action action, bool was_posted)
{
	const char *word = action_row(action)->word;
	struct json_object *form = json_sub(v->o, word);
	const char *problem = layout_problem(&v->r->env, "opinion");

	if (problem == NULL)
		problem = layout_problem(&v->r->env, "reason");
	if (was_posted) {
		json_str(form, "opinion", request_form(v->r, "opinion"));
		json_str(form, "problem", problem);
	}
	return action == ACTION_REJECT ? reasons_json(v, form) : E_OK;
}

/* What is shown in full, or the form that asks for it. */
static void
reveal_json(const struct view *v)
{
	unsigned open = reveal_fields(&v->r->env, v->app) & ~v->revealed;
	struct arena *a = v->r->env.a;

	if (v->revealed != 0)
		json_str(v->o, "revealed", reveal_labels(a, v->revealed));
	else if (open != 0)
		reveal_form_json(v->r, reveal_labels(a, open),
		    v->is_holder ? "compare" : "", v->o);
}

static enum err
show(struct request *r, const struct application *app, enum err refused,
    enum action action, unsigned revealed)
{
	struct view v = {
		.r = r, .app = app, .o = layout_new(r), .revealed = revealed
	};
	struct application_facts facts;

	if (refused != E_OK)
		layout_refused(r, v.o, refused);
	v.is_holder =
	    app->state == STATE_PENDING && review_is_holder(&r->env, app);
	if (r->form != NULL)
		v.typed_pins = request_form_all(r, "pin", &v.typed_pins_n);
	TRY(story_json(&v));
	r->env.warnings.n = 0; /* each file shows its own */
	TRY(application_load_facts(&r->env, app, &facts));
	if (app->state == STATE_PENDING)
		TRY(application_check(&r->env, app, &facts));
	header_json(&v);
	claim_json(&v);
	reveal_json(&v);
	TRY(waiting_json(&v));
	TRY(refunds_json(&v));
	TRY(rounds_json(&v));
	kinds_json(&v, &facts.files);
	TRY(decision_json(&v, ACTION_APPROVE, action == ACTION_APPROVE));
	TRY(decision_json(&v, ACTION_REJECT, action == ACTION_REJECT));
	return respond_page(r, refused == E_OK ? 200 : err_row(refused)->status,
	    "application", v.o);
}

enum err
case_page(struct request *r, const struct application *app, enum err refused,
    enum action action)
{
	return show(r, app, refused, action, 0);
}

enum err
case_page_revealed(
    struct request *r, const struct application *app, unsigned fields)
{
	return show(r, app, E_OK, ACTION__N, fields);
}
