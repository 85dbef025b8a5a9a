/* The calls of service/http.h, made by libcurl. */
#include <ctype.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "base/arena.h"
#include "base/buf.h"
#include "base/clock.h"
#include "base/log.h"
#include "format/url.h"
#include "service/curl.h"
#include "service/http_private.h"

enum {
	HEAD_MAX = 64 * 1024, /* bytes of all headers of an answer */
	LARGE = 256 * 1024,   /* an answer that may be a file */
	CLOCK_SECONDS = 60    /* that clocks may differ, and between warnings */
};

static CURL *easy;

/* One call while it runs. */
struct call {
	struct arena *a;
	struct http_answer *ans;
	struct buf body;
	size_t head_n;
	bool began; /* from here on the other side may have seen it */
	char error[CURL_ERROR_SIZE];
};

static bool
part_is(CURLU *u, CURLUPart part, bool (*accept)(const char *))
{
	char *text;
	bool yes;

	if (curl_url_get(u, part, &text, 0) != CURLUE_OK)
		return false;
	yes = accept(text);
	curl_free(text);
	return yes;
}

static bool
is_https(const char *scheme)
{
	return strcmp(scheme, "https") == 0;
}

static bool
is_http(const char *scheme)
{
	return strcmp(scheme, "http") == 0;
}

static bool
is_any(const char *text)
{
	return text != NULL;
}

/* libcurl's own parser judges, so that it and the call cannot disagree. */
bool
http_url_allowed(const char *url)
{
	CURLU *u = curl_url();
	bool yes;

	yes = u != NULL && curl_url_set(u, CURLUPART_URL, url, 0) == CURLUE_OK;
	yes = yes && !part_is(u, CURLUPART_USER, is_any);
	yes = yes && (part_is(u, CURLUPART_SCHEME, is_https) ||
			 (part_is(u, CURLUPART_SCHEME, is_http) &&
			     part_is(u, CURLUPART_HOST, url_is_loopback)));
	curl_url_cleanup(u);
	return yes;
}

/* Called when the connection stands, before the first byte of the request. */
static int
on_begin(void *arg, char *ip, char *local_ip, int port, int local_port)
{
	struct call *c = arg;

	(void)ip;
	(void)local_ip;
	(void)port;
	(void)local_port;
	c->began = true;
	return CURL_PREREQFUNC_OK;
}

/* Anything but the size given makes libcurl end the call. */
static size_t
on_body(char *p, size_t one, size_t n, void *arg)
{
	struct call *c = arg;

	(void)one;
	buf_add(&c->body, p, n);
	return c->body.failed ? 0 : n;
}

static char *
trimmed(struct arena *a, const char *p, const char *end)
{
	while (p < end && isspace((unsigned char)*p))
		p++;
	while (end > p && isspace((unsigned char)end[-1]))
		end--;
	return arena_strndup(a, p, (size_t)(end - p));
}

static void
header_add(struct call *c, const char *line, const char *colon, size_t n)
{
	struct http_header *h = ARENA_NEW(c->a, struct http_header);
	char *name = trimmed(c->a, line, colon);

	for (char *p = name; *p != '\0'; p++)
		*p = (char)tolower((unsigned char)*p);
	*h = (struct http_header){
		.name = name,
		.value = trimmed(c->a, colon + 1, line + n),
		.next = c->ans->headers,
	};
	c->ans->headers = h;
}

static size_t
on_header(char *line, size_t one, size_t n, void *arg)
{
	struct call *c = arg;
	const char *colon = memchr(line, ':', n);

	(void)one;
	if (n > HEAD_MAX - c->head_n)
		return 0;
	c->head_n += n;
	/* A status line: what came before belongs to a 1xx answer. */
	if (n > 5 && memcmp(line, "HTTP/", 5) == 0)
		c->ans->headers = NULL;
	else if (colon != NULL)
		header_add(c, line, colon, n);
	return n;
}

static enum err
set_headers(struct arena *a, const struct http_request *req)
{
	struct curl_slist **list = curl_list(a);

	/* No "Expect: 100-continue", which costs a round trip or a second. */
	TRY(curl_line(list, "Expect:"));
	for (size_t i = 0; i < HTTP_HEADERS_MAX && req->headers[i] != NULL; i++)
		TRY(curl_line(list, req->headers[i]));
	curl_easy_setopt(easy, CURLOPT_HTTPHEADER, *list);
	return E_OK;
}

static void
set_request(const struct http_request *req)
{
	bool tls = strncasecmp(req->url, "https:", 6) == 0;

	curl_easy_setopt(easy, CURLOPT_URL, req->url);
	curl_easy_setopt(easy, CURLOPT_PROTOCOLS_STR, tls ? "https" : "http");
	curl_easy_setopt(easy, CURLOPT_FOLLOWLOCATION, 0L);
	curl_easy_setopt(easy, CURLOPT_USERAGENT, "calock");
	curl_easy_setopt(easy, CURLOPT_HTTP_VERSION, CURL_HTTP_VERSION_1_1);
	if (strcmp(req->method, "GET") == 0)
		return;
	curl_easy_setopt(easy, CURLOPT_POSTFIELDSIZE_LARGE,
	    (curl_off_t)(req->body != NULL ? req->body_n : 0));
	curl_easy_setopt(
	    easy, CURLOPT_POSTFIELDS, req->body != NULL ? req->body : "");
	curl_easy_setopt(easy, CURLOPT_CUSTOMREQUEST, req->method);
	/*
	 * libcurl quietly repeats a request on a kept connection that breaks.
	 * What changes something is sent once, so over a connection of its own.
	 */
	curl_easy_setopt(easy, CURLOPT_FRESH_CONNECT, 1L);
}

static void
set_callbacks(struct call *c)
{
	curl_easy_setopt(easy, CURLOPT_ERRORBUFFER, c->error);
	curl_easy_setopt(easy, CURLOPT_PREREQFUNCTION, on_begin);
	curl_easy_setopt(easy, CURLOPT_PREREQDATA, c);
	curl_easy_setopt(easy, CURLOPT_HEADERFUNCTION, on_header);
	curl_easy_setopt(easy, CURLOPT_HEADERDATA, c);
	curl_easy_setopt(easy, CURLOPT_WRITEFUNCTION, on_body);
	curl_easy_setopt(easy, CURLOPT_WRITEDATA, c);
}

static enum err
judge(const struct call *c, const struct http_request *req, CURLcode code)
{
	enum err e = c->began ? E_PROVIDER_UNKNOWN : E_PROVIDER;

	if (c->body.failed)
		return FAIL(e, "answer over %zu bytes: %s %s", req->answer_max,
		    req->method, req->url);
	return FAIL(e, "%s: %s %s",
	    c->error[0] != '\0' ? c->error : curl_easy_strerror(code),
	    req->method, req->url);
}

/*
 * Providers take what is signed within minutes, and so do we of them: the
 * operator is told before that fails, and when it has.
 */
static void
compare_clocks(struct arena *a, const struct http_request *req,
    const struct http_answer *ans)
{
	static int64_t told_at = INT64_MIN;
	const char *date = http_header(ans, "date");
	time_t there = date != NULL ? curl_getdate(date, NULL) : -1;
	int64_t here = clock_now() / CLOCK_SECOND, now = clock_span();
	char to[256];

	if (there == -1 || llabs(here - (int64_t)there) < CLOCK_SECONDS ||
	    now < told_at + CLOCK_SECONDS * CLOCK_SECOND)
		return;
	told_at = now;
	log_line(LOG_WARN, "clock",
	    "ahead_s=%lld to=%s cause=\"this server's clock and the other "
	    "side's differ: check its NTP\"",
	    (long long)(here - (int64_t)there),
	    log_quote(to, sizeof(to),
		arena_strndup(a, req->url, strcspn(req->url, "?"))));
}

static enum err
perform(
    struct arena *a, const struct http_request *req, struct http_answer **out)
{
	struct call c = { .a = a, .ans = ARENA_NEW(a, struct http_answer) };
	CURLcode code;
	long status;

	if (!http_url_allowed(req->url))
		return FAIL(E_PROVIDER, "the address is not https");
	TRY(curl_begin(easy, req->connect_ms, req->timeout_ms));
	if (req->answer_max < LARGE)
		buf_init(&c.body, a, req->answer_max);
	else
		buf_init_pages(&c.body, a, req->answer_max);
	TRY(set_headers(a, req));
	set_request(req);
	set_callbacks(&c);
	if ((code = curl_easy_perform(easy)) != CURLE_OK)
		return judge(&c, req, code);
	curl_easy_getinfo(easy, CURLINFO_RESPONSE_CODE, &status);
	c.ans->status = (int)status;
	c.ans->body = buf_str(&c.body);
	c.ans->n = c.body.n;
	compare_clocks(a, req, c.ans);
	*out = c.ans;
	return E_OK;
}

enum err
http_open(void)
{
	TRY(curl_open(&easy));
	http_use(perform);
	return E_OK;
}

void
http_close(void)
{
	http_use(NULL);
	curl_close(&easy);
}
