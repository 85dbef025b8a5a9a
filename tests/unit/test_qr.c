#include "arena_kit.h"

#include <stdbool.h>
#include <string.h>

#include "base/err.h"
#include "format/qr.h"

enum { SIDE = 21 + 2 * 4 };

/* The number at *p, and moves past it. */
static int
number(const char **p)
{
	int v = 0;

	while (**p == ' ')
		(*p)++;
	assert_true(**p >= '0' && **p <= '9');
	for (; **p >= '0' && **p <= '9'; (*p)++)
		v = v * 10 + (**p - '0');
	return v;
}

/* Draws what the path says ("M x y h w v1h-w z") into modules. */
static size_t
draw(const char *svg, bool modules[SIDE][SIDE])
{
	const char *p = strstr(svg, " d=\"");
	size_t dark = 0;
	int x, y, w;

	assert_non_null(p);
	for (p += 4; *p == 'M'; p++) {
		p++;
		x = number(&p);
		y = number(&p);
		assert_int_equal(*p++, 'h');
		w = number(&p);
		assert_int_equal(strncmp(p, "v1h-", 4), 0);
		p += 4;
		assert_int_equal(number(&p), w);
		assert_int_equal(*p, 'z');
		assert_true(x >= 4 && w >= 1 && x + w <= SIDE - 4);
		assert_true(y >= 4 && y < SIDE - 4);
		for (; w > 0; w--, dark++)
			modules[y][x + w - 1] = true;
	}
	assert_string_equal(p, "\"/></svg>\n");
	return dark;
}

static void
test_svg(void **state)
{
	static const char *const finder[] = { "#######", "#.....#", "#.###.#",
		"#.###.#", "#.###.#", "#.....#", "#######" };
	bool modules[SIDE][SIDE] = { { false } };
	const char *svg;

	(void)state;
	assert_int_equal(qr_svg(a, "abc", "支付<二维码>", &svg), E_OK);
	assert_non_null(strstr(svg, "viewBox=\"0 0 29 29\""));
	assert_non_null(strstr(svg, "role=\"img\""));
	assert_non_null(strstr(svg, "<title>支付&lt;二维码&gt;</title>"));
	assert_in_range(draw(svg, modules), 150, 300);
	for (int y = 0; y < 7; y++)
		for (int x = 0; x < 7; x++) {
			bool dark = finder[y][x] == '#';

			assert_int_equal(modules[4 + y][4 + x], dark);
			assert_int_equal(modules[4 + y][24 - x], dark);
			assert_int_equal(modules[24 - y][4 + x], dark);
		}
}

static void
test_modules(void **state)
{
	bool modules[SIDE][SIDE] = { { false } };
	const char *svg;
	struct qr qr;

	(void)state;
	assert_int_equal(qr_svg(a, "abc", "", &svg), E_OK);
	draw(svg, modules);
	assert_int_equal(qr_encode(a, "abc", &qr), E_OK);
	assert_int_equal(qr.side + 2 * QR_QUIET, SIDE);
	for (int y = 0; y < qr.side; y++)
		for (int x = 0; x < qr.side; x++)
			assert_int_equal(qr_is_dark(&qr, x, y),
			    modules[QR_QUIET + y][QR_QUIET + x]);
}

static void
test_bounds(void **state)
{
	char text[QR_TEXT + 2] = "";
	const char *svg;

	(void)state;
	assert_int_equal(qr_svg(a, "", "t", &svg), E_INTERNAL);
	memset(text, 'x', QR_TEXT);
	assert_int_equal(qr_svg(a, text, "t", &svg), E_OK);
	text[QR_TEXT] = 'x';
	assert_int_equal(qr_svg(a, text, "t", &svg), E_INTERNAL);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(test_svg),
		TEST(test_modules),
		TEST(test_bounds),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
