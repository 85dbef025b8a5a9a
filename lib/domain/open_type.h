#pragma once
/* Which kinds of application the region has open (办理类型). */
#include "domain/env.h"

struct json_object;

/* The one with a form, and so with fees. */
#define TYPE_ENTERPRISE "enterprise"

struct open_type {
	const char *word, *title;
	bool has_form;
};

/* Those that there are, by place; NULL behind the last. */
const struct open_type *open_type_row(size_t i);

/* By word; NULL when there is none such. */
const struct open_type *open_type_find(const char *word);

/*
 * "types": [{type, title, is_open, has_form}]; one whose form does not exist
 * cannot be opened, and the database holds that as well.
 */
MUST_USE enum err open_type_list_json(struct env *env, struct json_object *o);

struct open_type_deed {
	struct env *env;
	const char *type;
	bool is_open; /* to be */
};

/* E_NOT_FOUND, E_TYPE_CLOSED: it has no form; E_STATE: it is so already. */
MUST_USE enum err open_type_set(struct open_type_deed *d);
