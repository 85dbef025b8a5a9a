#include "format/template.h"

#include <json-c/json.h>
#include <stdbool.h>
#include <string.h>

#include "base/arena.h"
#include "base/buf.h"
#include "format/html.h"

/* The values that names are looked up in, innermost first. */
struct context {
	struct json_object *value;
	const struct context *up;
};

/* The text that is being rendered: a template, indented when a partial. */
struct page {
	const struct template *list;
	struct buf *out;
	const char *start, *end;
	const char *indent;
	int depth;
	bool is_plain; /* no HTML */
};

/* from to to is what the tag takes out of the text: its line if standalone. */
struct tag {
	char kind; /* # ^ / ! > or v for a value; NUL at the end of the text */
	bool is_standalone;
	const char *name;
	int n;
	const char *from, *to;
	int indent; /* blanks before a standalone tag */
};

static enum err render(const struct page *page, const struct context *ctx,
    const char *p, const char *end);

static bool
is_blank(char c)
{
	return c == ' ' || c == '\t';
}

static bool
is_one_of(char c, const char *set)
{
	return c != '\0' && strchr(set, c) != NULL;
}

/* When a tag is alone on its line, has it take the whole line. */
static void
take_line(const struct page *page, struct tag *t)
{
	const char *from = t->from, *to = t->to;

	while (from > page->start && is_blank(from[-1]))
		from--;
	if (from > page->start && from[-1] != '\n')
		return;
	while (to < page->end && is_blank(*to))
		to++;
	if (to + 1 < page->end && to[0] == '\r' && to[1] == '\n')
		to += 2;
	else if (to < page->end && *to == '\n')
		to++;
	else if (to < page->end)
		return;
	t->is_standalone = true;
	t->indent = (int)(t->from - from);
	t->from = from;
	t->to = to;
}

static void
set_name(struct tag *t, const char *p, const char *end)
{
	while (p < end && is_blank(*p))
		p++;
	while (end > p && is_blank(end[-1]))
		end--;
	t->name = p;
	t->n = (int)(end - p);
}

/* The first tag from p on; of kind NUL, at end, when there is none. */
static enum err
next_tag(const struct page *page, const char *p, const char *end, struct tag *t)
{
	const char *close;

	*t = (struct tag){ .name = "", .from = end, .to = end };
	if ((p = memmem(p, (size_t)(end - p), "{{", 2)) == NULL)
		return E_OK;
	t->from = p;
	p += 2;
	if ((close = memmem(p, (size_t)(end - p), "}}", 2)) == NULL)
		return FAIL(E_INTERNAL, "template: tag without }}");
	t->to = close + 2;
	t->kind = is_one_of(*p, "#^/!>{&=") ? *p++ : 'v';
	if (is_one_of(t->kind, "{&="))
		return FAIL(E_INTERNAL, "template: {{%c is not ours", t->kind);
	set_name(t, p, close);
	if (t->kind != '!' && (t->n == 0 || t->n > TEMPLATE_NAME))
		return FAIL(E_INTERNAL, "template: tag without a short name");
	if (t->kind != 'v')
		take_line(page, t);
	return E_OK;
}

/* The tag that closes a section. */
static enum err
find_close(const struct page *page, const struct tag *open, struct tag *t)
{
	const char *p = open->to;

	for (;;) {
		TRY(next_tag(page, p, page->end, t));
		if (t->kind == '\0')
			return FAIL(E_INTERNAL,
			    "template: {{%c%.*s}} stays open", open->kind,
			    open->n, open->name);
		if (t->kind == '/')
			break;
		p = t->to;
		if (t->kind == '#' || t->kind == '^') {
			struct tag inner;

			TRY(find_close(page, t, &inner));
			p = inner.to;
		}
	}
	if (t->n != open->n || memcmp(t->name, open->name, (size_t)t->n) != 0)
		return FAIL(E_INTERNAL, "template: {{/%.*s}} closes {{%c%.*s}}",
		    t->n, t->name, open->kind, open->n, open->name);
	return E_OK;
}

/* The value of a name; NULL for null and for what is not there. */
static struct json_object *
look_up(const struct context *ctx, const struct tag *t)
{
	char name[TEMPLATE_NAME + 1] = "", *rest = name, *part;
	struct json_object *v = NULL;

	if (t->n == 1 && *t->name == '.')
		return ctx->value;
	memcpy(name, t->name, (size_t)t->n);
	/* The first part may be anywhere; the others are members of it. */
	part = strsep(&rest, ".");
	while (ctx != NULL && !json_object_object_get_ex(ctx->value, part, &v))
		ctx = ctx->up;
	while (v != NULL && (part = strsep(&rest, ".")) != NULL)
		if (!json_object_object_get_ex(v, part, &v))
			return NULL;
	return v;
}

static bool
is_true(struct json_object *v)
{
	switch (json_object_get_type(v)) {
	case json_type_null:
		return false;
	case json_type_boolean:
		return json_object_get_boolean(v) != 0;
	case json_type_int:
		return json_object_get_int64(v) != 0;
	case json_type_double:
		return json_object_get_double(v) != 0;
	case json_type_string:
		return json_object_get_string_len(v) > 0;
	case json_type_array:
		return json_object_array_length(v) > 0;
	case json_type_object:
		break;
	}
	return true;
}

static bool
at_line_start(const struct page *page, const char *p)
{
	return p == page->start || p[-1] == '\n';
}

static void
put_text(const struct page *page, const char *p, const char *end)
{
	while (p < end) {
		const char *eol = memchr(p, '\n', (size_t)(end - p));
		const char *next = eol != NULL ? eol + 1 : end;

		if (at_line_start(page, p) && *p != '\n' && *p != '\r')
			buf_puts(page->out, page->indent);
		buf_add(page->out, p, (size_t)(next - p));
		p = next;
	}
}

static enum err
put_value(
    const struct page *page, const struct context *ctx, const struct tag *t)
{
	struct json_object *v = look_up(ctx, t);

	if (json_object_is_type(v, json_type_object) ||
	    json_object_is_type(v, json_type_array))
		return FAIL(E_INTERNAL, "template: {{%.*s}} is no value", t->n,
		    t->name);
	if (v != NULL && page->is_plain)
		buf_puts(page->out, json_object_get_string(v));
	else if (v != NULL)
		html_escape(page->out, json_object_get_string(v));
	return E_OK;
}

/* Shows a section as often as its value asks for; *p goes past its end. */
static enum err
put_section(const struct page *page, const struct context *ctx,
    const struct tag *open, const char **p)
{
	struct json_object *v = look_up(ctx, open);
	struct context inner = { v, ctx };
	struct tag close;

	TRY(find_close(page, open, &close));
	*p = close.to;
	if (is_true(v) != (open->kind == '#'))
		return E_OK;
	if (open->kind == '^')
		return render(page, ctx, open->to, close.from);
	if (!json_object_is_type(v, json_type_array))
		return render(page, &inner, open->to, close.from);
	for (size_t i = 0; i < json_object_array_length(v); i++) {
		inner.value = json_object_array_get_idx(v, i);
		TRY(render(page, &inner, open->to, close.from));
	}
	return E_OK;
}

static enum err
put_template(
    struct page *page, const struct context *ctx, const char *name, int n)
{
	const struct template *t = page->list;

	while (t->name != NULL && (strlen(t->name) != (size_t)n ||
				      memcmp(t->name, name, (size_t)n) != 0))
		t++;
	if (t->name == NULL)
		return FAIL(E_INTERNAL, "template: no %.*s", n, name);
	if (page->depth++ > TEMPLATE_DEPTH)
		return FAIL(
		    E_INTERNAL, "template: %s nested too deep", t->name);
	page->start = t->text;
	page->end = t->text + t->n;
	return render(page, ctx, page->start, page->end);
}

static enum err
put_partial(
    const struct page *page, const struct context *ctx, const struct tag *t)
{
	struct page partial = *page;

	partial.indent = "";
	if (t->is_standalone)
		partial.indent = arena_printf(
		    page->out->a, "%s%.*s", page->indent, t->indent, t->from);
	return put_template(&partial, ctx, t->name, t->n);
}

static enum err
render(const struct page *page, const struct context *ctx, const char *p,
    const char *end)
{
	struct tag t;

	while (p < end) {
		TRY(next_tag(page, p, end, &t));
		put_text(page, p, t.from);
		if (!t.is_standalone && at_line_start(page, t.from) &&
		    t.from < end)
			buf_puts(page->out, page->indent);
		p = t.to;
		switch (t.kind) {
		case 'v':
			TRY(put_value(page, ctx, &t));
			break;
		case '#':
		case '^':
			TRY(put_section(page, ctx, &t, &p));
			break;
		case '>':
			TRY(put_partial(page, ctx, &t));
			break;
		case '/':
			return FAIL(E_INTERNAL, "template: stray {{/%.*s}}",
			    t.n, t.name);
		default:
			break;
		}
	}
	return E_OK;
}

static enum err
fill(struct page *page, const char *name, struct json_object *data)
{
	struct context ctx = { data, NULL };

	page->indent = "";
	TRY(put_template(page, &ctx, name, (int)strlen(name)));
	if (page->out->failed)
		return FAIL(E_INTERNAL, "template: %s overflows", name);
	return E_OK;
}

enum err
template_render(const struct template *list, const char *name,
    struct json_object *data, struct buf *out)
{
	return fill(&(struct page){ .list = list, .out = out }, name, data);
}

enum err
template_text(const struct template *list, const char *name,
    struct json_object *data, struct buf *out)
{
	return fill(
	    &(struct page){ .list = list, .out = out, .is_plain = true }, name,
	    data);
}
