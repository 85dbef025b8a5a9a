#include "format/calendar.h"

#include <string.h>

#include "base/buf.h"
#include "base/clock.h"

enum { LINE = 75, DAY = 10, TIME = 8, HOURS = 24, MORNING = 9 };

static bool
continues(char c)
{
	return ((unsigned char)c & 0xc0) == 0x80;
}

/* Adds a character to a line that has *n bytes, on a further one if need be. */
static void
add(struct buf *b, size_t *n, const char *p, size_t width)
{
	if (*n + width > LINE) {
		buf_puts(b, "\r\n ");
		*n = 1;
	}
	buf_add(b, p, width);
	*n += width;
}

/* NAME:value, the value as text. */
static void
line(struct buf *b, const char *name, const char *value)
{
	size_t n = strlen(name) + 1;

	buf_printf(b, "%s:", name);
	for (const char *p = value; *p != '\0';) {
		size_t width = 1;

		while (continues(p[width]))
			width++;
		if (*p == '\n')
			add(b, &n, "\\n", 2);
		else if (strchr("\\;,", *p) != NULL)
			add(b, &n, (char[]){ '\\', *p }, 2);
		else
			add(b, &n, p, width);
		p += width;
	}
	buf_puts(b, "\r\n");
}

/* Digits alone: "20261219", "083000". */
static void
digits(struct buf *b, const char *text, size_t n)
{
	for (size_t i = 0; i < n; i++)
		if (text[i] >= '0' && text[i] <= '9')
			buf_putc(b, text[i]);
}

void
calendar_begin(struct buf *b, const char *name)
{
	buf_puts(b, "BEGIN:VCALENDAR\r\nVERSION:2.0\r\n");
	line(b, "PRODID", "-//calock//CA locks//ZH");
	buf_puts(b, "CALSCALE:GREGORIAN\r\nMETHOD:PUBLISH\r\n");
	line(b, "X-WR-CALNAME", name);
}

/* A whole day begins at midnight: nobody is to be woken by it. */
static void
alarm(struct buf *b, int days, const char *summary)
{
	buf_puts(b, "BEGIN:VALARM\r\nACTION:DISPLAY\r\n");
	buf_printf(b, "TRIGGER:-P%dDT%dH\r\n", days - 1, HOURS - MORNING);
	line(b, "DESCRIPTION", summary);
	buf_puts(b, "END:VALARM\r\n");
}

void
calendar_event(struct buf *b, const struct calendar_event *event)
{
	char stamp[CLOCK_TEXT];

	clock_utc(stamp, event->stamp);
	buf_puts(b, "BEGIN:VEVENT\r\n");
	line(b, "UID", event->uid);
	buf_printf(b, "SEQUENCE:%lld\r\nDTSTAMP:", (long long)event->version);
	digits(b, stamp, DAY);
	buf_putc(b, 'T');
	digits(b, stamp + DAY + 1, TIME);
	buf_puts(b, "Z\r\nDTSTART;VALUE=DATE:");
	digits(b, event->day, DAY);
	buf_puts(b, "\r\nTRANSP:TRANSPARENT\r\n");
	line(b, "SUMMARY", event->summary);
	line(b, "DESCRIPTION", event->description);
	for (const int *days = event->alarms; *days != 0; days++)
		alarm(b, *days, event->summary);
	buf_puts(b, "END:VEVENT\r\n");
}

void
calendar_end(struct buf *b)
{
	buf_puts(b, "END:VCALENDAR\r\n");
}
