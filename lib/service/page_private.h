#pragma once
/* What the parts of the page layout share: page.c puts blocks together,
 * page_flow.c spreads them over pages and draws them, page_glyphs.c draws text,
 * page_finish.c closes. */
#include <pango/pangocairo.h>
#include <stdbool.h>

#include "base/buf.h"
#include "format/qr.h"
#include "service/page.h"

/* The frame that the blocks flow through. */
#define PAGE_LEFT   (20 * PAGE_MM)
#define PAGE_INNER  (PAGE_WIDTH - 2 * PAGE_LEFT)
#define PAGE_TOP    (22 * PAGE_MM)
#define PAGE_BOTTOM (PAGE_HEIGHT - 18 * PAGE_MM)

enum { PAGE_PAD = 5 };

/* Tags of structure: blocks with the same number share one. */
struct tag {
	const char *name; /* NULL: none */
	int number;
};

struct cell {
	enum page_cell_kind kind;
	double x, width, height; /* of the text */
	double cell_width;
	PangoLayout *layout;
};

/* What does not break: a line, a row, a picture. */
struct box {
	struct box *next;
	struct tag outer, inner;
	double before, height; /* before: not on top of a page */
	bool is_kept;	       /* with the next one */
	int page;
	double y;
	enum { BOX_LINE, BOX_ROW, BOX_PICTURE } kind;
	/* A line of a layout, and what stands before the first of them. */
	PangoLayout *layout, *marker;
	int line;
	double x, gray;
	const char *outline; /* its words there */
	/* A row. */
	struct cell *cell;
	size_t cells;
	/* A picture. */
	cairo_surface_t *picture;
	double width, scale;
};

struct page {
	struct arena *a;
	const struct page_about *about;
	PangoContext *context;
	cairo_surface_t *surface;
	cairo_t *cr;
	struct buf out;
	bool is_closed; /* nothing is written any more */
	struct qr code;
	struct box *first, *last;
	int tags; /* numbers given */
	int pages;
	const char *alt[64]; /* of the pictures in their order */
	size_t pictures;
	enum err err;
};

/* A layout of text in a size; width 0: one line. Lives in the arena. */
PangoLayout *page_layout(
    struct page *p, const char *text, double size, bool is_bold, double width);

/* Draws a line of a layout, its first baseline beginning at x and y. */
void page_show_line(struct page *p, PangoLayout *layout, PangoLayoutLine *line,
    double x, double y);

/* Gives each box its page and place; then draws all of them. */
void page_flow(struct page *p);
void page_draw(struct page *p);

/* What cairo cannot say: language, title bar, alternatives of pictures. */
MUST_USE enum err page_finish(struct page *p, const char **bytes, size_t *n);
