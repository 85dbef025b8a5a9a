#pragma once
/* UTF-8 as RFC 3629 has it: no overlong forms, no surrogates, to U+10FFFF. */
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct arena;

/*
 * Reads one code point at *p, which ends before end, and moves *p past it;
 * -1 when the bytes are not UTF-8 (then *p stays).
 */
int32_t utf8_next(const char **p, const char *end);

/* Whether n bytes are UTF-8 throughout. */
bool utf8_valid(const char *s, size_t n);

/* Whether a control character, C0, DEL or C1, stands in a valid string. */
bool utf8_has_control(const char *s);

/* Code points in a valid string. */
size_t utf8_length(const char *s);

/* Whether a valid string has so many code points; NULL has not. */
bool utf8_is_within(const char *s, size_t least, size_t most);

/* How many of the n bytes of a valid string, cut off there, are whole. */
size_t utf8_whole(const char *s, size_t n);

/* Writes a code point, 1 to 4 bytes, and returns how many. */
size_t utf8_put(char *out, int32_t c);

/*
 * A valid string as a person may be shown it on paper: control characters and
 * line ends as blanks, and without what has no width or turns the direction
 * of the text after it, so that what is read is what is stored, in its order.
 */
const char *utf8_shown(struct arena *a, const char *s);
