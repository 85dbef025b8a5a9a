#pragma once
/*
 * Reads what a route declares: query, JSON members, form fields. What is not
 * declared, or comes twice, is refused by its name.
 */
#include "web/request.h"

/* Fills r->query, and r->in, r->form, r->parts or r->body. */
MUST_USE enum err input_read(struct request *r);
