#include "base/arena.h"

#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#include "base/log.h"

#if defined(__SANITIZE_ADDRESS__)
#include <sanitizer/asan_interface.h>
#else
#define ASAN_POISON_MEMORY_REGION(p, n)	  ((void)(p), (void)(n))
#define ASAN_UNPOISON_MEMORY_REGION(p, n) ((void)(p), (void)(n))
#endif

enum { ALIGN = _Alignof(max_align_t), BLOCK = 32 * 1024 };

struct block {
	struct block *next;
	size_t size, used;
	_Alignas(max_align_t) char mem[];
};

struct cleanup {
	struct cleanup *next;
	void (*fn)(void *);
	void *arg;
};

struct arena {
	size_t cap, used;
	struct block *blocks; /* newest first; the oldest survives a reset */
	struct cleanup *cleanups;
};

static _Noreturn void
give_up(const char *why, size_t n)
{
	log_line(LOG_ERROR, "arena", "msg=\"%s\" bytes=%zu", why, n);
	abort();
}

static struct block *
block_new(size_t size, struct block *next)
{
	struct block *b = malloc(sizeof(*b) + size);

	if (b == NULL)
		give_up("out of memory", size);
	*b = (struct block){ .next = next, .size = size };
	ASAN_POISON_MEMORY_REGION(b->mem, size);
	return b;
}

struct arena *
arena_new(size_t cap)
{
	struct arena *a = calloc(1, sizeof(*a));

	if (a == NULL)
		give_up("out of memory", sizeof(*a));
	a->cap = cap;
	a->blocks = block_new(BLOCK, NULL);
	return a;
}

void
arena_reset(struct arena *a)
{
	struct cleanup *c;
	struct block *b;

	/* A cleanup may not add another: they are taken off one by one. */
	while ((c = a->cleanups) != NULL) {
		a->cleanups = c->next;
		c->fn(c->arg);
	}
	while ((b = a->blocks)->next != NULL) {
		a->blocks = b->next;
		ASAN_UNPOISON_MEMORY_REGION(b->mem, b->size);
		free(b);
	}
	a->blocks->used = 0;
	a->used = 0;
	ASAN_POISON_MEMORY_REGION(a->blocks->mem, a->blocks->size);
}

void
arena_free(struct arena *a)
{
	if (a == NULL)
		return;
	arena_reset(a);
	ASAN_UNPOISON_MEMORY_REGION(a->blocks->mem, a->blocks->size);
	free(a->blocks);
	free(a);
}

void *
arena_alloc(struct arena *a, size_t n)
{
	struct block *b = a->blocks;
	char *p;

	if (n > a->cap - a->used)
		give_up("arena over its cap", n);
	n = (n + ALIGN - 1) / ALIGN * ALIGN;
	if (n > b->size - b->used)
		b = a->blocks = block_new(n > BLOCK ? n : BLOCK, b);
	p = b->mem + b->used;
	b->used += n;
	a->used = a->used + n < a->cap ? a->used + n : a->cap;
	ASAN_UNPOISON_MEMORY_REGION(p, n);
	return memset(p, 0, n);
}

struct pages {
	void *p;
	size_t n;
};

static void
unmap(void *pages)
{
	const struct pages *m = pages;

	munmap(m->p, m->n);
}

void *
arena_pages(struct arena *a, size_t n)
{
	struct pages *m = ARENA_NEW(a, struct pages);

	m->n = n;
	m->p = mmap(NULL, n, PROT_READ | PROT_WRITE,
	    MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);
	if (m->p == MAP_FAILED)
		give_up("out of memory", n);
	arena_defer(a, unmap, m);
	return m->p;
}

void
arena_pages_close(void *p, size_t n)
{
	if (mprotect(p, n, PROT_READ) != 0)
		give_up("pages stay open", n);
}

char *
arena_strndup(struct arena *a, const char *s, size_t n)
{
	char *p = arena_alloc(a, n + 1);

	if (n > 0)
		memcpy(p, s, n);
	return p;
}

char *
arena_strdup(struct arena *a, const char *s)
{
	return s == NULL ? NULL : arena_strndup(a, s, strlen(s));
}

char *
arena_printf(struct arena *a, const char *fmt, ...)
{
	va_list ap, again;
	char *p;
	int n;

	va_start(ap, fmt);
	va_copy(again, ap);
	n = vsnprintf(NULL, 0, fmt, ap);
	va_end(ap);
	if (n < 0)
		give_up("bad format", 0);
	p = arena_alloc(a, (size_t)n + 1);
	vsnprintf(p, (size_t)n + 1, fmt, again);
	va_end(again);
	return p;
}

void
arena_defer(struct arena *a, void (*fn)(void *), void *arg)
{
	struct cleanup *c = ARENA_NEW(a, struct cleanup);

	*c = (struct cleanup){ .next = a->cleanups, .fn = fn, .arg = arg };
	a->cleanups = c;
}

static void
close_fd(void *fd)
{
	close((int)(intptr_t)fd);
}

void
arena_defer_close(struct arena *a, int fd)
{
	arena_defer(a, close_fd, (void *)(intptr_t)fd);
}

size_t
arena_used(const struct arena *a)
{
	return a->used;
}
