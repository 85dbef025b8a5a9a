#include <stdio.h>
#include <string.h>

#include "base/arena.h"
#include "base/clock.h"
#include "base/utf8.h"
#include "format/ident_part.h"

/*
 * Citizens and permits: address 6, birth 8, order 3, check 1. Permanent
 * residents: 9, province 2, country 3 in place of the address.
 */
enum {
	ID_LENGTH = 18,
	ID_BODY = 17,
	ID_BIRTH = 6,
	AGE_MIN = 18,
	AGE_MAX = 120
};

static const char digits[] = "0123456789";

/* The 18th character that the first 17 ask for (ISO 7064, MOD 11-2). */
static char
id_check(const char *s)
{
	static const int weight[ID_BODY] = { 7, 9, 10, 5, 8, 4, 2, 1, 6, 3, 7,
		9, 10, 5, 8, 4, 2 };
	int sum = 0;

	for (int i = 0; i < ID_BODY; i++)
		sum += (s[i] - '0') * weight[i];
	return "10X98765432"[sum % 11];
}

static struct verdict
wrong_length(struct arena *a, const char *input, const char *s)
{
	size_t n = utf8_length(s), lead = strspn(s, digits);

	if (n == 0)
		return ident_wrong(input, "length", "请填写 18 位身份证号码。");
	if (n == 15 && s[lead] == '\0')
		return ident_wrong(input, "fifteen_digits",
		    "15 位的旧身份证号码已停止使用，"
		    "请填写现行身份证上的 18 位号码。");
	if (n == 15 && lead == 0 && strspn(s + 3, digits) == 12)
		return ident_wrong(input, "length",
		    "这是旧版外国人永久居留身份证的 15 位号码，"
		    "请填写新版证件上以 9 开头的 18 位号码。");
	return ident_wrong(input, "length",
	    arena_printf(a,
		"身份证号码应为 18 位，现为 %zu 位，"
		"请核对是否漏填或多填。",
		n));
}

/* 17 digits, then a digit or X; only a refusal has a code. */
static struct verdict
alphabet(struct arena *a, const char *input, const char *s)
{
	size_t n = strspn(s, digits);

	if (n == ID_LENGTH || (n == ID_BODY && s[n] == 'X'))
		return ident_right(s);
	if (s[n] == 'X')
		return ident_wrong(input, "alphabet",
		    arena_printf(a,
			"第 %zu 位是“X”，而 X 只能出现在第 18 位，"
			"请核对后重新输入。",
			n + 1));
	return ident_stray(a, input, s, n, "身份证号码");
}

static bool
is_foreign(const char *s)
{
	return s[0] == '9';
}

static bool
is_permit(const char *s)
{
	return ident_pair_in("81 82 83", s);
}

static struct verdict
province(struct arena *a, const char *input, const char *s)
{
	const char *at = is_foreign(s) ? s + 1 : s;

	if (ident_is_province(at) || is_permit(s))
		return ident_right(s);
	return ident_wrong(input, "province",
	    arena_printf(a,
		"第 %d、%d 位“%.2s”不是省级行政区代码，"
		"请对照身份证核对。",
		(int)(at - s) + 1, (int)(at - s) + 2, at));
}

/* The day "YYYYMMDD" as a number that orders like the calendar. */
static int
day_number(const char *s)
{
	int v = 0;

	for (int i = 0; i < 8; i++)
		v = v * 10 + (s[i] - '0');
	return v;
}

/* Today in Shanghai, in the same way. */
static int
today_number(int64_t now)
{
	char text[CLOCK_TEXT], day[CLOCK_TEXT];

	clock_day(text, now);
	snprintf(day, sizeof(day), "%.4s%.2s%.2s", text, text + 5, text + 8);
	return day_number(day);
}

static struct verdict
birth(struct arena *a, const char *input, const char *s, int today)
{
	const char *b = s + ID_BIRTH;
	const char *day = arena_printf(a, "%.4s-%.2s-%.2s", b, b + 4, b + 6);
	int64_t us;

	if (!clock_parse_day(day, &us))
		return ident_wrong(input, "date",
		    arena_printf(a,
			"第 7 至 14 位“%.8s”不是有效的出生日期，"
			"请对照身份证核对。",
			b));
	if (day_number(b) > today)
		return ident_wrong(input, "date",
		    arena_printf(a,
			"第 7 至 14 位的出生日期“%.8s”晚于今天，"
			"请对照身份证核对。",
			b));
	return ident_right(s);
}

static struct verdict
check_character(struct arena *a, const char *input, const char *s)
{
	char want = id_check(s);

	if (s[ID_BODY] == want)
		return ident_right(s);
	return ident_wrong(input, "check_character",
	    arena_printf(a,
		"校验位不符：按前 17 位，第 18 位应为“%c”，"
		"请对照身份证逐位核对。",
		want));
}

static struct verdict
age(struct arena *a, const char *input, const char *s, int today)
{
	int years = (today - day_number(s + ID_BIRTH)) / 10000;

	if (years < AGE_MIN)
		return ident_wrong(input, "under_age",
		    arena_printf(a,
			"按身份证号码，此人未满 %d 周岁，"
			"请由成年人员经办。",
			AGE_MIN));
	if (years > AGE_MAX)
		return ident_wrong(input, "too_old",
		    arena_printf(a,
			"第 7 至 14 位的出生日期“%.8s”距今超过 %d 年，"
			"请对照身份证核对。",
			s + ID_BIRTH, AGE_MAX));
	return ident_right(s);
}

/* Permits carry 810000, 820000 or 830000 and no county. */
static struct verdict
permit_region(struct arena *a, const char *s)
{
	if (!is_permit(s) || strncmp(s + 2, "0000", 4) == 0)
		return ident_right(s);
	return ident_warn(s, "unknown_region",
	    arena_printf(a,
		"前 6 位“%.6s”不是港澳台居民居住证使用的代码"
		"（810000、820000、830000），请核对；确认无误可以继续。",
		s));
}

struct verdict
ident_id_no(struct arena *a, const char *input, int64_t now)
{
	const char *s = ident_fold(a, input);
	int today = today_number(now);
	struct verdict v;

	if (utf8_length(s) != ID_LENGTH)
		return wrong_length(a, input, s);
	v = alphabet(a, input, s);
	if (v.code == NULL)
		v = province(a, input, s);
	if (v.code == NULL)
		v = birth(a, input, s, today);
	if (v.code == NULL)
		v = check_character(a, input, s);
	if (v.code == NULL)
		v = age(a, input, s, today);
	if (v.code == NULL)
		v = permit_region(a, s);
	return v;
}
