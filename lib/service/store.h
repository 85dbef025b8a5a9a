#pragma once
/*
 * The attachment store. A key is "ab/" and 32 hexadecimal digits; an object
 * is written once, synced with its folder, and never changed. Rows name
 * objects only after they are there.
 */
#include <stddef.h>
#include <stdint.h>

#include "base/err.h"
#include "base/hash.h"

struct arena;
struct store_writer;

enum { STORE_KEY = 36 };

/* What was written. */
struct stored {
	char key[STORE_KEY];
	char sha256[SHA256_HEX];
	int64_t size;
};

/* Opens "file:/path", making the folder if need be. E_INTERNAL. */
MUST_USE enum err store_open(const char *url);

/* Whether the store can be written: for readiness. */
MUST_USE enum err store_ping(void);

/*
 * Begins an object under a new key, in a temporary file that the arena's
 * reset removes unless store_finish succeeded. E_STORE.
 */
MUST_USE enum err store_begin(struct arena *a, struct store_writer **out);

/* Appends. E_STORE when the disk is full or fails. */
MUST_USE enum err store_write(struct store_writer *w, const void *p, size_t n);

/* Ends the writing: the digest of all that was appended, for who needs it
 * before the object is kept. */
MUST_USE enum err store_digest(struct store_writer *w, char sha256[SHA256_HEX]);

/*
 * What was written, as read-only memory until the arena's reset; for a look
 * at it before it gets its name. Not of an empty object.
 */
MUST_USE enum err store_map(
    struct arena *a, struct store_writer *w, const void **p, size_t *n);

/* Syncs and gives the object its name; it is durable when this is E_OK. */
MUST_USE enum err store_finish(struct store_writer *w, struct stored *out);

/* Opens an object for reading; the arena's reset closes it. */
MUST_USE enum err store_read(
    struct arena *a, const char *key, int *fd, int64_t *size);

/* A whole object as read-only memory until the arena's reset. */
MUST_USE enum err store_load(
    struct arena *a, const char *key, const void **p, size_t *n);

/* Removes an object; one that is not there is fine. */
MUST_USE enum err store_remove(const char *key);

/*
 * Calls fn for every object older than age seconds, and removes temporary
 * files of that age. Stops at the first error and gives it on.
 */
MUST_USE enum err store_each(
    int64_t age, enum err (*fn)(void *, const char *key), void *arg);
