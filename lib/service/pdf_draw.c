#include "service/pdf_draw.h"

/* What is listed need not be there. */
const char *const pdf_draw_reads[] = { "/usr/share/fonts",
	"/usr/local/share/fonts", "/usr/share/poppler", "/usr/share/fontconfig",
	"/usr/share/ghostscript", NULL };

PopplerDocument *
pdf_draw_open(const void *p, size_t n)
{
	GBytes *bytes = g_bytes_new_static(p, n);
	PopplerDocument *document =
	    poppler_document_new_from_bytes(bytes, NULL, NULL);

	g_bytes_unref(bytes);
	return document;
}

cairo_surface_t *
pdf_draw_page(PopplerPage *page, double scale, int most)
{
	double width, height;
	cairo_surface_t *surface;
	cairo_t *cr;

	poppler_page_get_size(page, &width, &height);
	width *= scale;
	height *= scale;
	if (!(width >= 1 && width <= most && height >= 1 && height <= most))
		return NULL;
	surface = cairo_image_surface_create(
	    CAIRO_FORMAT_RGB24, (int)width, (int)height);
	cr = cairo_create(surface);
	cairo_set_source_rgb(cr, 1, 1, 1);
	cairo_paint(cr);
	cairo_scale(cr, scale, scale);
	poppler_page_render(page, cr);
	cairo_destroy(cr);
	cairo_surface_flush(surface);
	return surface;
}
