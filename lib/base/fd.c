#include "base/fd.h"

#include <errno.h>
#include <unistd.h>

bool
fd_write_all(int fd, const void *p, size_t n)
{
	for (const char *s = p; n > 0;) {
		ssize_t part = write(fd, s, n);

		if (part < 0 && errno == EINTR)
			continue;
		if (part <= 0)
			return false;
		s += part;
		n -= (size_t)part;
	}
	return true;
}
