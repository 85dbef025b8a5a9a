#include "provider/payment.h"

#include <string.h>

const struct payment_provider *const payment_providers[] = {
	&payment_wechatpay,
	NULL,
};

const struct payment_provider *
payment_provider(const char *name)
{
	for (size_t i = 0; payment_providers[i] != NULL; i++)
		if (strcmp(payment_providers[i]->name, name) == 0)
			return payment_providers[i];
	return NULL;
}
