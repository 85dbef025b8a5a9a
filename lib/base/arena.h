#pragma once
/*
 * Memory with one lifetime. A request has one arena: everything made while it
 * is served comes from it and goes at once, so handlers free nothing.
 */
#include <stddef.h>

struct arena;

/*
 * A new arena that hands out at most cap bytes between resets. What comes in
 * is bounded long before that (bodies, lists), so going over the cap, like
 * running out of memory, is a bug in those bounds: it is logged and ends the
 * process, whose parent starts another.
 */
struct arena *arena_new(size_t cap);

/* Runs the cleanups, newest first, and takes all memory back for reuse. */
void arena_reset(struct arena *a);

/* arena_reset, and gives the memory back to the system. */
void arena_free(struct arena *a);

/* n zeroed bytes, aligned for any type; never NULL. Lives until the reset. */
void *arena_alloc(struct arena *a, size_t n);

/*
 * n zeroed bytes, at least one, of memory that costs only where it is written
 * and goes back to the system at the reset; never NULL, and no part of the cap.
 */
void *arena_pages(struct arena *a, size_t n);

/* Such memory is only read from now on. */
void arena_pages_close(void *p, size_t n);

/* A NUL-terminated copy of s; NULL gives NULL. */
char *arena_strdup(struct arena *a, const char *s);

/* A NUL-terminated copy of n bytes. */
char *arena_strndup(struct arena *a, const char *s, size_t n);

/* printf into the arena; never NULL. */
char *arena_printf(struct arena *a, const char *fmt, ...)
    __attribute__((format(printf, 2, 3)));

/* Has fn(arg) called at the reset. */
void arena_defer(struct arena *a, void (*fn)(void *), void *arg);

/* Has a file closed at the reset. */
void arena_defer_close(struct arena *a, int fd);

/* Bytes handed out since the last reset. */
size_t arena_used(const struct arena *a);

#define ARENA_NEW(a, type) ((type *)arena_alloc((a), sizeof(type)))
