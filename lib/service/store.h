#pragma once
/*
 * The attachment store. A key is "ab/" and 32 hexadecimal digits; an object
 * is written once, synced with its folder, and its contents never changed.
 * Rows name objects only after they are there.
 *
 * On disk an object is sealed (service/chunk.h), under a key that is its own
 * and stands before it, sealed in turn by the field key (service/seal.h, which
 * is opened first). What is written and read here is the plain bytes; sizes
 * and digests are theirs.
 */
#include <stddef.h>
#include <stdint.h>

#include "base/err.h"
#include "base/hash.h"

struct arena;
struct store_reader;
struct store_writer;

enum { STORE_KEY = 36 };

/* What was written. */
struct stored {
	char key[STORE_KEY];
	char sha256[SHA256_HEX];
	int64_t size;
	int sealed_by; /* number of the field key (seal_number) */
};

/* Opens "file:/path", making the folder if need be. E_INTERNAL. */
MUST_USE enum err store_open(const char *url);

/* Whether the store can be written: for readiness. */
MUST_USE enum err store_ping(void);

/*
 * Begins an object of at most `most` bytes under a new key, in a temporary
 * file that the arena's reset removes unless store_finish succeeded. E_STORE.
 */
MUST_USE enum err store_begin(
    struct arena *a, size_t most, struct store_writer **out);

/* Appends. E_STORE when the disk is full or fails. */
MUST_USE enum err store_write(struct store_writer *w, const void *p, size_t n);

/* Ends the writing: the digest of all that was appended, for who needs it
 * before the object is kept. */
MUST_USE enum err store_digest(struct store_writer *w, char sha256[SHA256_HEX]);

/* What was written, as memory until the arena's reset: for a look at it before
 * it gets its name. */
const void *store_written(const struct store_writer *w, size_t *n);

/* Syncs and gives the object its name; it is durable when this is E_OK. */
MUST_USE enum err store_finish(struct store_writer *w, struct stored *out);

/*
 * Opens an object for reading piece by piece; the arena's reset closes it.
 * E_STORE when it is not there, is damaged or is of a key we do not have.
 */
MUST_USE enum err store_read(
    struct arena *a, const char *key, struct store_reader **out);

/* The object's bytes, as its length on disk tells. */
int64_t store_size(const struct store_reader *in);

/*
 * The next piece, *n 0 at the end; it lasts until the next one is asked for.
 * E_STORE when it is not as it was written.
 */
MUST_USE enum err store_next(
    struct store_reader *in, const void **p, size_t *n);

/* A whole object as read-only memory until the arena's reset. */
MUST_USE enum err store_load(
    struct arena *a, const char *key, const void **p, size_t *n);

/*
 * Has an object's key sealed by the field key that seals now; *sealed_by is
 * that one's number. An object of before there was any, plain bytes, is sealed
 * whole if that is its digest. E_STORE.
 */
MUST_USE enum err store_reseal(
    struct arena *a, const char *key, const char *sha256, int *sealed_by);

/* Removes an object; one that is not there is fine. */
MUST_USE enum err store_remove(const char *key);

/*
 * Calls fn for every object older than age seconds, and removes temporary
 * files of that age. Stops at the first error and gives it on.
 */
MUST_USE enum err store_each(
    int64_t age, enum err (*fn)(void *, const char *key), void *arg);
