#pragma once
/*
 * Asks ClamAV's daemon about bytes (its INSTREAM command, clamd(8)). The
 * daemon may be away, slow or odd: then nobody knows, and that is an error.
 */
#include <stddef.h>
#include <stdint.h>

#include "base/err.h"

/*
 * E_OK: nothing found. E_INFECTED: something was, the log has its name.
 * E_SCANNER: no answer within so many seconds, or another than these two.
 */
MUST_USE enum err clamd_scan(
    const char *socket_path, const void *p, size_t n, int64_t seconds);
