#pragma once
/*
 * Time: microseconds since 1970 in UTC, as int64_t. Days are those of
 * Asia/Shanghai, which is UTC+8 with no summer time (tzdata, since 1991).
 * Only what has a year of four digits, 1000 to 9999, is read, as MariaDB does.
 */
#include <stdbool.h>
#include <stdint.h>

enum { CLOCK_TEXT = 40 };

#define CLOCK_SECOND   INT64_C(1000000)
#define CLOCK_DAY      (INT64_C(86400) * CLOCK_SECOND)
#define CLOCK_SHANGHAI (INT64_C(8) * 3600 * CLOCK_SECOND) /* before UTC */
/* Of the year 9999: where a time ends that has no end. */
#define CLOCK_LAST INT64_C(253402300799999999)

/* Now, in microseconds since 1970. */
int64_t clock_now(void);

/* A clock that never steps, in microseconds, to measure spans with. */
int64_t clock_span(void);

/* Waits, whatever signals come. */
void clock_pause(int64_t ms);

/* How long until the next try of what has failed so many times: first, and
 * twice as long each time, up to most. In any unit. */
int64_t clock_back_off(int64_t first, int64_t most, int64_t failures);

/* RFC 3339 with milliseconds and Z; out has CLOCK_TEXT bytes; returns out. */
const char *clock_utc(char *out, int64_t us);

/* RFC 3339 in whole seconds with +08:00, as people and providers read it. */
const char *clock_shanghai(char *out, int64_t us);

/* "2026-11-24", the day in Shanghai; out has CLOCK_TEXT bytes. */
const char *clock_day(char *out, int64_t us);

/* The start of a Shanghai day "YYYY-MM-DD"; false when it is no real date. */
bool clock_parse_day(const char *day, int64_t *us);

/* RFC 3339 with any offset, to the microsecond; false when malformed. */
bool clock_parse(const char *text, int64_t *us);

/* "2026-11-29 15:30:08", as clocks in China show it; false when malformed. */
bool clock_parse_china(const char *text, int64_t *us);
