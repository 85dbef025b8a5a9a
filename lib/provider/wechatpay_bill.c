/*
 * The trade bill of a day: a signed call says where it is and what its SHA-1
 * is, plain; the file itself, gzip, is fetched by a signed request. Its text
 * has a byte order mark, a head, a line for each trade and each refund with a
 * backtick before every cell, then a head and a line of sums.
 */
#include <string.h>

#include "base/arena.h"
#include "base/clock.h"
#include "base/hash.h"
#include "base/num.h"
#include "base/utf8.h"
#include "format/json.h"
#include "provider/bill.h"
#include "provider/wechatpay_private.h"
#include "service/config.h"
#include "service/http.h"

#define MARK	  "\xef\xbb\xbf"
#define SEPARATOR ",`"

enum { SHA1_LEN = 20 };

/* The columns that count, and where they are. */
enum {
	AT,
	APP,
	MERCHANT,
	TRANSACTION,
	ORDER,
	STATE,
	REFUND,
	REFUND_STATE,
	CHARGE,
	AMOUNT,
	REFUNDED,
	COLUMNS
};
static const char *const titles[COLUMNS] = { "交易时间", "公众账号ID", "商户号",
	"微信订单号", "商户订单号", "交易状态", "商户退款单号", "退款状态",
	"手续费", "订单金额", "申请退款金额" };

struct reading {
	const char *mchid, *appid;
	size_t column[COLUMNS], columns;
	size_t rows; /* of all apps */
	struct bill_lines lines;
};

/* What a refund's line says of it is in columns of its own. */
static const char *
read_row(struct reading *r, const struct bill_row *row)
{
	const char *cell[COLUMNS];
	struct payment_bill_line *line;

	for (size_t i = 0; i < COLUMNS; i++)
		cell[i] = row->cell[r->column[i]];
	if (strcmp(cell[MERCHANT], r->mchid) != 0)
		return "it is another merchant's";
	r->rows++;
	if (strcmp(cell[APP], r->appid) != 0)
		return NULL;
	if ((line = bill_add(&r->lines)) == NULL)
		return "it has too many lines";
	line->is_refund = strcmp(cell[STATE], "SUCCESS") != 0;
	line->order_no = cell[ORDER];
	line->transaction_id = cell[TRANSACTION];
	line->refund_no = line->is_refund ? cell[REFUND] : NULL;
	line->state = line->is_refund ? cell[REFUND_STATE] : cell[STATE];
	if (!bill_fen(
		cell[line->is_refund ? REFUNDED : AMOUNT], &line->amount_fen) ||
	    line->amount_fen < 1)
		return "a line has no amount";
	if (!bill_fen(cell[CHARGE], &line->charge_fen))
		return "a line has no charge";
	return clock_parse_china(cell[AT], &line->at) ? NULL
						      : "a line has no time";
}

/* "45.0" is 45. */
static const char *
check_sums(const struct reading *r, const struct bill_row *row)
{
	char n[32];
	size_t digits = strcspn(row->cell[0], ".");
	int64_t count;

	if (digits >= sizeof(n))
		return "the sums are none";
	memcpy(n, row->cell[0], digits);
	n[digits] = '\0';
	if (!num_int(n, 0, INT64_MAX, &count) || (size_t)count != r->rows)
		return "it has not as many lines as it says";
	return NULL;
}

/* A line without its first backtick, in cells. */
static bool
cut(char *line, struct bill_row *row)
{
	return *line == '`' && bill_cut(line + 1, SEPARATOR, row);
}

static const char *
read_rows(struct reading *r, char *text)
{
	struct bill_row row;
	const char *wrong;
	char *line;

	while ((line = bill_line(&text)) != NULL && *line == '`') {
		if (!cut(line, &row) || row.n != r->columns)
			return "a line is not like the head";
		if ((wrong = read_row(r, &row)) != NULL)
			return wrong;
	}
	/* The head of the sums was read; behind it they are. */
	if (line == NULL || (line = bill_line(&text)) == NULL ||
	    !cut(line, &row))
		return "it has no sums";
	return check_sums(r, &row);
}

const char *
wechatpay_bill_read(struct arena *a, const char *mchid, const char *appid,
    char *text, struct payment_bill *out)
{
	struct reading r = {
		.mchid = mchid, .appid = appid, .lines = { .a = a }
	};
	const char *wrong;
	char *line;

	if (strncmp(text, MARK, strlen(MARK)) == 0)
		text += strlen(MARK);
	if ((line = bill_line(&text)) == NULL)
		return "it is empty";
	if ((wrong = bill_head(line, titles, COLUMNS, r.column, &r.columns)) !=
		NULL ||
	    (wrong = read_rows(&r, text)) != NULL)
		return wrong;
	*out = (struct payment_bill){ .n = r.lines.n, .line = r.lines.line };
	return NULL;
}

static bool
has_hash(const char *p, size_t n, const char *hash)
{
	uint8_t is[SHA1_LEN], should[SHA1_LEN];

	return strlen(hash) == 2 * sizeof(should) &&
	       hex_decode(hash, should, sizeof(should)) &&
	       EVP_Digest(p, n, is, NULL, EVP_sha1(), NULL) == 1 &&
	       memcmp(is, should, sizeof(is)) == 0;
}

static enum err
fetch(struct arena *a, const struct wechatpay *w, struct json_object *where,
    struct payment_bill *out)
{
	const char *type = json_get_str(where, "hash_type");
	const char *hash = json_get_str(where, "hash_value");
	const char *url = json_get_str(where, "download_url"), *plain;
	const char *wrong;
	struct http_answer *ans;
	size_t n;

	if (type == NULL || strcmp(type, "SHA1") != 0 || hash == NULL ||
	    url == NULL)
		return FAIL(E_PROVIDER, "bill: no SHA1 or no download_url");
	TRY(wechatpay_download(a, w, url, &ans));
	TRY(bill_unpack(a, UNPACK_GZIP, ans, &plain, &n));
	if (!has_hash(plain, n, hash))
		return FAIL(E_PROVIDER, "bill: not the file of that SHA-1");
	if (!utf8_valid(plain, n) || strlen(plain) != n)
		return FAIL(E_PROVIDER, "bill: the file is no text");
	wrong = wechatpay_bill_read(a, w->cfg->wechatpay_mchid,
	    w->cfg->wechatpay_appid, arena_strndup(a, plain, n), out);
	return wrong == NULL ? E_OK : FAIL(E_PROVIDER, "bill: %s", wrong);
}

enum err
wechatpay_bill(struct arena *a, const struct wechatpay *w, const char *day,
    struct payment_bill *out)
{
	struct wechatpay_call c = { .method = "GET",
		.path = arena_printf(a,
		    "/v3/bill/tradebill?bill_date=%s&bill_type=ALL"
		    "&tar_type=GZIP",
		    day) };
	enum err e = wechatpay_perform(a, w, &c);

	if (e == E_PROVIDER && wechatpay_code_is(&c, "NO_STATEMENT_EXIST")) {
		*out = (struct payment_bill){ .is_none = true };
		return E_OK;
	}
	TRY(e);
	return fetch(a, w, c.answer, out);
}
