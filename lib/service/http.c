#include "service/http.h"

#include <string.h>

#include "service/http_private.h"

static http_sender *sender;

void
http_use(http_sender *how)
{
	sender = how;
}

enum err
http_send(
    struct arena *a, const struct http_request *req, struct http_answer **out)
{
	if (sender == NULL)
		return FAIL(E_INTERNAL, "http_open was not called");
	return sender(a, req, out);
}

const char *
http_header(const struct http_answer *ans, const char *name)
{
	for (const struct http_header *h = ans->headers; h != NULL; h = h->next)
		if (strcmp(h->name, name) == 0)
			return h->value;
	return NULL;
}
