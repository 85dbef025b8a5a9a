#include "service/temp.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/arena.h"
#include "base/fd.h"

static enum err
failed(const char *what)
{
	return FAIL(E_STORE, "temporary file: %s: %s", what, strerror(errno));
}

enum err
temp_open(struct arena *a, const char *dir, int *fd)
{
	char *name = arena_printf(a, "%s/calock-XXXXXX", dir);

	*fd = mkostemp(name, O_CLOEXEC);
	if (*fd < 0)
		return failed(dir);
	arena_defer_close(a, *fd);
	return unlink(name) == 0 ? E_OK : failed("unlink");
}

const char *
temp_path(struct arena *a, int fd)
{
	return arena_printf(a, "/proc/self/fd/%d", fd);
}

enum err
temp_write(int fd, const void *p, size_t n)
{
	return fd_write_all(fd, p, n) ? E_OK : failed("write");
}

enum err
temp_rewind(int fd, int64_t *size)
{
	*size = lseek(fd, 0, SEEK_END);
	return *size >= 0 && lseek(fd, 0, SEEK_SET) == 0 ? E_OK
							 : failed("seek");
}
