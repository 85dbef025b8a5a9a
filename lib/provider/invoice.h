#pragma once
/*
 * Who makes the invoices: providers behind one small interface. A provider
 * knows no database. Money is fen.
 */
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/err.h"
#include "base/problem.h"

struct arena;
struct config;

/* What an operator made elsewhere and brings; pdf NULL: no file was given. */
struct invoice_document {
	const char *number;
	const void *pdf;
	size_t n;
};

/* Whose invoice it is: NULL for what is not given. */
struct invoice_buyer {
	bool is_organisation; /* it then has a tax_no */
	const char *title;
	const char *tax_no;
	const char *address, *telephone;
	const char *bank_name, *bank_account;
	const char *mobile, *email; /* where the provider sends it */
};

/* What we ask a provider to issue: one try. */
struct invoice_order {
	/*
	 * What is invoiced, the same for each try: the transaction's id when
	 * the fee was paid by WeChat Pay, else a number of ours, to 32 of
	 * 0-9 A-Z a-z _ -
	 */
	const char *apply_id;
	bool is_wechatpay;
	const char *fapiao_id; /* ours, of this try; as apply_id */
	int64_t amount_fen;    /* with tax */
	const char *goods; /* which of our goods: 数字证书 1 年; or NULL */
	const char *remark; /* printed on it: the batch number; or NULL */
	struct invoice_buyer buyer;
	const char *number; /* for reverse alone: as query told it */
};

enum invoice_progress {
	INVOICE_NONE,	  /* the provider knows none of that fapiao_id */
	INVOICE_ACCEPTED, /* taken, not issued yet */
	INVOICE_ISSUED,
	INVOICE_ISSUE_FAILED,	  /* for good: another try is another id */
	INVOICE_REVERSE_ACCEPTED, /* 红冲 taken, not done yet */
	INVOICE_REVERSED,
	INVOICE_REVERSE_FAILED /* still issued: it can be asked for again */
};

/* How an invoice stands there: verified. What is not known is NULL or 0. */
struct invoice_fact {
	enum invoice_progress progress;
	const char *number, *red_number;
	int64_t issued_at, reversed_at; /* microseconds since 1970 */
	int64_t tax_fen;
	/* Of a failure, the provider's own: a word, and what people read. */
	const char *code, *message;
};

/*
 * Why a call was refused, when it was for a reason of this invoice's: the
 * same call would be refused again. code is "" for any other failure, of the
 * network, of our keys, of a moment; message may be NULL.
 */
struct invoice_refusal {
	const char *code, *message;
};

enum invoice_reason {
	INVOICE_MISTAKEN, /* 开票有误 */
	INVOICE_RETURNED, /* 销货退回: the fee goes back */
	INVOICE_SUSPENDED /* 服务中止 */
};

enum invoice_kind { INVOICE_PDF, INVOICE_OFD, INVOICE_XML, INVOICE_FILES };

enum { INVOICE_FILE_MAX = 5 << 20 };

/* Digits of an invoice's number: 20 of a 数电发票, 8 of an older one; codes of
 * other lengths exist. */
enum { INVOICE_NUMBER_MIN = 8, INVOICE_NUMBER_MAX = 20 };
bool invoice_is_number(const char *text);

/* One file of an issued invoice, of INVOICE_FILE_MAX at most; bytes is NULL
 * when there is none. */
struct invoice_file {
	const void *bytes;
	size_t n;
};

/* Either an operator, who has take alone, or an API, which has it not. */
struct invoice_provider {
	const char *name; /* in the setting invoice_provider */

	/* How many ids one apply_id can use up, and what has to pass between
	 * two calls of reverse for one of them. */
	int tries;
	int64_t reverse_seconds;

	/*
	 * Reads keys and settings, once; cfg must stay. E_INTERNAL with a
	 * cause, all mistakes in one. Only the program that calls needs it;
	 * NULL when there is nothing to read.
	 */
	enum err (*open)(const struct config *cfg);

	/*
	 * Adds a problem for each of `title`, `address` and `bank_name` that
	 * is longer than the provider takes. Needs no open; NULL when nothing
	 * is.
	 */
	void (*check)(const struct invoice_buyer *b, struct problems *errors);

	/*
	 * Judges a document, and writes the number's canonical form. E_INVALID
	 * with a problem for each of `number` and `pdf` that is wrong.
	 */
	enum err (*take)(struct arena *a, const struct config *cfg,
	    struct invoice_document *doc, struct problems *errors);

	/*
	 * E_OK: taken; query tells when it is issued. E_PROVIDER: surely not,
	 * *why says whether for good. E_PROVIDER_UNKNOWN: perhaps; settle by
	 * query, and repeat with the same fapiao_id when that says NONE.
	 */
	enum err (*issue)(struct arena *a, const struct invoice_order *o,
	    struct invoice_refusal *why);

	/* *out is written on success alone. */
	enum err (*query)(struct arena *a, const struct invoice_order *o,
	    struct invoice_fact *out);

	/*
	 * The files of one that is ISSUED, by invoice_kind, until the arena is
	 * reset; the PDF is always there. E_PROVIDER, E_PROVIDER_UNKNOWN: not
	 * now; for another time.
	 */
	enum err (*files)(struct arena *a, const struct invoice_order *o,
	    struct invoice_file out[INVOICE_FILES]);

	/* 红冲, of the whole; errors as for issue, and repeated with the same
	 * fapiao_id. */
	enum err (*reverse)(struct arena *a, const struct invoice_order *o,
	    enum invoice_reason reason, struct invoice_refusal *why);
};

/* The one that the settings name; E_INTERNAL when there is none such. */
MUST_USE enum err invoice_provider(
    const struct config *cfg, const struct invoice_provider **out);

/* The same, opened: for the program that makes its calls. */
MUST_USE enum err invoice_provider_open(
    const struct config *cfg, const struct invoice_provider **out);

/* "pdf", "ofd", "xml": how its file's name ends. */
const char *invoice_kind_name(enum invoice_kind kind);

/* An operator, who issues in the tax authority's own system. */
extern const struct invoice_provider invoice_manual;

/* WeChat Pay's 电子发票. */
extern const struct invoice_provider invoice_wechatpay;
