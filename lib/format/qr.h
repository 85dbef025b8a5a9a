#pragma once
/* QR codes over libqrencode, as SVG or module by module. */
#include <stdbool.h>

#include "base/err.h"

struct arena;

enum {
	QR_TEXT = 512,
	QR_QUIET = 4 /* modules of white that belong around it */
};

struct qr {
	int side;		      /* modules, without the quiet zone */
	const unsigned char *modules; /* row by row, in the arena */
};

/* The code of text (1 to QR_TEXT bytes); E_INTERNAL when it does not fit. */
MUST_USE enum err qr_encode(struct arena *a, const char *text, struct qr *qr);

/* Whether the module in column x of row y, from 0, is dark. */
bool qr_is_dark(const struct qr *qr, int x, int y);

/*
 * text (1 to QR_TEXT bytes) as an SVG document of one path on white, with the
 * quiet zone around it, one unit a module; title says what it is to those who
 * do not see it. E_INTERNAL when it does not fit.
 */
MUST_USE enum err qr_svg(
    struct arena *a, const char *text, const char *title, const char **svg);
