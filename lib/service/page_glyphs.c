/*
 * Text as cairo is to embed it. When cairo 1.16 makes a part of a CFF font by
 * dropping subroutines, it loses some characters of Noto Sans CJK (如 is
 * one): they are blank, and no program that reads the file's text can tell.
 * It takes outlines from FreeType instead, as they are, when a face is
 * synthesised. So a face that is slanted is used, by a matrix that sets it
 * upright again; bold is synthesised anyway (page_fonts.conf).
 */
#include <cairo-ft.h>
#include <pango/pangofc-font.h>

#include "base/arena.h"
#include "service/page_private.h"

static cairo_font_face_t *slanted; /* made once for all documents */
static double slant;		   /* how far its outlines lean, if they do */

/* How far the sides of a bar lean: versions of cairo differ in whether
 * outlines are slanted or only what is drawn of them. */
static double
measure(cairo_font_face_t *face)
{
	cairo_surface_t *none =
	    cairo_recording_surface_create(CAIRO_CONTENT_COLOR_ALPHA, NULL);
	cairo_t *cr = cairo_create(none);
	double top[2] = { 0, -1e9 }, bottom[2] = { 0, 1e9 };
	cairo_matrix_t outlines; /* as cairo takes them: y goes upwards */
	cairo_path_t *path;

	cairo_set_font_face(cr, face);
	cairo_matrix_init_scale(&outlines, 1000, -1000);
	cairo_set_font_matrix(cr, &outlines);
	cairo_text_path(cr, "|");
	path = cairo_copy_path(cr);
	for (int i = 0; i < path->num_data; i += path->data[i].header.length) {
		const cairo_path_data_t *at = &path->data[i + 1];

		if (path->data[i].header.type != CAIRO_PATH_MOVE_TO &&
		    path->data[i].header.type != CAIRO_PATH_LINE_TO)
			continue;
		if (at->point.y > top[1] ||
		    (at->point.y == top[1] && at->point.x < top[0]))
			top[0] = at->point.x, top[1] = at->point.y;
		if (at->point.y < bottom[1] ||
		    (at->point.y == bottom[1] && at->point.x < bottom[0]))
			bottom[0] = at->point.x, bottom[1] = at->point.y;
	}
	cairo_path_destroy(path);
	cairo_destroy(cr);
	cairo_surface_destroy(none);
	return (top[0] - bottom[0]) / (top[1] - bottom[1]);
}

static void
make_face(PangoFont *font)
{
	if (slanted != NULL)
		return;
	slanted = cairo_ft_font_face_create_for_pattern(
	    pango_fc_font_get_pattern(PANGO_FC_FONT(font)));
	cairo_ft_font_face_set_synthesize(slanted, CAIRO_FT_SYNTHESIZE_OBLIQUE);
	slant = measure(slanted);
}

static bool
is_bold(PangoFont *font)
{
	PangoFontDescription *d = pango_font_describe(font);
	bool yes = pango_font_description_get_weight(d) >= PANGO_WEIGHT_BOLD;

	pango_font_description_free(d);
	return yes;
}

/* Whether the font has them all, and they go from left to right. */
static bool
is_plain(const PangoLayoutRun *run)
{
	const PangoGlyphString *s = run->glyphs;

	for (int i = 0; i < s->num_glyphs; i++)
		if ((s->glyphs[i].glyph & PANGO_GLYPH_UNKNOWN_FLAG) != 0)
			return false;
	return run->item->analysis.level % 2 == 0 &&
	       !is_bold(run->item->analysis.font);
}

/* Which glyphs stand for which bytes, so that text can be taken out again. */
struct spelled {
	cairo_glyph_t *glyph;
	cairo_text_cluster_t *cluster;
	int glyphs, clusters;
};

static void
spell(const PangoLayoutRun *run, double x, double y, struct spelled *out)
{
	const PangoGlyphString *s = run->glyphs;
	int at = 0;

	for (int i = 0; i < s->num_glyphs; i++) {
		const PangoGlyphInfo *g = &s->glyphs[i];
		int next = i + 1 < s->num_glyphs ? s->log_clusters[i + 1]
						 : run->item->length;
		cairo_text_cluster_t *c = &out->cluster[out->clusters];

		if (g->glyph != PANGO_GLYPH_EMPTY) {
			out->glyph[out->glyphs++] = (cairo_glyph_t){ g->glyph,
				x + (double)g->geometry.x_offset / PANGO_SCALE,
				y + (double)g->geometry.y_offset /
					PANGO_SCALE };
			c->num_glyphs++;
		}
		x += (double)g->geometry.width / PANGO_SCALE;
		if (next == at)
			continue;
		c->num_bytes = next - at;
		at = next;
		out->clusters++;
	}
}

static void
show_plain(struct page *p, const char *text, const PangoLayoutRun *run,
    double x, double y)
{
	size_t n = (size_t)run->glyphs->num_glyphs;
	struct spelled s = { arena_alloc(p->a, n * sizeof(*s.glyph)),
		arena_alloc(p->a, n * sizeof(*s.cluster)), 0, 0 };
	PangoFont *font = run->item->analysis.font;
	PangoFontDescription *d = pango_font_describe_with_absolute_size(font);
	double size = pango_font_description_get_size(d) / (double)PANGO_SCALE;
	cairo_matrix_t upright;

	pango_font_description_free(d);
	spell(run, x, y, &s);
	make_face(font);
	cairo_matrix_init(&upright, size, 0, slant * size, size, 0, 0);
	cairo_set_font_face(p->cr, slanted);
	cairo_set_font_matrix(p->cr, &upright);
	cairo_show_text_glyphs(p->cr, text + run->item->offset,
	    run->item->length, s.glyph, s.glyphs, s.cluster, s.clusters, 0);
}

void
page_show_line(struct page *p, PangoLayout *layout, PangoLayoutLine *line,
    double x, double y)
{
	const char *text = pango_layout_get_text(layout);

	for (GSList *l = line->runs; l != NULL; l = l->next) {
		PangoLayoutRun *run = l->data;

		if (is_plain(run)) {
			show_plain(p, text, run, x, y);
		} else {
			cairo_move_to(p->cr, x, y);
			pango_cairo_show_glyph_item(p->cr, text, run);
		}
		x += (double)pango_glyph_string_get_width(run->glyphs) /
		     PANGO_SCALE;
	}
}
