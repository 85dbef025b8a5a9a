#include "format/cookie.h"

#include <string.h>

#include "base/arena.h"

const char *
cookie_get(struct arena *a, const char *header, const char *name)
{
	size_t n = strlen(name);

	while (header != NULL && *header != '\0') {
		const char *p = header + strspn(header, " \t");
		size_t pair = strcspn(p, ";");

		header = p[pair] == ';' ? p + pair + 1 : p + pair;
		if (pair <= n || memcmp(p, name, n) != 0 || p[n] != '=')
			continue;
		while (p[pair - 1] == ' ' || p[pair - 1] == '\t')
			pair--;
		return arena_strndup(a, p + n + 1, pair - n - 1);
	}
	return NULL;
}

/* Whether s has only visible ASCII, and none of the characters in bad. */
static bool
is_plain(const char *s, const char *bad)
{
	for (; *s != '\0'; s++)
		if (*s <= ' ' || *s > '~' || strchr(bad, *s) != NULL)
			return false;
	return true;
}

enum err
cookie_set(struct arena *a, const struct cookie *c, const char **line)
{
	if (*c->name == '\0' || !is_plain(c->name, "()<>@,;:\\\"/[]?={}") ||
	    !is_plain(c->value, "\",;\\") || *c->path != '/' ||
	    !is_plain(c->path, ";"))
		return FAIL(E_INTERNAL, "cookie: not fit for a header");
	*line = arena_printf(a, "%s=%s; Path=%s%s; HttpOnly; SameSite=%s%s",
	    c->name, c->value, c->path,
	    c->max_age < 0 ? "" : arena_printf(a, "; Max-Age=%ld", c->max_age),
	    c->is_lax ? "Lax" : "Strict", c->is_secure ? "; Secure" : "");
	return E_OK;
}
