#pragma once
/*
 * Whether an uploaded file is a PDF that can be taken: whole, in the clear, of
 * a sane number of pages, and nothing but pages (no script, no attachment, no
 * action, no second file format in the same bytes). Cheap layers first; what
 * parses the bytes does so in a jail.
 */
#include <stddef.h>
#include <stdint.h>

#include "base/err.h"

/* pdf_check.def, in its order. */
enum pdf_reason {
	PDF_GOOD = 0,
#define REASON(name, error, code, message) PDF_##name,
#include "service/pdf_check.def"
#undef REASON
	PDF_REASON__N
};

struct pdf_reason_row {
	enum err err;
	const char *code;    /* stable, for programs */
	const char *message; /* Chinese: what is wrong, and what to do */
};

/* The row of a reason other than PDF_GOOD. */
const struct pdf_reason_row *pdf_reason_row(enum pdf_reason reason);

struct pdf_limits {
	int64_t pages, seconds;
};

/* What was found; `what` says more to the operator: a key, a message. */
struct pdf_verdict {
	enum pdf_reason reason;
	int32_t pages;
	char what[64];
};

/*
 * Loads what the check needs, once in each process: E_INTERNAL. E_JAIL: there
 * is no jail to be had here.
 */
MUST_USE enum err pdf_check_open(int64_t seconds);

/*
 * What the first bytes alone tell, before anything is stored: E_EMPTY_FILE,
 * E_NOT_PDF.
 */
MUST_USE enum err pdf_check_begin(
    const void *p, size_t n, struct pdf_verdict *out);

/*
 * The whole file, in a jail. Refused: the error of the reason's row, and the
 * reason in *out. E_JAIL when it could not be looked at.
 */
MUST_USE enum err pdf_check(const void *p, size_t n,
    const struct pdf_limits *limits, struct pdf_verdict *out);

/* The same in this very process: for what runs in the jail, and for fuzzing. */
void pdf_examine(const void *p, size_t n, const struct pdf_limits *limits,
    struct pdf_verdict *out);
