#pragma once
/*
 * Whether a short message arrived. A vendor pushes that to our callback URL,
 * where nobody signs it: the URL holds a secret, and only a receipt with the
 * serial and the number of a message that we sent is believed; all that it
 * ever changes is that one's state, `delivered` or `undelivered`. What is not
 * pushed the worker asks for, by calls that are signed: also of one whose
 * answer was lost, by our own name for it.
 */
#include "provider/sms.h"

#include "domain/env.h"

/* Reads the secret of the callback URL, if there is one; E_INTERNAL. */
MUST_USE enum err message_receipt_open(
    struct arena *a, const struct config *cfg);

/* Our name for a message at its vendor: its id, and another each time that
 * somebody sends it again, so that what is said of one is not taken for the
 * other's. */
const char *message_receipt_name(
    struct arena *a, const char *id, int64_t resends);

/* What a receipt of that message is found by, of the vendor's serial or our
 * name; 32 bytes in the arena; NULL without the secret. */
const uint8_t *message_receipt_key(struct arena *a, const char *provider,
    const char *name, const char *mobile);
enum { MESSAGE_RECEIPT_KEY = 32 };

/* Takes what a vendor pushed. E_NOT_FOUND: it does not know the secret;
 * E_MALFORMED: these are no receipts. */
struct message_push {
	const struct sms_provider *provider;
	const char *token, *body; /* the token may be NULL */
	size_t n;
};
MUST_USE enum err message_receipt_take(
    struct env *env, const struct message_push *push);

/*
 * A round of the worker: asks about those of which nothing was heard, less and
 * less often and for three days. One whose outcome is unknown becomes `sent`
 * when the vendor has it. When it is not among what the vendor has, that is
 * shown, and it stays unknown: neither vendor says when such a list is
 * complete, so it may still come.
 */
MUST_USE enum err message_receipt_ask(struct env *env);

/* Seconds after which what this vendor took, or may have, is asked about first;
 * -1: never. */
int64_t message_receipt_wait(const struct sms_provider *provider);
