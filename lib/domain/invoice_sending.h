#pragma once
/* What the files of the worker's part of the invoice share, and nobody else. */
#include "domain/invoice_private.h"

enum { RED_ASKS = 4 }; /* calls for one red invoice, before a person looks */

/* The invoice that is worked on, and how it stands with the provider. */
struct sending {
	struct env *env;
	const struct invoice_provider *provider;
	struct invoice inv;
	struct invoice_order order; /* fapiao_id NULL: no try yet */
	const char *known; /* the number of the try, however it is known */
	int64_t tries, asks;
	bool was_asked;	     /* for a red invoice, a moment ago */
	const char *trouble; /* what a person who looks is to know of it */
	/* Why it fails: a word for the trail, and what people read. */
	const char *code, *word;
	struct invoice_fact fact;
};

/* Reads what is asked for, and its try; the last one, if there is any, when
 * try is NULL. */
MUST_USE enum err sending_load(struct sending *s, const char *try);

/* A transaction; when somebody else was faster it is looked at again. */
MUST_USE enum err sending_run(struct sending *s, enum err (*work)(void *));

/* A provider's word and sentence for a failure; either may be missing. */
void sending_words(struct sending *s, const char *code, const char *message);

/* The provider says that it is issued, under which number. */
MUST_USE enum err sending_told(struct sending *s);

/*
 * Asks for the red invoice. A call that nobody heard the end of may have done
 * it: so no more of them than the provider wants, and the next one after a
 * query. why->code is "" unless it was refused for good.
 */
MUST_USE enum err sending_reverse(
    struct sending *s, enum invoice_reason reason, struct invoice_refusal *why);

/*
 * What becomes of a try that two persons have closed as never issued: its id
 * and its invoice's. is_clear when it still is nothing, or nothing any more.
 */
MUST_USE enum err sending_look_at_closed(struct env *env,
    const struct invoice_provider *provider, const struct cell *try,
    bool *is_clear);

/* The same of all of the case that s is of, before it has another. */
MUST_USE enum err sending_ask_closed(struct sending *s, bool *is_clear);
