#pragma once
/*
 * Payment providers behind one small interface. A provider signs, calls,
 * verifies and decodes; it knows no database. Money is fen.
 */
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/err.h"

struct arena;
struct config;

/* What we ask a provider to collect. */
struct payment_order {
	const char *order_no;	 /* ours, 6 to 32 of 0-9 A-Z a-z _ - */
	const char *description; /* to 127 bytes, on the payer's bill */
	int64_t amount_fen;
	int64_t expires_at; /* microseconds since 1970 */
};

enum payment_state {
	PAYMENT_UNPAID, /* exists or not, but nothing was paid yet */
	PAYMENT_PAID,
	PAYMENT_CLOSED,	 /* can no longer be paid */
	PAYMENT_REFUNDED /* was paid, and at least partly refunded */
};

/* What a provider says of an order, in an answer or a notice: verified. */
struct payment_fact {
	enum payment_state state;
	const char *order_no;
	const char *transaction_id; /* the provider's; NULL while unpaid */
	const char *merchant, *app; /* as the provider states them */
	const char *currency;	    /* "CNY" */
	int64_t amount_fen;	    /* the order's total */
	int64_t paid_at;	    /* microseconds since 1970; 0 unknown */
};

/* Money that we ask a provider to give back, of one payment. */
struct payment_refund {
	const char *refund_no;	    /* ours, 6 to 64 of 0-9 A-Z a-z _ - */
	const char *transaction_id; /* of the payment */
	int64_t amount_fen, total_fen;
	const char *reason; /* to 80 bytes, on the payer's bill */
};

enum refund_progress {
	REFUND_UNKNOWN,	 /* the provider knows none of that number */
	REFUND_REFUSED,	 /* asked for, and surely not done */
	REFUND_PENDING,	 /* taken; not done yet */
	REFUND_DONE,	 /* the payer has the money */
	REFUND_ABNORMAL, /* stuck there, as when the payer's card is gone */
	REFUND_CLOSED	 /* given up there: a new number is needed */
};

/* What a provider says of a refund: verified, but for a refusal. */
struct payment_refund_fact {
	enum refund_progress progress;
	const char *refund_id; /* the provider's, or NULL */
	const char *word;      /* its own for what stands in the way, or "" */
	int64_t done_at;       /* microseconds since 1970; 0 unknown */
};

enum notice_kind {
	NOTICE_PAYMENT,
	NOTICE_REFUND,
	NOTICE_INVOICE,
	NOTICE_OTHER
};

/* A verified notice. */
struct payment_notice {
	const char *event_id;	/* unique at the provider, same on re-sends */
	const char *event_type; /* the provider's word */
	const char *plain;	/* the decrypted text, for the record */
	enum notice_kind kind;
	/* For NOTICE_PAYMENT; its state is PAYMENT_PAID. */
	struct payment_fact fact;
	/* For NOTICE_REFUND: of which. How it stands is asked. */
	const char *refund_no;
	/* For NOTICE_INVOICE: of which apply_id (invoice.h). The same. */
	const char *apply_id;
};

/* A notice as it came in. header gives a value by lower-case name, or NULL. */
struct payment_message {
	const char *(*header)(void *arg, const char *name);
	void *arg;
	const char *body;
	size_t n;
	int64_t now; /* microseconds since 1970 */
};

/* Money that a provider's bill says came, or went back. */
struct payment_bill_line {
	bool is_refund;
	const char *order_no, *transaction_id;
	const char *refund_no; /* ours; NULL for what came */
	const char *state;     /* the provider's word */
	int64_t amount_fen;    /* more than 0, either way */
	int64_t charge_fen;    /* what it took for it, or gave back: below 0 */
	int64_t at;	       /* microseconds since 1970 */
};

/* All of a day, of our merchant. */
struct payment_bill {
	bool is_none; /* the provider has none: nothing moved, it says */
	size_t n;
	const struct payment_bill_line *line;
};

struct payment_answer {
	int status;
	const char *type, *body;
};

struct payment_provider {
	const char *name;  /* "wechatpay": in URLs and rows */
	const char *title; /* 微信支付 */

	/*
	 * Reads keys and settings, once; cfg must stay. A program has only its
	 * part of them: E_INTERNAL with a cause when that is bad or half there.
	 * A call that it has no keys for is E_PROVIDER, a notice E_NOTICE.
	 */
	enum err (*open)(const struct config *cfg);

	/* Our identity at the provider, to compare a fact with. */
	const char *(*merchant)(void);
	const char *(*app)(void);

	/*
	 * Makes the order there; *code_url is what the payer scans. Repeating
	 * it with the same order is safe. E_PROVIDER: surely not made.
	 * E_PROVIDER_UNKNOWN: settle by query.
	 */
	enum err (*create)(struct arena *a, const struct payment_order *o,
	    const char **code_url);

	/*
	 * What the provider knows; an order it does not know is unpaid. *out
	 * is written on success alone, here and below.
	 */
	enum err (*query)(
	    struct arena *a, const char *order_no, struct payment_fact *out);

	/*
	 * Best effort; closing a closed or unknown order is fine. E_PROVIDER:
	 * not closed, paid perhaps; settle by query.
	 */
	enum err (*close)(struct arena *a, const char *order_no);

	/*
	 * Gives money back. Repeating it with the same refund is safe and
	 * gives it back once. E_PROVIDER: surely not done, for no reason of
	 * this refund's. E_PROVIDER_UNKNOWN: settle by query.
	 */
	enum err (*refund)(struct arena *a, const struct payment_refund *r,
	    struct payment_refund_fact *out);

	/* How it stands; never REFUND_REFUSED. */
	enum err (*refund_query)(struct arena *a,
	    const struct payment_refund *r, struct payment_refund_fact *out);

	/* What it takes of a payment, in hundredths of a percent. */
	int64_t (*rate)(void);

	/*
	 * The bill of a day in China, "YYYY-MM-DD", that is over. E_PROVIDER
	 * and E_PROVIDER_UNKNOWN: not there yet, or not to be believed; for
	 * another time.
	 */
	enum err (*bill)(
	    struct arena *a, const char *day, struct payment_bill *out);

	/*
	 * Verifies over the raw bytes, then decodes. E_NOTICE for every
	 * reason to refuse it; the cause is for the log alone.
	 */
	enum err (*notice)(struct arena *a, const struct payment_message *m,
	    struct payment_notice *out);

	/* Our answer to a notice that was taken, or refused. */
	struct payment_answer (*notice_answer)(bool taken);
};

/* The table of providers, NULL-ended. */
extern const struct payment_provider *const payment_providers[];

/* Opens all of them. */
MUST_USE enum err payment_open(const struct config *cfg);

/* By name, or NULL. */
const struct payment_provider *payment_provider(const char *name);

/* What people call it; the name of one that is gone from the table. */
const char *payment_title(const char *name);

#define PROVIDER(name) extern const struct payment_provider payment_##name;
#include "provider/payment.def"
#undef PROVIDER

/* Whether a call failed for a reason of the provider's: another time may do. */
static inline bool
payment_is_trouble(enum err e)
{
	return e == E_PROVIDER || e == E_PROVIDER_UNKNOWN;
}

/*
 * A provider's word as tables can hold it, to 64 of ASCII: what has been
 * verified is never dropped because it is odd.
 */
const char *payment_word(struct arena *a, const char *word);

/* One of a provider's settings, by its name. */
struct payment_setting {
	const char *key, *value;
};

/* The name of the first that is not given; NULL when all are. */
const char *payment_lacks(const struct payment_setting *settings, size_t n);

/* Whether a setting is given: a program's NULL is as good as "". */
static inline bool
payment_given(const char *value)
{
	return value != NULL && *value != '\0';
}
