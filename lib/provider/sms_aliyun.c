/*
 * 阿里云短信服务: dysmsapi of 2017-05-25, signed with ACS3-HMAC-SHA256
 * (help.aliyun.com, "V3 request structure & signature").
 */
#include <string.h>

#include "base/arena.h"
#include "base/clock.h"
#include "format/json.h"
#include "format/url.h"
#include "provider/sms_private.h"
#include "service/config.h"
#include "service/http.h"

enum { SECONDS = 19, NONCE = 16, OK_STATUS = 200 };

#define ACTION	"SendSms"
#define VERSION "2017-05-25"

static struct sms_account account;

/* Of those that are not here the operator is told: signature, template,
 * balance, rights, addresses. */
static const struct sms_code codes[] = {
	{ "isv.BUSINESS_LIMIT_CONTROL", SENT_LATER },
	{ "isv.DAY_LIMIT_CONTROL", SENT_LATER },
	{ "isv.MONTH_LIMIT_CONTROL", SENT_LATER },
	{ "isp.SYSTEM_ERROR", SENT_LATER },
	{ "Throttling", SENT_LATER },
	{ "isv.MOBILE_NUMBER_ILLEGAL", SENT_NEVER },
	{ "isv.MOBILE_COUNT_OVER_LIMIT", SENT_NEVER },
	{ "isv.BLACK_KEY_CONTROL_LIMIT", SENT_NEVER },
	/* Ours was made for this call alone: it has been there before. */
	{ "SignatureNonceUsed", SENT_UNKNOWN },
	{ "InternalError", SENT_UNKNOWN },
	{ "ServiceUnavailable", SENT_UNKNOWN },
	{ NULL, SENT_BLOCKED },
};

static enum err
open_aliyun(const struct config *cfg)
{
	return sms_account_open(cfg, "https://dysmsapi.aliyuncs.com", &account);
}

static const char *
values_of(const struct sms_message *m, struct arena *a)
{
	struct json_object *o = json_object_in(a);
	size_t n;

	for (const struct sms_value *v = m->values; v->name != NULL; v++)
		json_str(o, v->name, v->value);
	return json_text(o, &n);
}

/* The parameters in the order of their names, which is the signature's. */
static const char *
query_of(struct arena *a, const struct sms_message *m, const char *template)
{
	return arena_printf(a,
	    "OutId=%s&PhoneNumbers=%s&SignName=%s&TemplateCode=%s&"
	    "TemplateParam=%s",
	    url_encode(a, m->key), url_encode(a, m->mobile),
	    url_encode(a, account.cfg->sms_sign_name), url_encode(a, template),
	    url_encode(a, values_of(m, a)));
}

static const char *
now_text(struct arena *a)
{
	char *out = arena_alloc(a, CLOCK_TEXT);

	clock_utc(out, clock_now());
	out[SECONDS] = 'Z';
	out[SECONDS + 1] = '\0';
	return out;
}

static const char *
nonce(struct arena *a)
{
	char *out = arena_alloc(a, NONCE * 2 + 1);
	uint8_t bytes[NONCE];

	rand_bytes(bytes, sizeof(bytes));
	hex_encode(bytes, sizeof(bytes), out);
	return out;
}

const char *
sms_acs3_sign(struct arena *a, const struct sms_acs3 *call)
{
	char *signature = arena_alloc(a, SHA256_HEX);
	const char *empty = sms_digest(a, ""), *canonical;
	uint8_t mac[SHA256_LEN];

	canonical = arena_printf(a,
	    "POST\n/\n%s\nhost:%s\nx-acs-action:%s\nx-acs-content-sha256:%s\n"
	    "x-acs-date:%s\nx-acs-signature-nonce:%s\nx-acs-version:%s\n\n" SMS_ACS3_HEADERS
	    "\n%s",
	    call->query, call->host, call->action, empty, call->date,
	    call->nonce, call->version, empty);
	sms_hmac(call->secret, strlen(call->secret),
	    arena_printf(a, "ACS3-HMAC-SHA256\n%s", sms_digest(a, canonical)),
	    mac);
	hex_encode(mac, sizeof(mac), signature);
	return signature;
}

/* The headers of a request with this query and no body. */
static void
sign(struct arena *a, const char *query, struct http_request *req)
{
	struct sms_acs3 call = { account.secret, account.host, ACTION, VERSION,
		now_text(a), nonce(a), query };

	*req = (struct
	    http_request){ .headers = {
			       "x-acs-action: " ACTION,
			       "x-acs-version: " VERSION,
			       arena_printf(a, "x-acs-date: %s", call.date),
			       arena_printf(
				   a, "x-acs-signature-nonce: %s", call.nonce),
			       arena_printf(a, "x-acs-content-sha256: %s",
				   sms_digest(a, "")),
			       "Accept: application/json",
			       arena_printf(a,
				   "Authorization: ACS3-HMAC-SHA256 Credential=%s,"
				   "SignedHeaders=" SMS_ACS3_HEADERS
				   ",Signature=%s",
				   account.cfg->sms_key_id,
				   sms_acs3_sign(a, &call)),
			   } };
}

/* Business codes come with status 200, the gateway's with another. */
static struct sent
judge(struct arena *a, const struct http_answer *ans)
{
	struct json_object *o;
	const char *code, *where;

	if (json_parse(a, ans->body, ans->n, &o, &where) != E_OK ||
	    (code = json_get_str(o, "Code")) == NULL)
		return sms_unclear("the answer has no Code");
	if (strcmp(code, "OK") != 0)
		return sms_refused(codes, code);
	return ans->status == OK_STATUS
		   ? sms_taken(code, json_get_str(o, "BizId"))
		   : sms_unclear("OK with another status");
}

static struct sent
send_aliyun(struct arena *a, const struct sms_message *m)
{
	const char *template =
	    sms_template(a, account.cfg->sms_templates, m->template);
	struct http_request req;
	struct http_answer *ans;
	struct sent out;
	const char *query;

	if (template == NULL)
		return sms_refused(codes, "no_template");
	query = query_of(a, m, template);
	sign(a, query, &req);
	return sms_call(
		   a, &account, arena_printf(a, "?%s", query), &req, &ans, &out)
		   ? judge(a, ans)
		   : out;
}

const struct sms_provider sms_aliyun = {
	.name = "aliyun",
	.has_templates = true,
	.open = open_aliyun,
	.send = send_aliyun,
};
