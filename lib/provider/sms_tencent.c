/*
 * 腾讯云短信: sms of 2021-01-11, signed with TC3-HMAC-SHA256
 * (cloud.tencent.com, "签名方法 v3").
 */
#include <string.h>

#include "base/arena.h"
#include "base/clock.h"
#include "format/json.h"
#include "provider/sms_private.h"
#include "service/config.h"
#include "service/http.h"

enum { DAY = 10 };

#define SERVICE "sms"
#define COUNTRY "+86"

static struct sms_account account;

/* Of those that are not here the operator is told: signature, template,
 * balance, rights. */
static const struct sms_code codes[] = {
	{ "LimitExceeded.PhoneNumberCountLimit", SENT_BLOCKED },
	{ "LimitExceeded", SENT_LATER },
	{ "RequestLimitExceeded", SENT_LATER },
	{ "FailedOperation.PhoneNumberInBlacklist", SENT_NEVER },
	{ "InvalidParameterValue.IncorrectPhoneNumber", SENT_NEVER },
	{ "FailedOperation.ContainSensitiveWord", SENT_UNFIT },
	{ "InvalidParameterValue.ContentLengthLimit", SENT_UNFIT },
	{ "InvalidParameterValue.TemplateParameterFormatError", SENT_UNFIT },
	{ "InvalidParameterValue.TemplateParameterLengthLimit", SENT_UNFIT },
	{ "UnsupportedOperation.UnsupportedRegion", SENT_NEVER },
	{ "InternalError", SENT_UNKNOWN },
	{ NULL, SENT_BLOCKED },
};

static enum err
open_tencent(const struct config *cfg)
{
	if (*cfg->sms_app_id == '\0')
		return FAIL(
		    E_INTERNAL, "sms_provider tencent needs sms_app_id");
	return sms_account_open(
	    cfg, "https://sms.tencentcloudapi.com", &account);
}

static const char *
body_of(struct arena *a, const struct sms_message *m)
{
	struct json_object *o = json_object_in(a);
	struct json_object *values;
	size_t n;

	json_item_str(json_list(o, "PhoneNumberSet"),
	    arena_printf(a, COUNTRY "%s", m->mobile));
	json_str(o, "SmsSdkAppId", account.cfg->sms_app_id);
	json_str(o, "SignName", account.cfg->sms_sign_name);
	json_str(o, "TemplateId", m->code);
	values = json_list(o, "TemplateParamSet");
	for (const struct sms_value *v = m->values; v->name != NULL; v++)
		json_item_str(values, v->value);
	json_str(o, "SessionContext", m->key);
	return json_text(o, &n);
}

/* Day, service and the word of the request, each keyed by the one before. */
static const char *
signature(struct arena *a, const struct sms_tc3 *call, const char *text)
{
	char *hex = arena_alloc(a, SHA256_HEX);
	const char *first = arena_printf(a, "TC3%s", call->secret);
	uint8_t key[SHA256_LEN];

	sms_hmac(first, strlen(first), call->day, key);
	sms_hmac(key, sizeof(key), call->service, key);
	sms_hmac(key, sizeof(key), "tc3_request", key);
	sms_hmac(key, sizeof(key), text, key);
	hex_encode(key, sizeof(key), hex);
	return hex;
}

const char *
sms_tc3_sign(struct arena *a, const struct sms_tc3 *call)
{
	const char *canonical = arena_printf(a,
	    "POST\n/\n\ncontent-type:" SMS_TC3_TYPE "\nhost:%s\n\n"
	    "content-type;host\n%s",
	    call->host, sms_digest(a, call->body));

	return signature(a, call,
	    arena_printf(a, "TC3-HMAC-SHA256\n%lld\n%s/%s/tc3_request\n%s",
		call->seconds, call->day, call->service,
		sms_digest(a, canonical)));
}

static void
sign(struct arena *a, const char *action, const char *body,
    struct http_request *req)
{
	char *day = arena_alloc(a, CLOCK_TEXT);
	int64_t now = clock_now();
	struct sms_tc3 call = { account.secret, account.host, SERVICE, body,
		day, now / CLOCK_SECOND };

	clock_utc(day, now);
	day[DAY] = '\0';
	*req = (struct http_request){ .headers = {
	    arena_printf(a, "Content-Type: %s", SMS_TC3_TYPE),
	    arena_printf(a, "X-TC-Action: %s", action),
	    "X-TC-Version: 2021-01-11",
	    arena_printf(a, "X-TC-Timestamp: %lld", call.seconds),
	    arena_printf(a, "X-TC-Region: %s", account.cfg->sms_region),
	    arena_printf(a, "Authorization: TC3-HMAC-SHA256 Credential=%s/%s/"
			    SERVICE "/tc3_request, "
			    "SignedHeaders=content-type;host, Signature=%s",
		account.cfg->sms_key_id, day, sms_tc3_sign(a, &call)),
	    },
	    .body = body,
	    .body_n = strlen(body),
	};
}

/* One number was asked for, and success is a number's own. */
static struct sent
judge_number(
    struct arena *a, struct json_object *response, const struct sms_message *m)
{
	struct json_object *set = json_get(response, "SendStatusSet"), *one;
	const char *code, *mobile;

	if (json_count(set) != 1 || (one = json_at(set, 0)) == NULL)
		return sms_unclear("not one number's status");
	code = json_get_str(one, "Code");
	mobile = json_get_str(one, "PhoneNumber");
	if (code == NULL || mobile == NULL ||
	    strcmp(mobile, arena_printf(a, COUNTRY "%s", m->mobile)) != 0)
		return sms_unclear("the status of another number");
	return strcmp(code, "Ok") == 0
		   ? sms_taken(code, json_get_str(one, "SerialNo"))
		   : sms_refused(codes, code);
}

static struct sent
judge(
    struct arena *a, const struct http_answer *ans, const struct sms_message *m)
{
	struct json_object *o, *response, *error;
	const char *code, *where;

	if (json_parse(a, ans->body, ans->n, &o, &where) != E_OK ||
	    (response = json_get(o, "Response")) == NULL)
		return sms_unclear("the answer has no Response");
	error = json_get(response, "Error");
	if (error == NULL)
		return judge_number(a, response, m);
	code = json_get_str(error, "Code");
	return code != NULL ? sms_refused(codes, code)
			    : sms_unclear("an Error without a Code");
}

static struct sent
send_tencent(struct arena *a, const struct sms_message *m)
{
	struct http_request req;
	struct http_answer *ans;
	struct sent out;

	if (m->code == NULL)
		return sms_refused(codes, "no_template");
	sign(a, "SendSms", body_of(a, m), &req);
	return sms_call(a, &account, "", &req, &ans, &out) ? judge(a, ans, m)
							   : out;
}

/* -- what became of it -- */

enum { ASK_SECONDS = 7 * 86400 };

static const char *
question(struct arena *a, const struct sms_question *q)
{
	struct json_object *o = json_object_in(a);
	int64_t from = q->sent_at / CLOCK_SECOND - SMS_CLOCK_SLACK;
	size_t n;

	json_int(o, "BeginTime", from);
	json_int(o, "EndTime", from + ASK_SECONDS);
	json_int(o, "Offset", 0);
	json_int(o, "Limit", 100);
	json_str(o, "PhoneNumber", arena_printf(a, COUNTRY "%s", q->mobile));
	json_str(o, "SmsSdkAppId", account.cfg->sms_app_id);
	return json_text(o, &n);
}

/* Our own name for it is there only where the vendor has been asked to give it
 * back. */
static bool
is_it(struct json_object *one, const struct sms_question *q)
{
	bool has_serial = *q->serial != '\0';
	const char *name =
	    json_get_str(one, has_serial ? "SerialNo" : "SessionContext");

	return name != NULL &&
	       strcmp(name, has_serial ? q->serial : q->key) == 0;
}

static enum sms_found
judge_status(struct json_object *one, const struct sms_question *q,
    struct sms_receipt *out)
{
	const char *status = json_get_str(one, "ReportStatus");
	bool is_delivered = status != NULL && strcmp(status, "SUCCESS") == 0;

	*out = (struct sms_receipt){ .serial = q->serial,
		.mobile = q->mobile,
		.is_delivered = is_delivered,
		.code = "",
		.text = json_get_str(one, "Description") };
	return is_delivered || (status != NULL && strcmp(status, "FAIL") == 0)
		   ? SMS_JUDGED
		   : SMS_TAKEN;
}

/* What the carriers have said nothing of is not told: that one is not there
 * means nothing. */
static enum err
ask_tencent(struct arena *a, const struct sms_question *q,
    struct sms_receipt *out, enum sms_found *found)
{
	struct json_object *o, *response, *set;
	struct http_request req;

	*found = SMS_UNSAID;
	sign(a, "PullSmsSendStatusByPhoneNumber", question(a, q), &req);
	TRY(sms_ask_call(a, &account, "", &req, &o));
	response = json_get(o, "Response");
	if (response == NULL || json_get(response, "Error") != NULL)
		return FAIL(E_PROVIDER, "refused: %s",
		    sms_word(
			json_get_str(json_get(response, "Error"), "Code")));
	set = json_get(response, "PullSmsSendStatusSet");
	for (size_t i = 0; i < json_count(set) && *found == SMS_UNSAID; i++)
		if (is_it(json_at(set, i), q))
			*found = judge_status(json_at(set, i), q, out);
	return E_OK;
}

static bool
read_receipt(struct json_object *o, struct sms_receipt *out)
{
	const char *status = json_get_str(o, "report_status");

	*out = (struct sms_receipt){ .serial = json_get_str(o, "sid"),
		.mobile = json_get_str(o, "mobile"),
		.is_delivered =
		    status != NULL && strcmp(status, "SUCCESS") == 0,
		.code = sms_word(json_get_str(o, "errmsg")),
		.text = json_get_str(o, "description") };
	return out->serial != NULL && out->mobile != NULL && status != NULL;
}

static enum err
read_receipts(
    struct arena *a, const char *body, size_t n, struct sms_receipts *out)
{
	return sms_receipts_read(a, body, n, read_receipt, out);
}

const struct sms_provider sms_tencent = {
	.name = "tencent",
	.has_templates = true,
	.open = open_tencent,
	.send = send_tencent,
	.ask = ask_tencent,
	.receipts = read_receipts,
	.receipt_answer = "{\"result\":0,\"errmsg\":\"OK\"}",
};
