#pragma once
/* Short messages: providers behind one small interface. */
#include "base/err.h"

struct arena;
struct config;

struct sms_provider {
	const char *name; /* in the setting sms_provider */

	/* Reads keys and settings; E_INTERNAL with a cause when they are bad. */
	enum err (*open)(const struct config *cfg);

	/*
	 * Sends text (UTF-8) to a mainland mobile of 11 digits. key is the
	 * message's own id, for providers that know a repeat by it.
	 * E_PROVIDER: surely not sent. E_PROVIDER_UNKNOWN: it may have been,
	 * and sending it again may deliver it twice.
	 */
	enum err (*send)(struct arena *a, const char *mobile, const char *text,
	    const char *key);
};

/* The table of providers, NULL-ended. */
extern const struct sms_provider *const sms_providers[];

/* By name, or NULL. */
const struct sms_provider *sms_provider(const char *name);

/* Writes one log line a message and sends nothing. */
extern const struct sms_provider sms_log;
