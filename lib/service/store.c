#include "service/store.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <openssl/evp.h>
#include <stdio.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

#include "base/arena.h"

struct store_writer {
	int fd;
	EVP_MD_CTX *digest;
	struct stored object;
	char temp[STORE_KEY + 5];
	bool is_done;
};

struct mapping {
	void *p;
	size_t n;
};

static int root = -1;

static enum err
failed(const char *what)
{
	return FAIL(E_STORE, "store: %s: %s", what, strerror(errno));
}

enum err
store_open(const char *url)
{
	const char *path = url + strlen("file:");

	if (strncmp(url, "file:/", 6) != 0)
		return FAIL(E_INTERNAL, "store: not file:/…");
	if (mkdir(path, 0750) != 0 && errno != EEXIST)
		return failed("mkdir");
	root = open(path, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	return root >= 0 ? E_OK : failed("open");
}

enum err
store_ping(void)
{
	return faccessat(root, ".", W_OK | X_OK, 0) == 0 ? E_OK
							 : failed("ping");
}

static void
abandon(void *arg)
{
	struct store_writer *w = arg;

	EVP_MD_CTX_free(w->digest);
	if (w->fd >= 0)
		close(w->fd);
	if (!w->is_done)
		unlinkat(root, w->temp, 0);
}

enum err
store_begin(struct arena *a, struct store_writer **out)
{
	struct store_writer *w = ARENA_NEW(a, struct store_writer);
	char name[33];
	uint8_t r[16];

	rand_bytes(r, sizeof(r));
	hex_encode(r, sizeof(r), name);
	snprintf(w->object.key, STORE_KEY, "%.2s/%s", name, name);
	snprintf(w->temp, sizeof(w->temp), "%s.tmp", w->object.key);
	w->object.key[2] = '\0';
	if (mkdirat(root, w->object.key, 0770) != 0 && errno != EEXIST)
		return failed("mkdir");
	w->object.key[2] = '/';
	w->fd =
	    openat(root, w->temp, O_RDWR | O_CREAT | O_EXCL | O_CLOEXEC, 0640);
	if (w->fd < 0)
		return failed("create");
	w->digest = EVP_MD_CTX_new();
	arena_defer(a, abandon, w);
	if (EVP_DigestInit_ex(w->digest, EVP_sha256(), NULL) != 1)
		return FAIL(E_INTERNAL, "sha256");
	*out = w;
	return E_OK;
}

enum err
store_write(struct store_writer *w, const void *p, size_t n)
{
	if (EVP_DigestUpdate(w->digest, p, n) != 1)
		return FAIL(E_INTERNAL, "sha256");
	for (const char *s = p; n > 0;) {
		ssize_t part = write(w->fd, s, n);

		if (part < 0 && errno == EINTR)
			continue;
		if (part <= 0)
			return failed("write");
		s += part;
		n -= (size_t)part;
		w->object.size += part;
	}
	return E_OK;
}

/* The folder's entry is durable only once the folder is synced. */
static enum err
sync_folder(const char *key)
{
	char folder[3] = { key[0], key[1], '\0' };
	int fd = openat(root, folder, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	bool ok = fd >= 0 && fsync(fd) == 0 && fsync(root) == 0;

	if (fd >= 0)
		close(fd);
	return ok ? E_OK : failed("sync folder");
}

enum err
store_digest(struct store_writer *w, char sha256[SHA256_HEX])
{
	uint8_t d[SHA256_LEN];

	if (EVP_DigestFinal_ex(w->digest, d, NULL) != 1)
		return FAIL(E_INTERNAL, "sha256");
	hex_encode(d, sizeof(d), w->object.sha256);
	memcpy(sha256, w->object.sha256, SHA256_HEX);
	return E_OK;
}

static void
unmap(void *arg)
{
	struct mapping *m = arg;

	munmap(m->p, m->n);
}

static enum err
map(struct arena *a, int fd, int64_t size, const void **p, size_t *n)
{
	struct mapping *m = ARENA_NEW(a, struct mapping);

	m->n = (size_t)size;
	m->p = mmap(NULL, m->n, PROT_READ, MAP_PRIVATE, fd, 0);
	if (m->p == MAP_FAILED)
		return failed("map");
	arena_defer(a, unmap, m);
	*p = m->p;
	*n = m->n;
	return E_OK;
}

enum err
store_map(struct arena *a, struct store_writer *w, const void **p, size_t *n)
{
	return map(a, w->fd, w->object.size, p, n);
}

enum err
store_finish(struct store_writer *w, struct stored *out)
{
	char digest[SHA256_HEX];
	int fd = w->fd;

	if (*w->object.sha256 == '\0')
		TRY(store_digest(w, digest));
	if (fsync(fd) != 0)
		return failed("sync");
	w->fd = -1;
	if (close(fd) != 0)
		return failed("close");
	if (renameat(root, w->temp, root, w->object.key) != 0)
		return failed("rename");
	w->is_done = true;
	TRY(sync_folder(w->object.key));
	*out = w->object;
	return E_OK;
}

static bool
is_key(const char *key)
{
	return strlen(key) == STORE_KEY - 1 && key[2] == '/' &&
	       strspn(key, "0123456789abcdef") == 2 &&
	       strspn(key + 3, "0123456789abcdef") == 32;
}

static void
close_fd(void *arg)
{
	close((int)(intptr_t)arg);
}

enum err
store_read(struct arena *a, const char *key, int *fd, int64_t *size)
{
	struct stat st;

	if (!is_key(key))
		return FAIL(E_INTERNAL, "store: bad key");
	if ((*fd = openat(root, key, O_RDONLY | O_NOFOLLOW | O_CLOEXEC)) < 0)
		return failed("open object");
	arena_defer(a, close_fd, (void *)(intptr_t)*fd);
	if (fstat(*fd, &st) != 0)
		return failed("stat");
	*size = st.st_size;
	return E_OK;
}

enum err
store_load(struct arena *a, const char *key, const void **p, size_t *n)
{
	int64_t size;
	int fd;

	TRY(store_read(a, key, &fd, &size));
	return map(a, fd, size, p, n);
}

enum err
store_remove(const char *key)
{
	if (!is_key(key))
		return FAIL(E_INTERNAL, "store: bad key");
	if (unlinkat(root, key, 0) == 0)
		return sync_folder(key);
	return errno == ENOENT ? E_OK : failed("remove");
}

/* One name in a folder: an object for fn, or a temporary file to remove. */
static enum err
visit(const char *folder, const char *name, time_t before,
    enum err (*fn)(void *, const char *), void *arg)
{
	char path[300];
	struct stat st;

	snprintf(path, sizeof(path), "%s/%s", folder, name);
	if (fstatat(root, path, &st, AT_SYMLINK_NOFOLLOW) != 0 ||
	    !S_ISREG(st.st_mode) || st.st_mtime > before)
		return E_OK;
	if (is_key(path))
		return fn(arg, path);
	if (strlen(name) > 4 && strcmp(name + strlen(name) - 4, ".tmp") == 0)
		unlinkat(root, path, 0);
	return E_OK;
}

static enum err
each_in(const char *folder, time_t before, enum err (*fn)(void *, const char *),
    void *arg)
{
	int fd = openat(root, folder, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	struct dirent *d;
	enum err e = E_OK;
	DIR *dir;

	if (fd < 0) /* perhaps a folder nobody has written to yet */
		return errno == ENOENT ? E_OK : failed("open folder");
	if ((dir = fdopendir(fd)) == NULL) {
		e = failed("read folder");
		close(fd);
		return e;
	}
	while (e == E_OK && (d = readdir(dir)) != NULL)
		e = visit(folder, d->d_name, before, fn, arg);
	closedir(dir);
	return e;
}

enum err
store_each(int64_t age, enum err (*fn)(void *, const char *key), void *arg)
{
	time_t before = time(NULL) - age;
	char folder[3];

	for (int i = 0; i < 256; i++) {
		snprintf(folder, sizeof(folder), "%02x", (unsigned)i);
		TRY(each_in(folder, before, fn, arg));
	}
	return E_OK;
}
