/*
 * WeChat Pay's 电子发票 API v3, as a direct merchant: an invoice has one line,
 * its price with tax. Most calls are answered 202 with nothing: it was taken.
 */
#include <string.h>

#include "base/arena.h"
#include "base/buf.h"
#include "base/clock.h"
#include "base/log.h"
#include "base/num.h"
#include "format/json.h"
#include "provider/wechat_fapiao_private.h"
#include "service/config.h"
#include "service/pdf_head.h"
#include "service/rsa.h"

enum {
	ARENA_CAP = 1024 * 1024,
	ID_MAX = 32,
	TAX_CODE = 19,
	TRIES = 4,
	REVERSE_SECONDS = 300
};

/* Quantities come in hundred-millionths. */
static const int64_t one = 100000000;

/* Set by open, for as long as the program runs. */
static struct wechatpay self;
static int64_t tax_rate; /* in hundredths of a percent */
static bool callback_is_told;

/* What lowers the tax; all but the first go with a rate of 0. */
static const char *const prefer_marks[] = { "NO_FAVORABLE", "OUTSIDE_VAT",
	"VAT_EXEMPT", "NORMAL_ZERO_RATED", "EXPORT_ZERO_RATED" };

static bool
is_prefer_mark(const char *mark)
{
	for (size_t i = 0; i < COUNT(prefer_marks); i++)
		if (strcmp(mark, prefer_marks[i]) == 0)
			return true;
	return false;
}

/* "6", "1.5" and "0.25" are percents: hundredths of them, as of a yuan. */
static bool
read_rate(const char *text, int64_t *out)
{
	return num_yuan(text, 10000, out);
}

static void
check_line(const struct config *cfg, struct buf *wrong)
{
	const char *mark = cfg->invoice_tax_prefer_mark;
	const char *code = cfg->invoice_tax_code;

	if (*cfg->invoice_goods_name == '\0')
		buf_puts(wrong, "invoice_goods_name is not set; ");
	if (strlen(code) != TAX_CODE || strspn(code, "0123456789") != TAX_CODE)
		buf_puts(wrong, "invoice_tax_code is not of 19 digits; ");
	if (!read_rate(cfg->invoice_tax_rate, &tax_rate))
		buf_puts(wrong, "invoice_tax_rate is no percentage; ");
	else if (tax_rate != 0 && strcmp(mark, prefer_marks[0]) != 0)
		buf_puts(wrong, "invoice_tax_prefer_mark needs a rate of 0; ");
	if (!is_prefer_mark(mark))
		buf_puts(wrong, "invoice_tax_prefer_mark is unknown; ");
}

static enum err
fapiao_open(const struct config *cfg)
{
	const char *key;
	struct buf wrong;

	arena_free(self.a);
	self = (struct wechatpay){ .a = arena_new(ARENA_CAP), .cfg = cfg };
	callback_is_told = false;
	buf_init(&wrong, self.a, 1024);
	check_line(cfg, &wrong);
	if (wrong.n > 0)
		return FAIL(E_INTERNAL, "%s", buf_str(&wrong));
	if ((key = wechatpay_lacks_to_call(&self)) != NULL)
		return FAIL(E_INTERNAL, "%s is not set", key);
	TRY(pdf_head_open());
	return wechatpay_keys_read(&self);
}

/*
 * Where the notices go to, until that was heard, or refused. How an invoice
 * stands is asked anyway, so trouble here is none of an invoice's.
 */
static void
tell_callback(struct arena *a)
{
	struct json_object *body = json_object_in(a);
	struct wechatpay_call c = {
		.method = "PATCH",
		.path = FAPIAO "/merchant/development-config",
	};
	enum err e;

	if (callback_is_told)
		return;
	json_str(body, "callback_url",
	    arena_printf(a, "%s/callback/wechatpay", self.cfg->public_url));
	c.body = json_text(body, &c.n);
	e = wechatpay_perform(a, &self, &c);
	callback_is_told = e == E_OK || (e == E_PROVIDER && *c.code != '\0');
	if (e != E_OK)
		log_fault(LOG_WARN, "invoice_callback_not_set", NULL, NULL);
}

/* What is sealed by RSA of 2048 bits with OAEP is no longer. */
enum { SEALED_MAX = 214 };

static void
check_email(const char *email, struct problems *errors)
{
	if (email != NULL && strlen(email) > SEALED_MAX &&
	    problem_message(errors, "email") == NULL)
		problem_add(errors, "email", "too_long",
		    "开票平台的接收邮箱最多 %d 个字符，请换一个邮箱。",
		    SEALED_MAX);
}

/* Its limits are of bytes, of which a Chinese character has three. */
static void
fapiao_check(const struct invoice_buyer *b, struct problems *errors)
{
	const struct {
		const char *name, *label, *value;
		size_t max;
	} members[] = {
		{ "title", "发票抬头", b->title, 256 },
		{ "address", "地址、电话", b->address, 128 },
		{ "bank_name", "开户银行", b->bank_name, 128 },
	};

	for (size_t i = 0; i < COUNT(members); i++)
		if (members[i].value != NULL &&
		    strlen(members[i].value) > members[i].max &&
		    problem_message(errors, members[i].name) == NULL)
			problem_add(errors, members[i].name, "too_long",
			    "开票平台的%s最多 %zu 个汉字，请缩短。",
			    members[i].label, members[i].max / 3);
	check_email(b->email, errors);
}

static void
put(struct json_object *o, const char *name, const char *value)
{
	if (payment_given(value))
		json_str(o, name, value);
}

/* Sealed for WeChat alone. */
static enum err
put_sealed(
    struct arena *a, struct json_object *o, const char *name, const char *value)
{
	EVP_PKEY *key = wechatpay_sealing_key(&self.keys)->key;
	const char *sealed;

	if (!payment_given(value))
		return E_OK;
	sealed = rsa_encrypt(a, key, value, strlen(value));
	if (sealed == NULL)
		return FAIL(E_INTERNAL, "%s is not sealed", name);
	json_str(o, name, sealed);
	return E_OK;
}

static enum err
put_buyer(struct arena *a, const struct invoice_buyer *b, struct json_object *o)
{
	json_str(o, "type", b->is_organisation ? "ORGANIZATION" : "INDIVIDUAL");
	json_str(o, "name", b->title);
	put(o, "taxpayer_id", b->tax_no);
	put(o, "address", b->address);
	put(o, "telephone", b->telephone);
	put(o, "bank_name", b->bank_name);
	put(o, "bank_account", b->bank_account);
	TRY(put_sealed(a, o, "phone", b->mobile));
	return put_sealed(a, o, "email", b->email);
}

static void
put_line(const struct invoice_order *o, struct json_object *line)
{
	const struct config *cfg = self.cfg;

	json_str(line, "tax_code", cfg->invoice_tax_code);
	json_str(line, "goods_name", cfg->invoice_goods_name);
	put(line, "goods_category", cfg->invoice_goods_category);
	put(line, "specification", o->goods);
	put(line, "unit", cfg->invoice_unit);
	json_int(line, "quantity", one);
	json_int(line, "total_amount", o->amount_fen);
	json_int(line, "tax_rate", tax_rate);
	json_str(line, "tax_prefer_mark", cfg->invoice_tax_prefer_mark);
	json_flag(line, "discount", false);
}

static enum err
issue_body(
    struct arena *a, const struct invoice_order *o, struct wechatpay_call *c)
{
	struct json_object *body = json_object_in(a), *one_of;

	json_str(body, "scene",
	    o->is_wechatpay ? "WITH_WECHATPAY" : "WITHOUT_WECHATPAY");
	json_str(body, "fapiao_apply_id", o->apply_id);
	TRY(put_buyer(a, &o->buyer, json_sub(body, "buyer_information")));
	one_of = json_item(json_list(body, "fapiao_information"));
	json_str(one_of, "fapiao_id", o->fapiao_id);
	json_int(one_of, "total_amount", o->amount_fen);
	json_flag(one_of, "need_list", false);
	put(one_of, "remark", o->remark);
	put_line(o, json_item(json_list(one_of, "items")));
	c->sealed_for = wechatpay_sealing_key(&self.keys)->id;
	c->body = json_text(body, &c->n);
	return E_OK;
}

static enum err
check_ids(const struct invoice_order *o)
{
	TRY(wechatpay_check_number(o->apply_id, ID_MAX));
	return wechatpay_check_number(o->fapiao_id, ID_MAX);
}

/* The one of that id in an answer's list, NULL when there is none. */
static struct json_object *
find(struct json_object *list, const char *fapiao_id)
{
	for (size_t i = 0; i < json_count(list); i++) {
		struct json_object *o = json_at(list, i);
		const char *id = json_get_str(o, "fapiao_id");

		if (id != NULL && strcmp(id, fapiao_id) == 0)
			return o;
	}
	return NULL;
}

/* What the provider knows of it; NULL when it knows none. */
static enum err
ask(struct arena *a, const struct invoice_order *o, struct json_object **out)
{
	struct wechatpay_call c = { .method = "GET" };
	enum err e;

	TRY(wechatpay_can_call(&self));
	TRY(check_ids(o));
	c.path = arena_printf(a, FAPIAO "/fapiao-applications/%s?fapiao_id=%s",
	    o->apply_id, o->fapiao_id);
	e = wechatpay_perform(a, &self, &c);
	if (e == E_PROVIDER && (wechatpay_code_is(&c, "RESOURCE_NOT_EXISTS") ||
				   wechatpay_code_is(&c, "NOT_FOUND"))) {
		*out = NULL;
		return E_OK;
	}
	TRY(e);
	*out = find(json_get(c.answer, "fapiao_information"), o->fapiao_id);
	return E_OK;
}

static const struct {
	const char *word;
	enum invoice_progress progress;
} statuses[] = {
	{ "ISSUE_ACCEPTED", INVOICE_ACCEPTED },
	{ "ISSUED", INVOICE_ISSUED },
	{ "ISSUE_FAILED", INVOICE_ISSUE_FAILED },
	{ "REVERSE_ACCEPTED", INVOICE_REVERSE_ACCEPTED },
	{ "REVERSED", INVOICE_REVERSED },
	{ "REVERSE_FAILED", INVOICE_REVERSE_FAILED },
};

static bool
status_of(struct json_object *o, enum invoice_progress *out)
{
	const char *word = json_get_str(o, "status");

	for (size_t i = 0; word != NULL && i < COUNT(statuses); i++)
		if (strcmp(statuses[i].word, word) == 0) {
			*out = statuses[i].progress;
			return true;
		}
	return false;
}

/* The number of the blue one, or of the red one; NULL when it has none. */
static const char *
number_of(struct json_object *sheet, int64_t *at)
{
	const char *number = json_get_str(sheet, "fapiao_number");
	const char *time = json_get_str(sheet, "fapiao_time");

	if (time == NULL || !clock_parse(time, at))
		*at = 0;
	return number != NULL && invoice_is_number(number) ? number : NULL;
}

static const char *
shown(struct arena *a, struct json_object *o, const char *name)
{
	const char *text = json_get_str(o, name);

	return text != NULL ? wechatpay_shown(a, text) : NULL;
}

/* NULL, or what is wrong with it. */
static const char *
fact(struct arena *a, struct json_object *o, const struct invoice_order *order,
    struct invoice_fact *out)
{
	int64_t total;

	*out = (struct invoice_fact){ 0 };
	if (!status_of(o, &out->progress))
		return "status is unknown";
	out->number = number_of(json_get(o, "blue_fapiao"), &out->issued_at);
	out->red_number =
	    number_of(json_get(o, "red_fapiao"), &out->reversed_at);
	json_get_int(o, "tax_amount", &out->tax_fen);
	out->code = shown(a, o, "fapiao_error_code");
	out->message = shown(a, o, "fapiao_error_message");
	if (out->progress == INVOICE_ACCEPTED ||
	    out->progress == INVOICE_ISSUE_FAILED)
		return NULL;
	if (out->number == NULL)
		return "its number is none";
	if (out->progress == INVOICE_REVERSED && out->red_number == NULL)
		return "the number of the red one is none";
	if (!json_get_int(o, "total_amount", &total) ||
	    total != order->amount_fen)
		return "it is of another amount";
	return NULL;
}

/* The provider's own words too, for what a fact leaves out. */
static enum err
look(struct arena *a, const struct invoice_order *order,
    struct invoice_fact *out, struct json_object **o)
{
	const char *wrong;

	TRY(ask(a, order, o));
	if (*o == NULL) {
		*out = (struct invoice_fact){ .progress = INVOICE_NONE };
		return E_OK;
	}
	wrong = fact(a, *o, order, out);
	return wrong == NULL ? E_OK
			     : FAIL(E_PROVIDER_UNKNOWN, "invoice: %s", wrong);
}

static enum err
query(struct arena *a, const struct invoice_order *order,
    struct invoice_fact *out)
{
	struct invoice_fact found;
	struct json_object *o;

	TRY(look(a, order, &found, &o));
	*out = found;
	return E_OK;
}

/* Nothing of this invoice's, when it is about how or how often we call. */
static struct invoice_refusal
refusal_of(const struct wechatpay_call *c)
{
	if (wechatpay_code_is(c, "SIGN_ERROR") ||
	    wechatpay_code_is(c, "FREQUENCY_LIMITED"))
		return (struct invoice_refusal){ .code = "" };
	return (
	    struct invoice_refusal){ .code = c->code, .message = c->message };
}

static enum err
issue(
    struct arena *a, const struct invoice_order *o, struct invoice_refusal *why)
{
	struct wechatpay_call c = {
		.method = "POST",
		.path = FAPIAO "/fapiao-applications",
	};
	struct invoice_fact found;
	enum err e;

	*why = (struct invoice_refusal){ .code = "" };
	TRY(wechatpay_can_call(&self));
	TRY(check_ids(o));
	TRY(issue_body(a, o, &c));
	tell_callback(a);
	e = wechatpay_perform(a, &self, &c);
	if (e != E_PROVIDER)
		return e;
	*why = refusal_of(&c);
	if (*why->code == '\0')
		return e;
	/* It may have been refused because it is there already. */
	if (query(a, o, &found) != E_OK)
		return FAIL(E_PROVIDER_UNKNOWN, "issue: %s", c.code);
	return found.progress != INVOICE_NONE
		   ? E_OK
		   : FAIL(E_PROVIDER, "issue: %s", c.code);
}

static const char *const reasons[] = {
	[INVOICE_MISTAKEN] = "ISSUE_ERROR",
	[INVOICE_RETURNED] = "SALES_RETURN",
	[INVOICE_SUSPENDED] = "SERVICE_SUSPENTION", /* as it is spelt there */
};

static void
reverse_body(struct arena *a, const struct invoice_order *order,
    enum invoice_reason reason, struct json_object *known,
    struct wechatpay_call *c)
{
	struct json_object *body = json_object_in(a), *o;
	struct json_object *blue = json_get(known, "blue_fapiao");

	json_str(body, "reverse_reason", reasons[reason]);
	o = json_item(json_list(body, "fapiao_information"));
	json_str(o, "fapiao_id", order->fapiao_id);
	/* A 数电发票 has no code. */
	put(o, "fapiao_code", json_get_str(blue, "fapiao_code"));
	json_str(o, "fapiao_number", order->number);
	c->body = json_text(body, &c->n);
}

/* Asks first: one that is on its way, or done, is not asked for again. */
static enum err
reverse(struct arena *a, const struct invoice_order *order,
    enum invoice_reason reason, struct invoice_refusal *why)
{
	struct wechatpay_call c = { .method = "POST" };
	struct invoice_fact found;
	struct json_object *known;
	enum err e;

	*why = (struct invoice_refusal){ .code = "" };
	TRY(look(a, order, &found, &known));
	if (found.progress == INVOICE_REVERSE_ACCEPTED ||
	    found.progress == INVOICE_REVERSED)
		return E_OK;
	if (found.number == NULL || strcmp(found.number, order->number) != 0) {
		why->code = "NOT_ISSUED";
		return FAIL(E_PROVIDER, "reverse: none of that number");
	}
	c.path = arena_printf(
	    a, FAPIAO "/fapiao-applications/%s/reverse", order->apply_id);
	reverse_body(a, order, reason, known, &c);
	e = wechatpay_perform(a, &self, &c);
	if (e == E_PROVIDER)
		*why = refusal_of(&c);
	return e;
}

static enum err
files(struct arena *a, const struct invoice_order *order,
    struct invoice_file out[INVOICE_FILES])
{
	struct invoice_fact found;
	struct json_object *o;

	TRY(look(a, order, &found, &o));
	if (found.progress != INVOICE_ISSUED)
		return FAIL(E_PROVIDER, "files: it is not issued");
	return fapiao_files(a, &self, order, o, out);
}

const struct invoice_provider invoice_wechatpay = {
	.name = "wechatpay",
	.tries = TRIES,
	.reverse_seconds = REVERSE_SECONDS,
	.open = fapiao_open,
	.check = fapiao_check,
	.issue = issue,
	.query = query,
	.files = files,
	.reverse = reverse,
};
