#pragma once
/*
 * The bytes of a stored object as sealed chunks: AES-256-GCM under a key that
 * is the object's alone and therefore seals each number once. A chunk's nonce
 * is its number and whether it is the last (the STREAM construction), so one
 * that was changed, moved, repeated, left out or cut off does not open.
 */
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/err.h"

struct arena;
struct chunks;

/* Bytes of a chunk, but the last; of its tag; of key and nonce prefix. */
enum { CHUNK = 64 << 10, CHUNK_TAG = 16, CHUNK_KEY = 32, CHUNK_PREFIX = 7 };

/* To seal or to open chunks, which belong to the object `bound`. */
MUST_USE enum err chunks_new(struct arena *a, const uint8_t key[CHUNK_KEY],
    const uint8_t prefix[CHUNK_PREFIX], const char *bound, bool seals,
    struct chunks **out);

/* n bytes to n + CHUNK_TAG. */
MUST_USE enum err chunk_seal(struct chunks *c, uint32_t number, bool is_last,
    const void *p, size_t n, uint8_t *out);

/*
 * And back, n still without the tag; p and out may be the same. E_STORE when it
 * does not open; what out holds then is to be forgotten.
 */
MUST_USE enum err chunk_open(struct chunks *c, uint32_t number, bool is_last,
    const uint8_t *p, size_t n, uint8_t *out);
