#pragma once
#include "service/unpack.h"

typedef enum err unpacker(
    struct arena *a, const struct unpack_job *job, const char **out, size_t *n);

/* Who does it from now on. */
void unpack_use(unpacker *how);
