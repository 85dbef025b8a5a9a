#pragma once
/* What the parts of the PDF check share: pdf_check.c, pdf_bytes.c,
 * pdf_parse.c and pdf_walk.c. */
#include "service/pdf_check.h"

/* Notes why a file is refused, and gives the reason on. */
enum pdf_reason pdf_refuse(
    struct pdf_verdict *v, enum pdf_reason reason, const char *what);

/* What the bytes tell without being parsed: both ends, and marks of other
 * formats. */
enum pdf_reason pdf_bytes_check(
    const char *p, size_t n, struct pdf_verdict *out);

/* Structure and content by libqpdf: what it finds, and the count of pages. */
void pdf_parse_check(const char *p, size_t n, const struct pdf_limits *limits,
    struct pdf_verdict *out);
