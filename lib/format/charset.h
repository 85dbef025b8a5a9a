#pragma once
/* Text as spreadsheets in China save it: UTF-8, or GB18030. */
#include <stddef.h>

#include "base/err.h"

struct arena;

/*
 * Makes the converter ready, before a wall stands around the process (the C
 * library loads it from a file). Without it only UTF-8 is understood.
 */
void charset_open(void);

/*
 * n bytes as UTF-8, without the byte order mark; NULL when they are neither
 * UTF-8 nor GB18030 throughout, or hold a NUL.
 */
const char *charset_utf8(struct arena *a, const char *p, size_t n);
