#include "service/clamd.h"

#include <arpa/inet.h>
#include <errno.h>
#include <poll.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#include "base/clock.h"

enum { CHUNK = 256 << 10, REPLY = 256 };

#define COMMAND "zINSTREAM"

static enum err
failed(const char *what)
{
	return FAIL(E_SCANNER, "clamd: %s: %s", what, strerror(errno));
}

/* Waits until fd can be written or read; E_SCANNER when the time is over. */
static enum err
wait_for(int fd, short events, int64_t until)
{
	struct pollfd p = { .fd = fd, .events = events };

	for (;;) {
		int64_t left = until - clock_span();
		int n;

		if (left <= 0)
			return FAIL(E_SCANNER, "clamd: no answer in time");
		n = poll(&p, 1, (int)(left / 1000 + 1));
		if (n > 0)
			return E_OK;
		if (n < 0 && errno != EINTR)
			return failed("poll");
	}
}

static enum err
dial(const char *path, int *fd)
{
	struct sockaddr_un at = { .sun_family = AF_UNIX };

	if (strlen(path) >= sizeof(at.sun_path))
		return FAIL(E_SCANNER, "clamd: its path is too long");
	memcpy(at.sun_path, path, strlen(path) + 1);
	*fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
	if (*fd < 0)
		return failed("socket");
	if (connect(*fd, (struct sockaddr *)&at, sizeof(at)) == 0)
		return E_OK;
	return failed("connect");
}

static enum err
send_all(int fd, const void *p, size_t n, int64_t until)
{
	for (const char *s = p; n > 0;) {
		ssize_t part = send(fd, s, n, MSG_NOSIGNAL);

		if (part < 0 && errno != EAGAIN && errno != EINTR)
			return failed("send");
		if (part < 0) {
			TRY(wait_for(fd, POLLOUT, until));
			continue;
		}
		s += part;
		n -= (size_t)part;
	}
	return E_OK;
}

/* Chunks, each behind its length; one of length 0 ends them. */
static enum err
send_stream(int fd, const char *p, size_t n, int64_t until)
{
	TRY(send_all(fd, COMMAND, sizeof(COMMAND), until));
	for (size_t part;; p += part, n -= part) {
		uint32_t length;

		part = n < CHUNK ? n : CHUNK;
		length = htonl((uint32_t)part);
		TRY(send_all(fd, &length, sizeof(length), until));
		if (part == 0)
			return E_OK;
		TRY(send_all(fd, p, part, until));
	}
}

/* Up to the NUL that ends it. */
static enum err
read_reply(int fd, char reply[REPLY], int64_t until)
{
	for (size_t n = 0; n < REPLY;) {
		ssize_t part = recv(fd, reply + n, REPLY - n, 0);

		if (part < 0 && errno != EAGAIN && errno != EINTR)
			return failed("receive");
		if (part == 0)
			return FAIL(E_SCANNER, "clamd: hung up");
		if (part < 0) {
			TRY(wait_for(fd, POLLIN, until));
			continue;
		}
		n += (size_t)part;
		if (memchr(reply, '\0', n) != NULL)
			return E_OK;
	}
	return FAIL(E_SCANNER, "clamd: a reply too long");
}

/* "stream: OK", "stream: Eicar-Test-Signature FOUND", or what went wrong. */
static enum err
judge(const char *reply)
{
	static const char end[] = " FOUND";
	size_t n = strlen(reply);

	if (strcmp(reply, "stream: OK") == 0)
		return E_OK;
	if (strncmp(reply, "stream: ", 8) == 0 && n > strlen(end) + 8 &&
	    strcmp(reply + n - strlen(end), end) == 0)
		return FAIL(E_INFECTED, "%s", reply);
	return FAIL(E_SCANNER, "clamd: %s", reply);
}

static enum err
ask(int fd, const void *p, size_t n, int64_t until)
{
	char reply[REPLY];

	TRY(send_stream(fd, p, n, until));
	TRY(read_reply(fd, reply, until));
	return judge(reply);
}

enum err
clamd_scan(const char *socket_path, const void *p, size_t n, int64_t seconds)
{
	int64_t until = clock_span() + seconds * CLOCK_SECOND;
	enum err e;
	int fd = -1;

	e = dial(socket_path, &fd);
	if (e == E_OK)
		e = ask(fd, p, n, until);
	if (fd >= 0)
		close(fd);
	return e;
}
