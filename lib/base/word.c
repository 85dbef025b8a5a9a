#include "base/word.h"

#include <string.h>

const char *
word_title(const struct word *list, size_t n, const char *word)
{
	for (size_t i = 0; i < n; i++)
		if (strcmp(list[i].word, word) == 0)
			return list[i].title;
	return word;
}
