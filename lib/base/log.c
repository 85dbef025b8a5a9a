#include "base/log.h"

#include <stdarg.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "base/clock.h"
#include "base/err.h"

static const char *prog = "calock";
static char request[65];

void
log_open(const char *program)
{
	prog = program;
}

void
log_request(const char *rid)
{
	snprintf(request, sizeof(request), "%s", rid != NULL ? rid : "");
}

const char *
log_quote(char *out, unsigned long n, const char *s)
{
	static const char hex[] = "0123456789abcdef";
	size_t o = 0;

	out[o++] = '"';
	for (; *s != '\0' && o + 6 < n; s++) {
		unsigned char c = (unsigned char)*s;

		if (c == '"' || c == '\\') {
			out[o++] = '\\';
			out[o++] = (char)c;
		} else if (c < 0x20 || c == 0x7f) {
			out[o++] = '\\';
			out[o++] = 'x';
			out[o++] = hex[c >> 4];
			out[o++] = hex[c & 15];
		} else {
			out[o++] = (char)c;
		}
	}
	out[o++] = '"';
	out[o] = '\0';
	return out;
}

/* The last wall: no control byte of whatever was formatted gets through. */
static void
defuse(char *s)
{
	for (; *s != '\0'; s++)
		if ((unsigned char)*s < 0x20 || *s == 0x7f)
			*s = '?';
}

void
log_line(enum log_level level, const char *event, const char *fmt, ...)
{
	static const char *const names[] = { "info", "warn", "error" };
	char t[CLOCK_TEXT], line[2048];
	size_t n;
	va_list ap;

	n = (size_t)snprintf(line, sizeof(line),
	    "t=%s lvl=%s prog=%s%s%s ev=%s ", clock_utc(t, clock_now()),
	    names[level], prog, request[0] != '\0' ? " rid=" : "", request,
	    event);
	va_start(ap, fmt);
	vsnprintf(line + n, sizeof(line) - n - 1, fmt, ap);
	va_end(ap);
	defuse(line);
	n = strlen(line);
	line[n++] = '\n';
	/* A log that cannot be written must not stop the service. */
	(void)!write(STDERR_FILENO, line, n);
}

void
log_fault(
    enum log_level level, const char *event, const char *key, const char *value)
{
	const struct fault *f = err_fault();
	char about[128] = "", cause[256];

	if (key != NULL)
		snprintf(about, sizeof(about), "%s=%s ", key, value);
	log_line(level, event, "%serr=%s at=%s:%d cause=%s", about,
	    f->err != E_OK ? err_row(f->err)->name : "-",
	    f->err != E_OK ? f->file : "-", f->line,
	    log_quote(cause, sizeof(cause), f->cause));
}
