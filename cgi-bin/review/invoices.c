/* 发票: what was asked for and is to be issued, and what was issued. */
#include <string.h>

#include "base/arena.h"
#include "base/num.h"
#include "domain/audit.h"
#include "domain/invoice.h"
#include "domain/reveal.h"
#include "format/json.h"
#include "format/multipart.h"
#include "format/url.h"
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
	struct arena *a = r->env.a;

	json_str(o, "path", path_of(r, inv));
	json_str(o, "application_id", inv->application_id);
	json_str(o, "batch_no", inv->batch_no);
	json_str(o, "unit", inv->unit_name);
	json_str(o, "state", inv->state);
	json_str(o, "state_title", invoice_state_title(inv->state));
	json_str(o, "title", invoice_shown(a, inv, INVOICE_TITLE));
	json_str(o, "amount", num_yuan_text(a, inv->amount_fen));
	json_str(o, "number", inv->number);
	json_time(o, "requested_at", inv->requested_at);
	json_time(o, "issued_at", inv->issued_at);
	layout_time(a, o, "requested_at");
	layout_time(a, o, "issued_at");
	/* The fee went back, so there is nothing to invoice any more. */
	json_flag(o, "is_void", inv->application_state != STATE_COMPLETED);
}

/* A queue as the section called name. */
static void
queue_json(struct request *r, const struct invoices *queue, const char *name,
    struct json_object *o)
{
	struct json_object *section = json_sub(o, name);
	struct json_object *items = json_list(section, "items");

	for (size_t i = 0; i < queue->n; i++)
		summary_json(r, &queue->item[i], json_item(items));
	json_flag(section, "has_items", queue->n > 0);
	if (queue->next != NULL)
		json_str(section, "next", url_encode(r->env.a, queue->next));
}

enum err
invoices_show(struct request *r)
{
	struct json_object *o = layout_new(r);
	struct invoices queue;

	TRY(invoice_requested(&r->env, request_query(r, "after"), &queue));
	queue_json(r, &queue, "requested", o);
	TRY(invoice_issued(&r->env, request_query(r, "before"), &queue));
	queue_json(r, &queue, "issued", o);
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

static bool
can_issue(const struct request *r, const struct invoice *inv)
{
	return r->env.who.role == ROLE_OPERATOR &&
	       inv->application_state == STATE_COMPLETED &&
	       strcmp(inv->state, "requested") == 0;
}

/* What the actor may ask for, as people read it; NULL: nothing. Who issues has
 * to know where the invoice goes. */
static const char *
hidden(const struct request *r, const struct invoice *inv)
{
	const char *text = NULL;

	if (!can_issue(r, inv) && r->env.who.role != ROLE_MANAGER)
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
		reveal_form_json(
		    r, what, can_issue(r, inv) ? "invoice" : "", o);
}

/* The form that takes an invoice back, or says that none is issued. */
static void
end_json(struct request *r, const struct invoice *inv, struct json_object *o)
{
	bool is_issued = strcmp(inv->state, "issued") == 0;
	struct json_object *list = json_list(o, "fields");

	json_flag(o, "can_end",
	    r->env.who.role == ROLE_OPERATOR && invoice_is_live(inv));
	json_flag(o, "is_issued", is_issued);
	if (is_issued)
		layout_field(r, list,
		    &(struct layout_field){ .name = "red_number",
			.label = "红字发票号码",
			.help = "在税务系统中开出红字发票后填写，20 位数字。",
			.max = 40 },
		    "");
	layout_field(r, list,
	    &(struct layout_field){ .name = "reason",
		.label = "原因",
		.type = "area",
		.rows = 2,
		.max = INVOICE_END_REASON_MAX },
	    "");
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
	json_flag(o, "can_issue", can_issue(r, inv));
	json_flag(o, "has_document", inv->pdf_key != NULL);
	end_json(r, inv, o);
	json_str(o, "size", layout_size(r->env.a, inv->pdf_size));
	json_str(o, "sha256", inv->pdf_sha256);
	json_int(o, "version", inv->version);
	json_str(o, "most", layout_size(r->env.a, r->env.cfg->file_max_bytes));
	json_str(o, "typed", "");
	if (refused == E_OK)
		return respond_page(r, 200, "invoice", o);
	json_str(o, "typed", request_form(r, "number"));
	json_str(o, "number_error", layout_problem(&r->env, "number"));
	json_str(o, "pdf_error", layout_problem(&r->env, "pdf"));
	layout_refused(r, o, refused);
	return respond_page(r, err_row(refused)->status, "invoice", o);
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
	if (e != E_OK && err_row(e)->status != 409 && err_row(e)->status != 422)
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
invoice_take(struct request *r)
{
	struct invoice_document doc;
	struct invoice inv;
	int64_t version;
	enum err e;

	TRY(invoice_get(&r->env, r->param[0], &inv));
	TRY(layout_version(r, &version));
	read_document(r, &doc);
	e = invoice_issue(&r->env, &inv, version, &doc);
	if (e == E_OK)
		return respond_see_other(r, path_of(r, &inv));
	/* What people can put right is shown with the invoice as it is now. */
	if (err_row(e)->status != 409 && err_row(e)->status != 422)
		return e;
	TRY(invoice_get(&r->env, inv.id, &inv));
	return show(r, &inv, e, false);
}

enum err
invoice_take_end(struct request *r)
{
	struct invoice inv;
	int64_t version;
	enum err e;

	TRY(invoice_get(&r->env, r->param[0], &inv));
	TRY(layout_version(r, &version));
	e = invoice_end(&r->env, &inv, version, request_form(r, "red_number"),
	    layout_typed(r, "reason"));
	if (e == E_OK)
		return respond_see_other(r, path_of(r, &inv));
	if (!layout_can_show(e))
		return e;
	TRY(invoice_get(&r->env, inv.id, &inv));
	return show(r, &inv, e, false);
}

enum err
invoice_download(struct request *r)
{
	struct invoice inv;

	TRY(invoice_get(&r->env, r->param[0], &inv));
	if (inv.pdf_key == NULL)
		return FAIL(E_NOT_FOUND, "not issued yet");
	TRY(audit_note(&r->env, "download", inv.application_id,
	    arena_printf(r->env.a, "invoice %s", inv.id)));
	return respond_stored(r, inv.pdf_key, inv.pdf_size, "application/pdf",
	    arena_printf(r->env.a, "电子发票_%s.pdf", inv.number));
}
