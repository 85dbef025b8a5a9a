/*
 * The trade bill of a day: a call says where the file is, for 30 seconds. It
 * is a ZIP of two tables in GBK, of which the one with a line for each trade
 * and each refund counts. Nothing is signed or hashed but the address; the
 * table says at its end how many lines there are.
 */
#include <string.h>

#include "base/arena.h"
#include "base/clock.h"
#include "base/num.h"
#include "format/charset.h"
#include "format/json.h"
#include "format/url.h"
#include "provider/alipay_private.h"
#include "provider/bill.h"
#include "service/config.h"
#include "service/http.h"

enum { CONNECT_MS = 3000 };

enum { TRANSACTION, ORDER, SUBJECT, AT, AMOUNT, REFUND, CHARGE, COLUMNS };
static const char *const titles[COLUMNS] = { "支付宝交易号", "商户订单号",
	"商品名称", "完成时间", "订单金额（元）", "退款批次号/请求号",
	"服务费（元）" };

#define ACCOUNT	 "#账号：["
#define LAST	 "业务明细列表结束"
#define PAID	 "#交易合计："
#define REFUNDED "#退款合计："

struct reading {
	const char *seller_id;
	size_t column[COLUMNS], columns;
	size_t paid_n, refunded_n;
	struct bill_lines lines;
};

/* Behind the name of goods columns have moved by `moved`. */
static const char *
cell_of(
    const struct reading *r, const struct bill_row *row, size_t i, size_t moved)
{
	size_t c = r->column[i];

	if (c > r->column[SUBJECT])
		c += moved;
	return bill_trim((char *)(uintptr_t)row->cell[c]);
}

/* What the columns behind the name say, when they have moved so far. */
static bool
read_moved(const struct reading *r, const struct bill_row *row, size_t moved,
    struct payment_bill_line *line)
{
	int64_t at, fen, charge;

	if (!clock_parse_china(cell_of(r, row, AT, moved), &at) ||
	    !bill_fen(cell_of(r, row, AMOUNT, moved), &fen) || fen == 0 ||
	    !bill_fen(cell_of(r, row, CHARGE, moved), &charge))
		return false;
	line->at = at;
	line->is_refund = fen < 0;
	line->amount_fen = fen < 0 ? -fen : fen;
	line->charge_fen = -charge;
	line->refund_no =
	    line->is_refund ? cell_of(r, row, REFUND, moved) : NULL;
	return true;
}

/* A name of goods and a remark may have commas, and are not quoted: what is
 * between them has to make sense in one way, and one alone. */
static const char *
read_row(struct reading *r, char *text)
{
	struct payment_bill_line *line = bill_add(&r->lines);
	struct bill_row row;
	size_t ways = 0;

	if (line == NULL)
		return "it has too many lines";
	if (!bill_cut(text, ",", &row) || row.n < r->columns)
		return "a line is not like the head";
	for (size_t moved = 0; moved + r->columns <= row.n; moved++)
		ways += read_moved(r, &row, moved, line) ? 1 : 0;
	if (ways != 1)
		return "a line has no time, amount or charge, or several";
	line->order_no = cell_of(r, &row, ORDER, 0);
	line->transaction_id = cell_of(r, &row, TRANSACTION, 0);
	line->state = line->is_refund ? "退款" : "交易";
	*(line->is_refund ? &r->refunded_n : &r->paid_n) += 1;
	return NULL;
}

/* "#交易合计：2笔，商家实收共340.00元" */
static bool
counts(const char *line, const char *what, size_t n)
{
	char digits[32];
	size_t len;
	int64_t says;

	line += strlen(what);
	len = strspn(line, "0123456789");
	if (len == 0 || len >= sizeof(digits))
		return false;
	memcpy(digits, line, len);
	digits[len] = '\0';
	return num_int(digits, 0, INT64_MAX, &says) && (size_t)says == n;
}

static bool
begins(const char *line, const char *with)
{
	return strncmp(line, with, strlen(with)) == 0;
}

/* From the account's line, if there is one, to the head. */
static const char *
find_head(struct reading *r, char **text)
{
	char *line;

	while ((line = bill_line(text)) != NULL) {
		if (begins(line, ACCOUNT) &&
		    !begins(line + strlen(ACCOUNT), r->seller_id))
			return "it is another account's";
		if (begins(line, titles[TRANSACTION]))
			return bill_head(
			    line, titles, COLUMNS, r->column, &r->columns);
	}
	return "it has no head";
}

static const char *
read_end(const struct reading *r, char *line, char *text)
{
	bool paid = false, refunded = false;

	if (line == NULL || strstr(line, LAST) == NULL)
		return "it does not end";
	while ((line = bill_line(&text)) != NULL && *line == '#') {
		paid = paid ||
		       (begins(line, PAID) && counts(line, PAID, r->paid_n));
		refunded =
		    refunded || (begins(line, REFUNDED) &&
				    counts(line, REFUNDED, r->refunded_n));
	}
	return paid && refunded ? NULL : "it has not as many lines as it says";
}

const char *
alipay_bill_read(struct arena *a, const char *seller_id, char *text,
    struct payment_bill *out)
{
	struct reading r = { .seller_id = seller_id, .lines = { .a = a } };
	const char *wrong = find_head(&r, &text);
	char *line;

	if (wrong != NULL)
		return wrong;
	while ((line = bill_line(&text)) != NULL && *line != '#')
		if (*line != '\0' && (wrong = read_row(&r, line)) != NULL)
			return wrong;
	if ((wrong = read_end(&r, line, text)) != NULL)
		return wrong;
	*out = (struct payment_bill){ .n = r.lines.n, .line = r.lines.line };
	return NULL;
}

/* The vendor still writes http; the same host speaks https. */
static const char *
secure(struct arena *a, const char *url)
{
	const char *host = url + strlen("http://");

	if (!begins(url, "http://") ||
	    url_is_loopback(arena_strndup(a, host, strcspn(host, ":/"))))
		return url;
	return arena_printf(a, "https://%s", host);
}

static enum err
fetch(struct arena *a, const char *url, const char **text)
{
	struct http_request req = { .method = "GET",
		.url = secure(a, url),
		.answer_max = BILL_FILE_MAX,
		.timeout_ms = BILL_FETCH_MS,
		.connect_ms = CONNECT_MS };
	struct http_answer *ans;
	const char *plain;
	size_t n;

	TRY(http_send(a, &req, &ans));
	TRY(bill_unpack(a, UNPACK_ZIP, ans, &plain, &n));
	*text = charset_utf8(a, plain, n);
	return *text != NULL ? E_OK
			     : FAIL(E_PROVIDER, "bill: the file is no text");
}

/* Not there yet, or never: the provider says the same of both. */
static bool
is_none(const char *sub_code)
{
	return strstr(sub_code, "bill_not_exist") != NULL ||
	       strstr(sub_code, "BILL_NOT_EXIST") != NULL;
}

enum err
alipay_bill(struct arena *a, const struct alipay *s, const char *day,
    struct payment_bill *out)
{
	struct alipay_call c = {
		.method = "alipay.data.dataservice.bill.downloadurl.query",
		.member =
		    "alipay_data_dataservice_bill_downloadurl_query_response",
		.content = json_object_in(a)
	};
	const char *url, *text = NULL, *wrong;
	enum err e;

	json_str(c.content, "bill_type", "trade");
	json_str(c.content, "bill_date", day);
	e = alipay_perform(a, s, &c);
	if (e == E_PROVIDER && is_none(c.sub_code)) {
		*out = (struct payment_bill){ .is_none = true };
		return E_OK;
	}
	TRY(e);
	url = json_get_str(c.answer, "bill_download_url");
	if (!payment_given(url))
		return FAIL(E_PROVIDER, "bill: no bill_download_url");
	TRY(fetch(a, url, &text));
	wrong = alipay_bill_read(
	    a, s->cfg->alipay_seller_id, arena_strdup(a, text), out);
	return wrong == NULL ? E_OK : FAIL(E_PROVIDER, "bill: %s", wrong);
}
