#pragma once
/*
 * Private fields at rest: AES-256-GCM under keys that are not in the
 * database. A sealed value is bound to its row and field by what it is
 * authenticated with, so that it cannot be moved to another.
 */
#include <stddef.h>
#include <stdint.h>

#include "base/err.h"

struct arena;

/*
 * Reads the key file: a line a key, "number hexadecimal", number 1 to 255,
 * 64 digits. The first key seals; all open. E_INTERNAL with a cause, and then
 * what was open stays so.
 */
MUST_USE enum err seal_open(struct arena *a, const char *path);

/* Seals text; bound is e.g. "ID/handler_id_no". NULL gives NULL. */
MUST_USE enum err seal_text(struct arena *a, const char *bound,
    const char *text, const uint8_t **out, size_t *n);

/* Opens what seal_text made; NULL gives NULL. E_INTERNAL: key or bytes wrong. */
MUST_USE enum err unseal_text(struct arena *a, const char *bound,
    const void *sealed, size_t n, const char **text);
