#include "base/num.h"

#include <stdlib.h>
#include <string.h>

#include "base/arena.h"

bool
num_int(const char *s, int64_t min, int64_t max, int64_t *out)
{
	bool negative = *s == '-';
	int64_t v = 0;

	if (negative)
		s++;
	if (*s == '\0' || (s[0] == '0' && (s[1] != '\0' || negative)))
		return false;
	for (; *s != '\0'; s++) {
		if (*s < '0' || *s > '9')
			return false;
		if (__builtin_mul_overflow(v, 10, &v) ||
		    __builtin_sub_overflow(v, *s - '0', &v))
			return false;
	}
	/* Counted downwards, so that INT64_MIN has a place. */
	if (!negative && __builtin_sub_overflow(INT64_C(0), v, &v))
		return false;
	if (v < min || v > max)
		return false;
	*out = v;
	return true;
}

bool
num_yuan(const char *s, int64_t max, int64_t *fen)
{
	char whole[24];
	size_t n = strcspn(s, ".");
	int64_t yuan, part = 0;

	if (n == 0 || n >= sizeof(whole))
		return false;
	memcpy(whole, s, n);
	whole[n] = '\0';
	if (!num_int(whole, 0, max / 100, &yuan))
		return false;
	if (s[n] == '.') {
		size_t digits = strspn(s + n + 1, "0123456789");

		if (digits < 1 || digits > 2 || s[n + 1 + digits] != '\0')
			return false;
		part = (s[n + 1] - '0') * 10;
		part += digits == 2 ? s[n + 2] - '0' : 0;
	}
	if (part > max - yuan * 100)
		return false;
	*fen = yuan * 100 + part;
	return true;
}

const char *
num_count_text(struct arena *a, int64_t n, int64_t max)
{
	return n <= max ? arena_printf(a, "%lld", (long long)n)
			: arena_printf(a, "%lld+", (long long)max);
}

const char *
num_yuan_text(struct arena *a, int64_t fen)
{
	return arena_printf(a, "%s%lld.%02d", fen < 0 ? "-" : "",
	    llabs(fen / 100), abs((int)(fen % 100)));
}
