#pragma once
/* What the parts of the store share: store.c and store_….c. */
#include <errno.h>
#include <stdbool.h>
#include <string.h>

#include "service/chunk.h"
#include "service/seal.h"
#include "service/store.h"

/*
 * What an object begins with, before its chunks. Its key is sealed in one of
 * the slots: a key that is sealed anew goes into the other, so that a crash
 * meanwhile leaves one that opens.
 */
enum { STORE_SLOT = 64, STORE_SLOTS = 2, STORE_MAGIC = 9 };
enum { SEALED_KEY = CHUNK_KEY + SEAL_MORE };

struct store_head {
	char magic[STORE_MAGIC]; /* which format it has */
	uint8_t prefix[CHUNK_PREFIX];
	uint8_t slot[STORE_SLOTS][STORE_SLOT]; /* a sealed key, or zeros */
};

_Static_assert((int)SEALED_KEY <= (int)STORE_SLOT, "a slot holds a sealed key");

#define STORE_MAGIC_1 "calock-1\n"

/* The store's folder. */
extern int store_root;

/* A call of the system's that failed. */
#define STORE_FAILED(what) FAIL(E_STORE, "store: %s: %s", what, strerror(errno))

/* What a file's key is bound to. */
const char *store_bound(struct arena *a, const char *key);

/* All n bytes of a file from there on; key is for the log. */
MUST_USE enum err store_read_all(
    int fd, const char *key, void *p, size_t n, int64_t from);

/* The key of an object, from the slot that opens, and which that is. */
MUST_USE enum err store_open_key(struct arena *a, const char *key,
    const struct store_head *head, uint8_t **out, int *slot);

/* store_begin of an object that has its key already. */
MUST_USE enum err store_begin_as(
    struct arena *a, const char *key, size_t most, struct store_writer **out);

/* E_INTERNAL for what is no key. */
MUST_USE enum err store_check_key(const char *key);

/* The folder's entry is durable only once the folder is synced. */
MUST_USE enum err store_sync_folder(const char *key);
