/* Objects whose keys are sealed anew, because the field key has changed. */
#include <fcntl.h>
#include <openssl/crypto.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/arena.h"
#include "service/store_private.h"

/* One at a time: the lock goes when the file is closed. */
static enum err
open_alone(struct arena *a, const char *key, int *fd)
{
	*fd = openat(store_root, key, O_RDWR | O_NOFOLLOW | O_CLOEXEC);
	if (*fd < 0)
		return STORE_FAILED("open object");
	arena_defer_close(a, *fd);
	return flock(*fd, LOCK_EX) == 0 ? E_OK : STORE_FAILED("lock");
}

/* Durable before anything else is written. */
static enum err
write_slot(int fd, int slot, const uint8_t bytes[STORE_SLOT])
{
	off_t at = (off_t)(offsetof(struct store_head, slot) +
			   (size_t)slot * STORE_SLOT);

	return pwrite(fd, bytes, STORE_SLOT, at) == STORE_SLOT && fsync(fd) == 0
		   ? E_OK
		   : STORE_FAILED("write key");
}

/* Into the other slot; then the one it was in is wiped. */
static enum err
move_key(
    struct arena *a, const char *key, int fd, const struct store_head *head)
{
	uint8_t slot[STORE_SLOT] = { 0 }, *plain;
	const uint8_t *sealed;
	int from;
	size_t n;
	enum err e;

	TRY(store_open_key(a, key, head, &plain, &from));
	e = seal_bytes(a, store_bound(a, key), plain, CHUNK_KEY, &sealed, &n);
	OPENSSL_cleanse(plain, CHUNK_KEY);
	TRY(e);
	memcpy(slot, sealed, n);
	TRY(write_slot(fd, 1 - from, slot));
	memset(slot, 0, sizeof(slot));
	return write_slot(fd, from, slot);
}

/* What stands in the clear becomes an object of ours under its name. */
static enum err
seal_plain(struct arena *a, const char *key, int fd, const char *sha256)
{
	char digest[SHA256_HEX];
	struct store_writer *w;
	struct stored done;
	struct stat st;
	size_t n;
	uint8_t *p;

	if (fstat(fd, &st) != 0)
		return STORE_FAILED("stat");
	n = (size_t)st.st_size;
	p = arena_pages(a, n + 1);
	TRY(store_read_all(fd, key, p, n, 0));
	sha256_hex(p, n, digest);
	if (strcmp(digest, sha256) != 0)
		return FAIL(
		    E_STORE, "store: %s: neither sealed nor as its row", key);
	TRY(store_begin_as(a, key, n, &w));
	TRY(store_write(w, p, n));
	return store_finish(w, &done);
}

enum err
store_reseal(
    struct arena *a, const char *key, const char *sha256, int *sealed_by)
{
	struct store_head head = { 0 };
	int fd;

	*sealed_by = seal_number();
	TRY(store_check_key(key));
	TRY(open_alone(a, key, &fd));
	/* One that is shorter than a head is none. */
	if (store_read_all(fd, key, &head, sizeof(head), 0) == E_OK &&
	    memcmp(head.magic, STORE_MAGIC_1, STORE_MAGIC) == 0)
		return move_key(a, key, fd, &head);
	return seal_plain(a, key, fd, sha256);
}
