#include "web/response.h"

#include <errno.h>
#include <fcgiapp.h>
#include <string.h>
#include <unistd.h>

#include "base/arena.h"
#include "base/log.h"
#include "domain/application.h"
#include "format/json.h"
#include "format/template.h"
#include "format/url.h"

enum { PAGE_MAX = 4 << 20, PIECE = 16 << 10 };

static const struct template *templates;

void
respond_use_templates(const struct template *list)
{
	templates = list;
}

static enum err
respond(
    struct request *r, int status, const char *type, const char *body, size_t n)
{
	r->out.status = status;
	r->out.type = type;
	r->out.body = body;
	r->out.n = n;
	r->out.next = NULL;
	return E_OK;
}

enum err
respond_json(struct request *r, int status, struct json_object *o)
{
	size_t n;
	const char *text = json_text(o, &n);

	return respond(r, status, "application/json", text, n);
}

enum err
respond_nothing(struct request *r)
{
	return respond(r, 204, NULL, "", 0);
}

enum err
respond_text(struct request *r, int status, const char *type, const char *text)
{
	return respond(r, status, type, text, strlen(text));
}

enum err
respond_bytes(struct request *r, const char *type, const char *bytes, size_t n)
{
	return respond(r, 200, type, bytes, n);
}

enum err
respond_not_modified(struct request *r)
{
	return respond(r, 304, NULL, "", 0);
}

enum err
respond_see_other(struct request *r, const char *path)
{
	respond_header(r, "Location", path);
	return respond(r, 303, NULL, "", 0);
}

void
respond_retry_after(struct request *r, int64_t seconds)
{
	respond_header(r, "Retry-After",
	    arena_printf(r->env.a, "%lld", (long long)seconds));
}

enum err
respond_page(
    struct request *r, int status, const char *name, struct json_object *data)
{
	struct buf out;
	const char *text;

	json_str(data, "csrf", r->csrf);
	buf_init(&out, r->env.a, PAGE_MAX);
	TRY(template_render(templates, name, data, &out));
	if ((text = buf_str(&out)) == NULL)
		return FAIL(E_INTERNAL, "page %s over its limit", name);
	return respond(r, status, "text/html; charset=utf-8", text, out.n);
}

enum err
respond_download(struct request *r, const char *bytes, size_t n,
    const char *type, const char *name)
{
	/* RFC 6266: the name in UTF-8, and one without it for old clients. */
	respond_header(r, "Content-Disposition",
	    arena_printf(r->env.a,
		"attachment; filename=\"document\"; filename*=UTF-8''%s",
		url_encode(r->env.a, name)));
	respond_header(
	    r, "Content-Security-Policy", "sandbox; default-src 'none'");
	respond_header(r, "Cache-Control", "private, no-store");
	return respond(r, 200, type, bytes, n);
}

enum err
respond_stream(struct request *r, next_piece *next, void *from, int64_t size,
    const char *type, const char *name)
{
	const void *p;
	size_t n;

	/* Once it is promised, what cannot be read is only cut off. */
	TRY(next(from, &p, &n));
	TRY(respond_download(r, p, n, type, name));
	r->out.next = next;
	r->out.from = from;
	r->out.size = size;
	return E_OK;
}

struct open_file {
	int fd;
	char piece[PIECE];
};

static enum err
next_of_file(void *from, const void **p, size_t *n)
{
	struct open_file *file = from;
	ssize_t got = read(file->fd, file->piece, PIECE);

	if (got < 0)
		return FAIL(E_STORE, "read: %s", strerror(errno));
	*p = file->piece;
	*n = (size_t)got;
	return E_OK;
}

enum err
respond_file(
    struct request *r, int fd, int64_t size, const char *type, const char *name)
{
	struct open_file *file = ARENA_NEW(r->env.a, struct open_file);

	file->fd = fd;
	return respond_stream(r, next_of_file, file, size, type, name);
}

void
respond_header(struct request *r, const char *name, const char *value)
{
	if (r->out.headers == COUNT(r->out.header)) {
		log_line(LOG_ERROR, "too_many_headers", "name=%s", name);
		return;
	}
	r->out.header[r->out.headers++] = (struct header){ name, value };
}

void
respond_etag(struct request *r, int64_t version)
{
	respond_header(
	    r, "ETag", arena_printf(r->env.a, "\"%lld\"", (long long)version));
}

bool
respond_is_known(struct request *r, const char *tag)
{
	const char *known = request_param(r, "HTTP_IF_NONE_MATCH");

	respond_header(r, "ETag", tag);
	return known != NULL && strstr(known, tag) != NULL;
}

static void
error_page(struct request *r, const struct err_row *row)
{
	struct json_object *o = json_object_in(r->env.a);

	json_str(o, "title", row->title);
	json_str(o, "advice", row->advice);
	json_str(o, "request_id", r->env.request_id);
	application_problems_json(&r->env.errors, json_list(o, "errors"));
	if (templates == NULL ||
	    respond_page(r, row->status, "error", o) != E_OK)
		respond(r, row->status, "text/plain; charset=utf-8",
		    row->advice, strlen(row->advice));
}

static void
error_json(struct request *r, const struct err_row *row)
{
	struct json_object *o = json_object_in(r->env.a);
	size_t n;
	const char *text;

	json_str(o, "type", "about:blank");
	json_str(o, "title", row->title);
	json_int(o, "status", row->status);
	json_str(o, "code", row->code);
	json_str(o, "detail", row->advice);
	application_problems_json(&r->env.errors, json_list(o, "errors"));
	application_problems_json(&r->env.warnings, json_list(o, "warnings"));
	json_str(o, "request_id", r->env.request_id);
	text = json_text(o, &n);
	respond(r, row->status, "application/problem+json", text, n);
}

/* The page on which an administrator puts right what is missing. */
static const char *
way_in(enum err e)
{
	return e == E_SIGNED_OUT	? "/admin/sign-in"
	       : e == E_PASSWORD_CHANGE ? "/admin/account"
	       : e == E_SECOND_FACTOR	? "/admin/account/second-factor"
					: NULL;
}

void
respond_error(struct request *r, enum err e)
{
	const struct err_row *row = err_row(e);
	struct response blank = { 0 };
	size_t kept = 0;

	/* Retry-After and the like were meant for the error. */
	for (size_t i = 0; i < r->out.headers; i++)
		if (strcmp(r->out.header[i].name, "Retry-After") == 0 ||
		    strcmp(r->out.header[i].name, "Vary") == 0 ||
		    strncmp(r->out.header[i].name, "Access-", 7) == 0)
			blank.header[kept++] = r->out.header[i];
	r->out = blank;
	r->out.headers = kept;
	if (row->status == 503)
		respond_header(r, "Retry-After", "1");
	if (e == E_METHOD)
		respond_header(r, "Allow", r->allow);
	if (!r->is_admin)
		error_json(r, row);
	else if (r->method != M_GET || way_in(e) == NULL ||
		 respond_see_other(r, way_in(e)) != E_OK)
		error_page(r, row);
}

/* What follows the first piece; nginx cuts off what is shorter than its
 * Content-Length. */
static void
send_rest(struct request *r)
{
	int64_t left = r->out.size - (int64_t)r->out.n;
	enum err e = E_OK;
	const void *p;
	size_t n;

	err_clear();
	while (left > 0 && (e = r->out.next(r->out.from, &p, &n)) == E_OK &&
	       n > 0) {
		if (FCGX_PutStr(p, (int)n, r->fcgi->out) < 0)
			return;
		left -= (int64_t)n;
	}
	if (e == E_OK && left > 0)
		err_set(E_STORE, __FILE__, __LINE__, "shorter than announced");
	if (left > 0)
		log_fault(LOG_ERROR, "send", "left",
		    arena_printf(r->env.a, "%lld", (long long)left));
}

static void
send_body(struct request *r)
{
	if (r->is_head)
		return;
	if (FCGX_PutStr(r->out.body, (int)r->out.n, r->fcgi->out) >= 0 &&
	    r->out.next != NULL)
		send_rest(r);
}

int64_t
respond_size(const struct request *r)
{
	return r->out.next == NULL ? (int64_t)r->out.n : r->out.size;
}

void
respond_send(struct request *r)
{
	struct buf head;

	buf_init(&head, r->env.a, 16384);
	buf_printf(&head, "Status: %d\r\n", r->out.status);
	if (r->out.type != NULL)
		buf_printf(&head, "Content-Type: %s\r\n", r->out.type);
	if (r->out.status != 204)
		buf_printf(&head, "Content-Length: %lld\r\n",
		    (long long)respond_size(r));
	for (size_t i = 0; i < r->out.headers; i++)
		buf_printf(&head, "%s: %s\r\n", r->out.header[i].name,
		    r->out.header[i].value);
	buf_puts(&head, "\r\n");
	FCGX_PutStr(buf_str(&head), (int)head.n, r->fcgi->out);
	send_body(r);
}
