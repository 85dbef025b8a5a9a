#include <string.h>

#include "base/arena.h"
#include "base/utf8.h"
#include "format/ident_part.h"

enum kind { END, HAN, LATIN, MARK, DOT, HYPHEN, APOSTROPHE, BLANK, OTHER };

/* One character for each of the signs that stand for the same thing. */
static int32_t
fold_sign(int32_t c)
{
	switch (c) {
	case 0x2022: /* bullet */
	case 0x2027: /* hyphenation point */
	case 0x30fb: /* katakana middle dot */
		return 0xb7;
	case 0x2018:
	case 0x2019:
	case 0x2bc:
		return '\'';
	case 0x2010:
	case 0x2011:
		return '-';
	default:
		return ident_is_blank(c) ? ' ' : c;
	}
}

/* Planes 2 and 3 are set aside for ideographs, assigned already or not. */
static bool
is_han(int32_t c)
{
	return (c >= 0x4e00 && c <= 0x9fff) || (c >= 0x3400 && c <= 0x4dbf) ||
	       (c >= 0xf900 && c <= 0xfaff) || (c >= 0x20000 && c <= 0x2fffd) ||
	       (c >= 0x30000 && c <= 0x3fffd) || c == 0x3005 || c == 0x3007;
}

static bool
is_latin(int32_t c)
{
	return (c >= 'A' && c <= 'Z') || (c >= 'a' && c <= 'z') ||
	       (c >= 0xc0 && c <= 0x24f && c != 0xd7 && c != 0xf7) ||
	       c == 0x259 || (c >= 0x1e00 && c <= 0x1eff);
}

static enum kind
kind_of(int32_t c)
{
	switch (c) {
	case ' ':
		return BLANK;
	case '-':
		return HYPHEN;
	case '\'':
		return APOSTROPHE;
	case 0xb7:
		return DOT;
	default:
		break;
	}
	if (is_han(c))
		return HAN;
	if (is_latin(c))
		return LATIN;
	return c >= 0x300 && c < 0x370 ? MARK : OTHER;
}

/* The kind of the character at *p, and moves *p past it. */
static enum kind
next_kind(const char **p)
{
	const char *end = *p + strlen(*p);

	if (*p == end)
		return END;
	/* Not UTF-8: no valid character is -1, so it is OTHER. */
	return kind_of(utf8_next(p, end));
}

static enum kind
peek_kind(const char *p)
{
	return next_kind(&p);
}

/* Whether a blank between these two is part of the name. */
static bool
blank_counts(enum kind before, enum kind after)
{
	if (before == END || after == END || before == DOT || after == DOT)
		return false;
	return before != HAN || after != HAN;
}

/* One blank where blanks count, none elsewhere. */
static const char *
squeeze(struct arena *a, const char *s)
{
	char *out = arena_alloc(a, strlen(s) + 1), *o = out;
	enum kind before = END;
	const char *from;

	while (*s != '\0') {
		from = s + strspn(s, " ");
		if (from > s && blank_counts(before, peek_kind(from)))
			*o++ = ' ';
		s = from;
		before = next_kind(&s);
		if (s == from && *s != '\0')
			s++;
		memcpy(o, from, (size_t)(s - from));
		o += s - from;
	}
	*o = '\0';
	return out;
}

static bool
is_letter(enum kind k)
{
	return k == HAN || k == LATIN;
}

/* Whether a character may stand between these two. */
static bool
fits(enum kind before, enum kind k, enum kind after)
{
	switch (k) {
	case MARK:
		return before == LATIN;
	case DOT:
		return is_letter(before) && is_letter(after);
	case HYPHEN:
		return before == LATIN && after == LATIN;
	case APOSTROPHE:
		return before == LATIN || after == LATIN;
	default:
		return true;
	}
}

static struct verdict
misplaced(struct arena *a, const char *input, const char *at)
{
	return ident_wrong(input, "format",
	    arena_printf(a,
		"%s的位置不对：间隔号“·”要写在两个字之间，连字符和撇号只用于"
		"外文姓名，请按身份证件填写。",
		ident_quote(a, at)));
}

static struct verdict
not_in_a_name(struct arena *a, const char *input, const char *at)
{
	const char *advice = "请按身份证件填写汉字或拉丁字母";

	if (*at == '.')
		advice = "间隔号请写成“·”";
	else if (*at >= '0' && *at <= '9')
		advice = "姓名中没有数字，请删去";
	return ident_wrong(input, "alphabet",
	    arena_printf(
		a, "%s不能用在姓名中，%s。", ident_quote(a, at), advice));
}

struct verdict
ident_name(struct arena *a, const char *input)
{
	const char *s = squeeze(a, ident_map(a, input, fold_sign));
	const char *p = s, *from;
	enum kind before = END, k;

	if (*s == '\0')
		return ident_wrong(input, "length", "请填写姓名。");
	while (*p != '\0') {
		from = p;
		k = next_kind(&p);
		if (k == OTHER)
			return not_in_a_name(a, input, from);
		if (!fits(before, k, peek_kind(p)))
			return misplaced(a, input, from);
		/* A mark belongs to its letter, for what comes after. */
		before = k == MARK ? LATIN : k;
	}
	return ident_right(s);
}
