#pragma once
/* The form that asks to see private fields in full, on any page. */
#include "web/request.h"

struct json_object;

/* Adds "reveal", the form: what would be shown, and why (reveal_why_json). */
void reveal_form_json(struct request *r, const char *what, const char *usual,
    struct json_object *o);

/*
 * Adds what the partial reveal-why shows to a form: the reasons, usual
 * selected unless another was posted, and what was typed and refused.
 */
void reveal_why_json(
    struct request *r, const char *usual, struct json_object *form);
