#pragma once
/* Answers from the store, for the programs that read it. */
#include "web/request.h"

/*
 * A stored object as a file to save (respond_stream), of the size that its row
 * has. E_STORE when it is not there or not whole.
 */
MUST_USE enum err respond_stored(struct request *r, const char *key,
    int64_t size, const char *type, const char *name);
