/* Numbers, times, UTF-8, hexadecimal and base64: read, written, the same. */
#include <inttypes.h>

#include "base/clock.h"
#include "base/hash.h"
#include "base/num.h"
#include "base/utf8.h"
#include "fuzz.h"

static void
check_numbers(const char *s)
{
	char text[32];
	int64_t v;

	if (num_int(s, INT64_MIN, INT64_MAX, &v)) {
		snprintf(text, sizeof(text), "%" PRId64, v);
		PROMISE(strcmp(text, s) == 0);
		PROMISE(num_int(s, v, v, &v));
		PROMISE(v == INT64_MIN || !num_int(s, INT64_MIN, v - 1, &v));
		PROMISE(v == INT64_MAX || !num_int(s, v + 1, INT64_MAX, &v));
	}
	if (num_yuan(s, INT64_MAX, &v)) {
		PROMISE(v >= 0);
		snprintf(text, sizeof(text), "%" PRId64 ".%02d", v / 100,
		    (int)(v % 100));
		PROMISE(strncmp(text, s, strlen(s)) == 0 ||
			strcspn(s, ".") == strlen(s));
		PROMISE(!num_yuan(s, v - 1, &v));
	}
}

static void
check_times(const char *s)
{
	char text[CLOCK_TEXT];
	int64_t us, again;

	if (clock_parse_day(s, &us)) {
		PROMISE(strcmp(clock_day(text, us), s) == 0);
		PROMISE(strcmp(clock_day(text, us + CLOCK_DAY - 1), s) == 0);
	}
	if (!clock_parse(s, &us))
		return;
	PROMISE(clock_parse(clock_utc(text, us), &again));
	PROMISE(again <= us && us - again < 1000);
	PROMISE(clock_parse(clock_shanghai(text, us), &again));
	PROMISE(again <= us && us - again < CLOCK_SECOND);
}

static void
check_utf8(struct arena *a, const char *s, size_t n)
{
	const char *p = s, *end = s + n;
	char *copy = arena_alloc(a, n + 4), *to = copy;
	bool valid = utf8_valid(s, n);
	int32_t c = 0;

	while (p < end && (c = utf8_next(&p, end)) >= 0) {
		PROMISE(c <= 0x10ffff && (c < 0xd800 || c > 0xdfff));
		to += utf8_put(to, c);
	}
	PROMISE(valid == (p == end));
	for (size_t cut = 0; valid && cut <= n && cut < 64; cut++) {
		PROMISE(utf8_valid(s, utf8_whole(s, cut)));
		PROMISE(cut - utf8_whole(s, cut) < 4);
	}
	PROMISE(p - s == to - copy && memcmp(s, copy, (size_t)(p - s)) == 0);
}

static void
check_bytes(struct arena *a, const char *data, size_t n)
{
	char *hex = arena_alloc(a, 2 * n + 1);
	uint8_t *back = arena_alloc(a, n + 1), *p;
	size_t m = 0;

	hex_encode(data, n, hex);
	PROMISE(hex_decode(hex, back, n) && memcmp(back, data, n) == 0);
	if (n > 0) {
		p = base64_decode(a, base64_encode(a, data, n), &m);
		PROMISE(p != NULL && m == n && memcmp(p, data, n) == 0);
	}
}

/* What comes from others. */
static void
check_foreign(struct arena *a, const char *s)
{
	size_t n = strlen(s), m = 0, k = 0;
	uint8_t *out = arena_alloc(a, n / 2 + 1), *p, *again;

	if (hex_decode(s, out, n / 2))
		PROMISE(strspn(s, "0123456789abcdefABCDEF") == n);
	if ((p = base64_decode(a, s, &m)) == NULL)
		return;
	PROMISE(m <= n / 4 * 3);
	again = base64_decode(a, base64_encode(a, p, m), &k);
	PROMISE(k == m && memcmp(p, again, m) == 0);
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t n)
{
	struct arena *a = fuzz_arena();
	const char *text = (const char *)data;
	struct input in = { text, text + n };
	const char *s = fuzz_line(a, &in);

	check_utf8(a, text, n);
	check_bytes(a, text, n);
	check_numbers(s);
	check_times(s);
	check_foreign(a, s);
	PROMISE(utf8_length(s) <= strlen(s));
	PROMISE(secret_equal(s, s));
	return 0;
}
