#pragma once
/* What read(2) and write(2) leave to their callers. */
#include <stdbool.h>
#include <stddef.h>

/* Writes all n bytes; false, and errno says why, when that cannot be. */
bool fd_write_all(int fd, const void *p, size_t n);
