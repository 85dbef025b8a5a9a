#pragma once
/*
 * The part of JSON that json-c is lax about: what is inside the tokens, how
 * much there is, and members given twice. The order of tokens is json-c's.
 */
#include <stdbool.h>
#include <stddef.h>

struct arena;

/*
 * What a scan found: where and why (in Chinese) it stopped, and the first key
 * that its object had already, as written between the quotes, or NULL.
 */
struct json_scan {
	size_t at;
	const char *why, *twice, *twice_end;
};

/* Whether all tokens of n bytes are right and within json.h's limits. */
bool json_scan(const char *p, size_t n, struct json_scan *out);

/* The characters of a string that was scanned, in the arena. */
const char *json_scan_decode(struct arena *a, const char *p, const char *end);
