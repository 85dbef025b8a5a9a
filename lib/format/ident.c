#include "format/ident.h"

#include <string.h>

#include "base/arena.h"
#include "base/utf8.h"
#include "format/ident_part.h"

struct verdict
ident_right(const char *value)
{
	return (struct verdict){ .value = value };
}

struct verdict
ident_warn(const char *value, const char *code, const char *message)
{
	return (struct verdict){ value, code, message, true };
}

struct verdict
ident_wrong(const char *input, const char *code, const char *message)
{
	return (struct verdict){ input, code, message, false };
}

bool
ident_is_blank(int32_t c)
{
	return c == ' ' || c == 0xa0 || c == 0x1680 ||
	       (c >= 0x2000 && c <= 0x200a) || c == 0x202f || c == 0x205f ||
	       c == 0x3000;
}

/* Whether c takes no room on the screen: zero-width and direction marks. */
static bool
is_invisible(int32_t c)
{
	return (c >= 0x200b && c <= 0x200f) || (c >= 0x202a && c <= 0x202e) ||
	       (c >= 0x2060 && c <= 0x2069) || c == 0xfeff;
}

const char *
ident_map(struct arena *a, const char *s, int32_t (*map)(int32_t c))
{
	const char *end = s + strlen(s), *from;
	char *out = arena_alloc(a, (size_t)(end - s) + 1), *o = out;
	int32_t c, to;

	while (s < end) {
		from = s;
		c = utf8_next(&s, end);
		if (c < 0) {
			*o++ = *s++;
			continue;
		}
		to = map(c);
		if (to == c) {
			memcpy(o, from, (size_t)(s - from));
			o += s - from;
		} else if (to >= 0) {
			o += utf8_put(o, to);
		}
	}
	*o = '\0';
	return out;
}

static int32_t
fold_char(int32_t c)
{
	if (c >= 0xff01 && c <= 0xff5e)
		c -= 0xff01 - '!';
	if (c >= 'a' && c <= 'z')
		return c - 'a' + 'A';
	if (ident_is_blank(c) || is_invisible(c))
		return -1;
	return c;
}

const char *
ident_fold(struct arena *a, const char *s)
{
	return ident_map(a, s, fold_char);
}

static int32_t
fold_dash(int32_t c)
{
	if ((c >= 0x2010 && c <= 0x2015) || c == 0x2212)
		return '-';
	return fold_char(c);
}

const char *
ident_fold_dashes(struct arena *a, const char *s)
{
	return ident_map(a, s, fold_dash);
}

static int32_t
drop_invisible(int32_t c)
{
	return is_invisible(c) ? -1 : c;
}

static bool
is_edge(int32_t c)
{
	return ident_is_blank(c) || c == '\t' || c == '\r' || c == '\n';
}

const char *
ident_trim(struct arena *a, const char *s)
{
	const char *p = ident_map(a, s, drop_invisible);
	const char *end = p + strlen(p), *first = NULL, *last = p, *from;
	int32_t c;

	while (p < end) {
		from = p;
		c = utf8_next(&p, end);
		if (c < 0)
			p++;
		else if (is_edge(c))
			continue;
		if (first == NULL)
			first = from;
		last = p;
	}
	if (first == NULL)
		return "";
	return arena_strndup(a, first, (size_t)(last - first));
}

/* Whether c printed raw would show nothing, or something unknown. */
static bool
is_unprintable(int32_t c)
{
	return c < 0x20 || (c >= 0x7f && c < 0xa0) || c == 0xad ||
	       (c >= 0x300 && c < 0x370) || is_invisible(c) || c == 0x2028 ||
	       c == 0x2029 || (c >= 0xe000 && c < 0xf900) ||
	       (c >= 0xfe00 && c < 0xfe10) || (c >= 0xfff0 && c <= 0xffff) ||
	       c >= 0xe0000;
}

const char *
ident_quote(struct arena *a, const char *s)
{
	const char *p = s;
	int32_t c = utf8_next(&p, s + strlen(s));
	int n = (int)(p - s);

	if (c < 0)
		return "“无法识别的字符”";
	if (ident_is_blank(c))
		return "“空格”";
	if (is_unprintable(c))
		return arena_printf(a, "“U+%04X”", (unsigned)c);
	/* Greek and Cyrillic look like Latin: the letter alone says little. */
	if (c >= 0x80 && c < 0x2e80)
		return arena_printf(a, "“%.*s”（U+%04X）", n, s, (unsigned)c);
	return arena_printf(a, "“%.*s”", n, s);
}

/* What to do about a character that has no place. */
static const char *
stray_advice(char c)
{
	switch (c) {
	case 'O':
		return "是否应为数字 0？请核对";
	case 'I':
	case 'L':
		return "是否应为数字 1？请核对";
	case 'Z':
		return "是否应为数字 2？请核对";
	case 'S':
		return "是否应为数字 5？请核对";
	default:
		break;
	}
	if ((unsigned char)c >= 0x80)
		return "请切换到英文输入法后重新输入";
	return "请核对后重新输入";
}

struct verdict
ident_stray(struct arena *a, const char *input, const char *s, size_t at,
    const char *what)
{
	return ident_wrong(input, "alphabet",
	    arena_printf(a, "第 %zu 位%s不是%s中使用的字符，%s。", at + 1,
		ident_quote(a, s + at), what, stray_advice(s[at])));
}

bool
ident_pair_in(const char *list, const char *s)
{
	for (; *list != '\0'; list += list[2] == ' ' ? 3 : 2)
		if (strncmp(list, s, 2) == 0)
			return true;
	return false;
}

bool
ident_is_province(const char *s)
{
	return ident_pair_in("11 12 13 14 15 21 22 23 31 32 33 34 35 36 37 "
			     "41 42 43 44 45 46 50 51 52 53 54 61 62 63 64 "
			     "65 71 81 82",
	    s);
}

static int32_t
unit_char(int32_t c)
{
	if (c == '(' || c == ')' || c == 0xff08 || c == 0xff09 || c == 0x3010 ||
	    c == 0x3011 || is_edge(c) || is_invisible(c))
		return -1;
	return c;
}

/* The next character of *p that counts in a unit's name; 0 at the end. */
static int32_t
next_unit_char(const char **p)
{
	const char *end = *p + strlen(*p);
	int32_t c;

	while (*p < end) {
		c = utf8_next(p, end);
		if (c < 0)
			return (unsigned char)*(*p)++;
		if (unit_char(c) >= 0)
			return c;
	}
	return 0;
}

bool
ident_same_unit(const char *a, const char *b)
{
	int32_t c;

	do {
		c = next_unit_char(&a);
		if (c != next_unit_char(&b))
			return false;
	} while (c != 0);
	return true;
}
