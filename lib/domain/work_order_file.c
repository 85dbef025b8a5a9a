#include "domain/work_order_file.h"

#include <json-c/json.h>
#include <string.h>

#include "base/arena.h"
#include "base/clock.h"
#include "base/utf8.h"
#include "format/charset.h"
#include "format/csv_read.h"
#include "format/ident.h"
#include "format/json.h"

enum member {
	BATCH_NO,
	RESULT,
	SERIAL,
	VALID_FROM,
	VALID_TO,
	REASON,
	MEMBER__N
};

/* What a member is called, by us and by others, and its most characters. */
static const struct {
	const char *titles[5];
	size_t max;
} members[] = {
	[BATCH_NO] = { { "batch_no", "批次号" }, 32 },
	[RESULT] = { { "result", "结果", "办理结果" }, 16 },
	[SERIAL] = { { "serial", "锁序列号", "序列号", "lock_serial" }, 40 },
	[VALID_FROM] = { { "valid_from", "有效期自", "有效期开始" }, 32 },
	[VALID_TO] = { { "valid_to", "有效期至", "有效期结束" }, 32 },
	[REASON] = { { "reason", "原因", "失败原因" }, 1000 },
};

static const struct {
	const char *written, *result;
} results[] = {
	{ "completed", "completed" },
	{ "成功", "completed" },
	{ "办结", "completed" },
	{ "failed", "failed" },
	{ "失败", "failed" },
	{ "退回", "failed" },
};

static enum member
member_of(const char *title)
{
	for (int m = 0; m < MEMBER__N; m++)
		for (size_t i = 0; i < COUNT(members[m].titles); i++)
			if (members[m].titles[i] != NULL &&
			    strcmp(members[m].titles[i], title) == 0)
				return (enum member)m;
	return MEMBER__N;
}

static enum err
refuse(struct env *env, const char *code, const char *message)
{
	problem_add(&env->errors, "file", code, "%s", message);
	return FAIL(E_INVALID, "file: %s", code);
}

/* The next digits, so many at most, as a number; -1 for none. */
static int
digits(const char **p, int most)
{
	int n = -1;

	for (; most > 0 && **p >= '0' && **p <= '9'; most--, (*p)++)
		n = (n < 0 ? 0 : n) * 10 + (**p - '0');
	return n;
}

/* Whatever stands between the parts of a day. */
static void
skip_sign(const char **p)
{
	static const char *const signs[] = { "-", "/", ".", "年", "月", "日" };

	for (size_t i = 0; i < COUNT(signs); i++)
		if (strncmp(*p, signs[i], strlen(signs[i])) == 0) {
			*p += strlen(signs[i]);
			return;
		}
}

/* 2027/1/31, 2027年1月31日 and 20270131, with a time or not, are days too. */
static const char *
day_of(struct arena *a, const char *written)
{
	const char *p = written, *out;
	int year, month, day;
	int64_t us;

	year = digits(&p, 4);
	skip_sign(&p);
	month = digits(&p, 2);
	skip_sign(&p);
	day = digits(&p, 2);
	skip_sign(&p);
	if (year < 0 || month < 0 || day < 0 || (*p != '\0' && *p != ' '))
		return written;
	out = arena_printf(a, "%04d-%02d-%02d", year, month, day);
	return clock_parse_day(out, &us) ? out : written;
}

/* One cell into its row; what is too long stops the file. */
static enum err
take(struct env *env, enum member m, const char *written,
    struct work_order_answer *row)
{
	/* Reasons run over lines. */
	const char *text = ident_trim(
	    env->a, m == REASON ? utf8_shown(env->a, written) : written);

	if (utf8_length(text) > members[m].max || utf8_has_control(text))
		return refuse(env, "cell",
		    arena_printf(env->a,
			"第 %lld 行的“%s”过长，或含有控制字符，请改正。",
			(long long)row->line, members[m].titles[1]));
	switch (m) {
	case BATCH_NO:
		row->batch_no = ident_fold(env->a, text);
		break;
	case RESULT:
		row->result = text;
		for (size_t i = 0; i < COUNT(results); i++)
			if (strcmp(results[i].written, text) == 0)
				row->result = results[i].result;
		break;
	case SERIAL:
		row->serial = text;
		break;
	case VALID_FROM:
		row->valid_from = day_of(env->a, text);
		break;
	case VALID_TO:
		row->valid_to = day_of(env->a, text);
		break;
	default:
		row->reason = text;
		break;
	}
	return E_OK;
}

static void
begin_row(struct work_order_answer *row, int64_t line)
{
	*row = (struct work_order_answer){ line, "", "", "", "", "", "" };
}

static enum err
make_room(struct env *env, size_t n, struct work_order_file *out)
{
	if (n == 0)
		return refuse(env, "empty", "文件里没有结果。");
	if (n > WORK_ORDER_FILE_ROWS)
		return refuse(env, "rows",
		    arena_printf(env->a, "文件超过 %d 行，请拆分后再上传。",
			WORK_ORDER_FILE_ROWS));
	out->n = n;
	out->row = arena_alloc(env->a, n * sizeof(*out->row));
	return E_OK;
}

/* Which member each column is; the two that all else hangs on have to be. */
static enum err
read_titles(struct env *env, const struct csv *t, enum member *of,
    struct work_order_file *out)
{
	unsigned seen = 0;

	for (size_t c = 0; c < t->columns; c++) {
		const char *title = ident_trim(env->a, CSV_AT(t, 0, c));

		of[c] = member_of(title);
		if (of[c] == MEMBER__N) {
			out->ignored =
			    arena_printf(env->a, "%s%s%s", out->ignored,
				*out->ignored == '\0' ? "" : "、", title);
			continue;
		}
		if ((seen & 1U << of[c]) != 0)
			return refuse(env, "columns",
			    arena_printf(env->a, "列“%s”出现了两次。", title));
		seen |= 1U << of[c];
	}
	if ((seen & 1U << BATCH_NO) == 0 || (seen & 1U << RESULT) == 0)
		return refuse(
		    env, "columns", "第一行应是列名，至少有“批次号”和“结果”。");
	return E_OK;
}

static enum err
read_csv(struct env *env, const char *text, struct work_order_file *out)
{
	enum member of[CSV_COLUMNS];
	const char *where;
	struct csv t;

	if (csv_read(env->a, text, &t, &where) != E_OK)
		return refuse(env, "csv", where);
	TRY(read_titles(env, &t, of, out));
	TRY(make_room(env, t.rows - 1, out));
	for (size_t r = 1; r < t.rows; r++) {
		struct work_order_answer *row = &out->row[r - 1];

		begin_row(row, (int64_t)t.line[r]);
		for (size_t c = 0; c < t.columns; c++)
			if (of[c] != MEMBER__N)
				TRY(take(env, of[c], CSV_AT(&t, r, c), row));
	}
	return E_OK;
}

static enum err
read_item(struct env *env, struct json_object *item,
    struct work_order_file *out, struct work_order_answer *row)
{
	if (json_object_get_type(item) != json_type_object)
		return refuse(env, "json",
		    arena_printf(env->a, "第 %lld 项应是 JSON 对象。",
			(long long)row->line));
	json_object_object_foreach(item, name, value)
	{
		enum member m = member_of(name);

		if (m == MEMBER__N) {
			if (strstr(out->ignored, name) == NULL)
				out->ignored = arena_printf(env->a, "%s%s%s",
				    out->ignored,
				    *out->ignored == '\0' ? "" : "、", name);
			continue;
		}
		if (value == NULL)
			continue;
		if (json_object_get_type(value) != json_type_string)
			return refuse(env, "json",
			    arena_printf(env->a, "第 %lld 项的“%s”应为文字。",
				(long long)row->line, name));
		TRY(take(env, m, json_object_get_string(value), row));
	}
	return E_OK;
}

/* An array of objects, or an object with one as "results". */
static enum err
read_json(struct env *env, const char *text, struct work_order_file *out)
{
	struct json_object *all, *list;
	const char *where = NULL;

	if (json_parse(env->a, text, strlen(text), &all, &where) != E_OK)
		return refuse(env, "json", where);
	list = json_object_get_type(all) == json_type_object
		   ? json_get(all, "results")
		   : all;
	if (json_object_get_type(list) != json_type_array)
		return refuse(env, "json",
		    "JSON 应是结果的数组，或者成员 results 是这样的数组。");
	TRY(make_room(env, json_count(list), out));
	for (size_t i = 0; i < out->n; i++) {
		begin_row(&out->row[i], (int64_t)i + 1);
		TRY(read_item(env, json_at(list, i), out, &out->row[i]));
	}
	return E_OK;
}

enum err
work_order_file_read(
    struct env *env, const char *p, size_t n, struct work_order_file *out)
{
	const char *text;
	size_t blank;

	*out = (struct work_order_file){ .ignored = "" };
	if (n == 0)
		return refuse(env, "empty", "请选择 CA 的结果文件。");
	if (n > WORK_ORDER_FILE_BYTES)
		return refuse(env, "size",
		    arena_printf(env->a, "文件超过 %d KB，请拆分后再上传。",
			WORK_ORDER_FILE_BYTES >> 10));
	if ((text = charset_utf8(env->a, p, n)) == NULL)
		return refuse(env, "charset",
		    "文件应是 CSV 或 JSON，编码为 UTF-8 或 GB18030。");
	blank = strspn(text, " \t\r\n");
	return text[blank] == '[' || text[blank] == '{'
		   ? read_json(env, text, out)
		   : read_csv(env, text, out);
}
