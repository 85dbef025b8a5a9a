#pragma once
/*
 * A ZIP archive, written piece by piece into a file, so that its size costs
 * no memory (minizip).
 */
#include <stddef.h>

#include "base/err.h"

struct arena;
struct zip;

/* Begins an archive in the file path. Not closed, it goes with the arena. */
MUST_USE enum err zip_open(struct arena *a, const char *path, struct zip **out);

/* Ends the entry before, and begins one; the name is ASCII. */
MUST_USE enum err zip_entry(struct zip *z, const char *name);

/* Appends to the entry. */
MUST_USE enum err zip_write(struct zip *z, const void *p, size_t n);

/* Ends the archive. */
MUST_USE enum err zip_close(struct zip *z);
