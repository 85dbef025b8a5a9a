/* Apart from sms.c, which brings the calls and with them libcurl. */
#include <string.h>

#include "base/arena.h"
#include "provider/sms.h"

const char *
sms_template(struct arena *a, const char *templates, const char *word)
{
	size_t n = strlen(word);

	for (const char *p = templates; *p != '\0';) {
		size_t length = strcspn(p, ",");

		if (length > n + 1 && strncmp(p, word, n) == 0 && p[n] == '=')
			return arena_strndup(a, p + n + 1, length - n - 1);
		p += length;
		p += strspn(p, ", ");
	}
	return NULL;
}
