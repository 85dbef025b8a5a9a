#include "provider/email.h"

#include "base/err.h"
#include "service/mail.h"

enum { AUTH_FIRST = 530, AUTH_LAST = 539 };

/* What a refusal for good is about: this recipient, or all that we send. One
 * that will pass has 4 in front, and is tried again wherever it comes. */
static const enum sent_outcome refused[] = {
	[MAIL_CONNECT] = SENT_LATER,
	[MAIL_TLS] = SENT_BLOCKED,
	[MAIL_HELLO] = SENT_BLOCKED,
	[MAIL_AUTH] = SENT_BLOCKED,
	[MAIL_SENDER] = SENT_BLOCKED,
	[MAIL_RECIPIENT] = SENT_NEVER,
	[MAIL_DATA] = SENT_NEVER,
};

static enum sent_outcome
outcome_of(const struct mail_answer *answer)
{
	int status = answer->status;

	if (status >= 400 && status < 500)
		return SENT_LATER;
	/* Sign in, or better: whatever step it comes at. */
	if (status >= AUTH_FIRST && status <= AUTH_LAST)
		return SENT_BLOCKED;
	if (status >= 500 || answer->step == MAIL_TLS ||
	    answer->step == MAIL_AUTH)
		return refused[answer->step];
	return SENT_LATER;
}

struct sent
email_send(struct arena *a, const struct mail *m)
{
	struct mail_answer answer = { MAIL_CONNECT, 0, "" };

	switch (mail_send(a, m, &answer)) {
	case E_OK:
		return (struct sent){ SENT_TAKEN, answer.code, "" };
	case E_PROVIDER_UNKNOWN:
		return (struct sent){ SENT_UNKNOWN, "", "" };
	default:
		return (struct sent){ outcome_of(&answer), answer.code, "" };
	}
}
