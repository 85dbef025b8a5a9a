#include "service/store.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

#include "base/arena.h"
#include "service/store_private.h"

int store_root = -1;

enum err
store_open(const char *url)
{
	const char *path = url + strlen("file:");

	if (strncmp(url, "file:/", 6) != 0)
		return FAIL(E_INTERNAL, "store: not file:/…");
	if (mkdir(path, 0750) != 0 && errno != EEXIST)
		return STORE_FAILED("mkdir");
	store_root = open(path, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	return store_root >= 0 ? E_OK : STORE_FAILED("open");
}

enum err
store_ping(void)
{
	return faccessat(store_root, ".", W_OK | X_OK, 0) == 0
		   ? E_OK
		   : STORE_FAILED("ping");
}

enum err
store_sync_folder(const char *key)
{
	char folder[3] = { key[0], key[1], '\0' };
	int fd = openat(store_root, folder, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	bool ok = fd >= 0 && fsync(fd) == 0 && fsync(store_root) == 0;

	if (fd >= 0)
		close(fd);
	return ok ? E_OK : STORE_FAILED("sync folder");
}

static bool
is_key(const char *key)
{
	return strlen(key) == STORE_KEY - 1 && key[2] == '/' &&
	       strspn(key, "0123456789abcdef") == 2 &&
	       strspn(key + 3, "0123456789abcdef") == 32;
}

const char *
store_bound(struct arena *a, const char *key)
{
	return arena_printf(a, "store/%s", key);
}

enum err
store_check_key(const char *key)
{
	return is_key(key) ? E_OK : FAIL(E_INTERNAL, "store: bad key");
}

enum err
store_remove(const char *key)
{
	TRY(store_check_key(key));
	if (unlinkat(store_root, key, 0) == 0)
		return store_sync_folder(key);
	return errno == ENOENT ? E_OK : STORE_FAILED("remove");
}

/* One name in a folder: an object for fn, or a temporary file to remove. */
static enum err
visit(const char *folder, const char *name, time_t before,
    enum err (*fn)(void *, const char *), void *arg)
{
	char path[300];
	struct stat st;

	snprintf(path, sizeof(path), "%s/%s", folder, name);
	if (fstatat(store_root, path, &st, AT_SYMLINK_NOFOLLOW) != 0 ||
	    !S_ISREG(st.st_mode) || st.st_mtime > before)
		return E_OK;
	if (is_key(path))
		return fn(arg, path);
	if (strlen(name) > 4 && strcmp(name + strlen(name) - 4, ".tmp") == 0)
		unlinkat(store_root, path, 0);
	return E_OK;
}

static enum err
each_in(const char *folder, time_t before, enum err (*fn)(void *, const char *),
    void *arg)
{
	int fd = openat(store_root, folder, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	struct dirent *d;
	enum err e = E_OK;
	DIR *dir;

	if (fd < 0) /* perhaps a folder nobody has written to yet */
		return errno == ENOENT ? E_OK : STORE_FAILED("open folder");
	if ((dir = fdopendir(fd)) == NULL) {
		e = STORE_FAILED("read folder");
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
