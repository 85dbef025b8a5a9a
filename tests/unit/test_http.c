#include "service/http.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>
/* cmocka.h needs those before it. */
#include <cmocka.h>

#include "base/arena.h"
#include "tiny_server.h"

static struct arena *a;
static char seen[4 * TINY_REQUEST];

static int
setup(void **state)
{
	(void)state;
	a = arena_new(1 << 20);
	err_clear();
	return http_open() == E_OK ? 0 : -1;
}

static int
teardown(void **state)
{
	(void)state;
	http_close();
	arena_free(a);
	return 0;
}

static struct http_request
request(int port, const char *method, const char *path)
{
	return (struct http_request){
		.method = method,
		.url = arena_printf(a, "http://127.0.0.1:%d%s", port, path),
		.answer_max = 1000,
		.timeout_ms = 20000,
		.connect_ms = 10000,
	};
}

/* One call to a server that does one thing. */
static enum err
call(enum tiny_do act, const char *text, long timeout_ms,
    struct http_answer **out)
{
	struct tiny_step step = { act, text };
	struct tiny t = tiny_start(&step, 1);
	struct http_request req = request(t.port, "GET", "/x?y=1");
	enum err e;

	req.timeout_ms = timeout_ms;
	e = http_send(a, &req, out);
	tiny_stop(&t, seen, sizeof(seen));
	return e;
}

static void
answer_is_read(void **state)
{
	struct http_answer *ans;

	(void)state;
	assert_int_equal(call(TINY_ANSWER,
			     "HTTP/1.1 100 Continue\r\nX-Early: 1\r\n\r\n"
			     "HTTP/1.1 404 Not Found\r\n"
			     "X-Twice: first\r\nx-TWICE:\t second \r\n"
			     "X-Empty:\r\nContent-Length: 5\r\n\r\nhello",
			     20000, &ans),
	    E_OK);
	assert_int_equal(ans->status, 404);
	assert_int_equal(ans->n, 5);
	assert_string_equal(ans->body, "hello");
	assert_string_equal(http_header(ans, "x-twice"), "second");
	assert_string_equal(http_header(ans, "x-empty"), "");
	assert_null(http_header(ans, "x-early"));
	assert_null(http_header(ans, "x-none"));
	assert_non_null(strstr(seen, "GET /x?y=1 HTTP/1.1\r\n"));
	assert_non_null(strstr(seen, "User-Agent: calock\r\n"));
}

static void
empty_answer_is_a_string(void **state)
{
	struct http_answer *ans;

	(void)state;
	assert_int_equal(
	    call(TINY_ANSWER, "HTTP/1.1 204 No Content\r\n\r\n", 20000, &ans),
	    E_OK);
	assert_int_equal(ans->status, 204);
	assert_int_equal(ans->n, 0);
	assert_string_equal(ans->body, "");
}

static void
body_goes_out_as_given(void **state)
{
	struct tiny_step step = { TINY_ANSWER, "HTTP/1.1 200 OK\r\n\r\n" };
	struct tiny t = tiny_start(&step, 1);
	struct http_request req = request(t.port, "POST", "/p");
	struct http_answer *ans;

	(void)state;
	req.headers[0] = "X-One: 1";
	req.headers[1] = "Content-Type: application/json";
	req.body = arena_printf(a, "{\"pad\":\"%02000d\"}", 7);
	req.body_n = strlen(req.body);
	assert_int_equal(http_send(a, &req, &ans), E_OK);
	tiny_stop(&t, seen, sizeof(seen));
	assert_non_null(strstr(seen, "POST /p HTTP/1.1\r\n"));
	assert_non_null(strstr(seen, "\r\nX-One: 1\r\n"));
	assert_non_null(strstr(seen, "\r\nContent-Type: application/json\r\n"));
	assert_string_equal(strstr(seen, "\r\n\r\n") + 4, req.body);
}

static void
redirect_is_not_followed(void **state)
{
	struct tiny_step second = { TINY_ANSWER, "HTTP/1.1 200 OK\r\n\r\n" };
	struct tiny target = tiny_start(&second, 1);
	struct http_answer *ans;
	char unused[TINY_REQUEST];
	const char *moved = arena_printf(a,
	    "HTTP/1.1 302 Found\r\nLocation: http://127.0.0.1:%d/\r\n"
	    "Content-Length: 0\r\n\r\n",
	    target.port);

	(void)state;
	assert_int_equal(call(TINY_ANSWER, moved, 20000, &ans), E_OK);
	assert_int_equal(ans->status, 302);
	tiny_stop(&target, unused, sizeof(unused));
	assert_string_equal(unused, "");
}

static void
failures_say_whether_it_was_sent(void **state)
{
	const char *long_body = arena_printf(
	    a, "HTTP/1.1 200 OK\r\nContent-Length: 1001\r\n\r\n%01001d", 0);
	const char *endless = arena_printf(
	    a, "HTTP/1.1 200 OK\r\nConnection: close\r\n\r\n%05000d", 0);
	const char *heads =
	    arena_printf(a, "HTTP/1.1 200 OK\r\nX: %066000d\r\n\r\n", 0);
	const struct {
		enum tiny_do act;
		const char *answer;
		long timeout_ms;
		const char *cause;
	} cases[] = {
		{ TINY_HANG, NULL, 100, "timed out" },
		{ TINY_DROP, NULL, 20000, "Empty reply" },
		{ TINY_ANSWER, "garbage\r\n\r\n", 20000, "HTTP/0.9" },
		{ TINY_ANSWER, "HTTP/1.1 200 OK\r\nContent-Length: 9\r\n\r\nab",
		    20000, "transfer closed" },
		{ TINY_ANSWER, long_body, 20000, "answer over 1000 bytes" },
		{ TINY_ANSWER, endless, 20000, "answer over 1000 bytes" },
		{ TINY_ANSWER, heads, 20000, "header" },
	};
	struct http_answer *ans;

	(void)state;
	for (size_t i = 0; i < COUNT(cases); i++) {
		assert_int_equal(call(cases[i].act, cases[i].answer,
				     cases[i].timeout_ms, &ans),
		    E_PROVIDER_UNKNOWN);
		if (strstr(err_fault()->cause, cases[i].cause) == NULL)
			fail_msg("case %zu: %s", i, err_fault()->cause);
	}
}

static void
no_connection_is_surely_not_sent(void **state)
{
	struct tiny_step step = { TINY_CLOSE, NULL };
	struct http_request req;
	struct http_answer *ans;
	struct tiny t;
	int port, fd = tiny_listen(&port);

	(void)state;
	close(fd);
	req = request(port, "POST", "/");
	assert_int_equal(http_send(a, &req, &ans), E_PROVIDER);

	/* Unknown, or unanswered by a name server that cannot be reached. */
	req.url = "https://name.invalid/";
	req.connect_ms = 1000;
	assert_int_equal(http_send(a, &req, &ans), E_PROVIDER);

	/* The connection ends within the TLS handshake. */
	req.connect_ms = 10000;
	t = tiny_start(&step, 1);
	req.url = arena_printf(a, "https://127.0.0.1:%d/", t.port);
	assert_int_equal(http_send(a, &req, &ans), E_PROVIDER);
	tiny_stop(&t, seen, sizeof(seen));
	assert_string_equal(seen, "");
}

/* libcurl would quietly repeat it on a kept connection that breaks. */
static void
post_is_sent_once(void **state)
{
	struct tiny_step steps[] = {
		{ TINY_KEEP, "HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n" },
		{ TINY_DROP, NULL },
		{ TINY_ANSWER, "HTTP/1.1 200 OK\r\n\r\nrepeated" },
	};
	struct tiny t = tiny_start(steps, COUNT(steps));
	struct http_request req = request(t.port, "GET", "/warm");
	struct http_answer *ans;

	(void)state;
	assert_int_equal(http_send(a, &req, &ans), E_OK);
	req.method = "POST";
	assert_int_equal(http_send(a, &req, &ans), E_PROVIDER_UNKNOWN);
	tiny_stop(&t, seen, sizeof(seen));
	assert_null(strstr(strstr(seen, "POST /warm") + 1, "POST /warm"));
}

/* The handle forgets the last call, whose header list is gone by then. */
static void
handle_is_used_again(void **state)
{
	struct tiny_step steps[] = {
		{ TINY_ANSWER, "HTTP/1.1 200 OK\r\n\r\none" },
		{ TINY_ANSWER, "HTTP/1.1 200 OK\r\n\r\ntwo" },
	};
	struct tiny t = tiny_start(steps, COUNT(steps));
	struct http_request req = request(t.port, "POST", "/");
	struct http_answer *ans;

	(void)state;
	req.headers[0] = "X-First: 1";
	assert_int_equal(http_send(a, &req, &ans), E_OK);
	assert_string_equal(ans->body, "one");
	arena_reset(a);
	req = request(t.port, "GET", "/again");
	assert_int_equal(http_send(a, &req, &ans), E_OK);
	assert_string_equal(ans->body, "two");
	tiny_stop(&t, seen, sizeof(seen));
	assert_null(strstr(strstr(seen, "GET /again"), "X-First"));
}

static void
bad_calls_are_refused(void **state)
{
	struct http_request req = request(1, "GET", "/");
	struct http_answer *ans;

	(void)state;
	req.timeout_ms = 0;
	assert_int_equal(http_send(a, &req, &ans), E_INTERNAL);
	req.timeout_ms = 1000;
	req.url = "http://192.0.2.1/";
	assert_int_equal(http_send(a, &req, &ans), E_PROVIDER);
	http_close();
	req.url = "http://127.0.0.1/";
	assert_int_equal(http_send(a, &req, &ans), E_INTERNAL);
}

static void
plain_http_is_for_loopback(void **state)
{
	static const struct {
		const char *url;
		bool allowed;
	} cases[] = {
		{ "https://api.mch.weixin.qq.com", true },
		{ "HTTPS://example.com:8443/v3", true },
		{ "https://[2001:db8::1]/", true },
		{ "http://127.0.0.1:8082", true },
		{ "http://127.9.9.9/x", true },
		{ "http://[::1]:8082/", true },
		{ "http://localhost", true },
		{ "http://LOCALHOST:80/", true },
		{ "http://example.com", false },
		{ "http://128.0.0.1", false },
		{ "http://[::2]/", false },
		{ "http://127.0.0.1.example.com", false },
		{ "http://localhost.example.com", false },
		{ "http://127.0.0.1@example.com", false },
		{ "http://user@127.0.0.1", false },
		{ "https://user:secret@example.com", false },
		{ "http://0.0.0.0", false },
		{ "https://", false },
		{ "https://exa mple.com", false },
		{ "https://example.com/\n", false },
		{ "ftp://127.0.0.1", false },
		{ "file:///etc/passwd", false },
		{ "127.0.0.1", false },
		{ "//127.0.0.1", false },
		{ "", false },
	};

	(void)state;
	for (size_t i = 0; i < COUNT(cases); i++)
		if (http_url_allowed(cases[i].url) != cases[i].allowed)
			fail_msg("%s", cases[i].url);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(
		    answer_is_read, setup, teardown),
		cmocka_unit_test_setup_teardown(
		    empty_answer_is_a_string, setup, teardown),
		cmocka_unit_test_setup_teardown(
		    body_goes_out_as_given, setup, teardown),
		cmocka_unit_test_setup_teardown(
		    redirect_is_not_followed, setup, teardown),
		cmocka_unit_test_setup_teardown(
		    failures_say_whether_it_was_sent, setup, teardown),
		cmocka_unit_test_setup_teardown(
		    no_connection_is_surely_not_sent, setup, teardown),
		cmocka_unit_test_setup_teardown(
		    post_is_sent_once, setup, teardown),
		cmocka_unit_test_setup_teardown(
		    handle_is_used_again, setup, teardown),
		cmocka_unit_test_setup_teardown(
		    bad_calls_are_refused, setup, teardown),
		cmocka_unit_test(plain_http_is_for_loopback),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
