/*
 * Lets tests that are written in JavaScript ask the C code: one request a
 * line on stdin, one answer a line on stdout, both JSON objects.
 *
 *   {"do":"json","bytes":BASE64}
 *   {"do":"template","text":…,"data":…,"partials":{NAME:TEXT}}
 *   {"do":"open","mchid":…,"serial":…,"merchant_key":FILE,
 *    "apiv3_key":FILE,"platform_keys":…}
 *   {"do":"authorization","method":…,"target":…,"timestamp":…,"nonce":…,
 *    "bytes":BASE64}
 *   {"do":"seal","bytes":BASE64}
 *   {"do":"notice","headers":{NAME:VALUE},"bytes":BASE64,"now":SECONDS}
 *   {"do":"alipay","base_url":…,"appid":…,"seller_id":…,"app_key":FILE,
 *    "alipay_key":FILE,"app_cert":FILE,"root_cert":FILE}
 *   {"do":"alipay_create","order_no":…,"amount_fen":…,"description":…}
 *   {"do":"alipay_query"|"alipay_close","order_no":…}
 *   {"do":"alipay_refund"|"alipay_refund_query","refund_no":…,
 *    "transaction_id":…,"amount_fen":…,"total_fen":…}
 *   {"do":"alipay_notice","bytes":BASE64}
 *   {"do":"sms","vendor":…,"base_url":…,"key_id":…,"secret":FILE,"sign_name":…,
 *    "templates":…,"app_id":…}
 *   {"do":"sms_send","key":…,"mobile":…,"template":…,"values":{NAME:VALUE}}
 *   {"do":"invoices","base_url":…} beside what open takes
 *   {"do":"invoice_issue"|"invoice_query"|"invoice_files"|"invoice_reverse",
 *    "apply_id":…,"is_wechatpay":…,"fapiao_id":…,"amount_fen":…,"number":…,
 *    "goods":…,"remark":…,"is_organisation":…,"title":…,"tax_no":…,
 *    "mobile":…,"email":…,"reason":0…}
 *
 * An answer has "ok", and "error" with the name of the error when not.
 */
#include <json-c/json.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/arena.h"
#include "base/buf.h"
#include "base/clock.h"
#include "base/hash.h"
#include "format/json.h"
#include "format/template.h"
#include "provider/invoice.h"
#include "provider/sms.h"
#include "provider/wechatpay_private.h"
#include "service/config.h"
#include "service/http.h"
#include "service/rsa.h"

enum { CAP = 256 * 1024 * 1024, TEXT = 1024 * 1024 };

static struct arena *a, *keys;
static struct wechatpay wechat;
static struct config cfg;

static const char *
given(struct json_object *in, const char *name)
{
	const char *s = json_get_str(in, name);

	return s != NULL ? s : "";
}

static const char *
bytes(struct json_object *in, size_t *n)
{
	const char *text = given(in, "bytes");
	void *p = base64_decode(a, text, n);

	if (p == NULL && *text != '\0') {
		fprintf(stderr, "driver: bytes are no base64\n");
		exit(1);
	}
	*n = p != NULL ? *n : 0;
	return p != NULL ? p : "";
}

static enum err
do_json(struct json_object *in, struct json_object *out)
{
	struct json_object *value;
	const char *where, *p;
	size_t n;
	enum err e;

	p = bytes(in, &n);
	e = json_parse(a, p, n, &value, &where);
	json_str(out, "where", where);
	json_str(out, "text", e == E_OK ? json_text(value, &n) : NULL);
	return e;
}

static enum err
do_template(struct json_object *in, struct json_object *out)
{
	struct json_object *partials = json_get(in, "partials");
	struct template list[16] = { { 0 } };
	struct buf b;
	size_t n = 0;

	list[n++] = (struct template){ "page", given(in, "text"),
		strlen(given(in, "text")) };
	if (partials != NULL) {
		json_object_object_foreach(partials, name, text)
		{
			const char *s = json_object_get_string(text);

			if (n + 1 < COUNT(list))
				list[n++] =
				    (struct template){ name, s, strlen(s) };
		}
	}
	buf_init(&b, a, TEXT);
	TRY(template_render(list, "page", json_get(in, "data"), &b));
	json_str(out, "text", buf_str(&b));
	return E_OK;
}

static void
configure(struct json_object *in)
{
	cfg = (struct config){
		.wechatpay_mchid = arena_strdup(keys, given(in, "mchid")),
		.wechatpay_merchant_serial =
		    arena_strdup(keys, given(in, "serial")),
		.wechatpay_merchant_key_file =
		    arena_strdup(keys, given(in, "merchant_key")),
		.wechatpay_apiv3_key_file =
		    arena_strdup(keys, given(in, "apiv3_key")),
		.wechatpay_platform_keys =
		    arena_strdup(keys, given(in, "platform_keys")),
	};
}

static enum err
do_open(struct json_object *in, struct json_object *out)
{
	(void)out;
	configure(in);
	wechat = (struct wechatpay){ .a = keys, .cfg = &cfg };
	return wechatpay_keys_read(&wechat);
}

static enum err
do_authorization(struct json_object *in, struct json_object *out)
{
	struct wechatpay_request r = {
		.method = given(in, "method"),
		.target = given(in, "target"),
		.timestamp = given(in, "timestamp"),
		.nonce = given(in, "nonce"),
	};
	const char *value;

	r.body = bytes(in, &r.n);
	TRY(wechatpay_authorization(a, &wechat, &r, &value));
	json_str(out, "value", value);
	return E_OK;
}

static enum err
do_seal(struct json_object *in, struct json_object *out)
{
	size_t n;
	const char *p = bytes(in, &n);
	const char *sealed =
	    rsa_encrypt(a, wechatpay_sealing_key(&wechat.keys)->key, p, n);

	json_str(out, "sealed", sealed);
	return sealed != NULL ? E_OK : FAIL(E_INVALID, "not sealed");
}

static const char *
header(void *arg, const char *name)
{
	return json_get_str(arg, name);
}

static void
fact_json(const struct payment_fact *fact, struct json_object *out)
{
	json_str(out, "order_no", fact->order_no);
	json_str(out, "transaction_id", fact->transaction_id);
	json_str(out, "merchant", fact->merchant);
	json_str(out, "app", fact->app);
	json_str(out, "currency", fact->currency);
	json_int(out, "amount_fen", fact->amount_fen);
	json_time(out, "paid_at", fact->paid_at);
}

static void
notice_json(const struct payment_notice *notice, struct json_object *out)
{
	json_str(out, "event_id", notice->event_id);
	json_str(out, "event_type", notice->event_type);
	json_str(out, "plain", notice->plain);
	json_flag(out, "is_payment", notice->kind == NOTICE_PAYMENT);
	if (notice->kind == NOTICE_REFUND)
		json_str(out, "refund_no", notice->refund_no);
	if (notice->kind == NOTICE_INVOICE)
		json_str(out, "apply_id", notice->apply_id);
	if (notice->kind == NOTICE_PAYMENT)
		fact_json(&notice->fact, out);
}

static enum err
do_notice(struct json_object *in, struct json_object *out)
{
	struct payment_message m = {
		.header = header,
		.arg = json_get(in, "headers"),
	};
	struct payment_notice notice;
	int64_t now = 0;

	json_get_int(in, "now", &now);
	m.now = now * CLOCK_SECOND;
	m.body = bytes(in, &m.n);
	TRY(wechatpay_notice(a, &wechat.keys, &m, &notice));
	notice_json(&notice, out);
	return E_OK;
}

static const char *
kept(struct json_object *in, const char *name)
{
	return arena_strdup(keys, given(in, name));
}

static enum err
do_alipay(struct json_object *in, struct json_object *out)
{
	(void)out;
	cfg = (struct config){ .public_url = "https://ca.example.com",
		.alipay_base_url = kept(in, "base_url"),
		.alipay_appid = kept(in, "appid"),
		.alipay_seller_id = kept(in, "seller_id"),
		.alipay_app_key_file = kept(in, "app_key"),
		.alipay_alipay_key_file = kept(in, "alipay_key"),
		.alipay_app_cert_file = kept(in, "app_cert"),
		.alipay_root_cert_file = kept(in, "root_cert") };
	return payment_alipay.open(&cfg);
}

static enum err
do_alipay_create(struct json_object *in, struct json_object *out)
{
	struct payment_order order = { .order_no = given(in, "order_no"),
		.description = given(in, "description"),
		.expires_at = clock_now() + 90 * 60 * CLOCK_SECOND };
	const char *code_url;

	json_get_int(in, "amount_fen", &order.amount_fen);
	TRY(payment_alipay.create(a, &order, &code_url));
	json_str(out, "code_url", code_url);
	return E_OK;
}

static enum err
do_alipay_query(struct json_object *in, struct json_object *out)
{
	struct payment_fact fact;

	TRY(payment_alipay.query(a, given(in, "order_no"), &fact));
	json_int(out, "state", fact.state);
	fact_json(&fact, out);
	return E_OK;
}

static enum err
do_alipay_close(struct json_object *in, struct json_object *out)
{
	(void)out;
	return payment_alipay.close(a, given(in, "order_no"));
}

static enum err
do_refund(struct json_object *in, struct json_object *out,
    enum err (*call)(struct arena *, const struct payment_refund *,
	struct payment_refund_fact *))
{
	struct payment_refund r = { .refund_no = given(in, "refund_no"),
		.transaction_id = given(in, "transaction_id"),
		.reason = "CA锁办理费退款" };
	struct payment_refund_fact fact;

	json_get_int(in, "amount_fen", &r.amount_fen);
	json_get_int(in, "total_fen", &r.total_fen);
	TRY(call(a, &r, &fact));
	json_int(out, "progress", fact.progress);
	json_str(out, "refund_id", fact.refund_id);
	json_str(out, "word", fact.word);
	json_time(out, "done_at", fact.done_at);
	return E_OK;
}

static enum err
do_alipay_refund(struct json_object *in, struct json_object *out)
{
	return do_refund(in, out, payment_alipay.refund);
}

static enum err
do_alipay_refund_query(struct json_object *in, struct json_object *out)
{
	return do_refund(in, out, payment_alipay.refund_query);
}

static enum err
do_alipay_notice(struct json_object *in, struct json_object *out)
{
	struct payment_message m = { .header = header, .now = clock_now() };
	struct payment_notice notice;

	m.body = bytes(in, &m.n);
	TRY(payment_alipay.notice(a, &m, &notice));
	notice_json(&notice, out);
	return E_OK;
}

static const struct sms_provider *sms;

static enum err
do_sms(struct json_object *in, struct json_object *out)
{
	(void)out;
	cfg = (struct config){ .sms_provider = kept(in, "vendor"),
		.sms_base_url = kept(in, "base_url"),
		.sms_key_id = kept(in, "key_id"),
		.sms_key_secret_file = kept(in, "secret"),
		.sms_sign_name = kept(in, "sign_name"),
		.sms_templates = kept(in, "templates"),
		.sms_app_id = kept(in, "app_id"),
		.sms_region = "ap-guangzhou" };
	sms = sms_provider(cfg.sms_provider);
	return sms != NULL ? sms->open(&cfg) : E_NOT_FOUND;
}

static enum err
do_sms_send(struct json_object *in, struct json_object *out)
{
	struct sms_message m = { .key = given(in, "key"),
		.mobile = given(in, "mobile"),
		.template = given(in, "template"),
		.code =
		    sms_template(a, cfg.sms_templates, given(in, "template")) };
	struct json_object *values = json_get(in, "values");
	struct sent answer;
	size_t n = 0;

	json_object_object_foreach(values, name, value)
	{
		m.values[n++] =
		    (struct sms_value){ name, json_object_get_string(value) };
	}
	answer = sms->send(a, &m);
	json_int(out, "outcome", answer.outcome);
	json_str(out, "code", answer.code);
	json_str(out, "serial", answer.serial);
	return E_OK;
}

static enum err
do_sms_ask(struct json_object *in, struct json_object *out)
{
	struct sms_question q = { .serial = given(in, "serial"),
		.key = given(in, "key"),
		.mobile = given(in, "mobile") };
	struct sms_receipt receipt = { 0 };
	enum sms_found found;

	json_get_int(in, "sent_at", &q.sent_at);
	TRY(sms->ask(a, &q, &receipt, &found));
	json_int(out, "found", found);
	if (found != SMS_JUDGED)
		return E_OK;
	json_flag(out, "is_delivered", receipt.is_delivered);
	json_str(out, "code", receipt.code);
	json_str(out, "text", receipt.text);
	return E_OK;
}

static enum err
do_invoices(struct json_object *in, struct json_object *out)
{
	(void)out;
	configure(in);
	cfg.public_url = kept(in, "public_url");
	cfg.wechatpay_appid = kept(in, "appid");
	cfg.wechatpay_base_url = kept(in, "base_url");
	cfg.invoice_goods_name = "数字证书服务费";
	cfg.invoice_goods_category = "信息技术服务";
	cfg.invoice_tax_code = "3040201990000000000";
	cfg.invoice_tax_rate = "6";
	cfg.invoice_tax_prefer_mark = "NO_FAVORABLE";
	cfg.invoice_unit = "项";
	return invoice_wechatpay.open(&cfg);
}

static struct invoice_order
invoice_order_of(struct json_object *in)
{
	struct invoice_order o = { .apply_id = given(in, "apply_id"),
		.is_wechatpay = json_get_flag(in, "is_wechatpay"),
		.fapiao_id = given(in, "fapiao_id"),
		.goods = json_get_str(in, "goods"),
		.remark = json_get_str(in, "remark"),
		.number = given(in, "number"),
		.buyer = {
		    .is_organisation = json_get_flag(in, "is_organisation"),
		    .title = given(in, "title"),
		    .tax_no = json_get_str(in, "tax_no"),
		    .address = json_get_str(in, "address"),
		    .mobile = json_get_str(in, "mobile"),
		    .email = json_get_str(in, "email") } };

	json_get_int(in, "amount_fen", &o.amount_fen);
	return o;
}

static enum err
do_invoice_issue(struct json_object *in, struct json_object *out)
{
	struct invoice_order o = invoice_order_of(in);
	struct invoice_refusal why;
	enum err e = invoice_wechatpay.issue(a, &o, &why);

	json_str(out, "code", why.code);
	json_str(out, "message", why.message);
	return e;
}

static enum err
do_invoice_reverse(struct json_object *in, struct json_object *out)
{
	struct invoice_order o = invoice_order_of(in);
	struct invoice_refusal why;
	int64_t reason = 0;
	enum err e;

	json_get_int(in, "reason", &reason);
	e = invoice_wechatpay.reverse(a, &o, (enum invoice_reason)reason, &why);
	json_str(out, "code", why.code);
	json_str(out, "message", why.message);
	return e;
}

static enum err
do_invoice_query(struct json_object *in, struct json_object *out)
{
	struct invoice_order o = invoice_order_of(in);
	struct invoice_fact fact;

	TRY(invoice_wechatpay.query(a, &o, &fact));
	json_int(out, "progress", fact.progress);
	json_str(out, "number", fact.number);
	json_str(out, "red_number", fact.red_number);
	json_time(out, "issued_at", fact.issued_at);
	json_time(out, "reversed_at", fact.reversed_at);
	json_int(out, "tax_fen", fact.tax_fen);
	json_str(out, "code", fact.code);
	json_str(out, "message", fact.message);
	return E_OK;
}

static enum err
do_invoice_files(struct json_object *in, struct json_object *out)
{
	struct invoice_order o = invoice_order_of(in);
	struct invoice_file file[INVOICE_FILES];

	TRY(invoice_wechatpay.files(a, &o, file));
	for (int i = 0; i < INVOICE_FILES; i++)
		json_str(out, invoice_kind_name((enum invoice_kind)i),
		    file[i].bytes == NULL
			? NULL
			: base64_encode(a, file[i].bytes, file[i].n));
	return E_OK;
}

static const struct {
	const char *name;
	enum err (*run)(struct json_object *in, struct json_object *out);
} actions[] = {
	{ "json", do_json },
	{ "template", do_template },
	{ "open", do_open },
	{ "authorization", do_authorization },
	{ "seal", do_seal },
	{ "notice", do_notice },
	{ "alipay", do_alipay },
	{ "alipay_create", do_alipay_create },
	{ "alipay_query", do_alipay_query },
	{ "alipay_close", do_alipay_close },
	{ "alipay_refund", do_alipay_refund },
	{ "alipay_refund_query", do_alipay_refund_query },
	{ "alipay_notice", do_alipay_notice },
	{ "sms", do_sms },
	{ "sms_send", do_sms_send },
	{ "sms_ask", do_sms_ask },
	{ "invoices", do_invoices },
	{ "invoice_issue", do_invoice_issue },
	{ "invoice_query", do_invoice_query },
	{ "invoice_files", do_invoice_files },
	{ "invoice_reverse", do_invoice_reverse },
};

static enum err
run(struct json_object *in, struct json_object *out)
{
	for (size_t i = 0; i < COUNT(actions); i++)
		if (strcmp(actions[i].name, given(in, "do")) == 0)
			return actions[i].run(in, out);
	return FAIL(E_NOT_FOUND, "no such action");
}

/* json-c reads the requests: they are no input of the code under test. */
static void
answer(const char *line)
{
	struct json_object *in = json_tokener_parse(line);
	struct json_object *out = json_object_in(a);
	enum err e;
	size_t n;

	err_clear();
	e = run(in, out);
	json_flag(out, "ok", e == E_OK);
	if (e != E_OK) {
		json_str(out, "error", err_row(e)->name);
		json_str(out, "cause", err_fault()->cause);
	}
	puts(json_text(out, &n));
	fflush(stdout);
	json_object_put(in);
	arena_reset(a);
}

int
main(void)
{
	char *line = NULL;
	size_t size = 0;

	a = arena_new(CAP);
	keys = arena_new(CAP);
	if (http_open() != E_OK)
		return 1;
	while (getline(&line, &size, stdin) > 0)
		answer(line);
	free(line);
	http_close();
	arena_free(keys);
	arena_free(a);
	return 0;
}
