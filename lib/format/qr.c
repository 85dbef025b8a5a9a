#include "format/qr.h"

#include <errno.h>
#include <qrencode.h>
#include <string.h>

#include "base/arena.h"
#include "base/buf.h"
#include "format/html.h"

enum { SVG_MAX = 256 * 1024 };

enum err
qr_encode(struct arena *a, const char *text, struct qr *qr)
{
	size_t n;
	QRcode *code;

	if (strlen(text) > QR_TEXT)
		return FAIL(E_INTERNAL, "qr: over %d bytes", QR_TEXT);
	code = QRcode_encodeString8bit(text, 0, QR_ECLEVEL_M);
	if (code == NULL)
		return FAIL(E_INTERNAL, "qr: %s", strerror(errno));
	n = (size_t)code->width * (size_t)code->width;
	qr->side = code->width;
	qr->modules = memcpy(arena_alloc(a, n), code->data, n);
	QRcode_free(code);
	return E_OK;
}

bool
qr_is_dark(const struct qr *qr, int x, int y)
{
	return (qr->modules[y * qr->side + x] & 1) != 0;
}

/* The dark modules of one row, a rectangle for each run of them. */
static void
put_row(struct buf *out, const struct qr *qr, int y)
{
	int x = 0, from;

	while (x < qr->side) {
		if (!qr_is_dark(qr, x, y)) {
			x++;
			continue;
		}
		for (from = x; x < qr->side && qr_is_dark(qr, x, y);)
			x++;
		buf_printf(out, "M%d %dh%dv1h-%dz", from + QR_QUIET,
		    y + QR_QUIET, x - from, x - from);
	}
}

enum err
qr_svg(struct arena *a, const char *text, const char *title, const char **svg)
{
	struct buf out;
	struct qr qr;
	int side;

	TRY(qr_encode(a, text, &qr));
	side = qr.side + 2 * QR_QUIET;
	buf_init(&out, a, SVG_MAX);
	buf_printf(&out,
	    "<svg xmlns=\"http://www.w3.org/2000/svg\" viewBox=\"0 0 %d %d\" "
	    "shape-rendering=\"crispEdges\" role=\"img\"><title>",
	    side, side);
	html_escape(&out, title);
	buf_printf(&out,
	    "</title><rect width=\"%d\" height=\"%d\" fill=\"#fff\"/>"
	    "<path d=\"",
	    side, side);
	for (int y = 0; y < qr.side; y++)
		put_row(&out, &qr, y);
	buf_puts(&out, "\"/></svg>\n");
	if ((*svg = buf_str(&out)) == NULL)
		return FAIL(E_INTERNAL, "qr: SVG over %d bytes", SVG_MAX);
	return E_OK;
}
