#pragma once
/*
 * What only warns, found out after the upload: scans that are too coarse,
 * pages with nothing on them, and what a QR code says. By poppler and zbar, in
 * a jail, as many pages at a time as a few seconds allow.
 */
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/err.h"

enum {
	PDF_INSPECT_PAGES = 64, /* at once, at the most */
	PDF_INSPECT_CODE = 40
};

struct pdf_page_facts {
	bool is_blank;	/* as good as nothing on it */
	bool is_coarse; /* a scan under 200 dpi */
};

struct pdf_inspection {
	int32_t from; /* the first page that was looked at, from 1 */
	int32_t n;    /* how many from there on */
	bool is_end;  /* the last page was among them */
	struct pdf_page_facts page[PDF_INSPECT_PAGES];
	char code[PDF_INSPECT_CODE]; /* the first QR code; "" for none */
};

/* Whether it can be done here, with poppler, zbar and a jail. E_JAIL. */
MUST_USE enum err pdf_inspect_open(int64_t seconds);

/*
 * Looks at pages from `from` on, for at most `seconds` of computing;
 * wants_code: reads QR codes too. E_PDF_COMPLEX when not even one page could
 * be looked at in that time, or the file cannot be read.
 */
MUST_USE enum err pdf_inspect(const void *p, size_t n, int from,
    bool wants_code, int64_t seconds, struct pdf_inspection *out);
