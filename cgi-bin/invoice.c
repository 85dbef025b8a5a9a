/* 电子发票 as the applicant sees it: request, status, download, titles. */
#include "domain/invoice.h"
#include "base/arena.h"
#include "format/json.h"
#include "service/seal.h"
#include "service/store.h"
#include "web/change.h"
#include "web/response.h"
#include "web/serve.h"
#include "web/stored.h"

static enum err list(struct request *r);
static enum err titles(struct request *r);
static enum err ask(struct request *r);
static enum err show(struct request *r);
static enum err give_pdf(struct request *r);
static enum err give_ofd(struct request *r);
static enum err give_xml(struct request *r);
static enum err correct(struct request *r);
static enum err forget(struct request *r);

/* The domain says in Chinese how long each may be; TEXT only bounds it. */
enum { BODY = 16384, TEXT = 1000 };

static const struct member list_query[] = {
	{ "status", MEMBER_WORD, 16, false },
	PAGE_QUERY,
	{ 0 },
};

/* clang-format off */
#define MEMBERS                                                                \
	{ "title_type", MEMBER_TEXT, TEXT, false },                            \
	{ "title", MEMBER_TEXT, TEXT, false },                                 \
	{ "tax_no", MEMBER_TEXT, TEXT, false },                                \
	{ "email", MEMBER_TEXT, TEXT, false },                                 \
	{ "mobile", MEMBER_TEXT, TEXT, false },                                \
	{ "address", MEMBER_TEXT, TEXT, false },                               \
	{ "bank_name", MEMBER_TEXT, TEXT, false },                             \
	{ "bank_account", MEMBER_TEXT, TEXT, false }
/* clang-format on */

static const struct member ask_members[] = { MEMBERS, { 0 } };

static const struct member correct_members[] = {
	MEMBERS,
	{ "reason", MEMBER_TEXT, TEXT, false },
	{ 0 },
};

#define INVOICE "/api/applications/{id}/invoice"

/* clang-format off */
static const struct route routes[] = {
	{ M_GET, "/api/invoices", SURFACE_PORTAL, ROLE_APPLICANT, BODY_NONE, 0,
	    NULL, list_query, 0, list, "电子发票列表",
	    "200 Invoices" },
	{ M_GET, "/api/invoice-titles", SURFACE_PORTAL, ROLE_APPLICANT, BODY_NONE, 0,
	    NULL, NULL, 0, titles, "用过的发票抬头",
	    "200 InvoiceTitles" },
	{ M_DELETE, "/api/invoice-titles/{id}", SURFACE_PORTAL, ROLE_APPLICANT, BODY_NONE, 0,
	    NULL, NULL, 0, forget, "不再列出一个发票抬头",
	    "204" },
	{ M_POST, INVOICE, SURFACE_PORTAL, ROLE_APPLICANT, BODY_JSON, BODY,
	    ask_members, NULL, 0, ask, "申请开具电子发票",
	    "202 Invoice, 409" },
	{ M_GET, INVOICE, SURFACE_PORTAL, ROLE_APPLICANT, BODY_NONE, 0,
	    NULL, NULL, 0, show, "查看电子发票",
	    "200 Invoice" },
	{ M_POST, INVOICE "/correction", SURFACE_PORTAL, ROLE_APPLICANT, BODY_JSON, BODY,
	    correct_members, NULL, 0, correct, "申请红冲发票，并按新的信息重开",
	    "202 Invoice, 409" },
	{ M_GET, INVOICE ".pdf", SURFACE_PORTAL, ROLE_APPLICANT, BODY_NONE, 0,
	    NULL, NULL, 0, give_pdf, "下载电子发票",
	    "200 application/pdf" },
	{ M_GET, INVOICE ".ofd", SURFACE_PORTAL, ROLE_APPLICANT, BODY_NONE, 0,
	    NULL, NULL, 0, give_ofd, "下载电子发票（OFD）",
	    "200 application/ofd" },
	{ M_GET, INVOICE ".xml", SURFACE_PORTAL, ROLE_APPLICANT, BODY_NONE, 0,
	    NULL, NULL, 0, give_xml, "下载电子发票（XML）",
	    "200 application/xml" },
};
/* clang-format on */

static enum err
list(struct request *r)
{
	struct json_object *o = json_object_in(r->env.a);
	struct invoice_filter filter = { .status = request_query(r, "status"),
		.cursor = request_query(r, "cursor") };

	TRY(request_limit(r, &filter.limit));
	TRY(invoice_list_json(&r->env, &filter, o));
	return respond_json(r, 200, o);
}

static enum err
titles(struct request *r)
{
	struct json_object *o = json_object_in(r->env.a);

	TRY(invoice_titles_json(&r->env, o));
	return respond_json(r, 200, o);
}

/* The invoice as it is now, with what was remarked on the way. */
static enum err
answer(struct request *r, int status, const char *application_id)
{
	struct json_object *o = json_object_in(r->env.a);
	struct invoice inv;

	TRY(invoice_of(&r->env, application_id, &inv));
	invoice_json(&inv, o);
	TRY(invoice_others_json(&r->env, &inv, o));
	TRY(invoice_correction_json(&r->env, &inv, o));
	application_problems_json(&r->env.warnings, json_list(o, "warnings"));
	respond_etag(r, inv.version);
	return respond_json(r, status, o);
}

/* What is asked for: its check, then what is done in the transaction. */
struct asking {
	enum err (*prepare)(struct invoice_request *q, struct json_object *in);
	enum err (*work)(void *q);
};

/* That there is one already, may be the doing of the same request. */
static enum err
request_new(struct request *r, const struct asking *how,
    struct invoice_request *q, struct change_result *done)
{
	enum err e = how->prepare(q, r->in);

	return e == E_OK ? change(r, how->work, q, 202, q->id, done)
			 : change_refused(r, e, done);
}

static enum err
take(struct request *r, const struct asking *how)
{
	struct application app;
	struct invoice_request q = { .env = &r->env, .app = &app };
	struct change_result done;

	TRY(application_load(&r->env, r->param[0], &app));
	TRY(change_find(r, &done));
	if (!done.is_replay)
		TRY(request_new(r, how, &q, &done));
	respond_header(r, "Location",
	    arena_printf(r->env.a, "/api/applications/%s/invoice", app.id));
	return answer(r, done.status, app.id);
}

static enum err
ask(struct request *r)
{
	static const struct asking how = { invoice_prepare, invoice_request };

	return take(r, &how);
}

static enum err
correct(struct request *r)
{
	static const struct asking how = { invoice_prepare_correction,
		invoice_correct };

	return take(r, &how);
}

static enum err
forget(struct request *r)
{
	struct invoice_title title = { .env = &r->env, .id = r->param[0] };

	TRY(db_tx(r->env.db, invoice_title_forget, &title));
	return respond_nothing(r);
}

static enum err
show(struct request *r)
{
	struct application app;

	TRY(application_load(&r->env, r->param[0], &app));
	return answer(r, 200, app.id);
}

static enum err
give(struct request *r, enum invoice_kind kind, const char *type)
{
	struct application app;
	struct invoice inv;
	struct invoice_place at;

	TRY(application_load(&r->env, r->param[0], &app));
	TRY(invoice_of(&r->env, app.id, &inv));
	TRY(invoice_file(&r->env, &inv, kind, &at));
	return respond_stored(r, at.key, at.size, type,
	    arena_printf(r->env.a, "电子发票_%s.%s", inv.number,
		invoice_kind_name(kind)));
}

static enum err
give_pdf(struct request *r)
{
	return give(r, INVOICE_PDF, "application/pdf");
}

static enum err
give_ofd(struct request *r)
{
	return give(r, INVOICE_OFD, "application/ofd");
}

static enum err
give_xml(struct request *r)
{
	return give(r, INVOICE_XML, "application/xml");
}

static enum err
start(struct arena *a, const struct config *cfg)
{
	const struct invoice_provider *provider;

	TRY(invoice_provider(cfg, &provider));
	TRY(seal_open(a, cfg->field_key_file));
	return store_open(cfg->store);
}

int
main(int argc, char **argv)
{
	static const struct program_def def = { P_INVOICE, routes,
		COUNT(routes), start, NULL, NULL };

	return serve_main(argc, argv, &def);
}
