/* CA支付: an order, its code to scan, the list. Marks nothing paid. */
#include "base/arena.h"
#include "base/hash.h"
#include "domain/order.h"
#include "format/json.h"
#include "format/qr.h"
#include "service/http.h"
#include "web/change.h"
#include "web/response.h"
#include "web/serve.h"

static enum err pay(struct request *r);
static enum err show(struct request *r);
static enum err code(struct request *r);
static enum err list(struct request *r);

enum { BODY = 4096 };

static const struct member pay_members[] = {
	{ "provider", MEMBER_TEXT, 16, true },
	{ "switch", MEMBER_BOOL, 0, false },
	{ 0 },
};

static const struct member list_query[] = {
	{ "status", MEMBER_WORD, 16, false },
	PAGE_QUERY,
	{ 0 },
};

#define PAYMENT "/api/applications/{id}/payment"

/* clang-format off */
static const struct route routes[] = {
	{ M_POST, PAYMENT, SURFACE_PORTAL, ROLE_APPLICANT, BODY_JSON, BODY,
	    pay_members, NULL, 0, pay, "支付办理费用",
	    "200 Order, 201 Order, 409, 502, 504" },
	{ M_GET, PAYMENT, SURFACE_PORTAL, ROLE_APPLICANT, BODY_NONE, 0,
	    NULL, NULL, ROUTE_QUIET, show, "支付状态",
	    "200 Order" },
	{ M_GET, PAYMENT "/qr.svg", SURFACE_PORTAL, ROLE_APPLICANT, BODY_NONE, 0,
	    NULL, NULL, ROUTE_QUIET, code, "支付二维码",
	    "200 image/svg+xml" },
	{ M_GET, "/api/payments", SURFACE_PORTAL, ROLE_APPLICANT, BODY_NONE, 0,
	    NULL, list_query, 0, list, "CA支付列表",
	    "200 Payments" },
};
/* clang-format on */

/* 微信支付（wechatpay）、… */
static const char *
choices(struct arena *a)
{
	const char *text = "";

	for (size_t i = 0; payment_providers[i] != NULL; i++)
		text = arena_printf(a, "%s%s%s（%s）", text, i == 0 ? "" : "、",
		    payment_providers[i]->title, payment_providers[i]->name);
	return text;
}

static enum err
wanted_provider(struct request *r, const struct payment_provider **out)
{
	*out = payment_provider(json_get_str(r->in, "provider"));
	if (*out != NULL && payment_given((*out)->merchant()))
		return E_OK;
	if (*out != NULL)
		return FAIL(E_PROVIDER, "%s is not configured", (*out)->name);
	problem_add(&r->env.errors, "provider", "option",
	    "没有这种支付方式，请从这些中选择：%s。", choices(r->env.a));
	return FAIL(E_INVALID, "provider");
}

static enum err
answer(struct request *r, int status, const struct order *order)
{
	struct json_object *o = json_object_in(r->env.a);

	order_json(order, o);
	return respond_json(r, status, o);
}

/* The open order of that provider, or a new one. */
static enum err
find_or_add(
    struct request *r, const struct application *app, struct change_result *out)
{
	struct order_wish wish = { .env = &r->env,
		.app = app,
		.switches = json_get_flag(r->in, "switch"),
		.order_no = id_make(r->env.a) };
	enum err e;

	if (app->state != STATE_APPROVED)
		return FAIL(E_STATE, "not to be paid");
	TRY(wanted_provider(r, &wish.provider));
	e = change(r, order_add, &wish, 201, wish.order_no, out);
	if (e != E_DUPLICATE || wish.usable == NULL)
		return e;
	*out = (struct change_result){ .status = 200, .id = wish.usable };
	return E_OK;
}

static enum err
pay(struct request *r)
{
	struct application app;
	struct change_result done;
	struct order order;

	TRY(application_load(&r->env, r->param[0], &app));
	TRY(change_find(r, &done));
	if (!done.is_replay)
		TRY(find_or_add(r, &app, &done));
	TRY(order_get(&r->env, done.id, &order));
	/* Outside any transaction; what is lost here is settled by query. */
	TRY(order_register(&r->env, &app, &order));
	if (done.status == 201)
		respond_header(r, "Location", r->path);
	return answer(r, done.status, &order);
}

static enum err
load_order(struct request *r, struct order *order)
{
	struct application app;

	TRY(application_load(&r->env, r->param[0], &app));
	return order_of(&r->env, app.id, order);
}

static enum err
show(struct request *r)
{
	struct order order;

	TRY(load_order(r, &order));
	TRY(order_ask(&r->env, &order));
	return answer(r, 200, &order);
}

static enum err
code(struct request *r)
{
	struct order order;
	const char *svg;

	TRY(load_order(r, &order));
	if (order_code(&order) == NULL)
		return FAIL(E_NOT_FOUND, "nothing to scan");
	TRY(qr_svg(r->env.a, order_code(&order), "支付二维码", &svg));
	return respond_text(r, 200, "image/svg+xml", svg);
}

/* Those that we have a contract with. */
static void
providers_json(struct json_object *o)
{
	struct json_object *list = json_list(o, "providers");

	for (size_t i = 0; payment_providers[i] != NULL; i++) {
		const struct payment_provider *p = payment_providers[i];
		struct json_object *item;

		if (!payment_given(p->merchant()))
			continue;
		item = json_item(list);
		json_str(item, "provider", p->name);
		json_str(item, "title", p->title);
	}
}

static enum err
list(struct request *r)
{
	struct json_object *o = json_object_in(r->env.a);
	struct order_filter f = {
		.status = request_query(r, "status"),
		.cursor = request_query(r, "cursor"),
	};

	TRY(request_limit(r, &f.limit));
	TRY(order_list_json(&r->env, &f, o));
	providers_json(o);
	return respond_json(r, 200, o);
}

static enum err
start(struct arena *a, const struct config *cfg)
{
	(void)a;
	TRY(http_open());
	return payment_open(cfg);
}

int
main(int argc, char **argv)
{
	static const struct program_def def = { P_PAYMENT, routes,
		COUNT(routes), start, NULL, NULL };

	return serve_main(argc, argv, &def);
}
