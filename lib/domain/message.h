#pragma once
/* Messages to people: the text of each event, and the worker's sending. */
#include "domain/application.h"
#include "provider/sms.h"

/*
 * What the applicant is told of an action (state.def) on an application, in
 * the arena; NULL for an action that nobody is told of. It follows from
 * category and pickup, so that nobody has to be told to ignore a wrong one.
 */
const char *message_text(
    struct arena *a, const char *action, const struct application *app);

/* Seconds before the next try after so many that failed, or -1: no more. */
int64_t message_back_off(int64_t attempts);

/*
 * One round of the worker: sends what is due. What was claimed and never
 * marked, and what the provider may have sent, becomes `unknown`: a person
 * sees it, and it is not sent twice blindly.
 */
MUST_USE enum err message_send_due(
    struct env *env, const struct sms_provider *sms);
