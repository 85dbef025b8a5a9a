/*
 * review: the administrators' pages. A row here is everything about a URL;
 * a new area adds its rows, its handlers and its row in layout.c.
 */
#include "base/hash.h"
#include "domain/review.h"
#include "format/template.h"
#include "review/handlers.h"
#include "review/pages.h"
#include "service/seal.h"
#include "service/store.h"
#include "web/response.h"
#include "web/serve.h"

/* What is over its length by less than this is shown again, not lost. */
enum { TYPED_MAX = 8 * OPINION_MAX };

enum { FORM_LIMIT = 128 << 10, PIN_MAX = 32, FILTER_MAX = 64 };

static enum err
style(struct request *r)
{
	respond_header(r, "Cache-Control", "public, max-age=3600");
	return respond_text(r, 200, "text/css; charset=utf-8", pages_style);
}

static const struct member worklist_query[] = {
	{ "status", MEMBER_TEXT, FILTER_MAX, false },
	{ "state", MEMBER_TEXT, FILTER_MAX, false },
	{ "category", MEMBER_TEXT, FILTER_MAX, false },
	{ "batch_no", MEMBER_TEXT, FILTER_MAX, false },
	{ "handler", MEMBER_TEXT, FILTER_MAX, false },
	{ "cursor", MEMBER_TEXT, FILTER_MAX, false },
	{ 0 },
};

static const struct member claim_fields[] = {
	{ "version", MEMBER_INT, INT64_MAX, false },
	{ 0 },
};

static const struct member decision_fields[] = {
	{ "version", MEMBER_INT, INT64_MAX, true },
	{ "opinion", MEMBER_TEXT, TYPED_MAX, false },
	{ "reason", MEMBER_TEXT, PIN_MAX, false },
	{ "pin", MEMBER_TEXT, PIN_MAX, false },
	{ 0 },
};

#define SEE(path_, who_, query_, handle_, title_)                              \
	{                                                                      \
		.method = M_GET, .path = path_, .surface = SURFACE_ADMIN,      \
		.who = who_, .body = BODY_NONE, .query = query_,               \
		.handle = handle_, .title = title_                             \
	}
#define ACT(path_, who_, limit_, members_, handle_, title_)                    \
	{                                                                      \
		.method = M_POST, .path = path_, .surface = SURFACE_ADMIN,     \
		.who = who_, .body = BODY_FORM, .limit = limit_,               \
		.members = members_, .handle = handle_, .title = title_        \
	}
#define CASE "/admin/applications/{id}"

/* clang-format off */
static const struct route routes[] = {
	SEE("/admin/style.css", 0, NULL, style, "样式表"),
	SEE("/admin/", ROLE_ADMIN, worklist_query, worklist_show, "审核工作台"),
	SEE(CASE, ROLE_ADMIN, NULL, case_show, "一件申请"),
	SEE(CASE "/attachments/{kind}/{attachment_id}", ROLE_ADMIN, NULL, case_attachment, "下载电子件"),
	ACT(CASE "/claim", ROLE_REVIEWER, FORM_LIMIT, claim_fields, case_claim, "领取"),
	ACT(CASE "/release", ROLE_REVIEWER, FORM_LIMIT, claim_fields, case_release, "放弃领取"),
	ACT(CASE "/approve", ROLE_REVIEWER, FORM_LIMIT, decision_fields, case_approve, "审核通过"),
	ACT(CASE "/reject", ROLE_REVIEWER, FORM_LIMIT, decision_fields, case_reject, "审核不通过"),
};
/* clang-format on */

static enum err
start(struct arena *a, const struct config *cfg)
{
	respond_use_templates(pages_templates());
	TRY(seal_open(a, cfg->field_key_file));
	return store_open(cfg->store);
}

static int64_t
workers(const struct config *cfg)
{
	return cfg->workers;
}

int
main(int argc, char **argv)
{
	static const struct program_def def = { P_REVIEW, routes, COUNT(routes),
		start, workers };

	return serve_main(argc, argv, &def);
}
