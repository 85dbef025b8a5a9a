#pragma once
/*
 * HTML templates: the part of mustache (spec 1.4) that always escapes.
 * {{name}}, {{a.b}}, {{.}}, {{#section}}, {{^inverted}}, {{! comment}} and
 * {{> partial}}; no triple braces, no {{&}}, no lambdas, no delimiters to
 * set. Standalone tags take their line with them, as the specification says.
 */
#include "base/err.h"

struct arena;
struct buf;
struct json_object;

/* A template by its name; text is not NUL-terminated. */
struct template
{
	const char *name;
	const char *text;
	unsigned long n;
};

/*
 * Renders the template called name into out. Partials are looked up in the
 * same list, which ends with a NULL name. Values are escaped for element text
 * and quoted attributes (& < > " '). E_INTERNAL for an unknown name, a tag
 * that does not close, or partials nested deeper than 16.
 */
MUST_USE enum err template_render(const struct template *list, const char *name,
    struct json_object *data, struct buf *out);
