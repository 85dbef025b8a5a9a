/*
 * input_read, as the walk calls it. Input: "json", "form", "multipart" or
 * "none", LF, the content type, LF, the query string, LF, the body.
 */
#include <fcgiapp.h>
#include <stdbool.h>

#include "base/utf8.h"
#include "format/json.h"
#include "format/url.h"
#include "fuzz.h"
#include "web/input.h"
#include "web/request.h"

static const struct member query[] = {
	{ "name", MEMBER_TEXT, 16, false },
	{ "limit", MEMBER_INT, 100, false },
	{ 0 },
};

static const struct member members[] = {
	{ "version", MEMBER_INT, 1000, false },
	{ "opinion", MEMBER_TEXT, 20, true },
	{ "agree", MEMBER_BOOL, 0, false },
	{ "list", MEMBER_ANY, 0, false },
	{ 0 },
};

static const struct {
	const char *name;
	struct route route;
} routes[] = {
	{ "json", { .body = BODY_JSON,
		      .members = members,
		      .query = query,
		      .flags = ROUTE_FORM } },
	{ "form", { .body = BODY_FORM, .members = members, .query = query } },
	{ "multipart",
	    { .body = BODY_MULTIPART, .members = members, .query = query } },
	{ "none", { .body = BODY_NONE, .query = query } },
};

/* The end of the body is the end of what nginx sent. */
static void
no_more(FCGX_Stream *s)
{
	s->isClosed = 1;
}

static const struct route *
route_of(const char *name)
{
	for (size_t i = 0; i < COUNT(routes); i++)
		if (strcmp(routes[i].name, name) == 0)
			return &routes[i].route;
	return NULL;
}

static void
check_pairs(const struct url_pairs *list)
{
	for (size_t i = 0; list != NULL && i < list->n; i++) {
		const char *value = list->item[i].value;

		PROMISE(list->item[i].name != NULL && value != NULL);
		PROMISE(utf8_valid(value, strlen(value)));
	}
}

static void
check_read(struct request *r)
{
	int64_t number;

	check_pairs(r->query);
	check_pairs(r->form);
	if (request_query(r, "name") != NULL)
		PROMISE(utf8_length(request_query(r, "name")) <= 16);
	if (r->in == NULL)
		return;
	PROMISE(json_get_str(r->in, "opinion") != NULL);
	PROMISE(utf8_length(json_get_str(r->in, "opinion")) <= 20);
	if (json_get_int(r->in, "version", &number))
		PROMISE(number >= 0 && number <= 1000);
}

/* Every refusal of content names something. */
static void
check_refused(const struct request *r, enum err e)
{
	PROMISE(e == E_MALFORMED || e == E_UNKNOWN_MEMBER || e == E_INVALID);
	if (e != E_MALFORMED)
		PROMISE(r->env.errors.n > 0);
	for (size_t i = 0; i < r->env.errors.n; i++) {
		const struct problem *p = &r->env.errors.item[i];

		PROMISE(utf8_valid(p->field, strlen(p->field)));
		PROMISE(utf8_valid(p->message, strlen(p->message)));
	}
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t n)
{
	struct arena *a = fuzz_arena();
	struct input in = { (const char *)data, (const char *)data + n };
	const struct route *route = route_of(fuzz_line(a, &in));
	char *envp[] = { arena_printf(a, "CONTENT_TYPE=%s", fuzz_line(a, &in)),
		NULL };
	struct request r = { .route = route };
	FCGX_Stream body = { .isReader = 1, .fillBuffProc = no_more };
	FCGX_Request fcgi = { .in = &body, .envp = envp };
	enum err e;

	if (route == NULL)
		return 0;
	env_init(&r.env, a, NULL, NULL, P_APPLICATION);
	r.query_text = fuzz_line(a, &in);
	r.content_length = in.end - in.p;
	r.fcgi = &fcgi;
	body.rdNext = arena_alloc(a, (size_t)r.content_length + 1);
	memcpy(body.rdNext, in.p, (size_t)r.content_length);
	body.stop = body.wrNext = body.rdNext + r.content_length;
	body.stopUnget = body.rdNext;
	if ((e = input_read(&r)) == E_OK)
		check_read(&r);
	else
		check_refused(&r, e);
	return 0;
}
