#pragma once
/* Sealing the audit trail (service/chain.h): the worker's alone. */
#include "domain/env.h"

struct arena;

/* Reads the key and opens the file of anchors; before audit_seal_due. */
MUST_USE enum err audit_seal_open(struct arena *a, const struct config *cfg);

/*
 * Seals what has settled and leaves an anchor of each seal. A seal whose
 * anchor cannot be written is the last one until it can.
 */
MUST_USE enum err audit_seal_due(struct env *env);

struct chain_check;

/*
 * Holds the newest anchors against their seals, and puts what is wrong into
 * the check: a chain whose end was cut off is whole for itself.
 */
MUST_USE enum err audit_seal_check_end(
    struct env *env, struct chain_check *check);
