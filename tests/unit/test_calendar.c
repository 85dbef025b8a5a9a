/* Calendar files, line by line. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <string.h>

#include "base/arena.h"
#include "base/buf.h"
#include "base/clock.h"
#include "format/calendar.h"

static const int alarms[] = { 30, 7, 0 };

static const char *
file(struct arena *a, const char *summary, const char *description)
{
	struct buf b;

	buf_init(&b, a, 65536);
	calendar_begin(&b, "CA 锁");
	calendar_event(
	    &b, &(struct calendar_event){ "1@x", 3, "2026-12-19",
		    1795965408 * CLOCK_SECOND, summary, description, alarms });
	calendar_end(&b);
	return buf_str(&b);
}

static void
an_event_as_it_stands(void **state)
{
	struct arena *a = arena_new(1 << 20);

	(void)state;
	assert_string_equal(file(a, "到期", "a"),
	    "BEGIN:VCALENDAR\r\nVERSION:2.0\r\n"
	    "PRODID:-//calock//CA locks//ZH\r\nCALSCALE:GREGORIAN\r\n"
	    "METHOD:PUBLISH\r\nX-WR-CALNAME:CA 锁\r\nBEGIN:VEVENT\r\n"
	    "UID:1@x\r\nSEQUENCE:3\r\nDTSTAMP:20261129T151648Z\r\n"
	    "DTSTART;VALUE=DATE:20261219\r\nTRANSP:TRANSPARENT\r\n"
	    "SUMMARY:到期\r\nDESCRIPTION:a\r\n"
	    "BEGIN:VALARM\r\nACTION:DISPLAY\r\nTRIGGER:-P29DT15H\r\n"
	    "DESCRIPTION:到期\r\nEND:VALARM\r\n"
	    "BEGIN:VALARM\r\nACTION:DISPLAY\r\nTRIGGER:-P6DT15H\r\n"
	    "DESCRIPTION:到期\r\nEND:VALARM\r\n"
	    "END:VEVENT\r\nEND:VCALENDAR\r\n");
	arena_free(a);
}

static void
text_is_escaped(void **state)
{
	struct arena *a = arena_new(1 << 20);

	(void)state;
	assert_non_null(strstr(
	    file(a, "a,b;c\\d\ne", "x"), "SUMMARY:a\\,b\\;c\\\\d\\ne\r\n"));
	arena_free(a);
}

/* No line is over 75 bytes, none is cut within a character or an escape, and
 * put together again it is what it was. */
static void
long_lines_are_folded(void **state)
{
	static const char text[] =
	    "衢州市公共资源交易中心,CA锁到期后不能参加开标;"
	    "请提前办理续期,办理续期,办理续期,办理续期";
	char whole[512] = "", *to = whole;
	struct arena *a = arena_new(1 << 20);
	const char *p = strstr(file(a, "x", text), "DESCRIPTION:衢");

	(void)state;
	assert_non_null(p);
	p += strlen("DESCRIPTION:");
	for (size_t n = strlen("DESCRIPTION:");; n++, p++) {
		assert_true(n <= 75);
		if (strncmp(p, "\r\n ", 3) == 0) {
			assert_int_not_equal((unsigned char)p[3] & 0xc0, 0x80);
			n = 0;
			p += 2;
		} else if (*p == '\r') {
			break;
		} else if (*p != '\\') {
			*to++ = *p;
		}
	}
	assert_string_equal(whole, text);
	arena_free(a);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(an_event_as_it_stands),
		cmocka_unit_test(text_is_escaped),
		cmocka_unit_test(long_lines_are_folded),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
