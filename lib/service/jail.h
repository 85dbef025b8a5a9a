#pragma once
/*
 * Runs code over hostile bytes where a crash, a loop or a break-in harms
 * nothing: in a forked child that has no descriptor but the pipe for its
 * answer, no memory, time or file beyond its limits, and no system call but
 * those that computing needs (seccomp). What it takes from this process is a
 * copy; connections and files of the parent are closed in it before any of
 * the hostile bytes is looked at, and it leaves by _exit.
 *
 * The caller has one thread. The child is always reaped before jail_run
 * returns, and no SIGCHLD of it is left pending.
 */
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/err.h"

struct jail {
	int64_t seconds; /* of computing and on the clock, then it is killed */
	int64_t memory;	 /* bytes of writable memory */
	/*
	 * Folders whose files it may open for reading, NULL-ended, or NULL for
	 * none. Only Landlock can tell folders apart: where the kernel has
	 * none, nothing is opened either.
	 */
	const char *const *reads;
	/*
	 * Runs in the child before it is closed, to load what work needs and
	 * this process does without; NULL for nothing. False: there is no jail.
	 */
	bool (*prepare)(void);
	int64_t waits; /* so much longer on the clock, if nobody waits for it */
};

/* How it ended. Only an answer of JAIL_DONE is to be believed. */
enum jail_end {
	JAIL_DONE,
	JAIL_GAVE_UP,  /* work returned false */
	JAIL_KILLED,   /* by a forbidden call, a limit or a crash */
	JAIL_TIMED_OUT /* or answered more than there was room for */
};

/* What runs inside; it answers by writing to out. */
typedef bool jail_work(void *arg, int out);

/*
 * Runs work(arg) in a jail; up to max bytes of its answer go to answer, their
 * count to *n. E_JAIL when there is no jail to be had (never without one).
 */
MUST_USE enum err jail_run(const struct jail *jail, jail_work *work, void *arg,
    void *answer, size_t max, size_t *n, enum jail_end *end);

/*
 * Whether such a jail can be had, its libraries and all: for the start of a
 * program, so that no file has to be the first to find out. E_JAIL.
 */
MUST_USE enum err jail_try(const struct jail *jail);
