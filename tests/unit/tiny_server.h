#pragma once
/*
 * An HTTP server of a few lines for the tests of outgoing calls: a child
 * process that takes one connection a step, on a port that the system picks.
 */
#include <arpa/inet.h>
#include <assert.h>
#include <signal.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

enum tiny_do {
	TINY_ANSWER, /* reads the request, writes the answer, closes */
	TINY_KEEP,   /* the same, but leaves the connection open */
	TINY_DROP,   /* reads the request, closes without a word */
	TINY_CLOSE,  /* closes at once */
	TINY_HANG    /* reads until the client goes away */
};

struct tiny_step {
	enum tiny_do act;
	const char *answer;
};

struct tiny {
	pid_t pid;
	int port;
	int seen; /* pipe: every request as it came */
};

enum { TINY_REQUEST = 16384, TINY_SECONDS = 60 };

static int
tiny_listen(int *port)
{
	struct sockaddr_in at = { .sin_family = AF_INET };
	socklen_t n = sizeof(at);
	int fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);

	at.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
	assert(fd >= 0);
	assert(bind(fd, (struct sockaddr *)&at, sizeof(at)) == 0);
	assert(listen(fd, 8) == 0);
	assert(getsockname(fd, (struct sockaddr *)&at, &n) == 0);
	*port = ntohs(at.sin_port);
	return fd;
}

/* Whether the text holds a whole request: headers and the body announced. */
static bool
tiny_whole(const char *text, size_t n)
{
	const char *end = strstr(text, "\r\n\r\n");
	const char *length = strcasestr(text, "\r\nContent-Length:");
	size_t body = 0;

	if (end == NULL)
		return false;
	if (length != NULL && length < end)
		body = strtoul(length + 17, NULL, 10);
	return n >= (size_t)(end + 4 - text) + body;
}

static void
tiny_read(int fd, int seen)
{
	char text[TINY_REQUEST] = "";
	size_t n = 0;

	while (!tiny_whole(text, n) && n < sizeof(text) - 1) {
		ssize_t got = read(fd, text + n, sizeof(text) - 1 - n);

		if (got <= 0)
			return;
		n += (size_t)got;
		text[n] = '\0';
	}
	if (write(seen, text, n) != (ssize_t)n)
		_exit(1);
}

static void
tiny_write(int fd, const char *p)
{
	size_t n = strlen(p);
	ssize_t put;

	while (n > 0 && (put = write(fd, p, n)) > 0) {
		p += put;
		n -= (size_t)put;
	}
}

static void
tiny_serve(int fd, const struct tiny_step *step, int seen)
{
	char c;

	if (step->act != TINY_CLOSE)
		tiny_read(fd, seen);
	if (step->act == TINY_ANSWER || step->act == TINY_KEEP)
		tiny_write(fd, step->answer);
	while (step->act == TINY_HANG && read(fd, &c, 1) > 0) {
	}
	if (step->act != TINY_KEEP)
		close(fd);
}

static struct tiny
tiny_start(const struct tiny_step *steps, size_t n)
{
	struct tiny t;
	int fd = tiny_listen(&t.port), ends[2];

	assert(pipe(ends) == 0);
	t.seen = ends[0];
	if ((t.pid = fork()) == 0) {
		/* Never outlives a test that broke. */
		alarm(TINY_SECONDS);
		signal(SIGPIPE, SIG_IGN);
		close(ends[0]);
		for (size_t i = 0; i < n; i++)
			tiny_serve(accept(fd, NULL, NULL), &steps[i], ends[1]);
		_exit(0);
	}
	assert(t.pid > 0);
	close(fd);
	close(ends[1]);
	return t;
}

/* Ends the server; what it was sent, one request after the other, is in out. */
static void
tiny_stop(struct tiny *t, char *out, size_t size)
{
	size_t n = 0;
	ssize_t got;

	kill(t->pid, SIGTERM);
	assert(waitpid(t->pid, NULL, 0) == t->pid);
	while ((got = read(t->seen, out + n, size - 1 - n)) > 0)
		n += (size_t)got;
	out[n] = '\0';
	close(t->seen);
}
