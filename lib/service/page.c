#include "service/page.h"

#include <cairo-pdf.h>
#include <fontconfig/fontconfig.h>
#include <pango/pangofc-fontmap.h>
#include <string.h>

#include "base/arena.h"
#include "base/clock.h"
#include "base/embed.h"
#include "base/utf8.h"
#include "service/page_private.h"

enum { PDF_MAX = 2 << 20 };

#define PICTURE_WIDTH (140 * PAGE_MM)

EMBED(page_fonts_conf, "lib/service/page_fonts.conf");
EMBEDDED(page_fonts_conf);

static FcConfig *config; /* the fonts that there are */
static PangoFontMap *fonts;

static const struct {
	double size, before, after; /* after: between its lines */
	double gray;
	int indent, hang; /* in characters */
	bool is_bold, is_centred, is_kept;
	const char *outer, *inner;
} styles[] = {
	[PAGE_TITLE] = { 18, 0, 4, 0, 0, 0, true, true, true, "H1", NULL },
	[PAGE_UNDER_TITLE] = { 9, 2, 2, 0.35, 0, 0, false, true, true, "P",
	    NULL },
	[PAGE_CHAPTER] = { 14, 18, 4, 0, 0, 0, true, false, true, "H2", NULL },
	[PAGE_SECTION] = { 11.5, 10, 3, 0, 0, 0, true, false, true, "H3",
	    NULL },
	[PAGE_TEXT] = { 10.5, 5, 3, 0, 2, 0, false, false, false, "P", NULL },
	[PAGE_PLAIN] = { 10.5, 5, 3, 0, 0, 0, false, false, false, "P", NULL },
	[PAGE_STEP] = { 10.5, 4, 3, 0, 0, 2, false, false, false, "L", "LI" },
	[PAGE_CAPTION] = { 8.5, 2, 2, 0.35, 0, 0, false, true, false, "Caption",
	    NULL },
	[PAGE_NOTE] = { 8.5, 5, 2, 0.35, 0, 0, false, false, false, "P", NULL },
};

enum err
page_open_fonts(void)
{
	config = FcConfigCreate();
	if (config == NULL ||
	    !FcConfigParseAndLoadFromMemory(
		config, (const FcChar8 *)page_fonts_conf, FcTrue) ||
	    !FcConfigBuildFonts(config))
		return FAIL(E_INTERNAL, "fontconfig");
	if (FcConfigGetFonts(config, FcSetSystem)->nfont == 0)
		return FAIL(E_INTERNAL, "no font: is fonts-noto-cjk there?");
	return E_OK;
}

/* pango starts a thread with it, which belongs behind the process's wall:
 * not before the first page. */
static PangoFontMap *
font_map(void)
{
	if (fonts == NULL) {
		fonts = pango_cairo_font_map_new();
		pango_fc_font_map_set_config(PANGO_FC_FONT_MAP(fonts), config);
	}
	return fonts;
}

static cairo_status_t
write_out(void *arg, const unsigned char *data, unsigned n)
{
	struct page *p = arg;

	if (p->is_closed)
		return CAIRO_STATUS_WRITE_ERROR;
	buf_add(&p->out, data, n);
	return p->out.failed ? CAIRO_STATUS_WRITE_ERROR : CAIRO_STATUS_SUCCESS;
}

static void
close_page(void *arg)
{
	struct page *p = arg;

	p->is_closed = true;
	cairo_destroy(p->cr);
	cairo_surface_destroy(p->surface);
	g_object_unref(p->context);
}

static void
set_metadata(cairo_surface_t *pdf, const struct page_about *about)
{
	char made[CLOCK_TEXT];

	clock_shanghai(made, about->made_at);
	cairo_pdf_surface_set_metadata(
	    pdf, CAIRO_PDF_METADATA_TITLE, about->title);
	cairo_pdf_surface_set_metadata(
	    pdf, CAIRO_PDF_METADATA_SUBJECT, about->subject);
	cairo_pdf_surface_set_metadata(
	    pdf, CAIRO_PDF_METADATA_CREATOR, "calock");
	cairo_pdf_surface_set_metadata(
	    pdf, CAIRO_PDF_METADATA_CREATE_DATE, made);
	cairo_pdf_surface_set_metadata(pdf, CAIRO_PDF_METADATA_MOD_DATE, made);
}

/* Glyphs stand where they are laid out, at any size. */
static PangoContext *
new_context(cairo_t *cr)
{
	PangoContext *context = pango_font_map_create_context(font_map());
	cairo_font_options_t *options = cairo_font_options_create();

	cairo_font_options_set_hint_style(options, CAIRO_HINT_STYLE_NONE);
	cairo_font_options_set_hint_metrics(options, CAIRO_HINT_METRICS_OFF);
	pango_cairo_update_context(cr, context);
	pango_cairo_context_set_font_options(context, options);
	pango_cairo_context_set_resolution(context, 72);
	pango_context_set_round_glyph_positions(context, FALSE);
	pango_context_set_language(
	    context, pango_language_from_string("zh-cn"));
	cairo_font_options_destroy(options);
	return context;
}

struct page *
page_begin(struct arena *a, const struct page_about *about)
{
	struct page *p = ARENA_NEW(a, struct page);

	p->a = a;
	p->about = about;
	buf_init(&p->out, a, PDF_MAX);
	p->surface = cairo_pdf_surface_create_for_stream(
	    write_out, p, PAGE_WIDTH, PAGE_HEIGHT);
	set_metadata(p->surface, about);
	p->cr = cairo_create(p->surface);
	p->context = new_context(p->cr);
	arena_defer(a, close_page, p);
	if (about->code != NULL)
		p->err = qr_encode(a, about->code, &p->code);
	return p;
}

PangoLayout *
page_layout(
    struct page *p, const char *text, double size, bool is_bold, double width)
{
	PangoLayout *layout = pango_layout_new(p->context);
	PangoFontDescription *font = pango_font_description_new();
	PangoAttrList *marks = pango_attr_list_new();

	pango_font_description_set_family_static(font, "sans-serif");
	pango_font_description_set_weight(
	    font, is_bold ? PANGO_WEIGHT_BOLD : PANGO_WEIGHT_NORMAL);
	pango_font_description_set_absolute_size(font, size * PANGO_SCALE);
	pango_layout_set_font_description(layout, font);
	pango_font_description_free(font);
	/* What is read goes from left to right, whoever typed the value. */
	pango_layout_set_auto_dir(layout, FALSE);
	/* Nor does a hyphen come in where a long word has to break. */
	pango_attr_list_insert(marks, pango_attr_insert_hyphens_new(FALSE));
	pango_layout_set_attributes(layout, marks);
	pango_attr_list_unref(marks);
	pango_layout_set_text(layout, text, -1);
	if (width > 0) {
		pango_layout_set_width(layout, (int)(width * PANGO_SCALE));
		pango_layout_set_wrap(layout, PANGO_WRAP_WORD_CHAR);
	}
	arena_defer(p->a, g_object_unref, layout);
	return layout;
}

static struct box *
add_box(struct page *p)
{
	struct box *box = ARENA_NEW(p->a, struct box);

	if (p->last != NULL)
		p->last->next = box;
	else
		p->first = box;
	p->last = box;
	return box;
}

/* The tag of the block before, if it is of the same name, or a new one. */
static struct tag
same_tag(struct page *p, const struct box *before, const char *name)
{
	if (before != NULL && before->outer.name != NULL &&
	    strcmp(before->outer.name, name) == 0)
		return before->outer;
	return (struct tag){ name, ++p->tags };
}

/* A box a line, so that a page can end after any but the first and the one
 * before the last. */
static void
add_lines(struct page *p, PangoLayout *layout, PangoLayout *marker,
    const struct box *model)
{
	PangoLayoutIter *it = pango_layout_get_iter(layout);
	int lines = pango_layout_get_line_count(layout);

	for (int i = 0; i < lines; i++) {
		struct box *box = add_box(p);
		PangoRectangle logical;

		pango_layout_iter_get_line_extents(it, NULL, &logical);
		*box = *model;
		box->layout = layout;
		box->marker = i == 0 ? marker : NULL;
		box->outline = i == 0 ? model->outline : NULL;
		box->line = i;
		box->x += (double)logical.x / PANGO_SCALE;
		box->height += (double)logical.height / PANGO_SCALE;
		if (i > 0)
			box->before = 0;
		if (lines > 1 && (i == 0 || i == lines - 2))
			box->is_kept = true;
		pango_layout_iter_next_line(it);
	}
	pango_layout_iter_free(it);
}

void
page_text(
    struct page *p, enum page_style style, const char *marker, const char *text)
{
	double size = styles[style].size;
	double hang = styles[style].hang * size;
	PangoLayout *layout = page_layout(p, utf8_shown(p->a, text), size,
	    styles[style].is_bold, PAGE_INNER - hang);
	PangoLayout *before =
	    marker == NULL ? NULL : page_layout(p, marker, size, false, 0);
	struct box model = { .kind = BOX_LINE,
		.before = styles[style].before,
		.height = styles[style].after,
		.x = PAGE_LEFT + hang,
		.gray = styles[style].gray,
		.is_kept = styles[style].is_kept,
		.outline = style == PAGE_CHAPTER || style == PAGE_SECTION
			       ? text
			       : NULL };

	pango_layout_set_indent(
	    layout, (int)(styles[style].indent * size * PANGO_SCALE));
	if (styles[style].is_centred)
		pango_layout_set_alignment(layout, PANGO_ALIGN_CENTER);
	model.outer = styles[style].inner != NULL
			  ? same_tag(p, p->last, styles[style].outer)
			  : (struct tag){ styles[style].outer, ++p->tags };
	if (styles[style].inner != NULL)
		model.inner = (struct tag){ styles[style].inner, ++p->tags };
	add_lines(p, layout, before, &model);
}

static const char *
cell_text(struct page *p, const struct page_cell *c)
{
	return c->kind < PAGE_PROSE ? utf8_shown(p->a, c->text) : c->text;
}

static void
lay_out_cell(struct page *p, const struct page_cell *c, struct cell *out)
{
	bool is_bar = c->kind == PAGE_BAR;
	double size = is_bar ? 10.5 : c->kind == PAGE_PROSE ? 9.5 : 9.75;
	PangoRectangle logical;

	out->kind = c->kind;
	out->cell_width = c->share * PAGE_INNER;
	out->width = out->cell_width - 2 * PAGE_PAD;
	out->layout = page_layout(p, cell_text(p, c), size, is_bar, out->width);
	if (c->kind == PAGE_LABEL)
		pango_layout_set_alignment(out->layout, PANGO_ALIGN_CENTER);
	if (c->kind == PAGE_PROSE)
		pango_layout_set_indent(
		    out->layout, (int)(2 * size * PANGO_SCALE));
	pango_layout_get_extents(out->layout, NULL, &logical);
	out->height = (double)logical.height / PANGO_SCALE;
}

void
page_row(struct page *p, const struct page_cell *cell, size_t n, double least)
{
	struct box *before = p->last, *box = add_box(p);
	double x = PAGE_LEFT;

	box->kind = BOX_ROW;
	box->height = least;
	box->cell = arena_alloc(p->a, n * sizeof(*box->cell));
	box->cells = n;
	box->outer = same_tag(p, before, "Table");
	box->inner = (struct tag){ "TR", ++p->tags };
	if (before != NULL && before->outer.number != box->outer.number)
		box->before = 8;
	for (size_t i = 0; i < n; i++) {
		struct cell *c = &box->cell[i];

		lay_out_cell(p, &cell[i], c);
		c->x = x;
		x += c->cell_width;
		if (c->height + 6 > box->height)
			box->height = c->height + 6;
	}
	if (n == 1 && cell[0].kind == PAGE_BAR)
		box->is_kept = true;
}

void
page_keep(struct page *p)
{
	p->last->is_kept = true;
}

/* Width and height of a JPEG, from its frame header. */
static bool
jpeg_size(const uint8_t *s, size_t n, int *width, int *height)
{
	size_t i = 2;

	while (i + 9 < n && s[i] == 0xff) {
		uint8_t marker = s[i + 1];

		if (marker >= 0xc0 && marker <= 0xc2) {
			*height = s[i + 5] << 8 | s[i + 6];
			*width = s[i + 7] << 8 | s[i + 8];
			return *width > 0 && *height > 0;
		}
		i += 2 + (size_t)(s[i + 2] << 8 | s[i + 3]);
	}
	return false;
}

static void
drop_surface(void *surface)
{
	cairo_surface_destroy(surface);
}

void
page_picture(struct page *p, const void *jpeg, size_t n, const char *alt)
{
	struct box *box;
	int width, height;
	unsigned char *copy = arena_alloc(p->a, n);

	if (!jpeg_size(jpeg, n, &width, &height) ||
	    p->pictures == COUNT(p->alt)) {
		p->err = FAIL(E_INTERNAL, "picture: %s", alt);
		return;
	}
	p->alt[p->pictures++] = alt;
	box = add_box(p);
	box->kind = BOX_PICTURE;
	box->before = 8;
	box->outer = (struct tag){ "Figure", ++p->tags };
	box->scale = PICTURE_WIDTH / width;
	box->width = width * box->scale;
	box->height = height * box->scale;
	/* Its pixels are in the JPEG, which goes into the file as it is. */
	box->picture =
	    cairo_image_surface_create(CAIRO_FORMAT_RGB24, width, height);
	arena_defer(p->a, drop_surface, box->picture);
	memcpy(copy, jpeg, n);
	if (cairo_surface_set_mime_data(box->picture, CAIRO_MIME_TYPE_JPEG,
		copy, n, NULL, NULL) != CAIRO_STATUS_SUCCESS)
		p->err = FAIL(E_INTERNAL, "picture: no memory");
}

enum err
page_end(struct page *p, const char **bytes, size_t *n)
{
	TRY(p->err);
	page_flow(p);
	page_draw(p);
	cairo_destroy(p->cr);
	p->cr = NULL;
	cairo_surface_finish(p->surface);
	if (cairo_surface_status(p->surface) != CAIRO_STATUS_SUCCESS)
		return FAIL(E_INTERNAL, "pdf: %s",
		    cairo_status_to_string(cairo_surface_status(p->surface)));
	if (p->out.failed)
		return FAIL(E_INTERNAL, "pdf: over %d bytes", PDF_MAX);
	return page_finish(p, bytes, n);
}
