#pragma once
/* WeChat Pay API v3, between its files: keys, signatures, calls, decoding. */
#include <openssl/evp.h>

#include "provider/payment.h"

struct json_object;

enum {
	WECHATPAY_PLATFORM_KEYS = 16,
	WECHATPAY_APIV3_KEY = 32, /* bytes, exactly */
	WECHATPAY_WINDOW = 300	  /* seconds either way */
};

/* Keys, read once; what a program is not given stays NULL. */
struct wechatpay_keys {
	EVP_PKEY *merchant;
	const char *apiv3;
	size_t n;
	struct wechatpay_platform_key {
		const char *id; /* PUB_KEY_ID_…, or a certificate's serial */
		EVP_PKEY *key;
	} platform[WECHATPAY_PLATFORM_KEYS];
};

/* All that a program knows of WeChat Pay. */
struct wechatpay {
	struct arena *a; /* where the keys live */
	const struct config *cfg;
	struct wechatpay_keys keys;
};

/* wechatpay_keys.c */

/* Reads what w->cfg names into w->keys. E_INTERNAL with a cause. */
MUST_USE enum err wechatpay_keys_read(struct wechatpay *w);

/* The setting that is missing to verify, or to call and verify; NULL: none. */
const char *wechatpay_lacks_to_verify(const struct wechatpay *w);
const char *wechatpay_lacks_to_call(const struct wechatpay *w);

/* E_PROVIDER when one is missing to call. */
MUST_USE enum err wechatpay_can_call(const struct wechatpay *w);

/* The first PUB_KEY_ID_… there is, or NULL. */
const char *wechatpay_public_key_id(const struct wechatpay_keys *k);

/* The key that fields are sealed with for WeChat: the public key, else the
 * newest certificate's. */
const struct wechatpay_platform_key *wechatpay_sealing_key(
    const struct wechatpay_keys *k);

/* The platform's key of that id, or NULL. */
EVP_PKEY *wechatpay_platform_key(
    const struct wechatpay_keys *k, const char *id);

/* wechatpay_sign.c */

/* What a request's signature covers. */
struct wechatpay_request {
	const char *method;
	const char *target; /* path and query, as sent */
	const char *timestamp, *nonce;
	const char *body; /* as sent, n bytes */
	size_t n;
};

/* The value of the Authorization header, in the arena. */
MUST_USE enum err wechatpay_authorization(struct arena *a,
    const struct wechatpay *w, const struct wechatpay_request *r,
    const char **out);

/*
 * Whether an answer or a notice is WeChat's: headers there, key known, time
 * within the window, signature over the raw bytes. NULL when it is, else why
 * not, for the log.
 */
MUST_USE const char *wechatpay_refusal(struct arena *a,
    const struct wechatpay_keys *k, const struct payment_message *m);

/* wechatpay_call.c */

struct wechatpay_call {
	const char *method, *path;
	const char *body; /* NULL for none */
	size_t n;
	/* The id of the key that fields of the body are sealed with; or NULL */
	const char *sealed_for;
	struct json_object *answer; /* verified; NULL when it was empty */
	const char *code;    /* of an error answer, which nobody signs; or "" */
	const char *message; /* of the same, for people, cut; or "" */
};

/* E_PROVIDER when no does not go into URLs as it is: 6 to most letters. */
MUST_USE enum err wechatpay_check_number(const char *no, size_t most);

/*
 * E_OK: a verified 2xx. E_PROVIDER: refused, so surely nothing was done.
 * E_PROVIDER_UNKNOWN: everything else.
 */
MUST_USE enum err wechatpay_perform(
    struct arena *a, const struct wechatpay *w, struct wechatpay_call *c);

/*
 * Fetches a bill from where an answer says it is: the request is signed, the
 * file is not.
 */
struct http_answer;
MUST_USE enum err wechatpay_download(struct arena *a, const struct wechatpay *w,
    const char *url, struct http_answer **out);

/* What the provider wrote for people, cut, fit to be shown. */
const char *wechatpay_shown(struct arena *a, const char *text);

/* Whether the call failed with this code, underscores apart. */
bool wechatpay_code_is(const struct wechatpay_call *c, const char *word);

/* wechatpay_refund.c: payment_provider's refund and refund_query. */

MUST_USE enum err wechatpay_refund(struct arena *a, const struct wechatpay *w,
    const struct payment_refund *r, struct payment_refund_fact *out);
MUST_USE enum err wechatpay_refund_query(struct arena *a,
    const struct wechatpay *w, const struct payment_refund *r,
    struct payment_refund_fact *out);

/* wechatpay_notice.c */

/* A verified transaction as a fact. NULL, or what is wrong with it. */
MUST_USE const char *wechatpay_fact(
    struct json_object *o, struct payment_fact *out);

/* payment_provider's notice, with the keys that it needs. */
MUST_USE enum err wechatpay_notice(struct arena *a,
    const struct wechatpay_keys *k, const struct payment_message *m,
    struct payment_notice *out);

/* wechatpay_bill.c */

/* payment_provider's bill. */
MUST_USE enum err wechatpay_bill(struct arena *a, const struct wechatpay *w,
    const char *day, struct payment_bill *out);

/* Its text, taken apart; NULL, or what is wrong with it. */
MUST_USE const char *wechatpay_bill_read(struct arena *a, const char *mchid,
    const char *appid, char *text, struct payment_bill *out);
