/*
 * The clients of make bench: sends prepared requests over kept connections,
 * each as soon as its connection is free, or at a rate.
 *
 *   load [-n GROUPS] [-r GROUPS_A_SECOND] [-b BODY] PORT CONNECTIONS FILE
 *
 * FILE is records: length (4 bytes, little-endian), flags (1 byte), a request.
 * A record that FOLLOWS belongs to the group of the one before it and is sent
 * when that is answered, on the same connection; one WITH_BODY is followed by
 * the bytes of the file BODY. GROUPS over those in FILE begin again from the
 * first. At a rate, a request's time counts from when it was due. Prints a
 * line of JSON, and on standard error the first answer that is a refusal.
 */
#include <arpa/inet.h>
#include <errno.h>
#include <fcntl.h>
#include <netinet/tcp.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include <sys/epoll.h>
#include <sys/mman.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/timerfd.h>
#include <time.h>
#include <unistd.h>

enum { FOLLOWS = 1, WITH_BODY = 2 };
enum { HEAD_MAX = 16384, EVENTS = 64, CONNECTIONS_MAX = 1024 };

struct bytes {
	const char *p;
	size_t n;
};

struct record {
	struct bytes head;
	int flags;
};

struct connection {
	int fd;
	bool is_busy, waits_to_write;
	size_t record;
	size_t sent;   /* of the head and then the body */
	int64_t began; /* nanoseconds */
	char head[HEAD_MAX];
	size_t head_n; /* of the answer's head, so far */
	bool is_in_body, closes;
	int64_t left; /* of the answer's body */
};

static struct {
	struct sockaddr_in to;
	struct bytes body;
	struct record *record;
	size_t records, groups_there;
	size_t next; /* record that the next group begins with */
	int64_t groups, begun, ended;
	double rate;
	int64_t start;
	int epoll, timer;
	struct connection *connection;
	size_t connections;
	int64_t answers, refused, broken;
	uint32_t *took; /* microseconds, an answer each */
	size_t took_size;
} load;

static void
die(const char *what)
{
	perror(what);
	exit(1);
}

static int64_t
now(void)
{
	struct timespec t;

	clock_gettime(CLOCK_MONOTONIC, &t);
	return (int64_t)t.tv_sec * 1000000000 + t.tv_nsec;
}

static struct bytes
map_file(const char *path)
{
	int fd = open(path, O_RDONLY | O_CLOEXEC);
	struct stat st;
	void *p;

	if (fd < 0 || fstat(fd, &st) != 0)
		die(path);
	p = mmap(NULL, (size_t)st.st_size, PROT_READ,
	    MAP_PRIVATE | MAP_POPULATE, fd, 0);
	if (p == MAP_FAILED)
		die(path);
	close(fd);
	return (struct bytes){ p, (size_t)st.st_size };
}

static void
read_records(struct bytes file)
{
	const char *p = file.p, *end = file.p + file.n;
	uint32_t n;

	load.record = malloc((file.n / 5 + 1) * sizeof(*load.record));
	while (p + 5 <= end) {
		struct record *r = &load.record[load.records++];

		memcpy(&n, p, sizeof(n));
		r->flags = p[4];
		r->head = (struct bytes){ p + 5, n };
		load.groups_there += (r->flags & FOLLOWS) == 0;
		p += 5 + n;
	}
	if (p != end || load.records == 0) {
		fprintf(stderr, "load: the file is not of records\n");
		exit(1);
	}
}

static void
dial(struct connection *c)
{
	struct epoll_event event = { .events = EPOLLIN, .data.ptr = c };
	int on = 1;

	c->fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
	if (c->fd < 0 ||
	    connect(c->fd, (struct sockaddr *)&load.to, sizeof(load.to)) != 0)
		die("connect");
	setsockopt(c->fd, IPPROTO_TCP, TCP_NODELAY, &on, sizeof(on));
	fcntl(c->fd, F_SETFL, O_NONBLOCK);
	if (epoll_ctl(load.epoll, EPOLL_CTL_ADD, c->fd, &event) != 0)
		die("epoll_ctl");
	c->waits_to_write = false;
}

static void
redial(struct connection *c)
{
	close(c->fd);
	dial(c);
}

static void
watch_writing(struct connection *c, bool on)
{
	struct epoll_event event = { .events = EPOLLIN | (on ? EPOLLOUT : 0u),
		.data.ptr = c };

	if (c->waits_to_write == on)
		return;
	c->waits_to_write = on;
	if (epoll_ctl(load.epoll, EPOLL_CTL_MOD, c->fd, &event) != 0)
		die("epoll_ctl");
}

/* What of the request has to be sent next; nothing at its end. */
static struct bytes
rest_of(const struct connection *c)
{
	const struct record *r = &load.record[c->record];
	size_t body = (r->flags & WITH_BODY) != 0 ? load.body.n : 0;

	if (c->sent < r->head.n)
		return (
		    struct bytes){ r->head.p + c->sent, r->head.n - c->sent };
	return (struct bytes){ load.body.p + (c->sent - r->head.n),
		body - (c->sent - r->head.n) };
}

/* Sends as far as it goes; false when the connection broke. */
static bool
send_more(struct connection *c)
{
	struct bytes rest;

	while ((rest = rest_of(c)).n > 0) {
		ssize_t n = send(c->fd, rest.p, rest.n, MSG_NOSIGNAL);

		if (n < 0 && errno == EAGAIN) {
			watch_writing(c, true);
			return true;
		}
		if (n < 0)
			return false;
		c->sent += (size_t)n;
	}
	watch_writing(c, false);
	return true;
}

static void next_request(struct connection *c);

/* The answer is lost; whatever else its group has is not sent. */
static void
broke(struct connection *c)
{
	load.broken++;
	while (c->record + 1 < load.records &&
	       (load.record[c->record + 1].flags & FOLLOWS) != 0)
		c->record++;
	load.ended++;
	c->is_busy = false;
	redial(c);
	next_request(c);
}

static void
begin(struct connection *c, size_t record, int64_t at)
{
	c->is_busy = true;
	c->record = record;
	c->sent = 0;
	c->began = at;
	c->head_n = 0;
	c->is_in_body = c->closes = false;
	if (!send_more(c))
		broke(c);
}

static void
set_timer(int64_t at)
{
	struct itimerspec t = { .it_value = { .tv_sec = at / 1000000000,
				    .tv_nsec = at % 1000000000 } };

	timerfd_settime(load.timer, TFD_TIMER_ABSTIME, &t, NULL);
}

/* Gives a free connection the next group, if there is one and it is due. */
static void
next_request(struct connection *c)
{
	size_t record = load.next;
	int64_t at = now();

	if (load.begun == load.groups)
		return;
	if (load.rate > 0) {
		int64_t due = load.start +
			      (int64_t)((double)load.begun * 1e9 / load.rate);

		if (due > at) {
			set_timer(due);
			return;
		}
		at = due;
	}
	load.begun++;
	do
		load.next = (load.next + 1) % load.records;
	while ((load.record[load.next].flags & FOLLOWS) != 0);
	begin(c, record, at);
}

static void
note(struct connection *c, int status)
{
	int64_t us = (now() - c->began) / 1000;

	if (load.answers == (int64_t)load.took_size) {
		load.took_size = load.took_size * 2 + 1024;
		load.took =
		    realloc(load.took, load.took_size * sizeof(*load.took));
		if (load.took == NULL)
			die("memory");
	}
	load.took[load.answers++] = us < UINT32_MAX ? (uint32_t)us : UINT32_MAX;
	if (status >= 400 && load.refused++ == 0)
		fprintf(stderr, "%s\n", c->head);
}

static void
answered(struct connection *c)
{
	size_t next = c->record + 1;

	if (c->closes)
		redial(c);
	if (next < load.records && (load.record[next].flags & FOLLOWS) != 0) {
		begin(c, next, now());
		return;
	}
	c->is_busy = false;
	load.ended++;
	next_request(c);
}

static const char *
field(const char *head, const char *name)
{
	size_t n = strlen(name);

	for (const char *p = head; (p = strchr(p, '\n')) != NULL;)
		if (strncasecmp(++p, name, n) == 0 && p[n] == ':')
			return p + n + 1;
	return NULL;
}

/* Reads what the head says once it is whole; false when it is none. */
static bool
take_head(struct connection *c)
{
	char *end = memmem(c->head, c->head_n, "\r\n\r\n", 4);
	const char *length, *closes;
	int status;

	if (end == NULL)
		return c->head_n < HEAD_MAX - 1;
	c->head[c->head_n] = '\0';
	status = atoi(c->head + strcspn(c->head, " "));
	length = field(c->head, "Content-Length");
	closes = field(c->head, "Connection");
	if (status < 200 || (length == NULL && status != 204))
		return false;
	c->closes = closes != NULL && strncasecmp(closes, " close", 6) == 0;
	c->left = (length != NULL ? atoll(length) : 0) -
		  (c->head + c->head_n - (end + 4));
	c->is_in_body = true;
	note(c, status);
	return true;
}

/* Takes what has come; false when the connection broke. */
static bool
receive(struct connection *c)
{
	static char sink[1 << 18];
	ssize_t n;

	if (!c->is_in_body) {
		n = recv(
		    c->fd, c->head + c->head_n, HEAD_MAX - 1 - c->head_n, 0);
		if (n <= 0)
			return n < 0 && errno == EAGAIN;
		c->head_n += (size_t)n;
		if (!take_head(c))
			return false;
	}
	while (c->is_in_body && c->left > 0) {
		n = recv(c->fd, sink, sizeof(sink), 0);
		if (n <= 0)
			return n < 0 && errno == EAGAIN;
		c->left -= n;
	}
	if (c->is_in_body)
		answered(c);
	return true;
}

static void
on_event(struct connection *c, uint32_t events)
{
	bool ok = true;

	if (!c->is_busy) { /* the server gave up a connection that was idle */
		redial(c);
		return;
	}
	if ((events & EPOLLOUT) != 0)
		ok = send_more(c);
	if (ok && (events & (EPOLLIN | EPOLLHUP | EPOLLERR)) != 0)
		ok = receive(c);
	if (!ok)
		broke(c);
}

static void
on_timer(void)
{
	uint64_t times;

	if (read(load.timer, &times, sizeof(times)) < 0 && errno != EAGAIN)
		die("timer");
	for (size_t i = 0; i < load.connections; i++)
		if (!load.connection[i].is_busy)
			next_request(&load.connection[i]);
}

static void
run(void)
{
	struct epoll_event event[EVENTS];

	load.start = now();
	for (size_t i = 0; i < load.connections; i++)
		next_request(&load.connection[i]);
	while (load.ended < load.groups) {
		int n = epoll_wait(load.epoll, event, EVENTS, -1);

		for (int i = 0; i < n; i++)
			if (event[i].data.ptr == NULL)
				on_timer();
			else
				on_event(event[i].data.ptr, event[i].events);
	}
}

static int
compare(const void *a, const void *b)
{
	uint32_t x = *(const uint32_t *)a, y = *(const uint32_t *)b;

	return (x > y) - (x < y);
}

static double
share(double part)
{
	size_t i = (size_t)(part * (double)(load.answers - 1));

	return load.answers > 0 ? (double)load.took[i] : 0;
}

static void
report(int64_t end)
{
	qsort(load.took, (size_t)load.answers, sizeof(*load.took), compare);
	printf("{\"groups\":%lld,\"answers\":%lld,\"refused\":%lld,"
	       "\"broken\":%lld,\"seconds\":%.6f,\"p50\":%.0f,\"p99\":%.0f,"
	       "\"max\":%.0f}\n",
	    (long long)load.ended, (long long)load.answers,
	    (long long)load.refused, (long long)load.broken,
	    (double)(end - load.start) / 1e9, share(0.5), share(0.99),
	    share(1));
}

static void
open_all(const char *port)
{
	struct epoll_event event = { .events = EPOLLIN };

	load.to = (struct sockaddr_in){ .sin_family = AF_INET,
		.sin_port = htons((uint16_t)atoi(port)),
		.sin_addr = { htonl(INADDR_LOOPBACK) } };
	load.epoll = epoll_create1(EPOLL_CLOEXEC);
	load.timer = timerfd_create(CLOCK_MONOTONIC, TFD_NONBLOCK);
	if (load.epoll < 0 || load.timer < 0 ||
	    epoll_ctl(load.epoll, EPOLL_CTL_ADD, load.timer, &event) != 0)
		die("epoll");
	load.connection = calloc(load.connections, sizeof(*load.connection));
	if (load.connection == NULL)
		die("memory");
	for (size_t i = 0; i < load.connections; i++)
		dial(&load.connection[i]);
}

int
main(int argc, char **argv)
{
	int option;

	while ((option = getopt(argc, argv, "n:r:b:")) != -1)
		if (option == 'n')
			load.groups = atoll(optarg);
		else if (option == 'r')
			load.rate = atof(optarg);
		else if (option == 'b')
			load.body = map_file(optarg);
		else
			return 2;
	if (argc - optind != 3)
		return 2;
	load.connections = (size_t)atoi(argv[optind + 1]);
	if (load.connections < 1 || load.connections > CONNECTIONS_MAX)
		return 2;
	read_records(map_file(argv[optind + 2]));
	if (load.groups == 0)
		load.groups = (int64_t)load.groups_there;
	open_all(argv[optind]);
	run();
	report(now());
	return 0;
}
