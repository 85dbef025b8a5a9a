/*
 * template_render. Input: a page, a NUL, a partial called "part", a NUL, the
 * data as JSON.
 */
#include <stdbool.h>

#include "base/buf.h"
#include "format/json.h"
#include "format/template.h"
#include "fuzz.h"

enum { OUT_MOST = 64 * 1024 };

static size_t
count(struct input in, const char *word)
{
	size_t found = 0;
	const char *p = in.p;

	while (
	    (p = memmem(p, (size_t)(in.end - p), word, strlen(word))) != NULL) {
		found++;
		p += strlen(word);
	}
	return found;
}

/*
 * How often something is shown is the product of what the data and the
 * templates have in lists and partials. Templates are ours, so that is no
 * fault; but here it must end.
 */
static bool
ends_soon(struct input page, struct input part)
{
	size_t sections = count(page, "{{#") + count(part, "{{#");
	size_t partials = count(page, "{{>") + count(part, "{{>");

	if (count(part, "{{>") > 0)
		return sections == 0 && partials <= 2;
	return sections <= 2 && partials <= 4;
}

static struct input
take_text(struct input *in)
{
	const char *nul = memchr(in->p, '\0', (size_t)(in->end - in->p));
	struct input text = { in->p, nul != NULL ? nul : in->end };

	in->p = nul != NULL ? nul + 1 : in->end;
	return text;
}

static bool
has_markup(const char *p, size_t n)
{
	for (size_t i = 0; i < n; i++)
		if (p[i] == '<' || p[i] == '>' || p[i] == '"' || p[i] == '\'')
			return true;
	return false;
}

/* What is not in the templates is not in what they become. */
static void
check_escaped(struct input page, struct input part, const struct buf *b)
{
	const char *p = page.p;

	/* Tags of partials have a '>' themselves. */
	if (memmem(p, (size_t)(part.end - p), "{{>", 3) == NULL &&
	    !has_markup(p, (size_t)(part.end - p)))
		PROMISE(!has_markup(b->p, b->n));
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t n)
{
	struct arena *a = fuzz_arena();
	struct input in = { (const char *)data, (const char *)data + n };
	struct input page = take_text(&in), part = take_text(&in);
	struct template list[] = {
		{ "page", page.p, (size_t)(page.end - page.p) },
		{ "part", part.p, (size_t)(part.end - part.p) },
		{ NULL, NULL, 0 },
	};
	struct json_object *value;
	const char *where;
	struct buf b;

	if (!ends_soon(page, part) ||
	    json_parse(a, in.p, (size_t)(in.end - in.p), &value, &where) !=
		E_OK)
		return 0;
	buf_init(&b, a, OUT_MOST);
	if (template_render(list, "page", value, &b) == E_OK) {
		PROMISE(!b.failed && b.n <= OUT_MOST);
		check_escaped(page, part, &b);
	}
	return 0;
}
