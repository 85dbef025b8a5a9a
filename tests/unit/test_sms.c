#include "provider/sms_private.h"

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
	struct sent answer;

	assert_int_equal(pipe(ends), 0);
	dup2(ends[1], STDERR_FILENO);
	answer = sms_log.send(a, &(struct sms_message){ .key = key,
				     .mobile = mobile,
				     .template = "pay",
				     .text = text });
	dup2(kept, STDERR_FILENO);
	close(kept);
	close(ends[1]);
	n = read(ends[0], line, sizeof(line) - 1);
	close(ends[0]);
	arena_free(a);
	assert_int_equal(answer.outcome, SENT_TAKEN);
	assert_true(n > 0);
	line[n] = '\0';
}

static void
log_hides_number_and_text(void **state)
{
	(void)state;
	logged("13800138000", "您的证书已办结", "01jd3k");
	assert_non_null(strstr(line,
	    "ev=sms message=01jd3k template=pay mobile=138****8000 bytes=21\n"));
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
		assert_non_null(strstr(
		    line, "ev=sms message=k template=pay mobile=? bytes=1\n"));
	}
}

static void
providers_are_found_by_name(void **state)
{
	(void)state;
	assert_ptr_equal(sms_provider("log"), &sms_log);
	assert_int_equal(sms_log.open(NULL), E_OK);
	assert_ptr_equal(sms_provider("aliyun"), &sms_aliyun);
	assert_ptr_equal(sms_provider("tencent"), &sms_tencent);
	assert_null(sms_provider("none"));
}

static void
templates_are_found_by_our_word(void **state)
{
	static const char given[] = "pay=T1, complete=,approve=SMS_2,x=y=z";
	struct arena *a = arena_new(4096);

	(void)state;
	assert_string_equal(sms_template(a, given, "pay"), "T1");
	assert_string_equal(sms_template(a, given, "approve"), "SMS_2");
	assert_string_equal(sms_template(a, given, "x"), "y=z");
	assert_null(sms_template(a, given, "complete"));
	assert_null(sms_template(a, given, "approv"));
	assert_null(sms_template(a, "", "pay"));
	arena_free(a);
}

/* The example of "V3 request structure & signature" (help.aliyun.com). */
static void
signs_as_the_vendors_examples_aliyun(void **state)
{
	struct arena *a = arena_new(65536);

	(void)state;
	assert_string_equal(
	    sms_acs3_sign(a,
		&(struct sms_acs3){ .secret = "YourAccessKeySecret",
		    .host = "ecs.cn-shanghai.aliyuncs.com",
		    .action = "RunInstances",
		    .version = "2014-05-26",
		    .date = "2023-10-26T10:22:32Z",
		    .nonce = "3156853299f313e23d1673dc12e1703d",
		    .query = "ImageId=win2019_1809_x64_dtc_zh-cn_40G_alibase_"
			     "20230811.vhd&RegionId=cn-shanghai" }),
	    "06563a9e1b43f5dfe96b81484da74bceab24a1d853912eee15083a6f0f3283c0");
	arena_free(a);
}

/* The example of "签名方法 v3" (cloud.tencent.com). */
static void
signs_as_the_vendors_examples_tencent(void **state)
{
	struct arena *a = arena_new(65536);

	(void)state;
	assert_string_equal(
	    sms_tc3_sign(a,
		&(struct sms_tc3){ .secret = "Gu5t9xGARNpq86cd98joQYCN3EXAMPLE",
		    .host = "cvm.tencentcloudapi.com",
		    .service = "cvm",
		    .body = "{\"Limit\": 1, \"Filters\": [{\"Values\": "
			    "[\"\\u672a\\u547d\\u540d\"], "
			    "\"Name\": \"instance-name\"}]}",
		    .day = "2019-02-25",
		    .seconds = 1551113065 }),
	    "72e494ea809ad7a8c8f7a4507b9bddcbaa8e581f516e8da2f66e2c5a96525168");
	arena_free(a);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(log_hides_number_and_text),
		cmocka_unit_test(odd_numbers_are_not_shown),
		cmocka_unit_test(providers_are_found_by_name),
		cmocka_unit_test(templates_are_found_by_our_word),
		cmocka_unit_test(signs_as_the_vendors_examples_aliyun),
		cmocka_unit_test(signs_as_the_vendors_examples_tencent),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
