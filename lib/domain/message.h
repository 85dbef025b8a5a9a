#pragma once
/* Messages to people: the text of each event, and the worker's sending. */
#include "domain/application.h"
#include "domain/lock.h"
#include "provider/sms.h"

/*
 * What the applicant is told of an action (state.def) on an application, or of
 * its lock that ends (message_reminder; lock is NULL for all others): all of
 * *out but key and mobile, in the arena. False for an action that nobody is
 * told of. It follows from category and pickup.
 */
bool message_make(struct arena *a, const char *action,
    const struct application *app, const struct lock *lock,
    struct sms_message *out);

/* The word of a reminder, before or after the end. */
const char *message_reminder(bool is_over);

/* Opens the provider of the configuration; E_INTERNAL with a cause, also when
 * it has no template for what we send. */
MUST_USE enum err message_open(
    struct arena *a, const struct config *cfg, const struct sms_provider **out);

/* Seconds before the next try after so many that failed, or -1: no more. */
int64_t message_back_off(int64_t attempts);

/*
 * One round of the worker: sends what is due. What was claimed and never
 * marked, and what the provider may have sent, becomes `unknown`: a person
 * sees it, and it is not sent twice blindly. What is never to be had by that
 * number fails at once, everything else after so many tries.
 */
MUST_USE enum err message_send_due(
    struct env *env, const struct sms_provider *sms);
