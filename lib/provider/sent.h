#pragma once
/* What came of a message to a person, whatever it went by. */

enum sent_outcome {
	SENT_TAKEN,   /* by the provider, for good */
	SENT_LATER,   /* surely not sent: to be tried again */
	SENT_NEVER,   /* nor ever to this recipient */
	SENT_UNFIT,   /* nor ever with what stands in it */
	SENT_BLOCKED, /* nor any other, until the operator has seen to it */
	SENT_UNKNOWN  /* perhaps sent: trying again may send it twice */
};

struct sent {
	enum sent_outcome outcome;
	const char *code;   /* the provider's word for it, "" without one */
	const char *serial; /* the provider's name for the message, or "" */
};
