#pragma once
/*
 * HTML templates: the part of mustache (spec 1.4) that always escapes; and
 * plain texts with the same tags.
 * {{name}}, {{a.b}}, {{.}}, {{#section}}, {{^inverted}}, {{! comment}} and
 * {{> partial}}; no triple braces, no {{&}}, no lambdas, no delimiters to
 * set. Standalone tags take their line with them, as the specification says,
 * and a standalone partial is indented as its tag is (but for empty lines).
 *
 * A section is left out, and an inverted one shown, for a name that is not
 * there, null, false, 0, "" and []. A section over an array is shown for each
 * item; over anything else once, with that as the context: {{.}} is the value.
 */
#include "base/err.h"

struct arena;
struct buf;
struct json_object;

/* Partials in one another; bytes of a name in a tag. */
enum { TEMPLATE_DEPTH = 16, TEMPLATE_NAME = 64 };

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
 * and quoted attributes (& < > " '); what is not there is empty. E_INTERNAL
 * for an unknown template, a tag or section that does not close, an object or
 * array where a value should be, partials nested deeper than TEMPLATE_DEPTH,
 * or when out is full.
 */
MUST_USE enum err template_render(const struct template *list, const char *name,
    struct json_object *data, struct buf *out);

/* The same of a text that is no HTML: values stand as they are. */
MUST_USE enum err template_text(const struct template *list, const char *name,
    struct json_object *data, struct buf *out);
