/*
 * The parent: holds the listening socket and keeps the workers alive. It
 * opens no database, key or library; each worker is the program executed
 * anew, so that SIGHUP brings a new binary and a new configuration.
 */
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/prctl.h>
#include <sys/signalfd.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/clock.h"
#include "base/log.h"
#include "web/serve_private.h"

enum { WORKERS_MAX = 64, BACK_OFF_FIRST_MS = 50, BACK_OFF_MOST_MS = 5000 };

struct worker {
	pid_t pid;	  /* 0: none in this place */
	int64_t began;	  /* clock_span */
	bool is_ready;	  /* it has said that it serves */
	bool is_outdated; /* started before the last SIGHUP */
	bool is_leaving;  /* it was asked to */
};

/* One place more than there are workers: who replaces another is there and
 * serves before that one leaves. */
struct parent {
	const struct options *opt;
	char exe[PATH_MAX];
	int listener, signals;
	int ready[2]; /* a pipe: the pid of each worker that serves */
	struct worker worker[WORKERS_MAX + 1];
	int64_t n;
	int delay_ms;	  /* grows while workers die young */
	int64_t start_at; /* clock_span; no worker is started before */
	bool is_stopping;
};

static _Noreturn void
become_worker(const struct parent *p, pid_t parent)
{
	char listener[12], ready[12];

	prctl(PR_SET_PDEATHSIG, SIGTERM);
	if (getppid() != parent)
		_exit(0); /* it was gone before it could be watched */
	snprintf(listener, sizeof(listener), "%d", p->listener);
	snprintf(ready, sizeof(ready), "%d", p->ready[1]);
	fcntl(p->ready[1], F_SETFD, 0);
	/* Signals stay blocked: a worker takes them when it serves. */
	if (p->opt->config != NULL)
		execl(p->exe, p->exe, "--worker", listener, "--ready", ready,
		    "--config", p->opt->config, (char *)NULL);
	else
		execl(p->exe, p->exe, "--worker", listener, "--ready", ready,
		    (char *)NULL);
	_exit(127);
}

/* The next start waits longer each time, for good. What fails while it waits
 * fails for the same reason and does not count again. */
static void
back_off(struct parent *p)
{
	int64_t now = clock_span();

	if (now < p->start_at)
		return;
	p->delay_ms = p->delay_ms == 0 ? BACK_OFF_FIRST_MS : 2 * p->delay_ms;
	if (p->delay_ms > BACK_OFF_MOST_MS)
		p->delay_ms = BACK_OFF_MOST_MS;
	p->start_at = now + p->delay_ms * 1000;
}

static bool
start_worker(struct parent *p, struct worker *w)
{
	pid_t self = getpid(), pid = fork();

	if (pid == 0)
		become_worker(p, self);
	if (pid < 0) {
		log_line(LOG_ERROR, "fork", "errno=%d", errno);
		back_off(p);
		return false;
	}
	*w = (struct worker){ .pid = pid, .began = clock_span() };
	return true;
}

/* What there is, and what is to be there. */
struct tally {
	int64_t staying, starting, outdated, leaving, wanted;
	struct worker *free, *oldest;
};

static struct tally
count(struct parent *p)
{
	struct tally t = { 0 };

	for (int64_t i = 0; i <= p->n; i++) {
		struct worker *w = &p->worker[i];

		if (w->pid == 0) {
			t.free = w;
		} else if (w->is_leaving) {
			t.leaving++;
		} else {
			t.staying++;
			t.starting += !w->is_ready;
			t.outdated += w->is_outdated;
			if (w->is_outdated)
				t.oldest = w;
		}
	}
	if (!p->is_stopping)
		t.wanted = p->n + (t.outdated > 0);
	return t;
}

static void
start_due(struct parent *p)
{
	struct tally t = count(p);

	while (t.staying < t.wanted && t.free != NULL &&
	       clock_span() >= p->start_at && start_worker(p, t.free))
		t = count(p);
}

/* An outdated worker leaves when there is one more than there have to be. */
static void
replace_next(struct parent *p)
{
	struct tally t = count(p);

	if (t.oldest == NULL || t.staying <= p->n || t.starting > 0)
		return;
	t.oldest->is_leaving = true;
	kill(t.oldest->pid, SIGTERM);
}

static struct worker *
find(struct parent *p, pid_t pid)
{
	for (int64_t i = 0; i <= p->n; i++)
		if (p->worker[i].pid == pid)
			return &p->worker[i];
	return NULL;
}

/* Who dies within a second counts as one that cannot start. */
static void
note_death(struct parent *p, struct worker *w, int status)
{
	bool is_clean = WIFEXITED(status) && WEXITSTATUS(status) == 0;

	if (!is_clean)
		log_line(LOG_ERROR, "worker_died", "pid=%d status=%d signal=%d",
		    (int)w->pid, WIFEXITED(status) ? WEXITSTATUS(status) : -1,
		    WIFSIGNALED(status) ? WTERMSIG(status) : 0);
	if (!is_clean && clock_span() - w->began < CLOCK_SECOND)
		back_off(p);
	else
		p->delay_ms = 0;
	w->pid = 0;
}

static void
reap(struct parent *p)
{
	struct worker *w;
	int status;
	pid_t pid;

	while ((pid = waitpid(-1, &status, WNOHANG)) > 0)
		if ((w = find(p, pid)) != NULL)
			note_death(p, w, status);
}

static void
note_ready(struct parent *p)
{
	struct worker *w;
	pid_t pid;

	while (read(p->ready[0], &pid, sizeof(pid)) == sizeof(pid))
		if ((w = find(p, pid)) != NULL)
			w->is_ready = true;
}

static void
outdate_all(struct parent *p)
{
	for (int64_t i = 0; i <= p->n; i++)
		p->worker[i].is_outdated = true;
	p->delay_ms = 0;
	p->start_at = 0;
}

static void
stop_all(struct parent *p)
{
	p->is_stopping = true;
	for (int64_t i = 0; i <= p->n; i++)
		if (p->worker[i].pid != 0)
			kill(p->worker[i].pid, SIGTERM);
}

static void
handle_signals(struct parent *p)
{
	struct signalfd_siginfo info;

	while (read(p->signals, &info, sizeof(info)) == sizeof(info)) {
		if (info.ssi_signo == SIGHUP)
			outdate_all(p);
		else if (info.ssi_signo != SIGCHLD)
			stop_all(p);
	}
}

/* Until a signal, a word of a worker, or the end of a back-off. */
static void
wait_event(struct parent *p)
{
	struct pollfd on[] = { { .fd = p->signals, .events = POLLIN },
		{ .fd = p->ready[0], .events = POLLIN } };
	struct tally t = count(p);
	int64_t wait = p->start_at - clock_span();

	if (t.staying >= t.wanted || t.free == NULL)
		poll(on, COUNT(on), -1);
	else
		poll(on, COUNT(on), wait > 0 ? (int)(wait / 1000 + 1) : 0);
}

static enum start
prepare(struct parent *p, const struct config *cfg, enum program program)
{
	ssize_t n = readlink("/proc/self/exe", p->exe, sizeof(p->exe) - 1);

	serve_note_wall();
	p->signals = serve_signals();
	if (n <= 0 || p->signals < 0 ||
	    pipe2(p->ready, O_CLOEXEC | O_NONBLOCK) != 0) {
		log_line(LOG_ERROR, "start", "errno=%d", errno);
		return START_FAILED;
	}
	return serve_socket(cfg->run_dir, program_name(program), &p->listener);
}

int
serve_parent(const struct options *opt, const struct config *cfg,
    enum program program, int64_t workers)
{
	struct parent p = { .opt = opt, .n = workers };
	enum start e = prepare(&p, cfg, program);
	struct tally t;

	if (e != START_OK)
		return e;
	do {
		start_due(&p);
		replace_next(&p);
		wait_event(&p);
		handle_signals(&p);
		note_ready(&p);
		reap(&p);
		t = count(&p);
	} while (!p.is_stopping || t.staying + t.leaving > 0);
	return START_OK;
}
