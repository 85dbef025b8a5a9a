#include "provider/sms.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>
/* cmocka.h needs those before it. */
#include <cmocka.h>
#include <string.h>
#include <unistd.h>

#include "base/arena.h"

static char line[1024];

/* Sends by the log provider; what that writes to standard error is in line. */
static void
logged(const char *mobile, const char *text, const char *key)
{
	struct arena *a = arena_new(4096);
	int ends[2], kept = dup(STDERR_FILENO);
	ssize_t n;
	enum err e;

	assert_int_equal(pipe(ends), 0);
	dup2(ends[1], STDERR_FILENO);
	e = sms_log.send(a, mobile, text, key);
	dup2(kept, STDERR_FILENO);
	close(kept);
	close(ends[1]);
	n = read(ends[0], line, sizeof(line) - 1);
	close(ends[0]);
	arena_free(a);
	assert_int_equal(e, E_OK);
	assert_true(n > 0);
	line[n] = '\0';
}

static void
log_hides_number_and_text(void **state)
{
	(void)state;
	logged("13800138000", "您的证书已办结", "01jd3k");
	assert_non_null(strstr(
	    line, "ev=sms message=01jd3k mobile=138****8000 bytes=21\n"));
	assert_null(strstr(line, "13800138000"));
	assert_null(strstr(line, "证书"));
}

static void
odd_numbers_are_not_shown(void **state)
{
	static const char *const odd[] = { "", "1380013800", "138001380001",
		"+8613800138", "1380013800\n" };

	(void)state;
	for (size_t i = 0; i < COUNT(odd); i++) {
		logged(odd[i], "x", "k");
		assert_non_null(
		    strstr(line, "ev=sms message=k mobile=? bytes=1\n"));
	}
}

static void
providers_are_found_by_name(void **state)
{
	(void)state;
	assert_ptr_equal(sms_provider("log"), &sms_log);
	assert_int_equal(sms_log.open(NULL), E_OK);
	assert_null(sms_provider("aliyun"));
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(log_hides_number_and_text),
		cmocka_unit_test(odd_numbers_are_not_shown),
		cmocka_unit_test(providers_are_found_by_name),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
