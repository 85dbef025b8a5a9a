#pragma once
/* The page of one case, made from the field table. */
#include "domain/application.h"
#include "web/request.h"

/*
 * Shows app with the forms that the actor may use, private fields masked.
 * refused is E_OK, or why the posted form of action was not carried out: then
 * what was typed is kept and the status is the error's.
 */
MUST_USE enum err case_page(struct request *r, const struct application *app,
    enum err refused, enum action action);

/* The same with these private fields in full, which is on record by now. */
MUST_USE enum err case_page_revealed(
    struct request *r, const struct application *app, unsigned fields);
