#pragma once
/* Short messages: providers behind one small interface. */
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/err.h"
#include "provider/sent.h"

struct arena;
struct config;

enum { SMS_VALUES = 8 };

struct sms_message {
	const char *key;      /* its own id, unique */
	const char *mobile;   /* a mainland number of 11 digits */
	const char *template; /* our word for what it says */
	const char *code;     /* the vendor's for its template; NULL: none */
	const char *text;     /* all of it, in UTF-8 */
	/* What the template leaves open, in its order; the name NULL ends. */
	struct sms_value {
		const char *name, *value;
	} values[SMS_VALUES + 1];
};

/* What a vendor says of one that it took: whether it arrived. */
struct sms_receipt {
	const char *serial, *mobile; /* as they were when it was taken */
	const char *key; /* ours, where the vendor says it; or NULL */
	bool is_delivered;
	const char *code, *text; /* its word for it, and in words; or "" */
};

struct sms_receipts {
	size_t n;
	struct sms_receipt *item;
};

/* One that the vendor was given. */
struct sms_question {
	const char *serial; /* the vendor's; "" when its answer was lost */
	const char *key;    /* ours */
	const char *mobile;
	int64_t sent_at; /* microseconds since 1970 */
};

/* What a vendor says of it. */
enum sms_found {
	SMS_UNSAID, /* nothing of use: it may have it or not */
	SMS_NONE,   /* it is not among those that it took */
	SMS_TAKEN,  /* it took it, and waits for the carrier */
	SMS_JUDGED  /* it arrived, or not */
};

struct sms_provider {
	const char *name; /* in the setting sms_provider */

	/* Whether sms_templates has to name what we send. */
	bool has_templates;

	/*
	 * Reads keys and settings, once; cfg has to stay. E_INTERNAL with a
	 * cause when they are bad or half there.
	 */
	enum err (*open)(const struct config *cfg);

	/*
	 * Sends one. The cause of what was not taken is for the log: it names
	 * neither number nor text.
	 */
	struct sent (*send)(struct arena *a, const struct sms_message *m);

	/*
	 * Asks what became of one, by a signed call; *out is filled when it is
	 * SMS_JUDGED. E_PROVIDER, E_PROVIDER_UNKNOWN. NULL when it takes none
	 * that can be asked about.
	 */
	enum err (*ask)(struct arena *a, const struct sms_question *q,
	    struct sms_receipt *out, enum sms_found *found);

	/* Reads what it pushes, which nobody signs; E_MALFORMED. */
	enum err (*receipts)(struct arena *a, const char *body, size_t n,
	    struct sms_receipts *out);
	const char *receipt_answer; /* JSON: it is taken */
};

/* By name, or NULL. */
const struct sms_provider *sms_provider(const char *name);

/* The first writes one log line a message and sends nothing. */
extern const struct sms_provider sms_log, sms_aliyun, sms_tencent;

/* What a vendor calls our template, from the setting sms_templates
 * ("approve=SMS_1,reject=SMS_2"); NULL when it is not there. */
const char *sms_template(
    struct arena *a, const char *templates, const char *word);
