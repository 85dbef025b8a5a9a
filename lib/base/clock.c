#include "base/clock.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <time.h>

/* 1000-01-01T00:00:00Z, and the year 10000 in Shanghai. */
#define FIRST (INT64_C(-30610224000) * CLOCK_SECOND)
#define END   (INT64_C(253402300800) * CLOCK_SECOND - CLOCK_SHANGHAI)

static int64_t
read_clock(clockid_t id)
{
	struct timespec ts;

	clock_gettime(id, &ts);
	return (int64_t)ts.tv_sec * CLOCK_SECOND + ts.tv_nsec / 1000;
}

int64_t
clock_now(void)
{
	return read_clock(CLOCK_REALTIME);
}

int64_t
clock_span(void)
{
	return read_clock(CLOCK_MONOTONIC);
}

void
clock_pause(int64_t ms)
{
	struct timespec t = { ms / 1000, ms % 1000 * 1000000 };

	while (nanosleep(&t, &t) != 0 && errno == EINTR)
		continue;
}

int64_t
clock_back_off(int64_t first, int64_t most, int64_t failures)
{
	int64_t wait = first;

	for (int64_t i = 0; i < failures && wait < most; i++)
		wait *= 2;
	return wait < most ? wait : most;
}

static struct tm
broken(int64_t us)
{
	time_t s = (time_t)(us / CLOCK_SECOND - (us % CLOCK_SECOND < 0));
	struct tm tm;

	gmtime_r(&s, &tm);
	return tm;
}

const char *
clock_utc(char *out, int64_t us)
{
	struct tm tm = broken(us);
	size_t n = strftime(out, CLOCK_TEXT, "%Y-%m-%dT%H:%M:%S", &tm);
	int64_t ms = (us % CLOCK_SECOND + CLOCK_SECOND) % CLOCK_SECOND / 1000;

	snprintf(out + n, CLOCK_TEXT - n, ".%03dZ", (int)ms);
	return out;
}

const char *
clock_shanghai(char *out, int64_t us)
{
	struct tm tm = broken(us + CLOCK_SHANGHAI);

	strftime(out, CLOCK_TEXT, "%Y-%m-%dT%H:%M:%S+08:00", &tm);
	return out;
}

const char *
clock_day(char *out, int64_t us)
{
	struct tm tm = broken(us + CLOCK_SHANGHAI);

	strftime(out, CLOCK_TEXT, "%Y-%m-%d", &tm);
	return out;
}

/* Digits of fixed width at *p, then the separator; moves *p past both. */
static bool
digits(const char **p, int width, char sep, int *out)
{
	int v = 0;

	for (int i = 0; i < width; i++, (*p)++) {
		if (**p < '0' || **p > '9')
			return false;
		v = v * 10 + (**p - '0');
	}
	*out = v;
	if (sep == '\0')
		return true;
	return *(*p)++ == sep;
}

/* Seconds of a date and time, or false when the calendar has no such day. */
static bool
to_seconds(struct tm tm, int64_t *s)
{
	struct tm back = tm; /* timegm carries 30 February over in place */

	*s = timegm(&back);
	return back.tm_mday == tm.tm_mday && back.tm_mon == tm.tm_mon &&
	       back.tm_hour == tm.tm_hour && back.tm_min == tm.tm_min;
}

static bool
date(const char **p, char sep, struct tm *tm)
{
	if (!digits(p, 4, '-', &tm->tm_year) ||
	    !digits(p, 2, '-', &tm->tm_mon) || !digits(p, 2, sep, &tm->tm_mday))
		return false;
	tm->tm_year -= 1900;
	tm->tm_mon -= 1;
	return true;
}

/* The time, when its year has four digits in UTC and in Shanghai. */
static bool
give(int64_t value, int64_t *us)
{
	if (value < FIRST || value >= END)
		return false;
	*us = value;
	return true;
}

bool
clock_parse_day(const char *day, int64_t *us)
{
	struct tm tm = { 0 };
	int64_t s;

	if (!date(&day, '\0', &tm) || *day != '\0' || !to_seconds(tm, &s))
		return false;
	return give(s * CLOCK_SECOND - CLOCK_SHANGHAI, us);
}

/* ".123456" of any length, in microseconds; nothing is zero. */
static int64_t
fraction(const char **p)
{
	int64_t us = 0, unit = CLOCK_SECOND / 10;

	if (**p != '.')
		return 0;
	for ((*p)++; **p >= '0' && **p <= '9'; (*p)++, unit /= 10)
		us += (**p - '0') * unit;
	return us;
}

/* "Z" or "+08:00", in seconds. */
static bool
offset(const char **p, int64_t *s)
{
	int sign, h, m;

	*s = 0;
	if (**p == 'Z') {
		(*p)++;
		return true;
	}
	if (**p != '+' && **p != '-')
		return false;
	sign = *(*p)++ == '-' ? -1 : 1;
	if (!digits(p, 2, ':', &h) || !digits(p, 2, '\0', &m) || h > 23 ||
	    m > 59)
		return false;
	*s = sign * (h * 3600 + m * 60);
	return true;
}

bool
clock_parse(const char *p, int64_t *us)
{
	struct tm tm = { 0 };
	int64_t s, off, part;

	if (!date(&p, 'T', &tm) || !digits(&p, 2, ':', &tm.tm_hour) ||
	    !digits(&p, 2, ':', &tm.tm_min) ||
	    !digits(&p, 2, '\0', &tm.tm_sec) || tm.tm_sec > 59)
		return false;
	part = fraction(&p);
	if (!offset(&p, &off) || *p != '\0' || !to_seconds(tm, &s))
		return false;
	return give((s - off) * CLOCK_SECOND + part, us);
}

bool
clock_parse_china(const char *text, int64_t *us)
{
	char iso[CLOCK_TEXT];

	if (strlen(text) != 19 || text[10] != ' ')
		return false;
	memcpy(iso, text, 19);
	iso[10] = 'T';
	memcpy(iso + 19, "+08:00", sizeof("+08:00"));
	return clock_parse(iso, us);
}
