#pragma once
/* Strict numbers: every parser takes its bounds, nothing saturates. */
#include <stdbool.h>
#include <stdint.h>

struct arena;

/*
 * The whole of s as a decimal integer within min and max: an optional '-',
 * digits, no '+', blanks, leading zeros or anything after. False otherwise.
 */
bool num_int(const char *s, int64_t min, int64_t max, int64_t *out);

/* "450", "450.5" or "450.50" yuan as fen, 0 to max. False otherwise. */
bool num_yuan(const char *s, int64_t max, int64_t *fen);

/* "12", or "1000+" for more than max, where nobody counted further. */
const char *num_count_text(struct arena *a, int64_t n, int64_t max);

/* The way back: "450.50"; "-0.05" for what is less than nothing. */
const char *num_yuan_text(struct arena *a, int64_t fen);
