#pragma once
/* Words as they are stored and sent, and what people read for them. */
#include <stddef.h>

struct word {
	const char *word, *title; /* "open", 待支付 */
};

/* The title of a word in a list of n; of one that is not there itself. */
const char *word_title(const struct word *list, size_t n, const char *word);
