/* Objects on their way into the store. */
#include <errno.h>
#include <fcntl.h>
#include <openssl/crypto.h>
#include <openssl/evp.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/arena.h"
#include "base/fd.h"
#include "service/store_private.h"

struct store_writer {
	int fd;
	EVP_MD_CTX *digest;
	struct chunks *chunks;
	struct stored object;
	char temp[STORE_KEY + 5];
	uint8_t *plain; /* all that was appended */
	size_t most;
	uint8_t *room;	/* for a chunk as it is written */
	int64_t sealed; /* bytes that are, in so many chunks */
	uint32_t number;
	bool is_done;
};

static void
abandon(void *arg)
{
	struct store_writer *w = arg;

	EVP_MD_CTX_free(w->digest);
	if (w->fd >= 0)
		close(w->fd);
	if (!w->is_done)
		unlinkat(store_root, w->temp, 0);
}

/* A file for what will have the key. */
static enum err
create(struct store_writer *w)
{
	snprintf(w->temp, sizeof(w->temp), "%s.tmp", w->object.key);
	w->object.key[2] = '\0';
	if (mkdirat(store_root, w->object.key, 0770) != 0 && errno != EEXIST)
		return STORE_FAILED("mkdir");
	w->object.key[2] = '/';
	/* The worker seals its key anew, in its place. */
	w->fd = openat(
	    store_root, w->temp, O_RDWR | O_CREAT | O_EXCL | O_CLOEXEC, 0660);
	return w->fd >= 0 ? E_OK : STORE_FAILED("create");
}

static enum err
write_all(const struct store_writer *w, const void *p, size_t n)
{
	return fd_write_all(w->fd, p, n) ? E_OK : STORE_FAILED("write");
}

/* The object's own key, made for it and sealed before all else. */
static enum err
write_head(struct arena *a, struct store_writer *w)
{
	const char *bound = store_bound(a, w->object.key);
	struct store_head head = { 0 };
	uint8_t key[CHUNK_KEY];
	const uint8_t *sealed;
	size_t n;
	enum err e;

	rand_bytes(key, sizeof(key));
	rand_bytes(head.prefix, sizeof(head.prefix));
	memcpy(head.magic, STORE_MAGIC_1, sizeof(head.magic));
	e = seal_bytes(a, bound, key, sizeof(key), &sealed, &n);
	if (e == E_OK)
		e = chunks_new(a, key, head.prefix, bound, true, &w->chunks);
	OPENSSL_cleanse(key, sizeof(key));
	TRY(e);
	memcpy(head.slot[0], sealed, n);
	w->object.sealed_by = *sealed;
	return write_all(w, &head, sizeof(head));
}

enum err
store_begin_as(
    struct arena *a, const char *key, size_t most, struct store_writer **out)
{
	struct store_writer *w = ARENA_NEW(a, struct store_writer);

	snprintf(w->object.key, STORE_KEY, "%s", key);
	TRY(create(w));
	w->digest = EVP_MD_CTX_new();
	arena_defer(a, abandon, w);
	if (EVP_DigestInit_ex(w->digest, EVP_sha256(), NULL) != 1)
		return FAIL(E_INTERNAL, "sha256");
	w->most = most;
	w->plain = arena_pages(a, most + 1);
	w->room = arena_pages(a, CHUNK + CHUNK_TAG);
	TRY(write_head(a, w));
	*out = w;
	return E_OK;
}

enum err
store_begin(struct arena *a, size_t most, struct store_writer **out)
{
	char name[33], key[STORE_KEY];
	uint8_t r[16];

	rand_bytes(r, sizeof(r));
	hex_encode(r, sizeof(r), name);
	snprintf(key, sizeof(key), "%.2s/%s", name, name);
	return store_begin_as(a, key, most, out);
}

static enum err
write_chunk(struct store_writer *w, bool is_last)
{
	size_t n =
	    is_last ? (size_t)(w->object.size - w->sealed) : (size_t)CHUNK;

	TRY(chunk_seal(
	    w->chunks, w->number++, is_last, w->plain + w->sealed, n, w->room));
	w->sealed += (int64_t)n;
	return write_all(w, w->room, n + CHUNK_TAG);
}

/* A chunk is written once something is behind it: the last is another. */
enum err
store_write(struct store_writer *w, const void *p, size_t n)
{
	if (n > w->most - (size_t)w->object.size)
		return FAIL(E_INTERNAL, "store: more than was announced");
	if (EVP_DigestUpdate(w->digest, p, n) != 1)
		return FAIL(E_INTERNAL, "sha256");
	memcpy(w->plain + w->object.size, p, n);
	w->object.size += (int64_t)n;
	while (w->object.size - w->sealed > CHUNK)
		TRY(write_chunk(w, false));
	return E_OK;
}

enum err
store_digest(struct store_writer *w, char sha256[SHA256_HEX])
{
	uint8_t d[SHA256_LEN];

	if (EVP_DigestFinal_ex(w->digest, d, NULL) != 1)
		return FAIL(E_INTERNAL, "sha256");
	hex_encode(d, sizeof(d), w->object.sha256);
	memcpy(sha256, w->object.sha256, SHA256_HEX);
	arena_pages_close(w->plain, w->most + 1);
	return write_chunk(w, true);
}

const void *
store_written(const struct store_writer *w, size_t *n)
{
	*n = (size_t)w->object.size;
	return w->plain;
}

enum err
store_finish(struct store_writer *w, struct stored *out)
{
	char digest[SHA256_HEX];
	int fd = w->fd;

	if (*w->object.sha256 == '\0')
		TRY(store_digest(w, digest));
	if (fsync(fd) != 0)
		return STORE_FAILED("sync");
	w->fd = -1;
	if (close(fd) != 0)
		return STORE_FAILED("close");
	if (renameat(store_root, w->temp, store_root, w->object.key) != 0)
		return STORE_FAILED("rename");
	w->is_done = true;
	TRY(store_sync_folder(w->object.key));
	*out = w->object;
	return E_OK;
}
