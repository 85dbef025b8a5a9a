#pragma once
/*
 * Charts as the members of a page; the partial `chart` draws them as SVG. They
 * say nothing that the table beside them does not say.
 */
#include <stddef.h>
#include <stdint.h>

struct arena;
struct json_object;

enum { CHART_SERIES_MAX = 8 };

struct chart_series {
	const char *style; /* a class of style.css: "good", "bad" … */
	const char *title; /* in the legend, when there are several */
	const int64_t *value;
};

struct chart {
	struct arena *a;
	const char *id;	   /* of the page's elements */
	const char *title; /* what it shows */
	const char *const *label;
	size_t n;
	struct chart_series series[CHART_SERIES_MAX];
	size_t series_n;
	/* A value as people read it. */
	const char *(*text)(struct arena *a, int64_t value);
};

/* A column a label, its series upon each other; one alone may be negative. */
void chart_columns(const struct chart *c, struct json_object *o);

/* A line over the labels, of one series from 0 to 100 %, in hundredths;
 * SHEET_EMPTY leaves a gap. */
void chart_line(const struct chart *c, struct json_object *o);

/* A bar a label, of one series, under its label. */
void chart_bars(const struct chart *c, struct json_object *o);
