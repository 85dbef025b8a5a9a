#pragma once
/* What the vendors of short messages share. */
#include <stddef.h>

#include "base/hash.h"
#include "provider/sms.h"

struct http_request;
struct json_object;
struct http_answer;

/* Seconds that a vendor's clock may differ from ours: beyond that Tencent takes
 * no signature. */
enum { SMS_CLOCK_SLACK = 300 };

enum { SMS_SECRET_MAX = 256, SMS_ANSWER_MAX = 64 * 1024, SMS_WORD_MAX = 64 };

/* The account at a vendor. */
struct sms_account {
	const struct config *cfg;
	char secret[SMS_SECRET_MAX + 1];
	const char *base_url;
	const char *host; /* with the port where the URL has one */
};

/* Reads it; url is the vendor's own, where none is set. E_INTERNAL. */
MUST_USE enum err sms_account_open(
    const struct config *cfg, const char *url, struct sms_account *out);

/* HMAC-SHA256 of a text. */
void sms_hmac(
    const void *key, size_t n, const char *text, uint8_t out[SHA256_LEN]);

/* The digest of a text in hexadecimal, in the arena. */
const char *sms_digest(struct arena *a, const char *text);

/* A vendor's codes, the longest match by prefix first; NULL ends. */
struct sms_code {
	const char *prefix;
	enum sent_outcome outcome;
};

/* What is signed of a call without a body, by ACS3-HMAC-SHA256. */
struct sms_acs3 {
	const char *secret, *host, *action, *version;
	const char *date;  /* "2026-11-29T15:30:08Z" */
	const char *nonce; /* of this call alone */
	const char *query; /* encoded, in the order of its names */
};

/* The headers that are signed, and the signature in hexadecimal. */
#define SMS_ACS3_HEADERS                                                       \
	"host;x-acs-action;x-acs-content-sha256;x-acs-date;"                   \
	"x-acs-signature-nonce;x-acs-version"
const char *sms_acs3_sign(struct arena *a, const struct sms_acs3 *call);

/* The same of a call with a JSON body, by TC3-HMAC-SHA256. */
struct sms_tc3 {
	const char *secret, *host, *service, *body;
	const char *day;   /* "2026-11-29", of the seconds, in UTC */
	long long seconds; /* since 1970 */
};

#define SMS_TC3_TYPE "application/json; charset=utf-8"
const char *sms_tc3_sign(struct arena *a, const struct sms_tc3 *call);

/*
 * Sends it to the account's URL with `query`; false with *out told when there
 * is no answer to look at. Otherwise *ans is one, of whatever status.
 */
bool sms_call(struct arena *a, const struct sms_account *s, const char *query,
    struct http_request *req, struct http_answer **ans, struct sent *out);

/* Asks the vendor something: the object that it answers. E_PROVIDER and
 * E_PROVIDER_UNKNOWN as http_send, and for what is no JSON object. */
MUST_USE enum err sms_ask_call(struct arena *a, const struct sms_account *s,
    const char *query, struct http_request *req, struct json_object **out);

/* The array of receipts that a vendor pushes; read reads one of them. */
MUST_USE enum err sms_receipts_read(struct arena *a, const char *body, size_t n,
    bool (*read)(struct json_object *, struct sms_receipt *),
    struct sms_receipts *out);

/* A vendor's word as it is kept, or "". */
const char *sms_word(const char *text);

/* What a code says; the cause is set when it is no success. Of a code that is
 * not in the table nothing is known but that it was refused. */
struct sent sms_refused(const struct sms_code *codes, const char *code);

/* Taken, with the vendor's name for it; without one it is unclear. */
struct sent sms_taken(const char *code, const char *serial);

/* An answer that cannot be trusted: perhaps sent. */
struct sent sms_unclear(const char *what);
