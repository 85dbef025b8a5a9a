#pragma once
/* Whether bytes are a PDF: what can be told without parsing them. */
#include <stdbool.h>
#include <stddef.h>

#include "base/err.h"

/* What pdf_head_check wants to see at the most; more changes nothing. */
enum { PDF_HEAD = 65536 };

/* Whether they begin with %PDF-, at byte 0. */
bool pdf_head_is(const void *p, size_t n);

/* Loads libmagic's database; again in the same process is nothing.
 * E_INTERNAL. */
MUST_USE enum err pdf_head_open(void);

/*
 * The first n bytes of a file: pdf_head_is, and libmagic's verdict
 * application/pdf. E_EMPTY_FILE, E_NOT_PDF. Never trusts a name or type.
 */
MUST_USE enum err pdf_head_check(const void *p, size_t n);
