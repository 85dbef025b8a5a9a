#pragma once
/*
 * One logfmt line an event, to standard error, whole or not at all. Control
 * bytes are escaped, so that a line cannot be forged. Never names, numbers of
 * people, tokens or keys.
 */
enum log_level { LOG_INFO, LOG_WARN, LOG_ERROR };

/* Names the program for every later line; the string must stay. */
void log_open(const char *program);

/* The request id that later lines carry; NULL for none. Copied. */
void log_request(const char *rid);

/*
 * t=… lvl=… prog=… rid=… ev=EVENT and then the formatted rest, which is in
 * logfmt itself; values that may hold blanks or foreign text go through
 * log_quote.
 */
void log_line(enum log_level level, const char *event, const char *fmt, ...)
    __attribute__((format(printf, 3, 4)));

/*
 * log_line of the last failure (base/err.h): KEY=VALUE of what it was about,
 * or NULLs for nothing, then err=NAME at=FILE:LINE cause="…".
 */
void log_fault(enum log_level level, const char *event, const char *key,
    const char *value);

/*
 * s as a quoted logfmt value, quotes, backslashes and control bytes escaped,
 * cut to fit; out is returned. n is the size of out, at least 8.
 */
const char *log_quote(char *out, unsigned long n, const char *s);
