/* From blocks to pages: where each falls, and how it is drawn. */
#include <cairo-pdf.h>
#include <math.h>
#include <stdio.h>

#include "base/arena.h"
#include "service/page_private.h"

/* Room for the box and what stays with it. */
static double
room_for(const struct box *box, bool is_on_top)
{
	double room = box->height + (is_on_top ? 0 : box->before);

	for (; box->is_kept && box->next != NULL; box = box->next)
		room += box->next->before + box->next->height;
	return room;
}

void
page_flow(struct page *p)
{
	double y = PAGE_TOP;

	p->pages = 1;
	for (struct box *box = p->first; box != NULL; box = box->next) {
		bool is_on_top = y <= PAGE_TOP;

		if (!is_on_top && y + room_for(box, false) > PAGE_BOTTOM) {
			p->pages++;
			y = PAGE_TOP;
			is_on_top = true;
		}
		box->page = p->pages;
		box->y = y + (is_on_top ? 0 : box->before);
		y = box->y + box->height;
	}
}

static void
set_gray(cairo_t *cr, double gray)
{
	cairo_set_source_rgb(cr, gray, gray, gray);
}

static void
show_at(struct page *p, PangoLayout *layout, double x, double y)
{
	PangoLayoutIter *it = pango_layout_get_iter(layout);

	do {
		PangoRectangle logical;
		int baseline = pango_layout_iter_get_baseline(it);

		pango_layout_iter_get_line_extents(it, NULL, &logical);
		page_show_line(p, layout,
		    pango_layout_iter_get_line_readonly(it),
		    x + (double)logical.x / PANGO_SCALE,
		    y + (double)baseline / PANGO_SCALE);
	} while (pango_layout_iter_next_line(it));
	pango_layout_iter_free(it);
}

static void
rule(cairo_t *cr, double y)
{
	set_gray(cr, 0.6);
	cairo_set_line_width(cr, 0.5);
	cairo_move_to(cr, PAGE_LEFT, y);
	cairo_line_to(cr, PAGE_LEFT + PAGE_INNER, y);
	cairo_stroke(cr);
}

/* A line of small print; is_right: it ends at the right margin. */
static void
small_print(struct page *p, const char *text, double y, bool is_right)
{
	PangoLayout *layout = page_layout(p, text, 8, false, 0);
	PangoRectangle logical;

	pango_layout_get_extents(layout, NULL, &logical);
	set_gray(p->cr, 0.35);
	show_at(p, layout,
	    is_right
		? PAGE_LEFT + PAGE_INNER - (double)logical.width / PANGO_SCALE
		: PAGE_LEFT,
	    y);
}

/* Across the page, from corner to corner. */
static void
draw_mark(struct page *p)
{
	PangoLayout *layout = page_layout(p, p->about->mark, 120, true, 0);
	PangoRectangle logical;

	pango_layout_get_extents(layout, NULL, &logical);
	cairo_save(p->cr);
	cairo_translate(p->cr, PAGE_WIDTH / 2, PAGE_HEIGHT / 2);
	cairo_rotate(p->cr, -atan2(PAGE_HEIGHT, PAGE_WIDTH));
	set_gray(p->cr, 0.9);
	show_at(p, layout, -(double)logical.width / PANGO_SCALE / 2,
	    -(double)logical.height / PANGO_SCALE / 2);
	cairo_restore(p->cr);
}

/* Vectors, so that it is sharp on any printer. */
static void
draw_code(struct page *p)
{
	const struct qr *qr = &p->code;
	double side = 22 * PAGE_MM, module = side / qr->side;
	double left = PAGE_LEFT + PAGE_INNER - side, top = PAGE_TOP;

	set_gray(p->cr, 0);
	for (int y = 0; y < qr->side; y++)
		for (int x = 0; x < qr->side; x++)
			if (qr_is_dark(qr, x, y))
				cairo_rectangle(p->cr, left + x * module,
				    top + y * module, module, module);
	cairo_fill(p->cr);
}

static void
draw_frame(struct page *p, int page)
{
	const struct page_about *about = p->about;
	char number[64];

	small_print(p, about->head[0], 12 * PAGE_MM, false);
	small_print(p, about->head[1], 12 * PAGE_MM, true);
	rule(p->cr, 17.5 * PAGE_MM);
	snprintf(number, sizeof(number), "第 %d 页，共 %d 页", page, p->pages);
	rule(p->cr, PAGE_HEIGHT - 15 * PAGE_MM);
	small_print(p, about->foot, PAGE_HEIGHT - 13.5 * PAGE_MM, false);
	small_print(p, number, PAGE_HEIGHT - 13.5 * PAGE_MM, true);
	if (about->code != NULL && page == 1)
		draw_code(p);
}

static void
draw_line(struct page *p, const struct box *box)
{
	PangoLayoutLine *line =
	    pango_layout_get_line_readonly(box->layout, box->line);
	PangoRectangle logical;
	double baseline;

	pango_layout_line_get_extents(line, NULL, &logical);
	baseline = box->y - (double)logical.y / PANGO_SCALE;
	set_gray(p->cr, box->gray);
	if (box->marker != NULL)
		show_at(p, box->marker, PAGE_LEFT, box->y);
	page_show_line(p, box->layout, line, box->x, baseline);
}

/* A dashed circle of the size that companies' seals have. */
static void
draw_seal(struct page *p, double x, double y)
{
	static const double dash[] = { 3, 3 };

	cairo_save(p->cr);
	set_gray(p->cr, 0.75);
	cairo_set_line_width(p->cr, 0.6);
	cairo_set_dash(p->cr, dash, COUNT(dash), 0);
	cairo_new_path(p->cr);
	cairo_arc(p->cr, x, y, 20 * PAGE_MM, 0, 2 * M_PI);
	cairo_stroke(p->cr);
	cairo_restore(p->cr);
}

static void
draw_cell(struct page *p, const struct box *box, const struct cell *c)
{
	bool is_head = c->kind == PAGE_LABEL || c->kind == PAGE_BAR;
	bool is_place = c->kind == PAGE_SIGN || c->kind == PAGE_SEAL;
	double top = is_place ? box->y + PAGE_PAD
			      : box->y + (box->height - c->height) / 2;

	if (c->kind == PAGE_SEAL)
		draw_seal(
		    p, c->x + c->cell_width * 0.62, box->y + box->height / 2);
	cairo_tag_begin(p->cr, is_head ? "TH" : "TD", NULL);
	set_gray(p->cr, 0);
	show_at(p, c->layout, c->x + PAGE_PAD, top);
	cairo_tag_end(p->cr, is_head ? "TH" : "TD");
}

static void
draw_grid(struct page *p, const struct box *box)
{
	for (size_t i = 0; i < box->cells; i++) {
		const struct cell *c = &box->cell[i];

		cairo_rectangle(
		    p->cr, c->x, box->y, c->cell_width, box->height);
		if (c->kind == PAGE_BAR || c->kind == PAGE_LABEL) {
			set_gray(p->cr, c->kind == PAGE_BAR ? 0.88 : 0.955);
			cairo_fill_preserve(p->cr);
		}
		set_gray(p->cr, 0.2);
		cairo_set_line_width(p->cr, 0.6);
		cairo_stroke(p->cr);
	}
}

/* Of the page that begins with box; no part of what is read aloud. */
static void
draw_grids(struct page *p, const struct box *box, int page)
{
	for (; box != NULL && box->page == page; box = box->next)
		if (box->kind == BOX_ROW)
			draw_grid(p, box);
}

static void
draw_row(struct page *p, const struct box *box)
{
	for (size_t i = 0; i < box->cells; i++)
		draw_cell(p, box, &box->cell[i]);
}

static void
draw_picture(struct page *p, const struct box *box)
{
	double x = PAGE_LEFT + (PAGE_INNER - box->width) / 2;

	cairo_save(p->cr);
	cairo_translate(p->cr, x, box->y);
	cairo_scale(p->cr, box->scale, box->scale);
	cairo_set_source_surface(p->cr, box->picture, 0, 0);
	cairo_paint(p->cr);
	cairo_restore(p->cr);
	set_gray(p->cr, 0.7);
	cairo_set_line_width(p->cr, 0.5);
	cairo_rectangle(p->cr, x, box->y, box->width, box->height);
	cairo_stroke(p->cr);
}

static void
close_tag(cairo_t *cr, struct tag *tag)
{
	if (tag->name != NULL)
		cairo_tag_end(cr, tag->name);
	*tag = (struct tag){ 0 };
}

/* Makes box's tags the open ones. */
static void
open_tags(cairo_t *cr, const struct box *box, struct tag open[2])
{
	if (open[1].number != box->inner.number ||
	    open[0].number != box->outer.number)
		close_tag(cr, &open[1]);
	if (open[0].number != box->outer.number) {
		close_tag(cr, &open[0]);
		cairo_tag_begin(cr, box->outer.name, NULL);
		open[0] = box->outer;
	}
	if (open[1].number == box->inner.number)
		return;
	cairo_tag_begin(cr, box->inner.name, NULL);
	open[1] = box->inner;
}

static void
draw_box(struct page *p, const struct box *box)
{
	switch (box->kind) {
	case BOX_LINE:
		draw_line(p, box);
		break;
	case BOX_ROW:
		draw_row(p, box);
		break;
	case BOX_PICTURE:
		draw_picture(p, box);
		break;
	}
}

static void
add_outline(struct page *p, const struct box *box)
{
	const char *where = arena_printf(p->a, "page=%d pos=[%d %d]", box->page,
	    (int)PAGE_LEFT, (int)box->y);

	cairo_pdf_surface_add_outline(p->surface, CAIRO_PDF_OUTLINE_ROOT,
	    box->outline, where, CAIRO_PDF_OUTLINE_FLAG_OPEN);
}

void
page_draw(struct page *p)
{
	struct box *box = p->first;

	cairo_tag_begin(p->cr, "Document", NULL);
	for (int page = 1; page <= p->pages; page++) {
		struct tag open[2] = { { 0 } };

		draw_frame(p, page);
		draw_grids(p, box, page);
		if (p->about->mark != NULL)
			draw_mark(p);
		for (; box != NULL && box->page == page; box = box->next) {
			open_tags(p->cr, box, open);
			draw_box(p, box);
			if (box->outline != NULL)
				add_outline(p, box);
		}
		close_tag(p->cr, &open[1]);
		close_tag(p->cr, &open[0]);
		if (page == p->pages)
			cairo_tag_end(p->cr, "Document");
		cairo_show_page(p->cr);
	}
}
