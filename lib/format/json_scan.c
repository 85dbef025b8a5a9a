#include "format/json_scan.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "base/buf.h"
#include "base/num.h"
#include "base/utf8.h"
#include "format/json.h"

/* A key as written, between its quotes; sum tells most keys apart at once. */
struct key {
	const char *p, *end;
	uint32_t sum;
};

struct level {
	bool is_object;
	size_t n;
	struct key key[JSON_MEMBERS];
};

/*
 * The lexical scan. It checks each token and leaves the order of tokens to
 * json-c, which lets through much inside a token but little between them.
 */
struct scan {
	const char *p, *end;
	const char *why; /* Chinese; set by what returns false */
	char last;	 /* first byte of the last token */
	size_t depth, values;
	struct key twice; /* the first key given twice; p is NULL for none */
	struct level level[JSON_DEPTH];
};

static bool
refuse(struct scan *s, const char *why)
{
	s->why = why;
	return false;
}

/* The four digits of \uXXXX at s, or -1. */
static int32_t
hex4(const char *s, const char *end)
{
	static const char hex[] = "0123456789abcdef0123456789ABCDEF";
	int32_t v = 0;

	if (end - s < 4)
		return -1;
	for (int i = 0; i < 4; i++) {
		const char *d = memchr(hex, s[i], sizeof(hex) - 1);

		if (d == NULL)
			return -1;
		v = v << 4 | (int32_t)((d - hex) % 16);
	}
	return v;
}

/* A \u escape or a pair of them at *p, as a code point other than 0, or -1. */
static int32_t
unicode_escape(const char **p, const char *end)
{
	int32_t c = hex4(*p + 2, end), low;

	if (c <= 0 || (c >= 0xdc00 && c < 0xe000))
		return -1;
	*p += 6;
	if (c < 0xd800 || c >= 0xe000)
		return c;
	if (end - *p < 6 || (*p)[0] != '\\' || (*p)[1] != 'u')
		return -1;
	low = hex4(*p + 2, end);
	if (low < 0xdc00 || low >= 0xe000)
		return -1;
	*p += 6;
	return 0x10000 + ((c - 0xd800) << 10) + (low - 0xdc00);
}

/* The next character of a string, its escape decoded, or -1. */
static int32_t
next_char(const char **p, const char *end)
{
	static const char escapes[] = "\"\\/bfnrt", plain[] = "\"\\/\b\f\n\r\t";
	const char *s = *p, *e;

	if (s < end && (unsigned char)*s < 0x20)
		return -1;
	if (s == end || *s != '\\')
		return utf8_next(p, end);
	if (end - s < 2)
		return -1;
	if (s[1] == 'u')
		return unicode_escape(p, end);
	if ((e = memchr(escapes, s[1], sizeof(escapes) - 1)) == NULL)
		return -1;
	*p += 2;
	return plain[e - escapes];
}

static bool
same_key(struct key a, struct key b)
{
	if (a.sum != b.sum)
		return false;
	while (a.p < a.end && b.p < b.end)
		if (next_char(&a.p, a.end) != next_char(&b.p, b.end))
			return false;
	return a.p == a.end && b.p == b.end;
}

/* Notes a member of the object that is open, and whether it was there. */
static bool
add_key(struct scan *s, struct key k)
{
	struct level *l = &s->level[s->depth - 1];

	if (k.end - k.p > JSON_KEY)
		return refuse(s, "项的名称过长");
	if (l->n == JSON_MEMBERS)
		return refuse(s, "一个对象中的项过多");
	for (size_t i = 0; i < l->n && s->twice.p == NULL; i++)
		if (same_key(l->key[i], k))
			s->twice = k;
	l->key[l->n++] = k;
	return true;
}

/* Whether what comes next is a member's key, if the text is well formed. */
static bool
at_key(const struct scan *s)
{
	return s->depth > 0 && s->level[s->depth - 1].is_object &&
	       (s->last == '{' || s->last == ',');
}

static bool
count_value(struct scan *s)
{
	if (++s->values > JSON_VALUES)
		return refuse(s, "内容过多");
	return true;
}

static bool
scan_string(struct scan *s)
{
	bool is_key = at_key(s);
	struct key k = { .p = s->p + 1, .sum = 2166136261 };
	int32_t c;

	s->last = *s->p++;
	while (s->p < s->end && *s->p != '"') {
		if ((c = next_char(&s->p, s->end)) < 0)
			return refuse(s,
			    "字符串中有不允许的字符或转义（须为 UTF-8，"
			    "控制字符须转义，不能有 NUL 或不成对的代理项）");
		k.sum = (k.sum ^ (uint32_t)c) * 16777619;
	}
	if (s->p == s->end)
		return refuse(s, "字符串没有结束");
	k.end = s->p++;
	return is_key ? add_key(s, k) : count_value(s);
}

static bool
scan_literal(struct scan *s, const char *word)
{
	size_t n = strlen(word);

	if ((size_t)(s->end - s->p) < n || memcmp(s->p, word, n) != 0)
		return refuse(s, "有不认识的内容");
	s->last = *s->p;
	s->p += n;
	return count_value(s);
}

/* Moves past digits; false when there are none. */
static bool
digits(const char **p, const char *end)
{
	const char *from = *p;

	while (*p < end && **p >= '0' && **p <= '9')
		(*p)++;
	return *p > from;
}

/* Moves past a number; *is_int: it has neither fraction nor exponent. */
static bool
number(const char **p, const char *end, bool *is_int)
{
	const char *int_part;

	if (*p < end && **p == '-')
		(*p)++;
	int_part = *p;
	if (!digits(p, end) || (*int_part == '0' && *p - int_part > 1))
		return false;
	*is_int = true;
	if (*p < end && **p == '.') {
		(*p)++;
		*is_int = false;
		if (!digits(p, end))
			return false;
	}
	if (*p < end && (**p == 'e' || **p == 'E')) {
		(*p)++;
		*is_int = false;
		if (*p < end && (**p == '+' || **p == '-'))
			(*p)++;
		return digits(p, end);
	}
	return true;
}

static bool
scan_number(struct scan *s)
{
	char text[JSON_NUMBER + 1] = "";
	const char *from = s->p;
	bool is_int;
	int64_t v;

	if (!number(&s->p, s->end, &is_int)) {
		s->p = from;
		return refuse(s, "有不认识的内容或数字格式不正确");
	}
	if (s->p - from > JSON_NUMBER)
		return refuse(s, "数字过长");
	memcpy(text, from, (size_t)(s->p - from));
	/* json-c would take what is too large for the largest there is. */
	if (is_int ? !num_int(text, INT64_MIN, INT64_MAX, &v) &&
			 strcmp(text, "-0") != 0
		   : !isfinite(strtod(text, NULL)))
		return refuse(s, "数字超出范围");
	s->last = *from;
	return count_value(s);
}

static bool
scan_open(struct scan *s)
{
	if (s->depth == JSON_DEPTH)
		return refuse(s, "嵌套过深");
	s->last = *s->p++;
	s->level[s->depth].is_object = s->last == '{';
	s->level[s->depth++].n = 0;
	return count_value(s);
}

static bool
scan_close(struct scan *s)
{
	if (s->depth == 0)
		return refuse(s, "括号不成对");
	s->depth--;
	s->last = *s->p++;
	return true;
}

static bool
scan_token(struct scan *s)
{
	switch (*s->p) {
	case ' ':
	case '\t':
	case '\n':
	case '\r':
		s->p++;
		return true;
	case '{':
	case '[':
		return scan_open(s);
	case '}':
	case ']':
		return scan_close(s);
	case ',':
	case ':':
		s->last = *s->p++;
		return true;
	case '"':
		return scan_string(s);
	case 't':
		return scan_literal(s, "true");
	case 'f':
		return scan_literal(s, "false");
	case 'n':
		return scan_literal(s, "null");
	default:
		return scan_number(s);
	}
}

static bool
scan_text(struct scan *s)
{
	size_t n = (size_t)(s->end - s->p);

	if (n > JSON_BYTES)
		return refuse(s, "内容过大");
	if (n >= 3 && memcmp(s->p, "\xef\xbb\xbf", 3) == 0)
		return refuse(s, "开头不能有 BOM");
	while (s->p < s->end)
		if (!scan_token(s))
			return false;
	if (s->values == 0)
		return refuse(s, "内容为空");
	return true;
}

bool
json_scan(const char *p, size_t n, struct json_scan *out)
{
	struct scan s = { .p = p, .end = p + n };
	bool ok = scan_text(&s);

	*out = (struct json_scan){ .at = (size_t)(s.p - p),
		.why = s.why,
		.twice = s.twice.p,
		.twice_end = s.twice.end };
	return ok;
}

const char *
json_scan_decode(struct arena *a, const char *p, const char *end)
{
	char utf8[4];
	struct buf b;

	buf_init(&b, a, (size_t)(end - p));
	while (p < end)
		buf_add(&b, utf8, utf8_put(utf8, next_char(&p, end)));
	return buf_str(&b);
}
