#pragma once
/* Files that nobody else sees and that go with whoever made them. */
#include <stddef.h>
#include <stdint.h>

#include "base/err.h"

struct arena;

/* A new file in dir that has no name there any more; the arena closes it. */
MUST_USE enum err temp_open(struct arena *a, const char *dir, int *fd);

/* The name by which a library that wants one can open it. */
const char *temp_path(struct arena *a, int fd);

/* Appends. E_STORE when the disk is full or fails. */
MUST_USE enum err temp_write(int fd, const void *p, size_t n);

/* Its length; reading begins at its start again. */
MUST_USE enum err temp_rewind(int fd, int64_t *size);
