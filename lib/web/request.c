#include "web/request.h"

#include <fcgiapp.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>

#include "base/arena.h"
#include "base/num.h"
#include "format/json.h"
#include "format/url.h"
#include "web/patience.h"

static const struct {
	enum method method;
	const char *name;
} methods[] = {
	{ M_GET, "GET" },
	{ M_POST, "POST" },
	{ M_PUT, "PUT" },
	{ M_DELETE, "DELETE" },
	{ M_OPTIONS, "OPTIONS" },
};

const char *
method_name(enum method method)
{
	for (size_t i = 0; i < COUNT(methods); i++)
		if (methods[i].method == method)
			return methods[i].name;
	return "";
}

enum method
method_by_name(const char *name)
{
	for (size_t i = 0; i < COUNT(methods); i++)
		if (strcmp(methods[i].name, name) == 0)
			return methods[i].method;
	return 0;
}

const char *
body_type(enum body body)
{
	static const char *const types[] = {
		[BODY_NONE] = NULL,
		[BODY_JSON] = "application/json",
		[BODY_FORM] = "application/x-www-form-urlencoded",
		[BODY_MULTIPART] = "multipart/form-data",
		[BODY_RAW] = NULL,
		[BODY_STREAM] = "application/pdf",
	};

	return types[body];
}

const char *
request_param(const struct request *r, const char *name)
{
	return FCGX_GetParam(name, r->fcgi->envp);
}

enum err
request_read(struct request *r, void *p, size_t n, size_t *got)
{
	enum { PIECE = 65536 };
	int part;

	patience_begin(r->fcgi->ipcFd, SHUT_RD, r->patience_ms);
	part = FCGX_GetStr(p, (int)(n < PIECE ? n : PIECE), r->fcgi->in);
	r->patience_ms = patience_end();
	*got = part > 0 ? (size_t)part : 0;
	r->body_n += *got;
	if (*got == 0 && (int64_t)r->body_n < r->content_length)
		return FAIL(E_ABORTED, "body ended at %zu of %lld", r->body_n,
		    (long long)r->content_length);
	return E_OK;
}

const char *
request_query(const struct request *r, const char *name)
{
	const char *value = url_pair_get(r->query, name);

	return value == NULL || *value == '\0' ? NULL : value;
}

enum err
request_limit(struct request *r, int64_t *out)
{
	const char *limit = request_query(r, "limit");

	*out = LIMIT_USUAL;
	if (limit == NULL || num_int(limit, 1, LIMIT_MOST, out))
		return E_OK;
	problem_add(&r->env.errors, "limit", "range", "每页条数应为 1 到 %d。",
	    LIMIT_MOST);
	return FAIL(E_INVALID, "limit");
}

const char *
request_form(const struct request *r, const char *name)
{
	const char *value =
	    r->form == NULL ? NULL : url_pair_get(r->form, name);

	return value != NULL ? value : "";
}

const char **
request_form_all(const struct request *r, const char *name, size_t *n)
{
	const char **all =
	    arena_alloc(r->env.a, (r->form->n + 1) * sizeof(*all));

	*n = 0;
	for (size_t i = 0; i < r->form->n; i++)
		if (strcmp(r->form->item[i].name, name) == 0)
			all[(*n)++] = r->form->item[i].value;
	return all;
}

/* The version in If-Match: a quoted number, weak or not; -1 when it is none. */
static int64_t
version_in_header(const char *value)
{
	char text[24];
	int64_t version;
	size_t n;

	if (strncmp(value, "W/", 2) == 0)
		value += 2;
	n = strlen(value);
	if (n < 3 || n - 2 >= sizeof(text) || value[0] != '"' ||
	    value[n - 1] != '"')
		return -1;
	snprintf(text, sizeof(text), "%.*s", (int)(n - 2), value + 1);
	return num_int(text, 1, INT64_MAX, &version) ? version : -1;
}

enum err
request_check_version(struct request *r, int64_t current, bool is_needed)
{
	const char *header = request_param(r, "HTTP_IF_MATCH");
	int64_t named;

	if (r->in != NULL && json_get_int(r->in, "version", &named) &&
	    named != current)
		return FAIL(E_STALE, "version");
	if (header != NULL && strcmp(header, "*") != 0 &&
	    version_in_header(header) != current)
		return FAIL(E_STALE, "If-Match");
	if (is_needed && header == NULL &&
	    (r->in == NULL || !json_get_int(r->in, "version", &named)))
		return FAIL(E_VERSION_NEEDED, "no version");
	return E_OK;
}
