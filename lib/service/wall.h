#pragma once
/*
 * A wall around this process that nobody inside it can take down: Landlock
 * (Documentation/userspace-api/landlock.rst of Linux). Behind it only the
 * listed files and folders can be opened, nothing can be executed, only the
 * listed TCP ports be connected to and none be bound, and no process outside
 * be signalled. What is open already stays open. Sockets of the file system
 * are not behind it: their modes guard them.
 */
#include <stdint.h>

#include "base/err.h"

enum { WALL_PATHS = 24, WALL_PORTS = 8 };

struct wall {
	const char *reads[WALL_PATHS]; /* NULL-ended; folders with all below */
	const char *changes[WALL_PATHS]; /* the same, to read and to change */
	uint16_t ports[WALL_PORTS];	 /* 0-ended */
};

/* The version of Landlock that the kernel has; 0: none, or switched off. */
int wall_version(void);

/*
 * Raises the wall for this process and all that it forks, for good, as far as
 * the kernel can: without Landlock not at all, before version 4 for files
 * alone, before version 6 not for signals. A listed path that is not there is
 * left out. E_INTERNAL when the kernel has it and refuses.
 */
MUST_USE enum err wall_raise(const struct wall *wall);
