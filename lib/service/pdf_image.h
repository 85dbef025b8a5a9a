#pragma once
/*
 * Pages of a stored PDF as pictures, drawn by poppler in a jail. poppler's C
 * interface needs no C++ here and draws with cairo, as our own PDFs do.
 */
#include <stddef.h>
#include <stdint.h>

#include "base/err.h"

struct arena;

/* Whether pages can be drawn here: poppler is there, and a jail. E_JAIL. */
MUST_USE enum err pdf_image_open(int64_t seconds);

/*
 * Page n (from 1) as a PNG, `width` pixels wide and at most twice as high,
 * for at most so many seconds; the bytes live until the arena's reset.
 * E_NOT_FOUND: no such page. E_PDF_COMPLEX: it cannot be drawn.
 */
MUST_USE enum err pdf_image_page(struct arena *a, const void *p, size_t n,
    int page, int width, int64_t seconds, const char **png, size_t *png_n);
