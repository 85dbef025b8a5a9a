#pragma once
/*
 * How many notices a number gets in 24 hours (sms_notices_day), over all
 * workers: fewer than a vendor lets through. Codes have limits of their own
 * (status.h).
 */
#include "domain/env.h"

/*
 * Inside db_tx: takes one of those that a mobile number may still get; *wait
 * is then 0. Else nothing is taken, and *wait the seconds until one may be.
 * Under a new field key the count begins anew.
 */
MUST_USE enum err message_limit_take(
    struct env *env, const char *mobile, int64_t *wait);

/* Forgets what counts no more; a round of the worker. */
MUST_USE enum err message_limit_purge(struct env *env);
