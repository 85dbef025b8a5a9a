#include "review/chart.h"

#include "base/arena.h"
#include "base/utf8.h"
#include "format/json.h"
#include "format/sheet.h"

/* In units of the drawing, which is scaled as a whole. */
enum {
	WIDTH = 720,
	HEIGHT = 250,
	LEFT = 72,
	RIGHT = 712,
	TOP = 14,
	BOTTOM = 214,
	TICKS = 4,
	LABELS = 8, /* under the columns */
	ROW = 46,   /* of a bar with its label */
	BAR = 16,
	CHARACTERS = 42 /* of a bar's label */
};

/* From the least to the greatest that is drawn. */
struct scale {
	int64_t least, greatest;
};

static int
y_of(const struct scale *s, int64_t value)
{
	return BOTTOM - (int)((value - s->least) * (BOTTOM - TOP) /
			      (s->greatest - s->least));
}

static void
add_text(struct json_object *o, int64_t x, int64_t y, const char *anchor,
    const char *text)
{
	struct json_object *item = json_item(json_get(o, "texts"));

	json_int(item, "x", x);
	json_int(item, "y", y);
	json_str(item, "anchor", anchor);
	json_str(item, "text", text);
}

static void
add_bar(struct json_object *o, int64_t x, int64_t y, int64_t width,
    int64_t height, const char *style, const char *tip)
{
	struct json_object *item = json_item(json_get(o, "bars"));

	json_int(item, "x", x);
	json_int(item, "y", y);
	json_int(item, "width", width);
	json_int(item, "height", height);
	json_str(item, "style", style);
	json_str(item, "tip", tip);
}

/* The frame: what it is called, how large, and empty lists of its parts. */
static void
begin(const struct chart *c, struct json_object *o, int height)
{
	json_str(o, "chart_id", c->id);
	json_str(o, "chart_title", c->title);
	json_int(o, "chart_width", WIDTH);
	json_int(o, "chart_height", height);
	json_list(o, "texts");
	json_list(o, "bars");
	json_list(o, "grid");
	json_list(o, "lines");
	json_list(o, "dots");
	json_list(o, "legend");
}

/* 1, 2 or 5 times a power of ten, so that so many of it reach the span. */
static int64_t
step_for(int64_t span)
{
	static const int64_t steps[] = { 1, 2, 5 };
	int64_t power = 1;

	for (size_t i = 0;; i = (i + 1) % COUNT(steps)) {
		if (steps[i] * power * TICKS >= span)
			return steps[i] * power;
		if (i + 1 == COUNT(steps))
			power *= 10;
	}
}

/* Lines at whole steps, with their values. */
static void
draw_grid(const struct chart *c, struct json_object *o, struct scale *s)
{
	int64_t step = step_for(s->greatest - s->least);

	s->greatest = (s->greatest + step - 1) / step * step;
	s->least = -((-s->least + step - 1) / step * step);
	for (int64_t v = s->least; v <= s->greatest; v += step) {
		struct json_object *line = json_item(json_get(o, "grid"));

		json_int(line, "y", y_of(s, v));
		json_int(line, "left", LEFT);
		json_int(line, "right", RIGHT);
		json_str(line, "style", v == 0 ? "zero" : "");
		add_text(o, LEFT - 8, y_of(s, v) + 4, "end", c->text(c->a, v));
	}
}

static int64_t
left_of(const struct chart *c, size_t i)
{
	return LEFT + (int64_t)i * (RIGHT - LEFT) / (int64_t)c->n;
}

static int64_t
middle_of(const struct chart *c, size_t i)
{
	return (left_of(c, i) + left_of(c, i + 1)) / 2;
}

/* As many as there is room for, from the last one back. */
static void
draw_labels(const struct chart *c, struct json_object *o)
{
	size_t each = (c->n + LABELS - 1) / LABELS;

	for (size_t i = 0; i < c->n; i++)
		if ((c->n - 1 - i) % each == 0)
			add_text(o, middle_of(c, i), BOTTOM + 20, "middle",
			    c->label[i]);
}

static void
draw_legend(const struct chart *c, struct json_object *o)
{
	for (size_t s = 0; s < c->series_n && c->series_n > 1; s++) {
		struct json_object *item = json_item(json_get(o, "legend"));

		json_str(item, "style", c->series[s].style);
		json_str(item, "title", c->series[s].title);
	}
	json_flag(o, "has_legend", c->series_n > 1);
}

/* The ends of all columns. */
static struct scale
scale_of(const struct chart *c)
{
	struct scale s = { 0, 0 };

	for (size_t i = 0; i < c->n; i++) {
		int64_t sum = 0;

		for (size_t k = 0; k < c->series_n; k++)
			sum += c->series[k].value[i];
		if (sum > s.greatest)
			s.greatest = sum;
		if (sum < s.least)
			s.least = sum;
	}
	if (s.greatest == s.least)
		s.greatest = 1;
	return s;
}

static void
draw_column(const struct chart *c, struct json_object *o, const struct scale *s,
    size_t i)
{
	int64_t x = left_of(c, i), room = left_of(c, i + 1) - x;
	int64_t below = 0;

	for (size_t k = 0; k < c->series_n; k++) {
		const struct chart_series *series = &c->series[k];
		int64_t value = series->value[i];
		int from = y_of(s, below), to = y_of(s, below + value);

		if (value == 0)
			continue;
		add_bar(o, x + room / 8, from < to ? from : to, room - room / 4,
		    from < to ? to - from : from - to, series->style,
		    arena_printf(c->a, "%s %s %s", c->label[i], series->title,
			c->text(c->a, value)));
		below += value;
	}
}

void
chart_columns(const struct chart *c, struct json_object *o)
{
	struct scale s = scale_of(c);

	begin(c, o, HEIGHT);
	draw_grid(c, o, &s);
	for (size_t i = 0; i < c->n; i++)
		draw_column(c, o, &s, i);
	draw_labels(c, o);
	draw_legend(c, o);
}

/* Points that stand together make a line; each has a dot. */
void
chart_line(const struct chart *c, struct json_object *o)
{
	struct scale s = { 0, 10000 };
	const int64_t *value = c->series[0].value;
	const char *points = "";

	begin(c, o, HEIGHT);
	draw_grid(c, o, &s);
	for (size_t i = 0; i <= c->n; i++) {
		struct json_object *dot;

		if (i == c->n || value[i] == SHEET_EMPTY) {
			if (*points != '\0')
				json_str(json_item(json_get(o, "lines")),
				    "points", points);
			points = "";
			continue;
		}
		points = arena_printf(c->a, "%s%s%d,%d", points,
		    *points != '\0' ? " " : "", (int)middle_of(c, i),
		    y_of(&s, value[i]));
		dot = json_item(json_get(o, "dots"));
		json_int(dot, "x", middle_of(c, i));
		json_int(dot, "y", y_of(&s, value[i]));
		json_str(dot, "tip",
		    arena_printf(
			c->a, "%s %s", c->label[i], c->text(c->a, value[i])));
	}
	draw_labels(c, o);
	draw_legend(c, o);
}

/* What there is room for; the table has all of it. */
static const char *
shortened(struct arena *a, const char *label)
{
	size_t n = 0, bytes = 0;

	if (utf8_length(label) <= CHARACTERS)
		return label;
	for (; n < CHARACTERS; n++)
		while ((label[++bytes] & 0xc0) == 0x80)
			;
	return arena_printf(a, "%.*s…", (int)bytes, label);
}

void
chart_bars(const struct chart *c, struct json_object *o)
{
	const struct chart_series *series = &c->series[0];
	int64_t greatest = 1;

	for (size_t i = 0; i < c->n; i++)
		if (series->value[i] > greatest)
			greatest = series->value[i];
	begin(c, o, (int)c->n * ROW + 8);
	for (size_t i = 0; i < c->n; i++) {
		int64_t y = (int64_t)i * ROW + 20;
		const char *text = c->text(c->a, series->value[i]);

		add_text(o, 8, y, "start",
		    arena_printf(
			c->a, "%s（%s）", shortened(c->a, c->label[i]), text));
		if (series->value[i] > 0)
			add_bar(o, 8, y + 6,
			    1 + series->value[i] * (RIGHT - 9) / greatest, BAR,
			    series->style,
			    arena_printf(c->a, "%s %s", c->label[i], text));
	}
	draw_legend(c, o);
}
