/* The listening socket: the one that systemd passes, or one of our own. */
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <unistd.h>

#include "base/log.h"
#include "base/num.h"
#include "web/serve_private.h"

enum {
	BACKLOG = 1024,
	PASSED_FD = 3 /* SD_LISTEN_FDS_START */
};

static enum start
failed(const char *what, const char *path)
{
	log_line(LOG_ERROR, "start", "msg=\"%s: %s\" path=%s", what,
	    strerror(errno), path);
	return START_FAILED;
}

/* One parent a socket: the lock is held as long as this process lives, and
 * no longer, however it ends. */
static enum start
take_lock(const char *run_dir, const char *name)
{
	char path[256];
	int fd;

	snprintf(path, sizeof(path), "%s/%s.lock", run_dir, name);
	fd = open(path, O_RDWR | O_CREAT | O_CLOEXEC, 0600);
	if (fd < 0)
		return failed("lock", path);
	if (flock(fd, LOCK_EX | LOCK_NB) == 0)
		return START_OK;
	if (errno != EWOULDBLOCK)
		return failed("lock", path);
	log_line(LOG_ERROR, "start",
	    "msg=\"another %s serves here already\" path=%s", name, path);
	return START_TAKEN;
}

/* Bound under a temporary name and renamed, so that nobody ever connects to
 * a socket that does not listen yet. */
static enum start
make_socket(const char *run_dir, const char *name, int *fd)
{
	struct sockaddr_un at = { .sun_family = AF_UNIX };
	char path[256];
	mode_t mask;
	bool ok;

	snprintf(path, sizeof(path), "%s/%s.sock", run_dir, name);
	if (strlen(path) + 4 >= sizeof(at.sun_path)) {
		errno = ENAMETOOLONG;
		return failed("socket", path);
	}
	snprintf(at.sun_path, sizeof(at.sun_path), "%.100s.new", path);
	unlink(at.sun_path);
	*fd = socket(AF_UNIX, SOCK_STREAM | SOCK_NONBLOCK, 0);
	mask = umask(0117);
	ok = bind(*fd, (struct sockaddr *)&at, sizeof(at)) == 0;
	umask(mask);
	if (!ok || listen(*fd, BACKLOG) != 0 || rename(at.sun_path, path) != 0)
		return failed("socket", path);
	return START_OK;
}

static bool
is_listening(int fd)
{
	int type = 0, listens = 0;
	socklen_t n = sizeof(int);

	return getsockopt(fd, SOL_SOCKET, SO_TYPE, &type, &n) == 0 &&
	       getsockopt(fd, SOL_SOCKET, SO_ACCEPTCONN, &listens, &n) == 0 &&
	       type == SOCK_STREAM && listens == 1;
}

/* How many sockets systemd passes to this very process, as sd_listen_fds()
 * counts them. Our own children are not meant. */
static int64_t
passed_sockets(void)
{
	const char *pid = getenv("LISTEN_PID"), *fds = getenv("LISTEN_FDS");
	int64_t meant = 0, n = 0;

	if (pid == NULL || fds == NULL || !num_int(pid, 1, INT32_MAX, &meant) ||
	    meant != getpid() || !num_int(fds, 0, INT32_MAX, &n))
		n = 0;
	unsetenv("LISTEN_PID");
	unsetenv("LISTEN_FDS");
	unsetenv("LISTEN_FDNAMES");
	return n;
}

enum start
serve_socket(const char *run_dir, const char *name, int *fd)
{
	int64_t passed = passed_sockets();
	enum start e;

	if (passed == 0) {
		e = take_lock(run_dir, name);
		return e == START_OK ? make_socket(run_dir, name, fd) : e;
	}
	if (passed != 1 || !is_listening(PASSED_FD)) {
		log_line(LOG_ERROR, "start",
		    "msg=\"one listening stream socket is wanted of systemd\" "
		    "passed=%lld",
		    (long long)passed);
		return START_FAILED;
	}
	*fd = PASSED_FD;
	return fcntl(*fd, F_SETFL, O_NONBLOCK) == 0
		   ? START_OK
		   : failed("socket of systemd", name);
}
