#include <string.h>

#include "base/arena.h"
#include "format/ident_part.h"

enum {
	MOBILE_LENGTH = 11,
	HOTLINE_LENGTH = 10,
	EXTENSION_MAX = 6,
	POSTCODE_LENGTH = 6
};

static const char digits[] = "0123456789";

static const char landline_example[] =
    "座机号码应写成“区号-号码”，如 0570-3012345；"
    "有分机时写成 0570-3012345-8001，请改正。";

/* Past +86 or 0086 and the hyphen after it; s itself when there is none. */
static const char *
skip_country(const char *s)
{
	if (strncmp(s, "+86", 3) == 0)
		s += 3;
	else if (strncmp(s, "0086", 4) == 0)
		s += 4;
	else
		return s;
	return *s == '-' ? s + 1 : s;
}

static int32_t
drop_hyphen(int32_t c)
{
	return c == '-' ? -1 : c;
}

/* Folded, without hyphens and the country's number. */
static const char *
mobile_digits(struct arena *a, const char *input)
{
	const char *s = ident_fold_dashes(a, input);

	s = skip_country(ident_map(a, s, drop_hyphen));
	/* No other number of 13 digits begins so: of things they have 10, 14. */
	if (strlen(s) == MOBILE_LENGTH + 2 && strncmp(s, "861", 3) == 0)
		s += 2;
	return s;
}

/* Assigned by March 2023 (MIIT); 174 only in part. */
static bool
is_assigned(const char *s)
{
	static const char pairs[] =
	    "30 31 32 33 34 35 36 37 38 39 45 46 47 48 49 50 51 52 53 55 56 57 "
	    "58 59 62 65 66 67 70 71 72 73 75 76 77 78 80 81 82 83 84 85 86 87 "
	    "88 89 90 91 92 93 95 96 97 98 99";

	if (strncmp(s, "174", 3) != 0)
		return ident_pair_in(pairs, s + 1);
	return s[3] == '0' || s[3] == '9' ||
	       (s[3] == '1' && s[4] >= '0' && s[4] <= '2');
}

static struct verdict
mobile_length(struct arena *a, const char *input, size_t n)
{
	if (n == 0)
		return ident_wrong(input, "length", "请填写手机号码。");
	return ident_wrong(input, "length",
	    arena_printf(a,
		"手机号码应为 11 位数字，现为 %zu 位，请核对是否漏填或多填。",
		n));
}

struct verdict
ident_mobile(struct arena *a, const char *input)
{
	const char *s = mobile_digits(a, input);
	size_t n = strspn(s, digits);

	if (s[0] == '+')
		return ident_wrong(input, "format",
		    "只能填写中国内地的手机号码（11 位，可带 +86），请改正。");
	if (s[n] != '\0')
		return ident_stray(a, input, s, n, "手机号码");
	if (s[0] == '0')
		return ident_wrong(input, "format",
		    "手机号码不以 0 开头，请去掉前面的 0；座机号码请填在座机一项。");
	if (n != MOBILE_LENGTH)
		return mobile_length(a, input, n);
	if (s[0] != '1' || s[1] < '3')
		return ident_wrong(input, "format",
		    "手机号码应以 13 至 19 开头，请核对后重新输入。");
	if (!is_assigned(s))
		return ident_warn(s, "unassigned_prefix",
		    arena_printf(a,
			"“%.3s”号段可能尚未启用，请核对；确认无误可以继续。",
			s));
	return ident_right(s);
}

/* What people write around the parts of a landline number, as hyphens. */
static int32_t
fold_landline(int32_t c)
{
	if (c == '(')
		return -1;
	return c == ')' || c == 0x8f6c /* 转 */ ? '-' : c;
}

/* "" or "-8001" to the end. */
static bool
is_extension(const char *s)
{
	size_t n;

	if (*s == '\0')
		return true;
	n = strspn(s + 1, digits);
	return *s == '-' && n >= 1 && n <= EXTENSION_MAX && s[1 + n] == '\0';
}

/* 400 and 800: ten digits with hyphens anywhere between them. */
static struct verdict
hotline(struct arena *a, const char *input, const char *s)
{
	char number[HOTLINE_LENGTH + 1] = "";
	size_t n = 0;

	for (; n < HOTLINE_LENGTH && *s != '\0'; s++)
		if (*s != '-')
			number[n++] = *s;
	if (n < HOTLINE_LENGTH)
		return ident_wrong(input, "length",
		    arena_printf(a,
			"%.3s 号码应为 10 位数字，现为 %zu 位，"
			"请核对是否漏填。",
			number, n));
	if (!is_extension(s))
		return ident_wrong(input, "format",
		    arena_printf(a,
			"%.3s 号码应为 10 位数字，分机写在“-”之后，"
			"如 400-8001234-1，请改正。",
			number));
	return ident_right(arena_printf(a, "%.3s-%s%s", number, number + 3, s));
}

/* The digits of the area code after its 0; 0 when there is no such one. */
static int
area_length(const char *s)
{
	size_t n = strspn(s, digits);

	if (n >= 2 && (s[0] == '2' || (s[0] == '1' && s[1] == '0')))
		return 2;
	return n >= 3 && s[0] >= '3' ? 3 : 0;
}

/* s is the number after the area code. */
static struct verdict
local_number(struct arena *a, const char *input, const char *area, int width,
    const char *s)
{
	size_t n = strspn(s, digits);
	const char *value;

	if (n < 7 || n > 8)
		return ident_wrong(input, "length",
		    arena_printf(a,
			"区号 0%.*s 后的号码应为 7 至 8 位，现为 %zu 位，"
			"请核对是否漏填或多填。",
			width, area, n));
	if (s[0] < '2')
		return ident_wrong(input, "format",
		    arena_printf(a,
			"区号 0%.*s 后的号码不会以 %c 开头，"
			"请核对后重新输入。",
			width, area, s[0]));
	if (!is_extension(s + n))
		return ident_wrong(input, "format", landline_example);
	value = arena_printf(a, "0%.*s-%s", width, area, s);
	if (strncmp(area, "26", 2) == 0)
		return ident_warn(value, "unassigned_prefix",
		    "区号 026 尚未启用，请核对；确认无误可以继续。");
	return ident_right(value);
}

/* s is past the country and begins with its area code or a hotline. */
static struct verdict
landline(struct arena *a, const char *input, const char *s, bool abroad)
{
	int width;

	if (strncmp(s, "400", 3) == 0 || strncmp(s, "800", 3) == 0)
		return hotline(a, input, s);
	if (*s == '1' && strspn(s, digits) == MOBILE_LENGTH)
		return ident_wrong(input, "format",
		    "这是手机号码，座机号码应写成“区号-号码”，"
		    "如 0570-3012345，请改正。");
	if (*s == '0')
		s++;
	else if (!abroad)
		return ident_wrong(input, "area_code",
		    "请在号码前加上以 0 开头的区号，如 0570-3012345。");
	width = area_length(s);
	if (width == 0)
		return ident_wrong(input, "area_code",
		    "没有这样的区号，区号应为 010、02x 或 03xx 至 09xx，"
		    "请核对后重新输入。");
	return local_number(
	    a, input, s, width, s[width] == '-' ? s + width + 1 : s + width);
}

struct verdict
ident_landline(struct arena *a, const char *input)
{
	const char *s =
	    ident_map(a, ident_fold_dashes(a, input), fold_landline);
	const char *number = skip_country(s);
	size_t n = strspn(number, "0123456789-");

	if (*s == '\0')
		return ident_wrong(input, "length", "请填写座机号码。");
	if (number[n] == '+')
		return ident_wrong(input, "format", landline_example);
	if (number[n] != '\0')
		return ident_stray(a, input, number, n, "座机号码");
	return landline(a, input, number, number != s);
}

struct verdict
ident_postcode(struct arena *a, const char *input)
{
	static const char prefixes[] =
	    "01 02 03 04 05 06 07 10 11 12 13 15 16 20 21 22 23 24 25 26 27 30 "
	    "31 32 33 34 35 36 40 41 42 43 44 45 46 47 51 52 53 54 55 56 57 61 "
	    "62 63 64 65 66 67 71 72 73 74 75 81 83 84 85 86";
	const char *s = ident_fold(a, input);
	size_t n = strspn(s, digits);

	if (s[n] != '\0')
		return ident_stray(a, input, s, n, "邮政编码");
	if (n != POSTCODE_LENGTH)
		return ident_wrong(input, "length",
		    arena_printf(a,
			"邮政编码应为 6 位数字，现为 %zu 位，"
			"请核对；以 0 开头的不要省略。",
			n));
	if (strcmp(s, "000000") == 0)
		return ident_wrong(input, "format",
		    "000000 不是邮政编码，请填写实际的编码；不清楚时可以留空。");
	if (!ident_pair_in(prefixes, s))
		return ident_warn(s, "unassigned_prefix",
		    arena_printf(a,
			"没有以“%.2s”开头的邮政编码，请核对；"
			"确认无误可以继续。",
			s));
	return ident_right(s);
}
