#pragma once
/*
 * Our own longer texts (manual, letters, declarations) as they stand in the
 * source: a small part of Markdown. Blank lines part blocks; the lines of a
 * paragraph are joined, as Chinese is, without a blank.
 */
#include <stdbool.h>

struct arena;

enum prose_kind {
	PROSE_TITLE,   /* # … */
	PROSE_CHAPTER, /* ## … */
	PROSE_SECTION, /* ### … */
	PROSE_TEXT,
	PROSE_STEP,   /* 1. …, numbered by place since the last other block */
	PROSE_ITEM,   /* - … */
	PROSE_NOTE,   /* > … */
	PROSE_PICTURE /* ![text](file) */
};

struct prose {
	enum prose_kind kind;
	const char *text;
	int number;	  /* of a step; goes on from the prose before */
	const char *file; /* of a picture */
};

/*
 * The next block of *source, which moves behind it; false at the end. out
 * still holds the block before, or zeros.
 */
bool prose_next(struct arena *a, const char **source, struct prose *out);
