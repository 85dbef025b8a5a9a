#include "arena_kit.h"

/* What the CA's answer means: the file's form, and each row. */
#include <stdio.h>
#include <string.h>

#include "domain/work_order_import.h"

static struct config cfg;
static struct env env;
static struct work_order_file file;

static void
fresh(void)
{
	arena_reset(a);
	env_init(&env, a, NULL, &cfg, P_REVIEW);
}

static void
read_text(const char *text)
{
	fresh();
	assert_int_equal(
	    work_order_file_read(&env, text, strlen(text), &file), E_OK);
}

static void
assert_refused(const char *text, size_t n, const char *why)
{
	fresh();
	assert_int_equal(work_order_file_read(&env, text, n, &file), E_INVALID);
	assert_string_equal(env.errors.item[0].field, "file");
	assert_non_null(strstr(env.errors.item[0].message, why));
}

static void
csv_of_the_ca(void **state)
{
	const struct work_order_answer *row;

	(void)state;
	read_text("批次号,结果,序列号,有效期自,有效期至,原因,网点\r\n"
		  "ca20261129000001, 成功 ,TG-1,2027/1/31,2028-01-30,,东\r\n"
		  "CA20261129000002,失败,,,,\"照片\n不清\",西\r\n");
	assert_int_equal(file.n, 2);
	assert_string_equal(file.ignored, "网点");
	row = &file.row[0];
	assert_int_equal(row->line, 2);
	assert_string_equal(row->batch_no, "CA20261129000001");
	assert_string_equal(row->result, "completed");
	assert_string_equal(row->serial, "TG-1");
	assert_string_equal(row->valid_from, "2027-01-31");
	assert_string_equal(row->valid_to, "2028-01-30");
	assert_string_equal(row->reason, "");
	row = &file.row[1];
	assert_string_equal(row->result, "failed");
	assert_string_equal(row->reason, "照片 不清");
	read_text("batch_no,result\nX,maybe\n");
	assert_string_equal(file.row[0].result, "maybe");
}

static void
json_of_the_ca(void **state)
{
	(void)state;
	read_text(" [{\"batch_no\":\"CA1\",\"result\":\"failed\","
		  "\"reason\":\"r\",\"serial\":null,\"branch\":\"x\"}]");
	assert_int_equal(file.n, 1);
	assert_string_equal(file.row[0].batch_no, "CA1");
	assert_string_equal(file.row[0].result, "failed");
	assert_string_equal(file.row[0].serial, "");
	assert_string_equal(file.ignored, "branch");
	read_text("{\"results\":[{\"batch_no\":\"1\",\"result\":\"成功\"}]}");
	assert_string_equal(file.row[0].result, "completed");
}

static void
assert_day(const char *written, const char *day)
{
	char text[256];

	snprintf(text, sizeof(text),
	    "batch_no,result,valid_to\n1,completed,%s\n", written);
	read_text(text);
	assert_string_equal(file.row[0].valid_to, day);
}

static void
days_as_people_write_them(void **state)
{
	(void)state;
	assert_day("2027-01-31", "2027-01-31");
	assert_day("2027/1/5", "2027-01-05");
	assert_day("2027.1.5", "2027-01-05");
	assert_day("20270105", "2027-01-05");
	assert_day("2027年1月5日", "2027-01-05");
	assert_day("2027-01-05 00:00:00", "2027-01-05");
	assert_day("2028-02-29", "2028-02-29");
	/* What is none stays, and the row says so. */
	assert_day("2027-02-29", "2027-02-29");
	assert_day("31/1/2027", "31/1/2027");
	assert_day("46053", "46053");
	assert_day("2027-01-05x", "2027-01-05x");
}

static void
no_such_file(void **state)
{
	char *big;

	(void)state;
	assert_refused("", 0, "请选择");
	assert_refused("\xff\xff", 2, "UTF-8 或 GB18030");
	assert_refused("a,b\n1,2\n", 8, "至少有“批次号”和“结果”");
	assert_refused("batch_no,result\n", 16, "没有结果");
	assert_refused("batch_no,result,批次号\n1,2,3\n", 32, "出现了两次");
	assert_refused("batch_no,result\n\"1,2\n", 21, "引号");
	assert_refused("{\"a\":1}", 7, "数组");
	assert_refused("[1]", 3, "第 1 项");
	assert_refused("[{\"serial\":5}]", 14, "应为文字");
	assert_refused("[{\"serial\":", 11, "");
	assert_refused("[]", 2, "没有结果");
	fresh();
	big = arena_alloc(a, WORK_ORDER_FILE_BYTES + 2);
	memset(big, 'x', WORK_ORDER_FILE_BYTES + 1);
	assert_int_equal(
	    work_order_file_read(&env, big, WORK_ORDER_FILE_BYTES + 1, &file),
	    E_INVALID);
}

static struct work_order_verdict
judge(const struct work_order_answer *row, const struct work_order_case *of)
{
	struct work_order_answer full = *row;

	fresh();
	full.batch_no = row->batch_no != NULL ? row->batch_no : "CA1";
	full.serial = row->serial != NULL ? row->serial : "";
	full.valid_from = row->valid_from != NULL ? row->valid_from : "";
	full.valid_to = row->valid_to != NULL ? row->valid_to : "";
	full.reason = row->reason != NULL ? row->reason : "";
	return work_order_judge(&env, &full, of, true);
}

#define ROW(...) (&(struct work_order_answer){ __VA_ARGS__ })
#define DONE	 .result = "completed"

static const struct work_order_case renewal = { .years = "1",
	.lock_serial = "TG-1",
	.lock_valid_to = "2096-06-30",
	.is_open = true };
static const struct work_order_case new_one = {
	.years = "1", .is_new = true, .is_open = true
};

static void
assert_verdict(const struct work_order_answer *row,
    const struct work_order_case *of, const char *refusal)
{
	struct work_order_verdict v = judge(row, of);

	if (refusal == NULL)
		assert_null(v.refusal);
	else
		assert_non_null(strstr(v.refusal, refusal));
}

static void
what_a_row_may_not(void **state)
{
	struct work_order_case over = { .is_completed = true };
	struct work_order_case back = { 0 };
	struct work_order_case taken = new_one;

	(void)state;
	taken.is_serial_taken = true;
	assert_verdict(ROW(DONE, .batch_no = ""), &renewal, "没有填写批次号");
	assert_verdict(ROW(DONE), NULL, "不在这个制证批次里");
	assert_verdict(ROW(DONE), &over, "已经办结");
	assert_verdict(ROW(DONE), &back, "已经退回");
	assert_verdict(ROW(.result = "maybe"), &renewal, "“成功”或“失败”");
	assert_verdict(ROW(.result = "failed"), &renewal, "写明原因");
	assert_verdict(ROW(.result = "failed", .reason = "x"), &renewal, NULL);
	assert_verdict(ROW(DONE, .serial = "TG-2"), &renewal, "TG-1 不同");
	assert_verdict(ROW(DONE, .serial = "TG-2"), &taken, "不是新锁");
	assert_verdict(ROW(DONE, .serial = "1.23E+15"), &new_one, "科学计数法");
	assert_verdict(ROW(DONE, .serial = "1E5"), &new_one, NULL);
	assert_verdict(ROW(DONE, .valid_to = "46053"), &renewal, "应为日期");
	assert_verdict(ROW(DONE, .valid_from = "soon"), &renewal, "应为日期");
	assert_verdict(
	    ROW(DONE, .valid_to = "2096-06-29"), &renewal, "早于原来的");
	assert_verdict(
	    ROW(DONE, .valid_from = "2097-01-01", .valid_to = "2096-12-31"),
	    &new_one, "早于开始日期");
}

static void
what_a_row_notes(void **state)
{
	struct work_order_verdict v = judge(ROW(DONE), &renewal);

	(void)state;
	assert_null(v.refusal);
	assert_string_equal(v.valid_from, "2096-07-01");
	assert_string_equal(v.valid_to, "2097-06-30");
	assert_non_null(strstr(v.remark, "按规则填写"));
	v = judge(ROW(DONE, .serial = "TG-1", .valid_from = "2096-07-01",
		      .valid_to = "2097-06-30"),
	    &renewal);
	assert_null(v.refusal);
	assert_null(v.remark);
	/* What the CA gives holds, and the difference is told. */
	v = judge(ROW(DONE, .valid_to = "2097-07-31"), &renewal);
	assert_null(v.refusal);
	assert_string_equal(v.valid_to, "2097-07-31");
	assert_non_null(strstr(v.remark, "2097-06-30 不同"));
	v = judge(ROW(DONE), &new_one);
	assert_non_null(strstr(v.remark, "补登记"));
	v = judge(ROW(.result = "failed", .reason = "x"), &new_one);
	assert_null(v.remark);
	assert_null(v.valid_to);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(csv_of_the_ca),
		cmocka_unit_test(json_of_the_ca),
		cmocka_unit_test(days_as_people_write_them),
		cmocka_unit_test(no_such_file),
		cmocka_unit_test(what_a_row_may_not),
		cmocka_unit_test(what_a_row_notes),
	};

	return cmocka_run_group_tests(tests, arena_setup, arena_teardown);
}
