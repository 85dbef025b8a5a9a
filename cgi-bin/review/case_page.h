#pragma once
/* The page of one case, made from the field table. */
#include "domain/application.h"
#include "web/request.h"

/*
 * Shows app with the forms that the actor may use. refused is E_OK, or why
 * the posted form of action was not carried out: then what was typed is kept
 * and the status is the error's. Shows the private fields that a reviewer has
 * to compare with the scans to the holder of the claim alone, and records it.
 */
MUST_USE enum err case_page(struct request *r, const struct application *app,
    enum err refused, enum action action);
