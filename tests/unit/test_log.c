#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <stdbool.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "base/clock.h"
#include "base/err.h"
#include "base/log.h"

static int ends[2], stderr_fd;

static int
setup(void **state)
{
	(void)state;
	log_open("test");
	log_request(NULL);
	stderr_fd = dup(STDERR_FILENO);
	return pipe(ends) == 0 && dup2(ends[1], STDERR_FILENO) >= 0 ? 0 : -1;
}

static int
teardown(void **state)
{
	(void)state;
	dup2(stderr_fd, STDERR_FILENO);
	close(stderr_fd);
	close(ends[0]);
	close(ends[1]);
	return 0;
}

/* What was logged since the last call, without its newline. */
static const char *
logged(void)
{
	static char line[4096];
	ssize_t n = read(ends[0], line, sizeof(line) - 1);

	assert_true(n > 0);
	assert_int_equal(line[n - 1], '\n');
	line[n - 1] = '\0';
	return line;
}

static void
a_line_tells_when_who_and_what(void **state)
{
	static const char *const levels[] = { "info", "warn", "error" };
	char time[CLOCK_TEXT + 2], rest[100], wanted[100];
	int64_t us;

	(void)state;
	for (int i = LOG_INFO; i <= LOG_ERROR; i++) {
		log_line((enum log_level)i, "event", "n=%d", i);
		assert_int_equal(
		    sscanf(logged(), "t=%39s %99[^\n]", time, rest), 2);
		assert_true(clock_parse(time, &us));
		assert_true(us <= clock_now());
		snprintf(wanted, sizeof(wanted),
		    "lvl=%s prog=test ev=event n=%d", levels[i], i);
		assert_string_equal(rest, wanted);
	}
}

static void
a_request_is_named_until_the_next(void **state)
{
	char rid[] = "0123abcd";

	(void)state;
	log_request(rid);
	rid[0] = 'X';
	log_line(LOG_INFO, "event", "a=1");
	assert_non_null(strstr(logged(), " prog=test rid=0123abcd ev=event "));
	log_request(NULL);
	log_line(LOG_INFO, "event", "a=1");
	assert_null(strstr(logged(), "rid="));
}

static void
a_line_cannot_be_forged(void **state)
{
	static const char *const texts[] = { "a\nt=0 lvl=info", "a\rb",
		"a\x1b[2Jb", "a\x7f", "\t" };
	const char *line;

	(void)state;
	for (size_t i = 0; i < COUNT(texts); i++) {
		log_line(LOG_INFO, "event", "msg=%s", texts[i]);
		line = logged();
		for (const char *p = line; *p != '\0'; p++)
			assert_true((unsigned char)*p >= 0x20 && *p != 0x7f);
	}
}

static void
a_long_line_is_cut_and_ends(void **state)
{
	const char *line;

	(void)state;
	log_line(LOG_INFO, "event", "x=%5000d", 1);
	line = logged();
	assert_true(strlen(line) < 2048);
	assert_null(strchr(line, '\n'));
}

static void
foreign_text_is_quoted(void **state)
{
	static const struct {
		size_t room;
		const char *text, *quoted;
	} cases[] = {
		{ 64, "", "\"\"" },
		{ 64, "a b", "\"a b\"" },
		{ 64, "a\"b\\c", "\"a\\\"b\\\\c\"" },
		{ 64, "a\nb\x01\x7f", "\"a\\x0ab\\x01\\x7f\"" },
		{ 64, "中文", "\"中文\"" },
		{ 8, "abcdef", "\"a\"" },
		{ 8, "\x01\x01\x01", "\"\\x01\"" },
	};
	char out[64];

	(void)state;
	for (size_t i = 0; i < COUNT(cases); i++) {
		memset(out, '#', sizeof(out));
		assert_ptr_equal(
		    log_quote(out, cases[i].room, cases[i].text), out);
		assert_string_equal(out, cases[i].quoted);
	}
}

static void
a_fault_has_its_place_and_cause(void **state)
{
	(void)state;
	err_set(E_STORE, "store.c", 7, "no \"room\"");
	log_fault(LOG_WARN, "sweep", "key", "ab/cd");
	assert_non_null(strstr(logged(),
	    "ev=sweep key=ab/cd err=STORE at=store.c:7 cause=\"no \\\"room\\\"\""));
	err_clear();
	log_fault(LOG_ERROR, "round", NULL, NULL);
	assert_non_null(strstr(logged(), "ev=round err=- at=-:0 cause=\"\""));
}

#define TEST(fn) cmocka_unit_test_setup_teardown(fn, setup, teardown)

int
main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(a_line_tells_when_who_and_what),
		TEST(a_request_is_named_until_the_next),
		TEST(a_line_cannot_be_forged),
		TEST(a_long_line_is_cut_and_ends),
		TEST(foreign_text_is_quoted),
		TEST(a_fault_has_its_place_and_cause),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
