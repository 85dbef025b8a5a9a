#pragma once
/*
 * 流程说明: what an applicant has to know, as the system is: states and who
 * acts, fees, documents, limits, periods, messages. The portal's page and the
 * manual are both made from it, so that neither says what was so once.
 */
#include "domain/env.h"

struct json_object;

/* Adds its members (Guide of openapi.def), for people: titles, not words. */
MUST_USE enum err guide_json(struct env *env, struct json_object *o);
