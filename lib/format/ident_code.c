#include <string.h>

#include "base/arena.h"
#include "base/utf8.h"
#include "format/ident_part.h"

enum { USCC_LENGTH = 18, ORG_LENGTH = 9, ORG_BODY = 8, ORG_IN_USCC = 8 };

static const char digits[] = "0123456789";
static const char org_alphabet[] = "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZ";
static const char uscc_alphabet[] = "0123456789ABCDEFGHJKLMNPQRTUWXY";
static const char uscc_name[] = "统一社会信用代码";

static int
value_of(const char *alphabet, char c)
{
	return (int)(strchr(alphabet, c) - alphabet);
}

/* The ninth character that the first eight ask for (GB 11714-1997). */
static char
org_check(const char *s)
{
	static const int weight[ORG_BODY] = { 3, 7, 9, 10, 5, 8, 4, 2 };
	int sum = 0;

	for (int i = 0; i < ORG_BODY; i++)
		sum += value_of(org_alphabet, s[i]) * weight[i];
	return "0X987654321"[sum % 11];
}

/* The 18th character that the first 17 ask for (GB 32100-2015). */
static char
uscc_check(const char *s)
{
	int sum = 0, weight = 1;

	for (int i = 0; i < USCC_LENGTH - 1; i++) {
		sum += value_of(uscc_alphabet, s[i]) * weight;
		weight = weight * 3 % 31;
	}
	return uscc_alphabet[(31 - sum % 31) % 31];
}

/* The classes a registrar gives out, or NULL when there is no such one. */
static const char *
classes_of(char registrar)
{
	static const struct {
		char registrar;
		const char *classes;
	} table[] = {
		{ '1', "1239" },   /* 机构编制 */
		{ '2', "19" },	   /* 外交 */
		{ '3', "123459" }, /* 司法行政 */
		{ '4', "19" },	   /* 文化 */
		{ '5', "1239" },   /* 民政 */
		{ '6', "129" },	   /* 旅游 */
		{ '7', "129" },	   /* 宗教 */
		{ '8', "19" },	   /* 工会 */
		{ '9', "123" },	   /* 市场监管 */
		{ 'A', "19" },	   /* 中央军委 */
		{ 'N', "1239" },   /* 农业 */
		{ 'Y', "1" },	   /* 其他 */
	};

	for (size_t i = 0; i < sizeof(table) / sizeof(table[0]); i++)
		if (table[i].registrar == registrar)
			return table[i].classes;
	return NULL;
}

/* 100000 is no place, but bodies of the central government carry it. */
static bool
is_region(const char *s)
{
	return ident_is_province(s) || strncmp(s, "100000", 6) == 0;
}

static struct verdict
uscc_warnings(struct arena *a, const char *s)
{
	if (strchr(classes_of(s[0]), s[1]) == NULL)
		return ident_warn(s, "unknown_class",
		    arena_printf(a,
			"第 2 位“%c”不是以“%c”开头的代码已知的机构类别，"
			"请核对；确认无误可以继续。",
			s[1], s[0]));
	if (!is_region(s + 2))
		return ident_warn(s, "unknown_region",
		    arena_printf(a,
			"第 3 至 8 位“%.6s”不是已知的行政区划，请核对；"
			"确认无误可以继续。",
			s + 2));
	return ident_right(s);
}

/* What positions 1 to 8 say; only a refusal has a code. */
static struct verdict
uscc_head(struct arena *a, const char *input, const char *s)
{
	size_t n = strspn(s + 2, digits);

	if (classes_of(s[0]) == NULL)
		return ident_wrong(input, "registrar",
		    arena_printf(a,
			"第 1 位%s不是登记管理部门代码（1 至 9、A、N、Y），"
			"请核对后重新输入。",
			ident_quote(a, s)));
	if (n < 6)
		return ident_wrong(input, "alphabet",
		    arena_printf(a,
			"第 3 至 8 位是行政区划，应全部为数字，"
			"第 %zu 位是%s，请核对后重新输入。",
			n + 3, ident_quote(a, s + 2 + n)));
	return ident_right(s);
}

/* s is folded and has 18 characters. */
static struct verdict
uscc(struct arena *a, const char *input, const char *s)
{
	size_t n = strspn(s, uscc_alphabet);
	struct verdict head;
	char want;

	if (s[n] != '\0')
		return ident_stray(a, input, s, n, uscc_name);
	head = uscc_head(a, input, s);
	if (head.code != NULL)
		return head;
	want = uscc_check(s);
	if (s[USCC_LENGTH - 1] != want)
		return ident_wrong(input, "check_character",
		    arena_printf(a,
			"校验位不符：按前 17 位，第 18 位应为“%c”，"
			"请对照营业执照逐位核对。",
			want));
	want = org_check(s + ORG_IN_USCC);
	if (s[ORG_IN_USCC + ORG_BODY] != want)
		return ident_wrong(input, "org_check_character",
		    arena_printf(a,
			"第 9 至 17 位的校验位不符：按第 9 至 16 位，"
			"第 17 位应为“%c”，请对照营业执照逐位核对。",
			want));
	return uscc_warnings(a, s);
}

/* s is folded and has 9 characters. */
static struct verdict
org(struct arena *a, const char *input, const char *s)
{
	size_t n = strspn(s, org_alphabet);
	char want;

	if (s[n] != '\0')
		return ident_stray(a, input, s, n, "组织机构代码");
	want = org_check(s);
	if (s[ORG_BODY] != want)
		return ident_wrong(input, "check_character",
		    arena_printf(a,
			"校验位不符：按前 8 位，第 9 位应为“%c”，"
			"请逐位核对。",
			want));
	return ident_right(s);
}

static struct verdict
wrong_length(
    struct arena *a, const char *input, const char *s, const char *expected)
{
	size_t n = utf8_length(s);

	if (n == 0)
		return ident_wrong(
		    input, "length", arena_printf(a, "请填写%s。", expected));
	if (n == 15 && s[strspn(s, digits)] == '\0')
		return ident_wrong(input, "length",
		    "15 位的旧注册号或税号已停止使用，"
		    "请填写营业执照上的 18 位统一社会信用代码。");
	return ident_wrong(input, "length",
	    arena_printf(
		a, "应为%s，现为 %zu 位，请核对是否漏填或多填。", expected, n));
}

struct verdict
ident_uscc(struct arena *a, const char *input)
{
	const char *s = ident_fold(a, input);

	if (utf8_length(s) != USCC_LENGTH)
		return wrong_length(a, input, s, " 18 位统一社会信用代码");
	return uscc(a, input, s);
}

/* "XXXXXXXX-X" without its hyphen; anything else as it is. */
static const char *
without_hyphen(struct arena *a, const char *s)
{
	if (strlen(s) != ORG_LENGTH + 1 || s[ORG_BODY] != '-')
		return s;
	return arena_printf(a, "%.*s%c", ORG_BODY, s, s[ORG_BODY + 1]);
}

struct verdict
ident_org_code(struct arena *a, const char *input)
{
	const char *s = without_hyphen(a, ident_fold_dashes(a, input));
	size_t n = utf8_length(s);

	if (n == USCC_LENGTH)
		return uscc(a, input, s);
	if (n == ORG_LENGTH)
		return org(a, input, s);
	if (strchr(s, '-') != NULL)
		return ident_wrong(input, "format",
		    "连字符只能有一个，写在 9 位组织机构代码的"
		    "第 8 位之后；18 位统一社会信用代码不用连字符。");
	return wrong_length(
	    a, input, s, " 18 位统一社会信用代码或 9 位组织机构代码");
}
