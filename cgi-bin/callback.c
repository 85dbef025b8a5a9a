/* Providers' notices. No sessions, no store, no outgoing calls. */
#include <ctype.h>
#include <stdio.h>
#include <string.h>

#include "base/clock.h"
#include "base/log.h"
#include "domain/audit.h"
#include "domain/invoice.h"
#include "domain/message_receipt.h"
#include "domain/order.h"
#include "domain/refund.h"
#include "web/response.h"
#include "web/serve.h"

static enum err receive(struct request *r);
static enum err sms(struct request *r);

enum { BODY = 65536, HEADER_NAME = 64, TOKEN = 128 };

static const struct member sms_query[] = {
	{ "token", MEMBER_TEXT, TOKEN, false },
	{ 0 },
};

/* clang-format off */
static const struct route routes[] = {
	{ M_POST, "/callback/{provider}", SURFACE_CALLBACK, 0, BODY_RAW, BODY,
	    NULL, NULL, ROUTE_UNSEALED, receive, "支付平台通知",
	    "200 application/json text/plain, 401 application/json text/plain" },
	{ M_POST, "/callback/sms/{provider}", SURFACE_CALLBACK, 0, BODY_RAW,
	    BODY, NULL, sms_query, ROUTE_UNSEALED, sms, "短信回执",
	    "200 application/json, 400, 404" },
};
/* clang-format on */

/* "wechatpay-nonce" is HTTP_WECHATPAY_NONCE to a FastCGI program. */
static const char *
header(void *arg, const char *name)
{
	char cgi[HEADER_NAME];
	int n = snprintf(cgi, sizeof(cgi), "HTTP_%s", name);

	if (n < 0 || (size_t)n >= sizeof(cgi))
		return NULL;
	for (char *p = cgi; *p != '\0'; p++)
		*p = *p == '-' ? '_' : (char)toupper((unsigned char)*p);
	return request_param(arg, cgi);
}

static enum err
answer(struct request *r, const struct payment_provider *p, bool is_taken)
{
	struct payment_answer a = p->notice_answer(is_taken);

	return respond_text(r, a.status, a.type, a.body);
}

static enum err
refuse(struct request *r, const struct payment_provider *p)
{
	log_fault(LOG_WARN, "notice_refused", "provider", p->name);
	audit_refusal(&r->env, p->name, "notice");
	return answer(r, p, false);
}

static enum err
take(struct request *r, const struct payment_provider *p,
    const struct payment_notice *notice)
{
	struct order_money money = { .env = &r->env,
		.provider = p,
		.fact = &notice->fact,
		.event_id = notice->event_id,
		.event_type = notice->event_type };

	switch (notice->kind) {
	case NOTICE_PAYMENT:
		return order_credit(&money);
	case NOTICE_REFUND:
		TRY(order_note(&r->env, p, notice));
		return refund_told(&r->env, notice->refund_no);
	case NOTICE_INVOICE:
		TRY(order_note(&r->env, p, notice));
		return invoice_told(&r->env, notice->apply_id);
	case NOTICE_OTHER:
		break;
	}
	return order_note(&r->env, p, notice);
}

/* Success only after COMMIT; after trouble of ours it is sent again. */
static enum err
receive(struct request *r)
{
	const struct payment_provider *p = payment_provider(r->param[0]);
	struct payment_message message = { .header = header,
		.arg = r,
		.body = r->body,
		.n = r->body_n,
		.now = clock_now() };
	struct payment_notice notice;
	enum err e;

	if (p == NULL)
		return FAIL(E_NOT_FOUND, "no such provider");
	r->env.who = (struct actor){ .role = ROLE_PROVIDER, .name = p->title };
	e = p->notice(r->env.a, &message, &notice);
	if (e == E_NOTICE)
		return refuse(r, p);
	TRY(e);
	TRY(take(r, p, &notice));
	return answer(r, p, true);
}

/* Whether messages arrived; nobody signs it (message_receipt.h). Only the
 * vendor that we send by has a callback. */
static enum err
sms(struct request *r)
{
	const struct sms_provider *p = sms_provider(r->env.cfg->sms_provider);
	bool is_ours = p != NULL && strcmp(r->param[0], p->name) == 0;
	struct message_push push = { .provider = is_ours ? p : NULL,
		.token = request_query(r, "token"),
		.body = r->body,
		.n = r->body_n };
	enum err e;

	r->env.who = (struct actor){ .role = ROLE_PROVIDER, .name = "短信" };
	e = message_receipt_take(&r->env, &push);
	if (e == E_NOT_FOUND || e == E_MALFORMED) {
		log_fault(LOG_WARN, "receipt_refused", "provider", "sms");
		audit_refusal(&r->env, "sms", "receipt");
	}
	TRY(e);
	return respond_text(
	    r, 200, "application/json", is_ours ? p->receipt_answer : "");
}

static enum err
start(struct arena *a, const struct config *cfg)
{
	TRY(message_receipt_open(a, cfg));
	return payment_open(cfg);
}

int
main(int argc, char **argv)
{
	static const struct program_def def = { P_CALLBACK, routes,
		COUNT(routes), start, NULL, NULL };

	return serve_main(argc, argv, &def);
}
