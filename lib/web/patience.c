#include "web/patience.h"

#include <errno.h>
#include <signal.h>
#include <sys/socket.h>
#include <sys/time.h>

/* nginx has the whole request already, and takes any answer into memory or
 * onto its disk: a slow disk is what there is to wait for. */
enum { FIRST_MS = 3000, BYTES_A_MS = 1000, BYTES_MOST = 64 << 20 };

static volatile sig_atomic_t watched, watched_how;

int
patience_for(int64_t n)
{
	return FIRST_MS + (int)((n < BYTES_MOST ? n : BYTES_MOST) / BYTES_A_MS);
}

static void
run_out(int signal)
{
	int before = errno;

	(void)signal;
	shutdown(watched, watched_how);
	errno = before;
}

bool
patience_open(void)
{
	struct sigaction action = { .sa_handler = run_out };

	return sigaction(SIGALRM, &action, NULL) == 0;
}

static int
set_timer(int ms)
{
	struct itimerval next = { .it_value = { .tv_sec = ms / 1000,
				      .tv_usec = ms % 1000 * 1000 } };
	struct itimerval left = { 0 };

	setitimer(ITIMER_REAL, &next, &left);
	return (
	    int)(left.it_value.tv_sec * 1000 + left.it_value.tv_usec / 1000);
}

void
patience_begin(int fd, int how, int ms)
{
	watched = fd;
	watched_how = how;
	if (ms > 0)
		set_timer(ms);
	else
		shutdown(fd, how);
}

int
patience_end(void)
{
	return set_timer(0);
}
