#pragma once
/* Alipay's gateway (OpenAPI 1.0), between its files. */
#include <openssl/evp.h>

#include "provider/payment.h"

struct json_object;

/* Keys, read once; what a program is not given stays NULL. */
struct alipay_keys {
	EVP_PKEY *app, *alipay;
	/* Certificate mode: by these each side names its certificates. */
	const char *app_sn, *root_sn, *alipay_sn;
};

/* All that a program knows of Alipay. */
struct alipay {
	struct arena *a; /* where the keys live */
	const struct config *cfg;
	struct alipay_keys keys;
};

/* One name=value of a request or a notice. */
struct alipay_pair {
	const char *name, *value;
};

/* alipay_keys.c */

/* Reads what s->cfg names into s->keys. E_INTERNAL with a cause. */
MUST_USE enum err alipay_keys_read(struct alipay *s);

/* alipay_sign.c */

/*
 * What a signature covers: sorts the pairs by name and joins them as
 * name=value with &, as they are, those with an empty value left out when
 * skip_empty.
 */
const char *alipay_message(
    struct arena *a, struct alipay_pair *pairs, size_t n, bool skip_empty);

/*
 * The object that an answer's signature covers: the characters of the member
 * name of the outer object, as they stand there. NULL when there is none.
 */
const char *alipay_inner(
    struct arena *a, const char *text, size_t n, const char *name);

/* alipay_call.c */

struct alipay_call {
	const char *method; /* "alipay.trade.query" */
	const char *member; /* "alipay_trade_query_response" */
	struct json_object *content;
	const char *notify_url;	    /* NULL: none */
	struct json_object *answer; /* verified */
	const char *sub_code;	    /* of a refusal, or "" */
};

/*
 * E_OK: a verified answer of success. E_PROVIDER: a verified refusal, so
 * surely nothing was done. E_PROVIDER_UNKNOWN: everything else.
 */
MUST_USE enum err alipay_perform(
    struct arena *a, const struct alipay *s, struct alipay_call *c);

/* alipay_refund.c: payment_provider's refund and refund_query. */

MUST_USE enum err alipay_refund(struct arena *a, const struct alipay *s,
    const struct payment_refund *r, struct payment_refund_fact *out);
MUST_USE enum err alipay_refund_query(struct arena *a, const struct alipay *s,
    const struct payment_refund *r, struct payment_refund_fact *out);

/* alipay_notice.c */

/* A verified trade as a fact. NULL, or what is wrong with it. */
MUST_USE const char *alipay_fact(
    const struct config *cfg, struct json_object *o, struct payment_fact *out);

/* payment_provider's notice. */
MUST_USE enum err alipay_notice(struct arena *a, const struct alipay *s,
    const struct payment_message *m, struct payment_notice *out);

/* "2026-11-29 15:30:08", the time in China; 0 when it is none. */
int64_t alipay_time(const char *text);

/* alipay_bill.c */

/* payment_provider's bill. */
MUST_USE enum err alipay_bill(struct arena *a, const struct alipay *s,
    const char *day, struct payment_bill *out);

/* Its text, taken apart; NULL, or what is wrong with it. */
MUST_USE const char *alipay_bill_read(struct arena *a, const char *seller_id,
    char *text, struct payment_bill *out);
