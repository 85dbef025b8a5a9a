#include "provider/invoice.h"

#include <string.h>

#include "service/config.h"

const struct invoice_provider *const invoice_providers[] = {
	&invoice_manual,
	NULL,
};

enum err
invoice_provider(const struct config *cfg, const struct invoice_provider **out)
{
	for (size_t i = 0; invoice_providers[i] != NULL; i++) {
		*out = invoice_providers[i];
		if (strcmp((*out)->name, cfg->invoice_provider) == 0)
			return E_OK;
	}
	return FAIL(
	    E_INTERNAL, "invoice_provider is none: %s", cfg->invoice_provider);
}
