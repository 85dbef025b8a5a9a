#pragma once
/*
 * Stands between a program and MariaDB and loses what belongs to COMMIT, as
 * a network or a dying server does. A process of its own; one client at a
 * time, which is all that one struct db is.
 */
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <sys/wait.h>
#include <unistd.h>

#include "kit.h"

enum loss {
	LOSE_NOTHING,
	LOSE_ANSWER,	   /* COMMIT is done, the answer never comes */
	LOSE_REQUEST,	   /* COMMIT never arrives, and the server knows */
	LOSE_TIME,	   /* COMMIT arrives when somebody waits for its rows */
	LOSE_ALL,	   /* as LOSE_ANSWER, and nobody answers any more */
	SAY_DEADLOCK,	   /* rolled back, and said so: 1213 at COMMIT */
	SAY_UNKNOWN,	   /* committed, but the answer is 1180 */
	SAY_UNKNOWN_UNDONE /* not committed, and the answer is 1180 */
};

struct lossy {
	pid_t pid;
	char path[100];
	volatile enum loss *loss; /* shared with the process */
};

static int
lossy_socket(const char *path, bool listens)
{
	struct sockaddr_un to = { .sun_family = AF_UNIX };
	int fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);

	snprintf(to.sun_path, sizeof(to.sun_path), "%s", path);
	if (listens) {
		unlink(path);
		if (bind(fd, (struct sockaddr *)&to, sizeof(to)) != 0 ||
		    listen(fd, 8) != 0)
			return -1;
	} else if (connect(fd, (struct sockaddr *)&to, sizeof(to)) != 0) {
		return -1;
	}
	return fd;
}

/* Sends a COMMIT that was held back, once somebody waits for what it holds. */
static void
lossy_late(int *held, const char *commit, size_t n)
{
	static const char waits[] =
	    "SELECT 1 FROM information_schema.innodb_trx "
	    "WHERE trx_state = 'LOCK WAIT'";
	int64_t end = clock_span() + 20 * CLOCK_SECOND;
	MYSQL *m = mysql_init(NULL);
	bool is_waiting = false;

	if (mysql_real_connect(m, NULL, "root", NULL, "calock", 0,
		getenv("CALOCK_TEST_SOCKET"), 0) == NULL)
		_exit(1);
	while (!is_waiting && clock_span() < end) {
		MYSQL_RES *result;

		if (mysql_query(m, waits) != 0 ||
		    (result = mysql_store_result(m)) == NULL)
			_exit(1);
		is_waiting = mysql_num_rows(result) > 0;
		mysql_free_result(result);
		clock_pause(AWAIT_MS);
	}
	mysql_close(m);
	(void)!write(*held, commit, n);
	*held = -1; /* stays open: the server answers into the void */
}

/* Lets the server do one thing and tells the client of an error. */
static bool
lossy_say(int client, int server, bool commits, unsigned code)
{
	static const char rollback[] = "\11\0\0\0\3ROLLBACK";
	static const char commit[] = "\7\0\0\0\3COMMIT";
	char error[] = "\16\0\0\1\377..#HY000error";
	const char *command = commits ? commit : rollback;
	size_t n = (commits ? sizeof(commit) : sizeof(rollback)) - 1;
	char answer[1024];

	error[5] = (char)(code & 0xff);
	error[6] = (char)(code >> 8);
	return write(server, command, n) == (ssize_t)n &&
	       read(server, answer, sizeof(answer)) > 0 &&
	       write(client, error, sizeof(error) - 1) ==
		   (ssize_t)sizeof(error) - 1;
}

/* One message from the client; false when its connection ends. */
static bool
lossy_forward(struct lossy *l, int client, int *server, int *held)
{
	enum { COMMAND = 4, EXECUTE = 0x17, COMMIT = 11 };
	static char buf[1 << 16], commit[COMMIT];
	ssize_t n = read(client, buf, sizeof(buf));
	enum loss loss = *l->loss;

	if (n <= COMMAND)
		return false;
	if (n != COMMIT || memcmp(buf + COMMAND, "\3COMMIT", 7) != 0 ||
	    loss == LOSE_NOTHING) {
		bool ok = write(*server, buf, (size_t)n) == n;

		if (*held >= 0 && buf[3] == 0 && buf[COMMAND] == EXECUTE)
			lossy_late(held, commit, COMMIT);
		return ok;
	}
	if (loss >= SAY_DEADLOCK) {
		*l->loss = LOSE_NOTHING;
		return lossy_say(client, *server, loss == SAY_UNKNOWN,
		    loss == SAY_DEADLOCK ? 1213 : 1180);
	}
	if (loss == LOSE_TIME) {
		memcpy(commit, buf, COMMIT);
		*held = *server;
		*server = -1;
	} else if (loss != LOSE_REQUEST) {
		(void)!write(*server, buf, (size_t)n);
		(void)!read(*server, buf, sizeof(buf));
	}
	if (loss != LOSE_ALL)
		*l->loss = LOSE_NOTHING;
	return false;
}

static void
lossy_relay(struct lossy *l, int client, int *held)
{
	int server = lossy_socket(getenv("CALOCK_TEST_SOCKET"), false);
	static char buf[1 << 16];
	ssize_t n;

	for (bool goes_on = server >= 0; goes_on;) {
		struct pollfd p[2] = { { .fd = client, .events = POLLIN },
			{ .fd = server, .events = POLLIN } };

		if (poll(p, 2, -1) < 0)
			break;
		if (p[1].revents != 0) {
			n = read(server, buf, sizeof(buf));
			goes_on = n > 0 && write(client, buf, (size_t)n) == n;
		} else {
			goes_on = lossy_forward(l, client, &server, held);
		}
	}
	if (server >= 0)
		close(server);
}

static _Noreturn void
lossy_run(struct lossy *l, int listener)
{
	int held = -1, client;
	bool is_down = false;

	prctl(PR_SET_PDEATHSIG, SIGKILL);
	signal(SIGPIPE, SIG_IGN);
	while ((client = accept(listener, NULL, NULL)) >= 0) {
		if (!is_down)
			lossy_relay(l, client, &held);
		is_down = *l->loss == LOSE_ALL;
		close(client);
	}
	_exit(1);
}

static void
lossy_start(struct lossy *l, enum loss loss)
{
	int listener;

	snprintf(l->path, sizeof(l->path), "%s/lossy.sock",
	    getenv("CALOCK_TEST_DIR"));
	l->loss = mmap(NULL, sizeof(*l->loss), PROT_READ | PROT_WRITE,
	    MAP_SHARED | MAP_ANONYMOUS, -1, 0);
	*l->loss = loss;
	listener = lossy_socket(l->path, true);
	assert_true(listener >= 0);
	l->pid = fork();
	if (l->pid == 0)
		lossy_run(l, listener);
	close(listener);
}

static void
lossy_stop(struct lossy *l)
{
	kill(l->pid, SIGKILL);
	waitpid(l->pid, NULL, 0);
	munmap((void *)(uintptr_t)l->loss, sizeof(*l->loss));
}
