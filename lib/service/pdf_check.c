#include "service/pdf_check.h"

#include <stdio.h>
#include <string.h>

#include "base/fd.h"
#include "service/jail.h"
#include "service/pdf_head.h"
#include "service/pdf_private.h"

enum { MEMORY = 256 << 20 };

static const struct pdf_reason_row rows[] = {
	[PDF_GOOD] = { E_OK, "", "" },
#define REASON(name, error, code, message)                                     \
	[PDF_##name] = { E_##error, code, message },
#include "service/pdf_check.def"
#undef REASON
};

const struct pdf_reason_row *
pdf_reason_row(enum pdf_reason reason)
{
	return &rows[reason];
}

static struct jail
jail_for(int64_t seconds)
{
	return (struct jail){ .seconds = seconds, .memory = MEMORY };
}

enum err
pdf_check_open(int64_t seconds)
{
	const struct jail jail = jail_for(seconds);

	TRY(pdf_head_open());
	return jail_try(&jail);
}

enum pdf_reason
pdf_refuse(struct pdf_verdict *v, enum pdf_reason reason, const char *what)
{
	v->reason = reason;
	snprintf(v->what, sizeof(v->what), "%s", what);
	return reason;
}

static enum err
error_of(const struct pdf_verdict *v)
{
	const struct pdf_reason_row *row = pdf_reason_row(v->reason);

	if (v->reason == PDF_GOOD)
		return E_OK;
	err_set(row->err, __FILE__, __LINE__, "%s: %s", row->code, v->what);
	return row->err;
}

enum err
pdf_check_begin(const void *p, size_t n, struct pdf_verdict *out)
{
	*out = (struct pdf_verdict){ 0 };
	if (n == 0)
		return FAIL(E_EMPTY_FILE, "no bytes");
	if (!pdf_head_is(p, n))
		pdf_refuse(out, PDF_NO_HEADER, "the first bytes");
	return error_of(out);
}

void
pdf_examine(const void *p, size_t n, const struct pdf_limits *limits,
    struct pdf_verdict *out)
{
	*out = (struct pdf_verdict){ 0 };
	if (pdf_bytes_check(p, n, out) != PDF_GOOD)
		return;
	if (pdf_head_check(p, n) != E_OK)
		pdf_refuse(out, PDF_NOT_PDF_TYPE, "libmagic");
	else
		pdf_parse_check(p, n, limits, out);
}

struct question {
	const void *p;
	size_t n;
	const struct pdf_limits *limits;
};

static bool
examine_jailed(void *arg, int out)
{
	const struct question *q = arg;
	struct pdf_verdict verdict;

	pdf_examine(q->p, q->n, q->limits, &verdict);
	return fd_write_all(out, &verdict, sizeof(verdict));
}

/* Who was jailed is not to be trusted with the form of the answer either. */
static bool
is_sound(struct pdf_verdict *v, size_t n, const struct pdf_limits *limits)
{
	if (n != sizeof(*v) || (unsigned)v->reason >= PDF_REASON__N ||
	    memchr(v->what, '\0', sizeof(v->what)) == NULL)
		return false;
	return v->reason != PDF_GOOD ||
	       (v->pages >= 1 && v->pages <= limits->pages);
}

enum err
pdf_check(const void *p, size_t n, const struct pdf_limits *limits,
    struct pdf_verdict *out)
{
	static const char *const ends[] = { [JAIL_DONE] = "no answer",
		[JAIL_GAVE_UP] = "gave up",
		[JAIL_KILLED] = "killed",
		[JAIL_TIMED_OUT] = "timed out" };
	const struct jail jail = jail_for(limits->seconds);
	struct question q = { p, n, limits };
	enum jail_end end;
	size_t got;

	TRY(jail_run(&jail, examine_jailed, &q, out, sizeof(*out), &got, &end));
	if (end != JAIL_DONE || !is_sound(out, got, limits)) {
		*out = (struct pdf_verdict){ 0 };
		pdf_refuse(out, PDF_TOO_COMPLEX, ends[end]);
	}
	return error_of(out);
}
