#include "service/pdf_inspect.h"

#include <math.h>
#include <stdio.h>
#include <string.h>
#include <zbar.h>

#include "base/clock.h"
#include "base/fd.h"
#include "service/jail.h"
#include "service/late.h"
#include "service/pdf_draw.h"

enum {
	DPI_LEAST = 196, /* 200, and what scanners round */
	INK_DPI = 50,	 /* to see whether there is anything */
	CODE_DPI = 200,	 /* to read a QR code */
	SIDE_MOST = 4000,
	IMAGES_MOST = 16,
	FAINT = 24, /* of 255, lighter than this is paper */
	WAITS = 25  /* seconds for the core, of the minute that a claim lasts */
};

/* Of a page's darkness: less than a short line of text. */
static const double INK_LEAST = 0.0002;

/* libzbar: zbar.image_create() is zbar_image_create(). */
static struct {
#define LATE(name) __typeof__(zbar_##name) *name;
#include "service/pdf_zbar.def"
#undef LATE
} zbar;

struct look {
	const void *p;
	size_t n;
	int from;
	bool wants_code;
	int64_t until; /* clock_span; no page is begun after it */
};

/* -- how fine a scan is -- */

/* Images that cover half of the page are a scan; its strips count together. */
static bool
is_coarse(PopplerPage *page)
{
	GList *images = libs.poppler_page_get_image_mapping(page);
	double width, height, covered = 0, pixels = 0, best = 0;
	int n = 0;

	libs.poppler_page_get_size(page, &width, &height);
	for (GList *i = images; i != NULL && n < IMAGES_MOST;
	     i = i->next, n++) {
		const PopplerImageMapping *m = i->data;
		double area =
		    fabs((m->area.x2 - m->area.x1) * (m->area.y2 - m->area.y1));
		cairo_surface_t *image =
		    libs.poppler_page_get_image(page, m->image_id);
		double count;

		if (image == NULL)
			continue;
		count = (double)libs.cairo_image_surface_get_width(image) *
			libs.cairo_image_surface_get_height(image);
		libs.cairo_surface_destroy(image);
		covered += area;
		pixels += count;
		if (area >= width * height / 2 && count / area > best)
			best = count / area;
	}
	libs.poppler_page_free_image_mapping(images);
	if (best == 0 && covered >= width * height / 2)
		best = pixels / covered;
	return best > 0 && sqrt(best) * 72 < DPI_LEAST;
}

/* -- what is to be seen -- */

/* A page in greys, one byte a pixel. */
struct picture {
	cairo_surface_t *surface;
	unsigned char *p;
	int width, height;
};

/* From RGB24; green weighs most in what people see. */
static unsigned char
grey_of(const unsigned char *pixel)
{
	uint32_t rgb;

	memcpy(&rgb, pixel, sizeof(rgb));
	return (unsigned char)(((rgb >> 16 & 255) * 77 +
				   (rgb >> 8 & 255) * 151 + (rgb & 255) * 28) >>
			       8);
}

/* In place: a grey pixel is never ahead of the one that it comes from. */
static bool
draw(PopplerPage *page, int dpi, struct picture *out)
{
	unsigned char *to;
	int stride;

	out->surface = pdf_draw_page(page, dpi / 72.0, SIDE_MOST);
	if (out->surface == NULL)
		return false;
	out->width = libs.cairo_image_surface_get_width(out->surface);
	out->height = libs.cairo_image_surface_get_height(out->surface);
	stride = libs.cairo_image_surface_get_stride(out->surface);
	to = out->p = libs.cairo_image_surface_get_data(out->surface);
	for (int y = 0; y < out->height; y++)
		for (int x = 0; x < out->width; x++)
			*to++ = grey_of(
			    out->p + (ptrdiff_t)y * stride + 4 * (ptrdiff_t)x);
	return true;
}

/* The most frequent of the light greys: that of the paper. */
static int
paper(const long count[256])
{
	int most = 255;

	for (int v = 254; v >= 128; v--)
		if (count[v] > count[most])
			most = v;
	return most;
}

/* The edges are left out: scanners leave shadows there. */
static bool
is_blank(const struct picture *g)
{
	int left = g->width / 20, top = g->height / 20;
	long count[256] = { 0 }, all = 0;
	double ink = 0;
	int base;

	for (int y = top; y < g->height - top; y++)
		for (int x = left; x < g->width - left; x++, all++)
			count[g->p[(ptrdiff_t)y * g->width + x]]++;
	base = paper(count);
	for (int v = 0; v < base - FAINT; v++)
		ink += (double)count[v] * (base - v) / 255;
	return all > 0 && ink / (double)all < INK_LEAST;
}

/* The first QR code that is found. */
static void
read_code(const struct picture *g, char code[PDF_INSPECT_CODE])
{
	zbar_image_scanner_t *scanner = zbar.image_scanner_create();
	zbar_image_t *image = zbar.image_create();
	const zbar_symbol_t *symbol;

	zbar.image_scanner_set_config(scanner, 0, ZBAR_CFG_ENABLE, 0);
	zbar.image_scanner_set_config(scanner, ZBAR_QRCODE, ZBAR_CFG_ENABLE, 1);
	zbar.image_set_format(image, zbar_fourcc('Y', '8', '0', '0'));
	zbar.image_set_size(image, (unsigned)g->width, (unsigned)g->height);
	zbar.image_set_data(image, g->p,
	    (unsigned long)g->width * (unsigned long)g->height, NULL);
	if (zbar.scan_image(scanner, image) > 0 &&
	    (symbol = zbar.image_first_symbol(image)) != NULL)
		snprintf(
		    code, PDF_INSPECT_CODE, "%s", zbar.symbol_get_data(symbol));
	zbar.image_destroy(image);
	zbar.image_scanner_destroy(scanner);
}

/* -- all of it -- */

static bool
load(void)
{
	static const char *const names[] = {
#define LATE(name) "zbar_" #name,
#include "service/pdf_zbar.def"
#undef LATE
	};

	return pdf_draw_load() &&
	       late_load(LATE_TEXT(SONAME_ZBAR), names, COUNT(names), &zbar);
}

static bool
inspect_page(PopplerDocument *document, const struct look *look, int number,
    struct pdf_inspection *out)
{
	PopplerPage *page =
	    libs.poppler_document_get_page(document, number - 1);
	bool wants_code = look->wants_code && out->code[0] == '\0';
	struct pdf_page_facts *facts = &out->page[out->n];
	struct picture picture;

	if (page == NULL)
		return false;
	/* What cannot be drawn has no facts. */
	if (draw(page, wants_code ? CODE_DPI : INK_DPI, &picture)) {
		facts->is_blank = is_blank(&picture);
		facts->is_coarse = is_coarse(page);
		if (wants_code)
			read_code(&picture, out->code);
		libs.cairo_surface_destroy(picture.surface);
	}
	libs.g_object_unref(page);
	out->n++;
	return true;
}

static bool
inspect_jailed(void *arg, int out)
{
	const struct look *look = arg;
	struct pdf_inspection found = { .from = look->from };
	PopplerDocument *document = pdf_draw_open(look->p, look->n);
	int pages;

	if (document == NULL)
		return false;
	pages = libs.poppler_document_get_n_pages(document);
	for (int number = look->from;
	     number <= pages && found.n < PDF_INSPECT_PAGES &&
	     (found.n == 0 || clock_span() < look->until);
	     number++)
		if (!inspect_page(document, look, number, &found))
			return false;
	found.is_end = found.from + found.n > pages;
	return fd_write_all(out, &found, sizeof(found));
}

static bool
is_sound(const struct pdf_inspection *i, size_t n, int from)
{
	return n == sizeof(*i) && i->from == from && i->n >= 0 &&
	       i->n <= PDF_INSPECT_PAGES && (i->n > 0 || i->is_end) &&
	       memchr(i->code, '\0', sizeof(i->code)) != NULL;
}

static struct jail
jail_for(int64_t seconds)
{
	return (struct jail){ .seconds = seconds,
		.memory = PDF_DRAW_MEMORY,
		.reads = pdf_draw_reads,
		.prepare = load,
		.waits = WAITS };
}

enum err
pdf_inspect_open(int64_t seconds)
{
	const struct jail jail = jail_for(seconds);

	return jail_try(&jail);
}

enum err
pdf_inspect(const void *p, size_t n, int from, bool wants_code, int64_t seconds,
    struct pdf_inspection *out)
{
	const struct jail jail = jail_for(seconds);
	/* Half of the time, so that the last page has the other half. */
	struct look look = { p, n, from, wants_code,
		clock_span() + seconds * CLOCK_SECOND / 2 };
	enum jail_end end;
	size_t got;

	TRY(jail_run(
	    &jail, inspect_jailed, &look, out, sizeof(*out), &got, &end));
	if (end != JAIL_DONE || !is_sound(out, got, from))
		return FAIL(
		    E_PDF_COMPLEX, "from page %d: end %d", from, (int)end);
	return E_OK;
}
