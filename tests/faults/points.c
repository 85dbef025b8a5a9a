/*
 * Failure points of libfiu in the calls by which a program reaches its store
 * and its log, loaded before it (disk.test.mjs). What a call is about decides
 * which point it asks; failinfo is the errno to fail with.
 */
#define FIU_ENABLE
#include <dlfcn.h>
#include <errno.h>
#include <fcntl.h>
#include <fiu.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/stat.h>
#include <unistd.h>

enum { CHUNK = 1 << 16 };

/* The function behind ours. */
#define REAL(name) ((__typeof__(&name))dlsym(RTLD_NEXT, #name))

static bool
fails(const char *point)
{
	if (fiu_fail(point) == 0)
		return false;
	errno = (int)(intptr_t)fiu_failinfo();
	return true;
}

/* Neither the log nor a socket or pipe. */
static bool
is_file(int fd)
{
	struct stat st;

	return fd > STDERR_FILENO && fstat(fd, &st) == 0 && S_ISREG(st.st_mode);
}

static bool
is_folder(int fd)
{
	struct stat st;

	return fstat(fd, &st) == 0 && S_ISDIR(st.st_mode);
}

ssize_t
write(int fd, const void *p, size_t n)
{
	/* Asked first: in a jail nobody may look at what is open. */
	if (fd == STDERR_FILENO ? fails("log/write")
				: fails("store/write") && is_file(fd))
		return -1;
	return REAL(write)(fd, p, n);
}

ssize_t
read(int fd, void *p, size_t n)
{
	if (is_file(fd) &&
	    fails(lseek(fd, 0, SEEK_CUR) == 0 ? "store/read" : "store/read_on"))
		return -1;
	return REAL(read)(fd, p, n);
}

/* What comes before an object's second chunk is read before it is sent. */
ssize_t
pread(int fd, void *p, size_t n, off_t at)
{
	if (is_file(fd) && fails(at < CHUNK ? "store/read" : "store/read_on"))
		return -1;
	return REAL(pread)(fd, p, n, at);
}

int
fsync(int fd)
{
	if (fails(is_folder(fd) ? "store/fsync_folder" : "store/fsync"))
		return -1;
	return REAL(fsync)(fd);
}

int
close(int fd)
{
	bool is_bad = is_file(fd) && fails("store/close");
	int status = REAL(close)(fd);

	if (is_bad)
		fails("store/close");
	return is_bad ? -1 : status;
}

int
openat(int dir, const char *path, int flags, ...)
{
	mode_t mode = 0;
	va_list ap;

	va_start(ap, flags);
	if ((flags & O_CREAT) != 0)
		mode = va_arg(ap, mode_t);
	va_end(ap);
	if (fails((flags & O_CREAT) != 0       ? "store/create"
		  : (flags & O_DIRECTORY) != 0 ? "store/open_folder"
					       : "store/open"))
		return -1;
	return REAL(openat)(dir, path, flags, mode);
}

int
mkdirat(int dir, const char *path, mode_t mode)
{
	return fails("store/mkdir") ? -1 : REAL(mkdirat)(dir, path, mode);
}

int
renameat(int from, const char *old, int to, const char *new)
{
	return fails("store/rename") ? -1 : REAL(renameat)(from, old, to, new);
}

int
unlinkat(int dir, const char *path, int flags)
{
	return fails("store/unlink") ? -1 : REAL(unlinkat)(dir, path, flags);
}
