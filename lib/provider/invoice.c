#include "provider/invoice.h"

#include <string.h>

#include "service/config.h"

static const struct invoice_provider *const providers[] = {
	&invoice_manual,
	&invoice_wechatpay,
};

enum err
invoice_provider(const struct config *cfg, const struct invoice_provider **out)
{
	for (size_t i = 0; i < COUNT(providers); i++) {
		*out = providers[i];
		if (strcmp((*out)->name, cfg->invoice_provider) == 0)
			return E_OK;
	}
	return FAIL(
	    E_INTERNAL, "invoice_provider is none: %s", cfg->invoice_provider);
}

enum err
invoice_provider_open(
    const struct config *cfg, const struct invoice_provider **out)
{
	TRY(invoice_provider(cfg, out));
	return (*out)->open != NULL ? (*out)->open(cfg) : E_OK;
}

bool
invoice_is_number(const char *text)
{
	size_t n = strlen(text);

	return n >= INVOICE_NUMBER_MIN && n <= INVOICE_NUMBER_MAX &&
	       strspn(text, "0123456789") == n;
}

const char *
invoice_kind_name(enum invoice_kind kind)
{
	static const char *const names[INVOICE_FILES] = { "pdf", "ofd", "xml" };

	return names[kind];
}
