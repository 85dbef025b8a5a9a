#pragma once
/* What the identifier checks share; nothing outside lib/format/ident*.c. */
#include <stddef.h>

#include "format/ident.h"

struct verdict ident_right(const char *value);
struct verdict ident_warn(
    const char *value, const char *code, const char *message);
struct verdict ident_wrong(
    const char *input, const char *code, const char *message);

/*
 * s with every character replaced by map(c), or dropped when that is
 * negative. map never answers a character that takes more bytes. Bytes that
 * are not UTF-8 are copied.
 */
const char *ident_map(
    struct arena *a, const char *s, int32_t (*map)(int32_t c));

/* ident_fold, and dashes of every kind to '-'. */
const char *ident_fold_dashes(struct arena *a, const char *s);

/* Whether c is a space of any width; tabs and line ends are not. */
bool ident_is_blank(int32_t c);

/* The first character of s as a message names it, in quotation marks. */
const char *ident_quote(struct arena *a, const char *s);

/*
 * The refusal of s[at], whose predecessors are all ASCII; what is the name of
 * the number it stands in.
 */
struct verdict ident_stray(struct arena *a, const char *input, const char *s,
    size_t at, const char *what);

/* Whether the first two characters of s are a pair of list ("11 12 13"). */
bool ident_pair_in(const char *list, const char *s);

/* Whether s begins with a province of GB/T 2260. */
bool ident_is_province(const char *s);
