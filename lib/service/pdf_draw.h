#pragma once
/* For what runs in the jail: a document by poppler, a page by cairo. */
#include <cairo.h>
#include <fontconfig/fontconfig.h>
#include <poppler.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum { PDF_DRAW_MEMORY = 512 << 20 };

/* libpoppler-glib, and of cairo, glib and fontconfig what is called. */
struct pdf_draw_libs {
#define LATE(name) __typeof__(name) *name;
#include "service/pdf_draw.def"
#undef LATE
};

extern struct pdf_draw_libs libs;

/* Loads them and finds the fonts, before the jail is closed. */
bool pdf_draw_load(void);

/* Where fonts and character maps are. */
extern const char *const pdf_draw_reads[];

/* The document in these bytes, or NULL. */
PopplerDocument *pdf_draw_open(const void *p, size_t n);

/* A page on white, scale pixels a point; NULL when that makes a side of none
 * or more than most pixels. */
cairo_surface_t *pdf_draw_page(PopplerPage *page, double scale, int most);
