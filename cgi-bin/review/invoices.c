/* 发票: what was asked for and is to be issued, and what was issued. */
#include <string.h>

#include "base/arena.h"
#include "base/num.h"
#include "base/word.h"
#include "domain/audit.h"
#include "domain/confirmation.h"
#include "domain/invoice.h"
#include "domain/reveal.h"
#include "format/json.h"
#include "format/multipart.h"
#include "format/url.h"
#include "review/confirmations.h"
#include "review/handlers.h"
#include "review/layout.h"
#include "review/reveal.h"
#include "web/response.h"
#include "web/stored.h"

static const char *
path_of(struct request *r, const struct invoice *inv)
{
	return arena_printf(r->env.a, "/admin/invoices/%s", inv->id);
}

/* What a row of a list and the page of one have in common. */
static void
summary_json(
    struct request *r, const struct invoice *inv, struct json_object *o)
{
	const char *state = invoice_machine.state[inv->state].word;
	struct arena *a = r->env.a;

	json_str(o, "path", path_of(r, inv));
	json_str(o, "application_id", inv->application_id);
	json_str(o, "batch_no", inv->batch_no);
	json_str(o, "unit", inv->unit_name);
	json_str(o, "state", state);
	json_str(o, "state_title", invoice_state_title(state));
	json_str(o, "problem", inv->problem);
	json_str(o, "late_number", inv->late_number);
	json_str(o, "why", inv->why);
	json_str(o, "way", invoice_is_by_hand(inv) ? "制证员开具" : "开票平台");
	json_str(o, "title", invoice_shown(a, inv, INVOICE_TITLE));
	json_str(o, "amount", num_yuan_text(a, inv->amount_fen));
	json_str(o, "number", inv->number);
	json_time(o, "requested_at", inv->requested_at);
	json_time(o, "issued_at", inv->issued_at);
	layout_time(a, o, "requested_at");
	layout_time(a, o, "issued_at");
	/* The fee went back, so there is nothing to invoice any more. */
	json_flag(o, "is_void",
	    inv->application_state != STATE_COMPLETED && invoice_is_live(inv));
}

/* A queue as a section of the page, with what is there already. */
static void
queue_json(struct request *r, const struct invoices *queue,
    struct json_object *section)
{
	struct json_object *items = json_get(section, "items");

	if (items == NULL)
		items = json_list(section, "items");
	for (size_t i = 0; i < queue->n; i++)
		summary_json(r, &queue->item[i], json_item(items));
	json_flag(section, "has_items", json_count(items) > 0);
	if (queue->next != NULL)
		json_str(section, "next", url_encode(r->env.a, queue->next));
}

static void
states_json(struct json_object *o, const char *chosen)
{
	struct json_object *list = json_list(o, "states");

	for (size_t i = 0; i < invoice_machine.states; i++)
		layout_option(list, invoice_machine.state[i].word,
		    invoice_machine.state[i].title, chosen);
}

/* What nobody may forget first, then what is under way. */
static enum err
open_json(struct request *r, struct json_object *section)
{
	const char *after = request_query(r, "after");
	struct invoices queue;

	if (after == NULL) {
		TRY(invoice_late_list(&r->env, &queue));
		queue_json(r, &queue, section);
	}
	TRY(invoice_open_list(&r->env, after, &queue));
	queue_json(r, &queue, section);
	return E_OK;
}

/* What is to be done and what was issued; or all that is in one state. */
enum err
invoices_show(struct request *r)
{
	const char *state = layout_given(r, request_query(r, "state"));
	const char *before = request_query(r, "before");
	struct json_object *o = layout_new(r);
	struct invoices queue;
	int in = INVOICE_STATE_ISSUED;

	if (state != NULL && invoice_machine.states >
				 (size_t)machine_state(&invoice_machine, state))
		in = machine_state(&invoice_machine, state);
	else
		state = NULL;
	states_json(o, state);
	if (state == NULL)
		TRY(open_json(r, json_sub(o, "requested")));
	TRY(invoice_list(&r->env, (enum invoice_state)in, before, &queue));
	queue_json(r, &queue, json_sub(o, "issued"));
	json_str(o, "filter", state);
	json_str(o, "filter_title", invoice_machine.state[in].title);
	return respond_page(r, 200, "invoices", o);
}

static void
members_json(struct request *r, const struct invoice *inv, bool is_revealed,
    struct json_object *o)
{
	struct json_object *list = json_list(o, "members");

	for (int i = 0; i < INVOICE__N; i++) {
		enum invoice_member m = (enum invoice_member)i;
		struct json_object *item = json_item(list);
		const char *value = is_revealed
					? inv->value[m]
					: invoice_shown(r->env.a, inv, m);

		if (m == INVOICE_TITLE_TYPE)
			value =
			    strcmp(value, "individual") == 0 ? "个人" : "单位";
		json_str(item, "label", invoice_member_row(m)->label);
		json_str(item, "value", value);
	}
}

/* What the actor may ask for, as people read it; NULL: nothing. Who issues has
 * to know where the invoice goes. */
static const char *
hidden(const struct request *r, const struct invoice *inv)
{
	const char *text = NULL;

	if (!invoice_may_take(&r->env, inv) && r->env.who.role != ROLE_MANAGER)
		return NULL;
	for (int i = 0; i < INVOICE__N; i++) {
		enum invoice_member m = (enum invoice_member)i;
		const char *label = invoice_member_row(m)->label;

		if (inv->value[m] != NULL && invoice_is_private(inv, m))
			text = text == NULL ? label
					    : arena_printf(r->env.a, "%s、%s",
						  text, label);
	}
	return text;
}

static void
reveal_json(struct request *r, const struct invoice *inv, bool is_revealed,
    struct json_object *o)
{
	const char *what = hidden(r, inv);

	if (is_revealed)
		json_str(o, "revealed", what);
	else if (what != NULL)
		reveal_form_json(r, what,
		    invoice_may_take(&r->env, inv) ? "invoice" : "", o);
}

static void
kind_field(struct request *r, struct json_object *list)
{
	struct json_object *kind = layout_field(r, list,
	    &(struct layout_field){
		.name = "kind", .label = "为什么红冲", .type = "select" },
	    "returned");

	layout_field_option(kind, "returned", "费用要退");
	layout_field_option(kind, "mistaken", "发票开错");
}

static void
number_field(struct request *r, struct json_object *list)
{
	layout_field(r, list,
	    &(struct layout_field){ .name = "red_number",
		.label = "红字发票号码",
		.help = "在税务系统中开出红字发票后填写，20 位数字。" },
	    "");
}

/* The form of a decision, when the actor may take it; or NULL. */
static struct json_object *
form_json(struct request *r, const struct invoice *inv,
    enum invoice_decision_kind kind, const char *name, struct json_object *o)
{
	struct json_object *form;

	if (!invoice_may(&r->env, inv, kind))
		return NULL;
	form = json_sub(o, name);
	json_flag(form, "is_there", true);
	return json_list(form, "fields");
}

/* No two of them that can be had at once have a field of the same name. */
static void
forms_json(struct request *r, const struct invoice *inv, struct json_object *o)
{
	struct json_object *list;

	if ((list = form_json(r, inv, INVOICE_VOID, "void", o)) != NULL)
		layout_reason(r, list, "原因");
	if ((list = form_json(r, inv, INVOICE_RED, "red", o)) != NULL) {
		number_field(r, list);
		if (inv->state == INVOICE_STATE_ISSUED)
			layout_reason(r, list, "原因");
	}
	if ((list = form_json(r, inv, INVOICE_REVERSE, "reverse", o)) != NULL) {
		kind_field(r, list);
		layout_reason(r, list, "原因");
	}
	if ((list = form_json(r, inv, INVOICE_KEEP, "keep", o)) != NULL)
		layout_reason(r, list, "为什么不红冲");
	form_json(r, inv, INVOICE_RED_AGAIN, "red_again", o);
	form_json(r, inv, INVOICE_AGAIN, "again", o);
	form_json(r, inv, INVOICE_ASK, "ask", o);
}

static void
outcome_field(
    struct request *r, const struct invoice *inv, struct json_object *list)
{
	struct json_object *kind = layout_field(r, list,
	    &(struct layout_field){
		.name = "kind", .label = "查明的结果", .type = "select" },
	    "");

	for (int k = 0; k < INVOICE_OUTCOME__N; k++) {
		const struct word *word =
		    invoice_outcome_word((enum invoice_outcome_kind)k);

		if (invoice_may_settle(
			&r->env, inv, (enum invoice_outcome_kind)k))
			layout_field_option(kind, word->word, word->title);
	}
}

/* What people have found out of one that the provider leaves open. */
static enum err
settle_json(struct request *r, const struct invoice *inv, struct json_object *o)
{
	const char *waits;
	struct json_object *form, *list;
	bool is_there = false;

	TRY(confirmation_of(&r->env, CONFIRM_INVOICE, inv->id, &waits));
	json_str(o, "confirmation_id", waits);
	for (int k = 0; k < INVOICE_OUTCOME__N; k++)
		is_there |= invoice_may_settle(
		    &r->env, inv, (enum invoice_outcome_kind)k);
	if (!is_there || waits != NULL)
		return E_OK;
	form = json_sub(o, "settle");
	json_flag(form, "is_there", true);
	list = json_list(form, "fields");
	outcome_field(r, inv, list);
	layout_field(r, list,
	    &(struct layout_field){ .name = "issued_number",
		.label = "查到的号码",
		.help =
		    "已开具的填发票号码，已红冲的填红字发票号码；没有开具的不填。",
		.is_optional = true },
	    "");
	layout_field(r, list,
	    &(struct layout_field){ .name = "day",
		.label = "开具日期",
		.type = "date",
		.is_optional = true },
	    "");
	layout_reason(r, list, "怎样查明的");
	return E_OK;
}

static enum err
others_json(struct request *r, const struct invoice *inv, struct json_object *o)
{
	static const struct word relations[] = { { "replaces", "代替这一张" },
		{ "replaced", "由这一张代替" }, { "other", "" } };
	struct json_object *list;

	TRY(invoice_others_json(&r->env, inv, o));
	list = json_get(o, "others");
	for (size_t i = 0; i < json_count(list); i++) {
		struct json_object *item = json_at(list, i);

		json_str(item, "relation_title",
		    word_title(relations, COUNT(relations),
			json_get_str(item, "relation")));
	}
	layout_times(r->env.a, list, "requested_at");
	json_flag(o, "has_others", json_count(list) > 0);
	return E_OK;
}

static enum err
story_json(struct request *r, const struct invoice *inv, struct json_object *o)
{
	struct json_object *list;

	TRY(invoice_story_json(&r->env, inv, o));
	list = json_get(o, "tries");
	layout_times(r->env.a, list, "created_at");
	layout_times(r->env.a, list, "ended_at");
	json_flag(o, "has_tries", json_count(list) > 0);
	layout_time(r->env.a, o, "since");
	list = json_get(o, "steps");
	layout_times(r->env.a, list, "at");
	json_flag(o, "has_steps", json_count(list) > 0);
	return E_OK;
}

static void
files_json(struct request *r, const struct invoice *inv, struct json_object *o)
{
	static const char *const titles[INVOICE_FILES] = { "PDF", "OFD",
		"XML" };
	struct json_object *list = json_list(o, "files");

	for (int k = 0; k < INVOICE_FILES; k++) {
		enum invoice_kind kind = (enum invoice_kind)k;
		struct json_object *item;

		if (!invoice_has(inv, kind))
			continue;
		item = json_item(list);
		json_str(item, "title", titles[k]);
		json_str(item, "path",
		    arena_printf(r->env.a, "%s/invoice.%s", path_of(r, inv),
			invoice_kind_name(kind)));
	}
	json_flag(o, "has_document", inv->files != NULL);
	json_str(o, "size", layout_size(r->env.a, inv->size));
	json_str(o, "sha256", inv->sha256);
}

/* refused is E_OK, or why what the operator brought was not taken. */
static enum err
show(struct request *r, const struct invoice *inv, enum err refused,
    bool is_revealed)
{
	struct json_object *o = layout_new(r);

	summary_json(r, inv, o);
	members_json(r, inv, is_revealed, o);
	reveal_json(r, inv, is_revealed, o);
	json_str(o, "red_number", inv->red_number);
	json_str(o, "known_number", inv->known_number);
	json_flag(o, "is_told", inv->is_told);
	json_time(o, "asked_at", inv->asked_at);
	layout_time(r->env.a, o, "asked_at");
	json_flag(o, "can_issue", invoice_may_take(&r->env, inv));
	json_flag(o, "is_by_hand", invoice_is_by_hand(inv));
	json_flag(o, "waits_for_red",
	    invoice_is_by_hand(inv) && inv->state == INVOICE_STATE_REVERSING);
	files_json(r, inv, o);
	forms_json(r, inv, o);
	TRY(settle_json(r, inv, o));
	TRY(others_json(r, inv, o));
	TRY(story_json(r, inv, o));
	json_int(o, "version", inv->version);
	json_str(o, "most", layout_size(r->env.a, r->env.cfg->file_max_bytes));
	json_str(o, "typed", refused != E_OK ? request_form(r, "number") : "");
	json_str(o, "number_error", layout_problem(&r->env, "number"));
	json_str(o, "pdf_error", layout_problem(&r->env, "pdf"));
	return layout_page(r, refused, "invoice", o);
}

enum err
invoice_show(struct request *r)
{
	struct invoice inv;

	TRY(invoice_get(&r->env, r->param[0], &inv));
	return show(r, &inv, E_OK, false);
}

enum err
invoice_reveal(struct request *r)
{
	struct invoice inv;
	const char *private[INVOICE__N] = { 0 };
	struct reveal v = { .values = private, .n = COUNT(private) };
	enum err e;

	TRY(invoice_get(&r->env, r->param[0], &inv));
	for (int m = 0; m < INVOICE__N; m++)
		if (invoice_is_private(&inv, (enum invoice_member)m))
	private[m] = inv.value[m];
	v.application_id = inv.application_id;
	v.what = arena_printf(r->env.a, "invoice %s", inv.id);
	v.why = request_form(r, "why");
	v.note = layout_typed(r, "note");
	e = hidden(r, &inv) != NULL ? reveal_record(&r->env, &v)
				    : FAIL(E_STATE, "nothing to see");
	if (e != E_OK && !layout_can_show(e))
		return e;
	return show(r, &inv, e, e == E_OK);
}

/* A browser sends a part without a name and bytes when no file was chosen. */
static void
read_document(struct request *r, struct invoice_document *doc)
{
	const struct part *pdf = multipart_get(r->parts, "pdf");

	*doc = (struct invoice_document){ .number = request_form(r, "number") };
	if (pdf == NULL || (*pdf->filename == '\0' && pdf->n == 0))
		return;
	doc->pdf = pdf->data;
	doc->n = pdf->n;
}

enum err
invoice_take_document(struct request *r)
{
	struct invoice_document doc;
	struct invoice inv;
	int64_t version;
	enum err e;

	TRY(invoice_get(&r->env, r->param[0], &inv));
	TRY(layout_version(r, &version));
	read_document(r, &doc);
	e = invoice_take(&r->env, &inv, version, &doc);
	if (e == E_OK)
		return respond_see_other(r, path_of(r, &inv));
	/* What people can put right is shown with the invoice as it is now. */
	if (!layout_can_show(e))
		return e;
	TRY(invoice_get(&r->env, inv.id, &inv));
	return show(r, &inv, e, false);
}

static enum err
decide(struct request *r, struct invoice *inv, enum invoice_decision_kind kind)
{
	struct invoice_decision d = { .env = &r->env,
		.inv = inv,
		.kind = kind,
		.reason = layout_typed(r, "reason"),
		.red_number = layout_typed(r, "red_number"),
		.is_mistaken =
		    strcmp(layout_typed(r, "kind"), "mistaken") == 0 };
	enum err e;

	TRY(layout_version(r, &d.version));
	e = invoice_decide(&d);
	if (e == E_OK)
		return respond_see_other(r, path_of(r, inv));
	if (!layout_can_show(e))
		return e;
	TRY(invoice_get(&r->env, inv->id, inv));
	return show(r, inv, e, false);
}

/* 红冲 by hand of one that is issued, 作废 of one that is not. */
enum err
invoice_take_end(struct request *r)
{
	struct invoice inv;

	TRY(invoice_get(&r->env, r->param[0], &inv));
	return decide(r, &inv, inv.number != NULL ? INVOICE_RED : INVOICE_VOID);
}

static enum err
decide_as(struct request *r, enum invoice_decision_kind kind)
{
	struct invoice inv;

	TRY(invoice_get(&r->env, r->param[0], &inv));
	return decide(r, &inv, kind);
}

enum err
invoice_take_reverse(struct request *r)
{
	return decide_as(r, INVOICE_REVERSE);
}

enum err
invoice_take_red_again(struct request *r)
{
	return decide_as(r, INVOICE_RED_AGAIN);
}

enum err
invoice_take_keep(struct request *r)
{
	return decide_as(r, INVOICE_KEEP);
}

enum err
invoice_take_again(struct request *r)
{
	return decide_as(r, INVOICE_AGAIN);
}

enum err
invoice_take_ask(struct request *r)
{
	return decide_as(r, INVOICE_ASK);
}

enum err
invoice_take_outcome(struct request *r)
{
	struct invoice inv;
	struct invoice_outcome said = { .env = &r->env,
		.inv = &inv,
		.kind = layout_typed(r, "kind"),
		.number = layout_typed(r, "issued_number"),
		.day = layout_typed(r, "day"),
		.reason = layout_typed(r, "reason") };
	enum err e;

	TRY(invoice_get(&r->env, r->param[0], &inv));
	TRY(layout_version(r, &said.version));
	e = invoice_settle_ask(&said);
	if (e != E_OK)
		return layout_can_show(e) ? show(r, &inv, e, false) : e;
	return confirmation_see(r, said.confirmation_id);
}

static enum err
give(struct request *r, enum invoice_kind kind, const char *type)
{
	const char *name = invoice_kind_name(kind);
	struct invoice_place at;
	struct invoice inv;

	TRY(invoice_get(&r->env, r->param[0], &inv));
	TRY(invoice_file(&r->env, &inv, kind, &at));
	TRY(audit_note(&r->env, "download", inv.application_id,
	    arena_printf(r->env.a, "invoice %s %s", inv.id, name)));
	return respond_stored(r, at.key, at.size, type,
	    arena_printf(r->env.a, "电子发票_%s.%s", inv.number, name));
}

enum err
invoice_give_pdf(struct request *r)
{
	return give(r, INVOICE_PDF, "application/pdf");
}

enum err
invoice_give_ofd(struct request *r)
{
	return give(r, INVOICE_OFD, "application/ofd");
}

enum err
invoice_give_xml(struct request *r)
{
	return give(r, INVOICE_XML, "application/xml");
}
