#pragma once
/* What openapi.c (paths) and openapi_schema.c (all else) share. */
#include "domain/field.h"

struct arena;
struct json_object;

enum { OPENAPI_ARENA = 8 << 20 };

/* A type of openapi.def as a JSON Schema. */
void openapi_type(struct arena *a, struct json_object *o, const char *type);

/* Makes o refer to a schema of openapi.def. */
void openapi_reference(
    struct arena *a, struct json_object *o, const char *schema);

/* The type of a form's field, for openapi_type. */
const char *openapi_field_type(enum field f);
