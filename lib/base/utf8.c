#include "base/utf8.h"

#include <string.h>

#include "base/arena.h"

int32_t
utf8_next(const char **p, const char *end)
{
	static const int32_t least[] = { 0, 0x80, 0x800, 0x10000 };
	const uint8_t *s = (const uint8_t *)*p;
	int more;
	int32_t c;

	if (*p >= end)
		return -1;
	if (s[0] < 0x80)
		more = 0, c = s[0];
	else if (s[0] >= 0xc2 && s[0] < 0xe0)
		more = 1, c = s[0] & 0x1f;
	else if (s[0] >= 0xe0 && s[0] < 0xf0)
		more = 2, c = s[0] & 0x0f;
	else if (s[0] >= 0xf0 && s[0] < 0xf5)
		more = 3, c = s[0] & 0x07;
	else
		return -1;
	if (end - *p <= more)
		return -1;
	for (int i = 1; i <= more; i++) {
		if ((s[i] & 0xc0) != 0x80)
			return -1;
		c = c << 6 | (s[i] & 0x3f);
	}
	if (c < least[more] || c > 0x10ffff || (c >= 0xd800 && c < 0xe000))
		return -1;
	*p += more + 1;
	return c;
}

bool
utf8_valid(const char *s, size_t n)
{
	const char *end = s + n;

	while (s < end)
		if (utf8_next(&s, end) < 0)
			return false;
	return true;
}

bool
utf8_has_control(const char *s)
{
	for (; *s != '\0'; s++) {
		unsigned char c = (unsigned char)s[0];

		if (c < 0x20 || c == 0x7f)
			return true;
		/* U+0080 to U+009F; s[1] is a NUL at worst. */
		if (c == 0xc2 && (unsigned char)s[1] < 0xa0)
			return true;
	}
	return false;
}

size_t
utf8_length(const char *s)
{
	size_t n = 0;

	for (; *s != '\0'; s++)
		n += (*s & 0xc0) != 0x80;
	return n;
}

bool
utf8_is_within(const char *s, size_t least, size_t most)
{
	size_t n = s != NULL ? utf8_length(s) : 0;

	return s != NULL && n >= least && n <= most;
}

size_t
utf8_whole(const char *s, size_t n)
{
	const char *last = s + n;

	while (last > s && (*--last & 0xc0) == 0x80)
		;
	return utf8_next(&last, s + n) < 0 ? (size_t)(last - s) : n;
}

size_t
utf8_put(char *out, int32_t c)
{
	if (c < 0x80) {
		out[0] = (char)c;
		return 1;
	}
	if (c < 0x800) {
		out[0] = (char)(0xc0 | c >> 6);
		out[1] = (char)(0x80 | (c & 0x3f));
		return 2;
	}
	if (c < 0x10000) {
		out[0] = (char)(0xe0 | c >> 12);
		out[1] = (char)(0x80 | (c >> 6 & 0x3f));
		out[2] = (char)(0x80 | (c & 0x3f));
		return 3;
	}
	out[0] = (char)(0xf0 | c >> 18);
	out[1] = (char)(0x80 | (c >> 12 & 0x3f));
	out[2] = (char)(0x80 | (c >> 6 & 0x3f));
	out[3] = (char)(0x80 | (c & 0x3f));
	return 4;
}

/* C0, DEL, C1, line and paragraph separators. */
static bool
is_blank(int32_t c)
{
	return c < 0x20 || (c >= 0x7f && c < 0xa0) || c == 0x2028 ||
	       c == 0x2029;
}

/* Zero width, direction marks and overrides, what is no character at all. */
static bool
is_hidden(int32_t c)
{
	return c == 0xad || c == 0x61c || (c >= 0x200b && c <= 0x200f) ||
	       (c >= 0x202a && c <= 0x202e) || (c >= 0x2060 && c <= 0x206f) ||
	       c == 0xfeff || (c & 0xfffe) == 0xfffe;
}

const char *
utf8_shown(struct arena *a, const char *s)
{
	const char *end = s + strlen(s), *from;
	char *shown = arena_alloc(a, (size_t)(end - s) + 1), *to = shown;
	int32_t c;

	for (from = s; (c = utf8_next(&s, end)) >= 0; from = s) {
		if (is_blank(c))
			*to++ = ' ';
		else if (!is_hidden(c))
			to = (char *)memcpy(to, from, (size_t)(s - from)) +
			     (s - from);
	}
	return shown;
}
