/*
 * route_match on patterns of every shape that the programs have. Input: a
 * path.
 */
#include <stdbool.h>

#include "base/buf.h"
#include "fuzz.h"
#include "web/route.h"

static const char *const patterns[] = {
	"/",
	"/healthz",
	"/admin/",
	"/admin/style.css",
	"/api/applications",
	"/api/applications/{id}",
	"/api/applications/{id}/submit",
	"/api/applications/{id}/attachments/{kind}",
	"/api/applications/{id}/attachments/{kind}/{attachment}",
	"/callback/sms/{provider}",
	"/{a}/{b}/{c}/{d}",
};

/* What the params, put into the pattern, say: the path again. */
static const char *
filled_in(struct arena *a, const struct request *r, const char *pattern)
{
	size_t params = 0;
	struct buf b;

	buf_init(&b, a, 1024);
	while (*pattern != '\0') {
		if (*pattern != '{') {
			buf_putc(&b, *pattern++);
			continue;
		}
		PROMISE(params < PATH_PARAMS && r->param[params] != NULL);
		buf_puts(&b, r->param[params++]);
		pattern = strchr(pattern, '}') + 1;
	}
	PROMISE(params == PATH_PARAMS || r->param[params] == NULL);
	return buf_str(&b);
}

static bool
is_id(const char *s)
{
	size_t n = strlen(s);

	return n >= 1 && n <= 64 &&
	       strspn(s, "0123456789abcdefghijklmnopqrstuvwxyz"
			 "ABCDEFGHIJKLMNOPQRSTUVWXYZ-_") == n;
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t n)
{
	struct arena *a = fuzz_arena();
	struct input in = { (const char *)data, (const char *)data + n };
	const char *path = fuzz_line(a, &in), *longer;

	for (size_t i = 0; i < COUNT(patterns); i++) {
		struct request r = { .env.a = a };

		if (!route_match(&r, patterns[i], path))
			continue;
		PROMISE(strcmp(filled_in(a, &r, patterns[i]), path) == 0);
		for (size_t k = 0; k < PATH_PARAMS; k++)
			PROMISE(r.param[k] == NULL || is_id(r.param[k]));
	}
	/* Whatever is an id is one wherever an id may be. */
	for (size_t i = 0; i < COUNT(patterns) && is_id(path); i++) {
		struct request r = { .param = { path, path, path, path } };
		struct request again = { .env.a = a };
		size_t params = 0;

		for (const char *p = patterns[i]; *p != '\0'; p++)
			params += *p == '{';
		for (size_t k = params; k < PATH_PARAMS; k++)
			r.param[k] = NULL;
		longer = filled_in(a, &r, patterns[i]);
		PROMISE(route_match(&again, patterns[i], longer));
	}
	return 0;
}
