#pragma once
/*
 * Private fields at rest: AES-256-GCM under keys that are not in the
 * database. A sealed value is bound to its row and field by what it is
 * authenticated with, so that it cannot be moved to another. The keys of
 * stored files are sealed in the same way (service/store.h).
 */
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/err.h"

struct arena;

/* A sealed value: key number, nonce, ciphertext, tag. */
enum { SEAL_KEY = 32, SEAL_NONCE = 12, SEAL_TAG = 16 };
enum { SEAL_INDEX = 16, SEAL_KEYS = 256 };
enum { SEAL_HEAD = 1 + SEAL_NONCE, SEAL_MORE = SEAL_HEAD + SEAL_TAG };

/*
 * Reads the key file: a line a key, "number hexadecimal", number 1 to 255,
 * 64 digits. The first key seals; all open. E_INTERNAL with a cause, and then
 * what was open stays so.
 */
MUST_USE enum err seal_open(struct arena *a, const char *path);

/* The number of the key that seals, 1 to 255; 0: none is open. */
int seal_number(void);

/* Whether there is a key of that number. */
bool seal_knows(int number);

/*
 * Seals len bytes; bound is e.g. "ID/handler_id_no". *n is SEAL_MORE more
 * than len.
 */
MUST_USE enum err seal_bytes(struct arena *a, const char *bound, const void *p,
    size_t len, const uint8_t **out, size_t *n);

/* Opens what seal_bytes made. E_INTERNAL: key or bytes wrong. */
MUST_USE enum err unseal_bytes(struct arena *a, const char *bound,
    const void *sealed, size_t n, uint8_t **out, size_t *len);

/* The same of text; NULL gives NULL. */
MUST_USE enum err seal_text(struct arena *a, const char *bound,
    const char *text, const uint8_t **out, size_t *n);
MUST_USE enum err unseal_text(struct arena *a, const char *bound,
    const void *sealed, size_t n, const char **text);

/*
 * What equal texts have in common and nobody can tell without the key: a keyed
 * digest to look a sealed value up by. kind parts texts that are not to be
 * compared. The one of the key that seals; NULL gives NULL.
 */
MUST_USE enum err seal_index(
    struct arena *a, const char *kind, const char *text, const uint8_t **out);

/* The one of any key, by its number; NULL for a number there is not. */
MUST_USE enum err seal_index_of(struct arena *a, int number, const char *kind,
    const char *text, const uint8_t **out);
