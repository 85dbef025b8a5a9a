#include "provider/payment.h"

#include <string.h>

#include "base/arena.h"

enum { WORD_MAX = 64 };

const struct payment_provider *const payment_providers[] = {
#define PROVIDER(name) &payment_##name,
#include "provider/payment.def"
#undef PROVIDER
	NULL,
};

enum err
payment_open(const struct config *cfg)
{
	for (size_t i = 0; payment_providers[i] != NULL; i++)
		TRY(payment_providers[i]->open(cfg));
	return E_OK;
}

const struct payment_provider *
payment_provider(const char *name)
{
	for (size_t i = 0; payment_providers[i] != NULL; i++)
		if (strcmp(payment_providers[i]->name, name) == 0)
			return payment_providers[i];
	return NULL;
}

const char *
payment_title(const char *name)
{
	const struct payment_provider *p = payment_provider(name);

	return p != NULL ? p->title : name;
}

const char *
payment_word(struct arena *a, const char *word)
{
	char *out = arena_strndup(a, word, strnlen(word, WORD_MAX));

	for (char *p = out; *p != '\0'; p++)
		if (*p < '!' || *p > '~')
			*p = '?';
	return out;
}

const char *
payment_lacks(const struct payment_setting *settings, size_t n)
{
	for (size_t i = 0; i < n; i++)
		if (!payment_given(settings[i].value))
			return settings[i].key;
	return NULL;
}
