#include "provider/sms.h"

#include <string.h>

const struct sms_provider *const sms_providers[] = {
	&sms_log,
	NULL,
};

const struct sms_provider *
sms_provider(const char *name)
{
	for (size_t i = 0; sms_providers[i] != NULL; i++)
		if (strcmp(sms_providers[i]->name, name) == 0)
			return sms_providers[i];
	return NULL;
}
