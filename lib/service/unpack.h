#pragma once
/*
 * Takes compressed files of others apart, in a jail: a file that is damaged,
 * that lies about itself or that grows without end is refused, and harms
 * nothing.
 */
#include <stddef.h>

#include "base/err.h"

struct arena;

enum unpack_kind {
	UNPACK_GZIP,
	UNPACK_ZIP /* all files of it, each with a line's end behind it */
};

struct unpack_job {
	enum unpack_kind kind;
	const char *p;
	size_t n;
	size_t max; /* bytes that it may be unpacked */
};

/* Once, by the program that unpacks: the others are without the jail. */
void unpack_open(void);

/*
 * Unpacks into the arena, NUL-terminated. E_MALFORMED: it is damaged, or over
 * max. E_JAIL: there is no jail.
 */
MUST_USE enum err unpack(
    struct arena *a, const struct unpack_job *job, const char **out, size_t *n);
