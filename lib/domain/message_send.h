#pragma once
/* The worker's sending of messages. */
#include "domain/message.h"

/* Opens the channels of the configuration; E_INTERNAL with a cause, also when
 * the vendor of short messages has no template for what we send. */
MUST_USE enum err message_open(struct arena *a, const struct config *cfg);

/* Seconds before the next try after so many that failed, or -1: no more. */
int64_t message_back_off(int64_t attempts);

/*
 * One round of the worker: sends what is due. What was claimed and never
 * marked, and what the provider may have sent, becomes `unknown`: a person
 * sees it, and it is not sent twice blindly. What is never to be had by that
 * number fails at once, everything else after so many tries. What is over the
 * limits of its number (message_limit.h) waits, as a reminder does at night, and
 * no try is counted.
 */
MUST_USE enum err message_send_due(struct env *env);
