/*
 * The files of an invoice: a signed answer says where they are, for half a
 * minute. They come from another host, unsigned both ways; a digest goes with
 * them. WeChat Pay tells of a PDF; another form that it lists is kept too.
 */
#include <string.h>

#include "base/arena.h"
#include "base/hash.h"
#include "base/utf8.h"
#include "format/json.h"
#include "format/url.h"
#include "provider/wechat_fapiao_private.h"
#include "service/config.h"
#include "service/http.h"
#include "service/pdf_head.h"

enum { CONNECT_MS = 3000, TIMEOUT_MS = 30000, SM3_LEN = 32 };

/* An OFD is a zip whose first part, or one soon after it, is OFD.xml. */
static bool
is_ofd(const char *p, size_t n)
{
	enum { HEAD = 4096 };

	return n > 4 && memcmp(p, "PK\x03\x04", 4) == 0 &&
	       memmem(p, n < HEAD ? n : HEAD, "OFD.xml", 7) != NULL;
}

static bool
is_xml(const char *p, size_t n)
{
	size_t mark = n > 3 && memcmp(p, "\xef\xbb\xbf", 3) == 0 ? 3 : 0;

	return n > mark + 5 && memcmp(p + mark, "<?xml", 5) == 0 &&
	       strlen(p) == n && utf8_valid(p, n);
}

enum invoice_kind
fapiao_kind(const char *p, size_t n)
{
	if (pdf_head_check(p, n) == E_OK)
		return INVOICE_PDF;
	if (is_ofd(p, n))
		return INVOICE_OFD;
	return is_xml(p, n) ? INVOICE_XML : INVOICE_FILES;
}

/* SM3 over the file, in hexadecimal of either case. */
static bool
has_digest(const struct http_answer *ans, const char *hex)
{
	uint8_t is[SM3_LEN], should[SM3_LEN];

	return strlen(hex) == 2 * sizeof(should) &&
	       hex_decode(hex, should, sizeof(should)) &&
	       EVP_Digest(ans->body, ans->n, is, NULL, EVP_sm3(), NULL) == 1 &&
	       memcmp(is, should, sizeof(is)) == 0;
}

static const char *
with(struct arena *a, const char *url, const char *name, const char *value)
{
	if (value == NULL)
		return url;
	return arena_printf(a, "%s%c%s=%s", url,
	    strchr(url, '?') != NULL ? '&' : '?', name, url_encode(a, value));
}

/* The address has a token; what it is of has to be named behind it. */
static const char *
file_url(struct arena *a, const struct wechatpay *w,
    const struct invoice_order *o, struct json_object *known, const char *url)
{
	struct json_object *blue = json_get(known, "blue_fapiao");
	struct json_object *card = json_get(known, "card_information");

	url = with(a, url, "mchid", w->cfg->wechatpay_mchid);
	url = with(a, url, "openid", json_get_str(card, "card_openid"));
	url = with(a, url, "invoice_code", json_get_str(blue, "fapiao_code"));
	url = with(a, url, "invoice_no", json_get_str(blue, "fapiao_number"));
	return with(a, url, "fapiao_id", o->fapiao_id);
}

static enum err
fetch(struct arena *a, const char *url, struct http_answer **out)
{
	struct http_request req = { .method = "GET",
		.url = url,
		.answer_max = INVOICE_FILE_MAX,
		.connect_ms = CONNECT_MS,
		.timeout_ms = TIMEOUT_MS };
	const char *digest;

	TRY(http_send(a, &req, out));
	if ((*out)->status != 200)
		return FAIL(E_PROVIDER, "the file: %d", (*out)->status);
	digest = http_header(*out, "sm3-digest");
	if (digest != NULL && !has_digest(*out, digest))
		return FAIL(E_PROVIDER, "the file is not of its SM3 digest");
	return E_OK;
}

static enum err
take(struct arena *a, const char *url, struct invoice_file *out)
{
	struct http_answer *ans;
	enum invoice_kind kind;

	TRY(fetch(a, url, &ans));
	kind = fapiao_kind(ans->body, ans->n);
	if (kind == INVOICE_FILES)
		return FAIL(E_PROVIDER, "the file is no PDF, OFD or XML");
	if (out[kind].bytes == NULL)
		out[kind] = (struct invoice_file){ ans->body, ans->n };
	return E_OK;
}

static enum err
take_listed(struct arena *a, const struct wechatpay *w,
    const struct invoice_order *o, struct json_object *known,
    struct json_object *list, struct invoice_file *out)
{
	size_t n = json_count(list);

	if (n > INVOICE_FILES)
		return FAIL(E_PROVIDER, "files: %zu of them", n);
	for (size_t i = 0; i < n; i++) {
		struct json_object *item = json_at(list, i);
		const char *id = json_get_str(item, "fapiao_id");
		const char *url = json_get_str(item, "download_url");

		if (id != NULL && url != NULL && strcmp(id, o->fapiao_id) == 0)
			TRY(take(a, file_url(a, w, o, known, url), out));
	}
	return E_OK;
}

enum err
fapiao_files(struct arena *a, const struct wechatpay *w,
    const struct invoice_order *o, struct json_object *known,
    struct invoice_file out[INVOICE_FILES])
{
	struct wechatpay_call c = { .method = "GET",
		.path = arena_printf(a,
		    FAPIAO "/fapiao-applications/%s/fapiao-files?fapiao_id=%s",
		    o->apply_id, o->fapiao_id) };
	struct invoice_file found[INVOICE_FILES] = { { NULL, 0 } };

	TRY(wechatpay_perform(a, w, &c));
	TRY(take_listed(a, w, o, known,
	    json_get(c.answer, "fapiao_download_info_list"), found));
	if (found[INVOICE_PDF].bytes == NULL)
		return FAIL(E_PROVIDER, "files: there is no PDF");
	memcpy(out, found, sizeof(found));
	return E_OK;
}
