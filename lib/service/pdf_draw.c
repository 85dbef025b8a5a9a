#include "service/pdf_draw.h"

#include "base/err.h"
#include "service/late.h"

struct pdf_draw_libs libs;

/* What is listed need not be there. */
const char *const pdf_draw_reads[] = { "/usr/share/fonts",
	"/usr/local/share/fonts", "/usr/share/poppler", "/usr/share/fontconfig",
	"/usr/share/ghostscript", NULL };

bool
pdf_draw_load(void)
{
	static const char *const names[] = {
#define LATE(name) #name,
#include "service/pdf_draw.def"
#undef LATE
	};

	return late_load(
		   LATE_TEXT(SONAME_POPPLER), names, COUNT(names), &libs) &&
	       libs.FcInit();
}

PopplerDocument *
pdf_draw_open(const void *p, size_t n)
{
	GBytes *bytes = libs.g_bytes_new_static(p, n);
	PopplerDocument *document =
	    libs.poppler_document_new_from_bytes(bytes, NULL, NULL);

	libs.g_bytes_unref(bytes);
	return document;
}

cairo_surface_t *
pdf_draw_page(PopplerPage *page, double scale, int most)
{
	double width, height;
	cairo_surface_t *surface;
	cairo_t *cr;

	libs.poppler_page_get_size(page, &width, &height);
	width *= scale;
	height *= scale;
	if (!(width >= 1 && width <= most && height >= 1 && height <= most))
		return NULL;
	surface = libs.cairo_image_surface_create(
	    CAIRO_FORMAT_RGB24, (int)width, (int)height);
	cr = libs.cairo_create(surface);
	libs.cairo_set_source_rgb(cr, 1, 1, 1);
	libs.cairo_paint(cr);
	libs.cairo_scale(cr, scale, scale);
	libs.poppler_page_render(page, cr);
	libs.cairo_destroy(cr);
	libs.cairo_surface_flush(surface);
	return surface;
}
