#pragma once
/* QR codes as SVG, over libqrencode. */
#include "base/err.h"

struct arena;

enum { QR_TEXT = 512 };

/*
 * text (1 to QR_TEXT bytes) as an SVG document of one path on white, with the
 * quiet zone around it, one unit a module; title says what it is to those who
 * do not see it. E_INTERNAL when it does not fit.
 */
MUST_USE enum err qr_svg(
    struct arena *a, const char *text, const char *title, const char **svg);
