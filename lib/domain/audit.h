#pragma once
/*
 * The audit trail: one row a transaction, its id the transaction's, so that
 * db_tx can tell whether a COMMIT went through. Holds no private field.
 */
#include "domain/env.h"

/* Inside db_tx, once: who did action to subject (an id, at most 64). */
MUST_USE enum err audit_add(struct env *env, const char *action,
    const char *subject, const char *detail);

/* In a transaction of its own: for what changes nothing else. */
MUST_USE enum err audit_note(struct env *env, const char *action,
    const char *subject, const char *detail);

/* Counts a refused attempt; a failure to count is logged and not an error. */
void audit_refusal(struct env *env, const char *subject, const char *code);

/*
 * E_AUDIT_STALLED when rows have waited for their seal longer than they may:
 * then nothing more is changed. Asks the database once a second at most.
 */
MUST_USE enum err audit_check_sealed(struct env *env);
