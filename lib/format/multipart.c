#include "format/multipart.h"

#include <stdbool.h>
#include <string.h>
#include <strings.h>

#include "base/arena.h"
#include "base/utf8.h"

/* What is still to be read. */
struct text {
	const char *p, *end;
};

/* Moves past a word that comes next, in any case of its letters. */
static bool
take(struct text *t, const char *word)
{
	size_t n = strlen(word);

	if ((size_t)(t->end - t->p) < n || strncasecmp(t->p, word, n) != 0)
		return false;
	t->p += n;
	return true;
}

static void
skip_blanks(struct text *t)
{
	while (t->p < t->end && (*t->p == ' ' || *t->p == '\t'))
		t->p++;
}

/* What comes next up to a separator, as RFC 9110 has it; may be empty. */
static struct text
token(struct text *t)
{
	static const char separators[] = "()<>@,;:\\\"/[]?={}";
	struct text out = { t->p, t->p };

	while (t->p<t->end && * t->p> ' ' && *t->p <= '~' &&
	       strchr(separators, *t->p) == NULL)
		t->p++;
	out.end = t->p;
	return out;
}

static bool
is(struct text t, const char *word)
{
	return take(&t, word) && t.p == t.end;
}

/*
 * The rest of a quoted string. Browsers write a quote in it as %22, others as
 * \"; a backslash before anything else is one (file names from Windows).
 */
static enum err
quoted(struct arena *a, struct text *t, const char **out)
{
	char *s = arena_alloc(a, (size_t)(t->end - t->p) + 1), *to = s;

	for (; t->p < t->end && *t->p != '"'; t->p++) {
		struct text ahead = *t;
		unsigned char c = (unsigned char)*t->p;

		if (c < ' ' || c == 0x7f)
			return FAIL(E_MALFORMED, "multipart: control byte");
		if (take(&ahead, "%22") || take(&ahead, "\\\"")) {
			t->p = ahead.p - 1;
			c = '"';
		}
		*to++ = (char)c;
	}
	if (!take(t, "\"") || !utf8_valid(s, (size_t)(to - s)))
		return FAIL(E_MALFORMED, "multipart: bad quoted string");
	*out = s;
	return E_OK;
}

/* A parameter: blanks, ';', blanks, name, '=', a token or quoted string. */
static enum err
parameter(
    struct arena *a, struct text *t, struct text *name, const char **value)
{
	struct text plain;

	skip_blanks(t);
	if (!take(t, ";"))
		return FAIL(E_MALFORMED, "multipart: no ';'");
	skip_blanks(t);
	*name = token(t);
	if (name->p == name->end || !take(t, "="))
		return FAIL(E_MALFORMED, "multipart: bad parameter");
	if (take(t, "\"")) {
		TRY(quoted(a, t, value));
	} else {
		plain = token(t);
		if (plain.p == plain.end)
			return FAIL(E_MALFORMED, "multipart: empty parameter");
		*value =
		    arena_strndup(a, plain.p, (size_t)(plain.end - plain.p));
	}
	skip_blanks(t);
	return E_OK;
}

static bool
is_boundary(const char *s)
{
	size_t n = strlen(s);

	return n >= 1 && n <= MULTIPART_BOUNDARY && s[n - 1] != ' ' &&
	       strspn(s, "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz"
			 "0123456789'()+_,-./:=? ") == n;
}

static enum err
find_boundary(struct arena *a, const char *content_type, const char **out)
{
	struct text t = { content_type, content_type + strlen(content_type) };
	struct text name = { NULL, NULL };
	const char *value = "";

	*out = NULL;
	if (t.end - t.p > MULTIPART_HEADER || !take(&t, "multipart/form-data"))
		return FAIL(E_MALFORMED, "multipart: other content type");
	while (t.p < t.end) {
		TRY(parameter(a, &t, &name, &value));
		if (!is(name, "boundary"))
			continue;
		if (*out != NULL || !is_boundary(value))
			return FAIL(E_MALFORMED, "multipart: bad boundary");
		*out = value;
	}
	return *out != NULL ? E_OK
			    : FAIL(E_MALFORMED, "multipart: no boundary");
}

static enum err
disposition(struct arena *a, struct text t, struct part *part)
{
	struct text name = { NULL, NULL };
	const char *value = "";

	if (part->name != NULL || !is(token(&t), "form-data"))
		return FAIL(E_MALFORMED, "multipart: bad disposition");
	while (t.p < t.end) {
		const char **to = NULL;

		TRY(parameter(a, &t, &name, &value));
		if (is(name, "name"))
			to = &part->name;
		else if (is(name, "filename"))
			to = &part->filename;
		if (to == NULL || *to != NULL)
			return FAIL(E_MALFORMED, "multipart: bad disposition");
		*to = value;
	}
	if (part->name == NULL || *part->name == '\0')
		return FAIL(E_MALFORMED, "multipart: part without a name");
	return E_OK;
}

/* One header of a part; those that do not matter may say what they like. */
static enum err
header(struct arena *a, struct text line, struct part *part)
{
	struct text whole = line, name = token(&line);

	if (whole.end - whole.p > MULTIPART_HEADER || name.p == name.end ||
	    !take(&line, ":"))
		return FAIL(E_MALFORMED, "multipart: bad header");
	skip_blanks(&line);
	if (is(name, "Content-Disposition"))
		return disposition(a, line, part);
	if (is(name, "Content-Transfer-Encoding") && !is(line, "binary") &&
	    !is(line, "8bit") && !is(line, "7bit"))
		return FAIL(E_MALFORMED, "multipart: encoded part");
	return E_OK;
}

/* A part from its headers on; delimiter is CRLF, -- and the boundary. */
static enum err
take_part(
    struct arena *a, struct text *t, const char *delimiter, struct part *part)
{
	const char *eol;

	*part = (struct part){ 0 };
	while (!take(t, "\r\n")) {
		eol = memmem(t->p, (size_t)(t->end - t->p), "\r\n", 2);
		if (eol == NULL)
			return FAIL(E_MALFORMED, "multipart: headers cut off");
		TRY(header(a, (struct text){ t->p, eol }, part));
		t->p = eol + 2;
	}
	if (part->name == NULL)
		return FAIL(E_MALFORMED, "multipart: part without a name");
	part->data = t->p;
	t->p =
	    memmem(t->p, (size_t)(t->end - t->p), delimiter, strlen(delimiter));
	if (t->p == NULL)
		return FAIL(E_MALFORMED, "multipart: part does not end");
	part->n = (size_t)(t->p - part->data);
	t->p += strlen(delimiter);
	return E_OK;
}

enum err
multipart_parse(struct arena *a, const char *content_type, const char *body,
    size_t n, struct parts *out)
{
	struct text t = { body, body + n };
	const char *boundary, *delimiter;

	out->n = 0;
	TRY(find_boundary(a, content_type, &boundary));
	delimiter = arena_printf(a, "\r\n--%s", boundary);
	if (n < strlen(delimiter + 2) ||
	    memcmp(body, delimiter + 2, strlen(delimiter + 2)) != 0)
		return FAIL(E_MALFORMED, "multipart: no boundary at the start");
	t.p += strlen(delimiter + 2);
	while (!take(&t, "--")) {
		if (!take(&t, "\r\n") || out->n == MULTIPART_PARTS)
			return FAIL(E_MALFORMED,
			    "multipart: bad boundary or too many parts");
		TRY(take_part(a, &t, delimiter, &out->item[out->n]));
		out->n++;
	}
	take(&t, "\r\n");
	if (t.p < t.end)
		return FAIL(E_MALFORMED, "multipart: bytes after the end");
	return E_OK;
}

const struct part *
multipart_get(const struct parts *list, const char *name)
{
	for (size_t i = 0; i < list->n; i++)
		if (strcmp(list->item[i].name, name) == 0)
			return &list->item[i];
	return NULL;
}
