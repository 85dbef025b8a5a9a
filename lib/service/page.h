#pragma once
/*
 * Pages for people: an A4 PDF of headings, paragraphs, tables and pictures
 * that flow from page to page under a head and over a foot. pango lays out,
 * cairo draws, qpdf adds what cairo cannot say. The text is real text, tagged
 * for those who hear it; it is set as text, never as markup.
 */
#include <stddef.h>
#include <stdint.h>

#include "base/err.h"

struct arena;
struct page;

/* Points: 72 an inch. */
#define PAGE_WIDTH  595.276
#define PAGE_HEIGHT 841.89
#define PAGE_MM	    (72 / 25.4)

struct page_about {
	const char *title;   /* in the metadata, and what viewers show */
	const char *subject; /* in the metadata */
	const char *head[2]; /* on top of each page: left and right */
	const char *foot;    /* below each page; its number stands beside */
	const char *mark;    /* large and pale behind each page; NULL: none */
	const char *code;    /* a QR code beside the title; NULL: none */
	int64_t made_at;     /* for the metadata: microseconds since 1970 */
};

enum page_style {
	PAGE_TITLE,
	PAGE_UNDER_TITLE,
	PAGE_CHAPTER, /* in the outline as well */
	PAGE_SECTION,
	PAGE_TEXT, /* a paragraph, indented as Chinese ones are */
	PAGE_PLAIN,
	PAGE_STEP, /* one of a list, behind its marker */
	PAGE_NOTE,
	PAGE_CAPTION /* of the picture above it */
};

enum page_cell_kind {
	PAGE_BAR, /* a heading within a table */
	PAGE_LABEL,
	PAGE_VALUE,
	/* Our own text, in which line ends part paragraphs: */
	PAGE_PROSE,
	PAGE_SIGN, /* where somebody signs */
	PAGE_SEAL  /* where a seal is put */
};

struct page_cell {
	enum page_cell_kind kind;
	double share; /* of the row's width; a row's add up to 1 */
	const char *text;
};

/*
 * Once a process: finds the fonts of page_fonts.conf, and no others. Later
 * only files below /usr are opened. E_INTERNAL when they are not there.
 */
MUST_USE enum err page_open_fonts(void);

/* A new document; everything lives in the arena. */
struct page *page_begin(struct arena *a, const struct page_about *about);

/* marker: of a PAGE_STEP, e.g. "1."; else NULL. */
void page_text(struct page *p, enum page_style style, const char *marker,
    const char *text);

/* A row of a table, at least so high; rows in a row are one table. */
void page_row(
    struct page *p, const struct page_cell *cell, size_t n, double least);

/* The next block stays on the page of the last one. */
void page_keep(struct page *p);

/* A JPEG, as wide as the text or less; alt tells what it shows. */
void page_picture(struct page *p, const void *jpeg, size_t n, const char *alt);

/* The document's bytes; E_INTERNAL when something did not fit. */
MUST_USE enum err page_end(struct page *p, const char **bytes, size_t *n);
