/*
 * The parent: makes the listening socket and keeps the workers alive. It
 * opens no database, key or library; each worker is the program executed
 * anew, so that SIGHUP brings a new binary and a new configuration.
 */
#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <sys/prctl.h>
#include <sys/signalfd.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/clock.h"
#include "base/log.h"
#include "web/serve_private.h"

enum {
	WORKERS_MAX = 64,
	BACKLOG = 1024,
	SYSTEMD_FD = 3, /* SD_LISTEN_FDS_START */
	BACK_OFF_FIRST_MS = 50,
	BACK_OFF_MOST_MS = 5000
};

struct worker {
	pid_t pid;	  /* 0: none now */
	int64_t began;	  /* clock_span */
	int64_t start_at; /* clock_span; when it may start again */
	int delay_ms;	  /* grows while it dies young */
	bool is_outdated; /* started before the last SIGHUP */
};

struct parent {
	const struct options *opt;
	char exe[512];
	int listener;
	struct worker worker[WORKERS_MAX];
	int64_t n;
	bool is_stopping;
};

static int
failed(const char *what, const char *path)
{
	log_line(LOG_ERROR, "start", "msg=\"%s: %s\" path=%s", what,
	    strerror(errno), path);
	return -1;
}

/* One parent a socket: the lock is held as long as this process lives. */
static bool
take_lock(const char *run_dir, const char *name)
{
	char path[256];
	int fd;

	snprintf(path, sizeof(path), "%s/%s.lock", run_dir, name);
	fd = open(path, O_RDWR | O_CREAT | O_CLOEXEC, 0600);
	if (fd < 0 || flock(fd, LOCK_EX | LOCK_NB) != 0) {
		failed("another one serves, or no right to", path);
		return false;
	}
	return true;
}

/* Bound under a temporary name and renamed, so that nobody ever connects to
 * a socket that does not listen yet. */
static int
make_socket(const char *run_dir, const char *name)
{
	struct sockaddr_un at = { .sun_family = AF_UNIX };
	char path[256];
	int fd = socket(AF_UNIX, SOCK_STREAM | SOCK_NONBLOCK, 0);
	mode_t mask;
	bool ok;

	snprintf(path, sizeof(path), "%s/%s.sock", run_dir, name);
	if (strlen(path) + 4 >= sizeof(at.sun_path)) {
		errno = ENAMETOOLONG;
		return failed("socket", path);
	}
	snprintf(at.sun_path, sizeof(at.sun_path), "%.100s.new", path);
	unlink(at.sun_path);
	mask = umask(0117);
	ok = bind(fd, (struct sockaddr *)&at, sizeof(at)) == 0;
	umask(mask);
	if (!ok || listen(fd, BACKLOG) != 0 || rename(at.sun_path, path) != 0)
		return failed("socket", path);
	return fd;
}

static int
listener(const struct config *cfg, const char *name)
{
	const char *passed = getenv("LISTEN_FDS");

	if (passed != NULL && strcmp(passed, "1") == 0) {
		fcntl(SYSTEMD_FD, F_SETFL, O_NONBLOCK);
		return SYSTEMD_FD;
	}
	return take_lock(cfg->run_dir, name) ? make_socket(cfg->run_dir, name)
					     : -1;
}

static _Noreturn void
become_worker(const struct parent *p)
{
	char fd[12];
	sigset_t none;

	snprintf(fd, sizeof(fd), "%d", p->listener);
	prctl(PR_SET_PDEATHSIG, SIGTERM);
	sigemptyset(&none);
	sigprocmask(SIG_SETMASK, &none, NULL);
	if (p->opt->config != NULL)
		execl(p->exe, p->exe, "--worker", fd, "--config",
		    p->opt->config, (char *)NULL);
	else
		execl(p->exe, p->exe, "--worker", fd, (char *)NULL);
	_exit(127);
}

static void
start_worker(struct parent *p, struct worker *w)
{
	pid_t pid = fork();

	if (pid == 0)
		become_worker(p);
	if (pid < 0) {
		w->start_at = clock_span() + CLOCK_SECOND;
		return;
	}
	w->pid = pid;
	w->began = clock_span();
	w->is_outdated = false;
}

static void
start_due(struct parent *p)
{
	int64_t now = clock_span();

	for (int64_t i = 0; i < p->n && !p->is_stopping; i++)
		if (p->worker[i].pid == 0 && p->worker[i].start_at <= now)
			start_worker(p, &p->worker[i]);
}

/* A worker that had its share is followed at once; one that died young waits
 * longer each time, for good. */
static void
note_death(struct worker *w, int status)
{
	bool was_young = clock_span() - w->began < CLOCK_SECOND;
	bool is_clean = WIFEXITED(status) && WEXITSTATUS(status) == 0;

	if (is_clean || !was_young)
		w->delay_ms = 0;
	else if (w->delay_ms == 0)
		w->delay_ms = BACK_OFF_FIRST_MS;
	else if (w->delay_ms < BACK_OFF_MOST_MS)
		w->delay_ms *= 2;
	if (!is_clean)
		log_line(LOG_ERROR, "worker_died", "pid=%d status=%d signal=%d",
		    (int)w->pid, WIFEXITED(status) ? WEXITSTATUS(status) : -1,
		    WIFSIGNALED(status) ? WTERMSIG(status) : 0);
	w->pid = 0;
	w->start_at = clock_span() + w->delay_ms * 1000;
}

static void
reap(struct parent *p)
{
	int status;
	pid_t pid;

	while ((pid = waitpid(-1, &status, WNOHANG)) > 0)
		for (int64_t i = 0; i < p->n; i++)
			if (p->worker[i].pid == pid)
				note_death(&p->worker[i], status);
}

static int64_t
alive(const struct parent *p)
{
	int64_t n = 0;

	for (int64_t i = 0; i < p->n; i++)
		n += p->worker[i].pid != 0;
	return n;
}

/* One outdated worker at a time is asked to finish. */
static void
replace_next(struct parent *p)
{
	if (alive(p) < p->n)
		return;
	for (int64_t i = 0; i < p->n; i++)
		if (p->worker[i].is_outdated) {
			kill(p->worker[i].pid, SIGTERM);
			return;
		}
}

static void
tell_all(struct parent *p, int sig)
{
	for (int64_t i = 0; i < p->n; i++)
		if (p->worker[i].pid != 0)
			kill(p->worker[i].pid, sig);
}

static void
handle_signals(struct parent *p, int signals)
{
	struct signalfd_siginfo info;

	while (read(signals, &info, sizeof(info)) == sizeof(info)) {
		if (info.ssi_signo == SIGHUP) {
			for (int64_t i = 0; i < p->n; i++)
				p->worker[i].is_outdated = true;
		} else if (info.ssi_signo != SIGCHLD) {
			p->is_stopping = true;
			tell_all(p, SIGTERM);
		}
	}
}

/* Milliseconds until a worker may start again; -1: none waits. */
static int
next_start(const struct parent *p)
{
	int64_t now = clock_span(), least = -1;

	for (int64_t i = 0; i < p->n; i++) {
		int64_t wait = p->worker[i].start_at - now;

		if (p->worker[i].pid == 0 && (least < 0 || wait < least))
			least = wait > 0 ? wait : 0;
	}
	return least < 0 ? -1 : (int)(least / 1000 + 1);
}

int
serve_parent(const struct options *opt, const struct config *cfg,
    enum program program, int64_t workers)
{
	struct parent p = { .opt = opt, .n = workers };
	int signals = serve_signals();
	struct pollfd wait = { .fd = signals, .events = POLLIN };
	ssize_t n = readlink("/proc/self/exe", p.exe, sizeof(p.exe) - 1);

	p.listener = listener(cfg, program_name(program));
	if (n <= 0 || p.listener < 0)
		return 1;
	while (!p.is_stopping || alive(&p) > 0) {
		start_due(&p);
		replace_next(&p);
		poll(&wait, 1, p.is_stopping ? -1 : next_start(&p));
		handle_signals(&p, signals);
		reap(&p);
	}
	return 0;
}
