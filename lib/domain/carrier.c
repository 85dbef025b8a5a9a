#include "domain/carrier.h"

#include <regex.h>
#include <string.h>

#include "base/arena.h"
#include "base/err.h"
#include "base/utf8.h"
#include "format/ident.h"
#include "format/json.h"

static const struct carrier carriers[] = {
#define CARRIER(word, name, pattern, url)                                      \
	{ word, name, "^(" pattern ")$", url },
#include "domain/carrier.def"
#undef CARRIER
};

/* 顺丰 is enough of 顺丰速运. */
static bool
is_beginning(const char *name, const char *typed)
{
	return utf8_length(typed) >= 2 &&
	       strncmp(name, typed, strlen(typed)) == 0;
}

const struct carrier *
carrier_find(const char *word)
{
	for (size_t i = 0; i < COUNT(carriers); i++)
		if (strcasecmp(carriers[i].word, word) == 0 ||
		    is_beginning(carriers[i].name, word))
			return &carriers[i];
	return NULL;
}

const char *
carrier_number(struct arena *a, const struct carrier *c, const char *typed)
{
	char *number = arena_strdup(a, ident_fold(a, typed)), *to = number;
	regex_t pattern;
	bool is_right;

	for (const char *p = number; *p != '\0'; p++)
		if (*p != '-')
			*to++ = *p;
	*to = '\0';
	if (to - number > TRACKING_NO_MAX ||
	    regcomp(&pattern, c->pattern, REG_EXTENDED | REG_NOSUB) != 0)
		return NULL;
	is_right = regexec(&pattern, number, 0, NULL, 0) == 0;
	regfree(&pattern);
	return is_right ? number : NULL;
}

void
carrier_names_json(struct json_object *list)
{
	for (size_t i = 0; i < COUNT(carriers); i++)
		json_item_str(list, carriers[i].name);
}

void
carrier_options_json(struct json_object *list)
{
	for (size_t i = 0; i < COUNT(carriers); i++) {
		struct json_object *o = json_item(list);

		json_str(o, "value", carriers[i].word);
		json_str(o, "title", carriers[i].name);
	}
}
