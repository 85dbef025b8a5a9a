#include "base/err.h"

#include <stdarg.h>
#include <stdio.h>

enum level { INFO, ERROR };

static const struct err_row rows[E__N] = {
#define ERR(name, status, level, code, title, advice)                          \
	[E_##name] = { #name, status, level == ERROR, code, title, advice },
#include "base/err.def"
#undef ERR
};

static struct fault last;

const struct err_row *
err_row(enum err e)
{
	return &rows[e];
}

const struct fault *
err_fault(void)
{
	return &last;
}

void
err_clear(void)
{
	last = (struct fault){ 0 };
}

enum err
err_set(enum err e, const char *file, int line, const char *fmt, ...)
{
	va_list ap;

	last.err = e;
	last.file = file;
	last.line = line;
	va_start(ap, fmt);
	vsnprintf(last.cause, sizeof(last.cause), fmt, ap);
	va_end(ap);
	return e;
}

enum err
err_again(const struct fault *f)
{
	return err_set(f->err, f->file, f->line, "%s", f->cause);
}
