#include "service/pdf_image.h"

#include "base/arena.h"
#include "base/fd.h"
#include "service/jail.h"
#include "service/pdf_draw.h"

enum { PNG_MOST = 16 << 20 };

struct picture {
	const void *p;
	size_t n;
	int page, width;
};

static cairo_status_t
send(void *arg, const unsigned char *p, unsigned n)
{
	return fd_write_all(*(const int *)arg, p, n) ? CAIRO_STATUS_SUCCESS
						     : CAIRO_STATUS_WRITE_ERROR;
}

/* Answers nothing when there is no such page. */
static bool
draw_jailed(void *arg, int out)
{
	const struct picture *want = arg;
	PopplerDocument *document = pdf_draw_open(want->p, want->n);
	cairo_surface_t *surface;
	PopplerPage *page;
	double width, height;

	if (document == NULL)
		return false;
	if (want->page > libs.poppler_document_get_n_pages(document))
		return true;
	page = libs.poppler_document_get_page(document, want->page - 1);
	if (page == NULL)
		return false;
	libs.poppler_page_get_size(page, &width, &height);
	if (height > 2 * width) /* a very long one is narrower */
		width = height / 2;
	surface = pdf_draw_page(page, want->width / width, 2 * want->width + 1);
	return surface != NULL &&
	       libs.cairo_surface_write_to_png_stream(surface, send, &out) ==
		   CAIRO_STATUS_SUCCESS;
}

static struct jail
jail_for(int64_t seconds)
{
	return (struct jail){ .seconds = seconds,
		.memory = PDF_DRAW_MEMORY,
		.reads = pdf_draw_reads,
		.prepare = pdf_draw_load };
}

enum err
pdf_image_open(int64_t seconds)
{
	const struct jail jail = jail_for(seconds);

	return jail_try(&jail);
}

enum err
pdf_image_page(struct arena *a, const void *p, size_t n, int page, int width,
    int64_t seconds, const char **png, size_t *png_n)
{
	const struct jail jail = jail_for(seconds);
	struct picture want = { p, n, page, width };
	enum jail_end end;
	void *room = arena_pages(a, PNG_MOST);

	TRY(jail_run(&jail, draw_jailed, &want, room, PNG_MOST, png_n, &end));
	if (end != JAIL_DONE)
		return FAIL(E_PDF_COMPLEX, "page %d: end %d", page, (int)end);
	if (*png_n == 0)
		return FAIL(E_NOT_FOUND, "page %d", page);
	*png = room;
	return E_OK;
}
