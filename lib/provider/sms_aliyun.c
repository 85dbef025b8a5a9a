/*
 * 阿里云短信服务: dysmsapi of 2017-05-25, signed with ACS3-HMAC-SHA256
 * (help.aliyun.com, "V3 request structure & signature").
 */
#include <string.h>

#include "base/arena.h"
#include "base/clock.h"
#include "base/num.h"
#include "format/json.h"
#include "format/url.h"
#include "provider/sms_private.h"
#include "service/config.h"
#include "service/http.h"

enum { SECONDS = 19, NONCE = 16, OK_STATUS = 200 };

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
	/* A word in a value, or a value too long or of another kind. */
	{ "isv.BLACK_KEY_CONTROL_LIMIT", SENT_UNFIT },
	{ "isv.TEMPLATE_PARAMS_ILLEGAL", SENT_UNFIT },
	{ "isv.PARAM_LENGTH_LIMIT", SENT_UNFIT },
	{ "isv.PARAM_NOT_SUPPORT_URL", SENT_UNFIT },
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
query_of(struct arena *a, const struct sms_message *m)
{
	return arena_printf(a,
	    "OutId=%s&PhoneNumbers=%s&SignName=%s&TemplateCode=%s&"
	    "TemplateParam=%s",
	    url_encode(a, m->key), url_encode(a, m->mobile),
	    url_encode(a, account.cfg->sms_sign_name), url_encode(a, m->code),
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
sign(struct arena *a, const char *action, const char *query,
    struct http_request *req)
{
	struct sms_acs3 call = { account.secret, account.host, action, VERSION,
		now_text(a), nonce(a), query };

	*req = (struct http_request){ 0 };
	req->headers[0] = arena_printf(a, "x-acs-action: %s", action);
	req->headers[1] = arena_printf(a, "x-acs-version: %s", VERSION);
	req->headers[2] = arena_printf(a, "x-acs-date: %s", call.date);
	req->headers[3] =
	    arena_printf(a, "x-acs-signature-nonce: %s", call.nonce);
	req->headers[4] =
	    arena_printf(a, "x-acs-content-sha256: %s", sms_digest(a, ""));
	req->headers[5] = "Accept: application/json";
	req->headers[6] = arena_printf(a,
	    "Authorization: ACS3-HMAC-SHA256 Credential=%s,"
	    "SignedHeaders=" SMS_ACS3_HEADERS ",Signature=%s",
	    account.cfg->sms_key_id, sms_acs3_sign(a, &call));
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
	struct http_request req;
	struct http_answer *ans;
	struct sent out;
	const char *query;

	if (m->code == NULL)
		return sms_refused(codes, "no_template");
	query = query_of(a, m);
	sign(a, "SendSms", query, &req);
	return sms_call(
		   a, &account, arena_printf(a, "?%s", query), &req, &ans, &out)
		   ? judge(a, ans)
		   : out;
}

/* -- what became of it -- */

enum { SEND_FAILED = 2, SEND_DONE = 3 };
/* As many as fit into an answer, and pages that a number may have a day. */
enum { PAGE = 20, PAGES = 10 };

/* The search for one among those of its number, day by day. */
struct search {
	const struct sms_question *q;
	struct sms_receipt *out;
	enum sms_found found;
	bool is_whole; /* all that the vendor has were looked at */
};

/* Without its serial every one of the number's is answered. */
static const char *
question(
    struct arena *a, const struct sms_question *q, const char *day, int page)
{
	const char *serial = *q->serial == '\0' ? ""
						: arena_printf(a, "BizId=%s&",
						      url_encode(a, q->serial));

	return arena_printf(a,
	    "%sCurrentPage=%d&PageSize=%d&PhoneNumber=%s&SendDate=%.4s%.2s%.2s",
	    serial, page, PAGE, url_encode(a, q->mobile), day, day + 5,
	    day + 8);
}

static enum err
ask_page(struct arena *a, const struct sms_question *q, const char *day,
    int page, struct json_object **out)
{
	const char *query = question(a, q, day, page), *code;
	struct http_request req;

	sign(a, "QuerySendDetails", query, &req);
	TRY(sms_ask_call(
	    a, &account, arena_printf(a, "?%s", query), &req, out));
	code = json_get_str(*out, "Code");
	return code != NULL && strcmp(code, "OK") == 0
		   ? E_OK
		   : FAIL(E_PROVIDER, "refused: %s", sms_word(code));
}

/* Documented as a string, and shown as a number; -1 without one. */
static int64_t
total_of(struct json_object *o)
{
	const char *text = json_get_str(o, "TotalCount");
	int64_t n = -1;

	if (text == NULL)
		json_get_int(o, "TotalCount", &n);
	else if (!num_int(text, 0, INT32_MAX, &n))
		n = -1;
	return n;
}

static void
look_at(struct search *s, struct json_object *one)
{
	const char *key = json_get_str(one, "OutId");
	int64_t status = 0;

	if (s->found != SMS_NONE ||
	    (*s->q->serial == '\0' &&
		(key == NULL || strcmp(key, s->q->key) != 0)))
		return;
	json_get_int(one, "SendStatus", &status);
	s->found = status == SEND_FAILED || status == SEND_DONE ? SMS_JUDGED
								: SMS_TAKEN;
	*s->out = (struct sms_receipt){ .serial = s->q->serial,
		.mobile = s->q->mobile,
		.is_delivered = status == SEND_DONE,
		.code = sms_word(json_get_str(one, "ErrCode")),
		.text = "" };
}

static enum err
search_day(struct arena *a, struct search *s, const char *day)
{
	int64_t total = 1, seen = 0;
	size_t n = 1;

	for (int page = 1; page <= PAGES && n > 0 && seen < total; page++) {
		struct json_object *o, *list;

		TRY(ask_page(a, s->q, day, page, &o));
		total = total_of(o);
		list = json_get(
		    json_get(o, "SmsSendDetailDTOs"), "SmsSendDetailDTO");
		n = json_count(list);
		for (size_t i = 0; i < n; i++)
			look_at(s, json_at(list, i));
		seen += (int64_t)n;
	}
	s->is_whole &= total >= 0 && seen >= total;
	return E_OK;
}

/* The vendor has it under the day of China by its own clock. */
static enum err
ask_aliyun(struct arena *a, const struct sms_question *q,
    struct sms_receipt *out, enum sms_found *found)
{
	struct search s = { q, out, SMS_NONE, true };
	int64_t slack = SMS_CLOCK_SLACK * CLOCK_SECOND;
	char first[CLOCK_TEXT], last[CLOCK_TEXT];

	*found = SMS_UNSAID;
	clock_day(first, q->sent_at - slack);
	clock_day(last, q->sent_at + slack);
	TRY(search_day(a, &s, first));
	if (s.found == SMS_NONE && strcmp(first, last) != 0)
		TRY(search_day(a, &s, last));
	if (s.found != SMS_NONE || s.is_whole)
		*found = s.found;
	return E_OK;
}

static bool
read_receipt(struct json_object *o, struct sms_receipt *out)
{
	*out = (struct sms_receipt){ .serial = json_get_str(o, "biz_id"),
		.mobile = json_get_str(o, "phone_number"),
		.key = json_get_str(o, "out_id"),
		.is_delivered = json_get_flag(o, "success"),
		.code = sms_word(json_get_str(o, "err_code")),
		.text = json_get_str(o, "err_msg") };
	return out->serial != NULL && out->mobile != NULL &&
	       json_get(o, "success") != NULL;
}

static enum err
read_receipts(
    struct arena *a, const char *body, size_t n, struct sms_receipts *out)
{
	return sms_receipts_read(a, body, n, read_receipt, out);
}

const struct sms_provider sms_aliyun = {
	.name = "aliyun",
	.has_templates = true,
	.open = open_aliyun,
	.send = send_aliyun,
	.ask = ask_aliyun,
	.receipts = read_receipts,
	.receipt_answer = "{\"code\":0,\"msg\":\"接收成功\"}",
};
