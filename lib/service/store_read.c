/* Objects on their way out of the store. */
#include <errno.h>
#include <fcntl.h>
#include <openssl/crypto.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/arena.h"
#include "service/store_private.h"

enum { SEALED_CHUNK = CHUNK + CHUNK_TAG };

struct store_reader {
	const char *key;
	int fd;
	int64_t size;
	struct chunks *chunks;
	uint32_t next, count; /* chunks */
	uint8_t *room;	      /* for one */
};

static enum err
damaged(const char *key, const char *what)
{
	return FAIL(E_STORE, "store: %s: %s", key, what);
}

enum err
store_read_all(int fd, const char *key, void *p, size_t n, int64_t from)
{
	for (char *s = p; n > 0;) {
		ssize_t part = pread(fd, s, n, from);

		if (part < 0 && errno == EINTR)
			continue;
		if (part < 0)
			return STORE_FAILED("read");
		if (part == 0)
			return damaged(key, "cut off");
		s += part;
		from += part;
		n -= (size_t)part;
	}
	return E_OK;
}

enum err
store_open_key(struct arena *a, const char *key, const struct store_head *head,
    uint8_t **out, int *slot)
{
	const char *bound = store_bound(a, key);
	size_t n;

	for (*slot = 0; *slot < STORE_SLOTS; ++*slot)
		if (head->slot[*slot][0] != 0 &&
		    unseal_bytes(a, bound, head->slot[*slot], SEALED_KEY, out,
			&n) == E_OK)
			return E_OK;
	return damaged(key, "its key does not open");
}

/*
 * Again when no slot opens: the worker may be sealing the key anew, and of
 * what it writes we may have read a half.
 */
static enum err
read_head(struct arena *a, struct store_reader *in)
{
	struct store_head head;
	enum err e = E_OK;
	uint8_t *key;
	int slot;

	for (int tries = 0; tries < 2; tries++) {
		TRY(store_read_all(in->fd, in->key, &head, sizeof(head), 0));
		if (memcmp(head.magic, STORE_MAGIC_1, STORE_MAGIC) != 0)
			return damaged(in->key, "no object of this format");
		e = store_open_key(a, in->key, &head, &key, &slot);
		if (e == E_OK)
			break;
	}
	TRY(e);
	e = chunks_new(
	    a, key, head.prefix, store_bound(a, in->key), false, &in->chunks);
	OPENSSL_cleanse(key, CHUNK_KEY);
	return e;
}

/* How long the object is, and in how many chunks, by the length on disk. */
static enum err
measure(struct store_reader *in, int64_t on_disk)
{
	int64_t sealed = on_disk - (int64_t)sizeof(struct store_head);

	if (sealed < CHUNK_TAG ||
	    (sealed % SEALED_CHUNK != 0 && sealed % SEALED_CHUNK < CHUNK_TAG))
		return damaged(in->key, "of an impossible length");
	in->count = (uint32_t)((sealed + SEALED_CHUNK - 1) / SEALED_CHUNK);
	in->size = sealed - (int64_t)in->count * CHUNK_TAG;
	return E_OK;
}

enum err
store_read(struct arena *a, const char *key, struct store_reader **out)
{
	struct store_reader *in = ARENA_NEW(a, struct store_reader);
	struct stat st;

	TRY(store_check_key(key));
	in->key = arena_strdup(a, key);
	in->fd = openat(store_root, key, O_RDONLY | O_NOFOLLOW | O_CLOEXEC);
	if (in->fd < 0)
		return STORE_FAILED("open object");
	arena_defer_close(a, in->fd);
	if (fstat(in->fd, &st) != 0)
		return STORE_FAILED("stat");
	TRY(measure(in, st.st_size));
	TRY(read_head(a, in));
	in->room = arena_pages(a, SEALED_CHUNK);
	*out = in;
	return E_OK;
}

int64_t
store_size(const struct store_reader *in)
{
	return in->size;
}

/* The next chunk, opened into out, which may be where it is read. */
static enum err
next_into(struct store_reader *in, uint8_t *out, size_t *n)
{
	uint32_t number = in->next++;
	int64_t before = (int64_t)number * CHUNK;
	bool is_last = in->next == in->count;

	*n = is_last ? (size_t)(in->size - before) : (size_t)CHUNK;
	TRY(store_read_all(in->fd, in->key, in->room, *n + CHUNK_TAG,
	    (int64_t)sizeof(struct store_head) +
		(int64_t)number * SEALED_CHUNK));
	return chunk_open(in->chunks, number, is_last, in->room, *n, out);
}

enum err
store_next(struct store_reader *in, const void **p, size_t *n)
{
	*p = in->room;
	*n = 0;
	return in->next < in->count ? next_into(in, in->room, n) : E_OK;
}

enum err
store_load(struct arena *a, const char *key, const void **p, size_t *n)
{
	struct store_reader *in;
	uint8_t *plain;
	size_t part;

	TRY(store_read(a, key, &in));
	*n = (size_t)in->size;
	plain = arena_pages(a, *n + 1);
	for (uint8_t *to = plain; in->next < in->count; to += part)
		TRY(next_into(in, to, &part));
	arena_pages_close(plain, *n + 1);
	*p = plain;
	return E_OK;
}
