#include "format/qr.h"

#include <errno.h>
#include <qrencode.h>
#include <string.h>

#include "base/buf.h"
#include "format/html.h"

enum { QUIET = 4, SVG_MAX = 256 * 1024 };

/* The dark modules of one row, a rectangle for each run of them. */
static void
put_row(struct buf *out, const QRcode *qr, int y)
{
	const unsigned char *row = qr->data + (size_t)y * (size_t)qr->width;
	int x = 0, from;

	while (x < qr->width) {
		if ((row[x] & 1) == 0) {
			x++;
			continue;
		}
		for (from = x; x < qr->width && (row[x] & 1) != 0;)
			x++;
		buf_printf(out, "M%d %dh%dv1h-%dz", from + QUIET, y + QUIET,
		    x - from, x - from);
	}
}

enum err
qr_svg(struct arena *a, const char *text, const char *title, const char **svg)
{
	struct buf out;
	QRcode *qr;
	int side;

	if (strlen(text) > QR_TEXT)
		return FAIL(E_INTERNAL, "qr: over %d bytes", QR_TEXT);
	qr = QRcode_encodeString8bit(text, 0, QR_ECLEVEL_M);
	if (qr == NULL)
		return FAIL(E_INTERNAL, "qr: %s", strerror(errno));
	side = qr->width + 2 * QUIET;
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
	for (int y = 0; y < qr->width; y++)
		put_row(&out, qr, y);
	buf_puts(&out, "\"/></svg>\n");
	QRcode_free(qr);
	if ((*svg = buf_str(&out)) == NULL)
		return FAIL(E_INTERNAL, "qr: SVG over %d bytes", SVG_MAX);
	return E_OK;
}
