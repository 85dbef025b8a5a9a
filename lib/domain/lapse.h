#pragma once
/*
 * Cases that nobody goes on with: approved and not paid, or rejected and not
 * corrected. The applicant is told some days before, then they are cancelled.
 */
#include "domain/env.h"

/* One round of the worker; people are told at the hours of reminders. */
MUST_USE enum err lapse_due(struct env *env);
