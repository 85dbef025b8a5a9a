#include "service/jail.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <seccomp.h>
#include <signal.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include "base/clock.h"
#include "base/fd.h"
#include "service/wall.h"

enum {
	EXIT_DONE = 0,
	EXIT_GAVE_UP = 1,
	EXIT_NO_JAIL = 2,
	EXIT_NOT_READY = 3,
	MAPPED = 512 << 20, /* bytes of code and of the file to look at */
	FILES = 32	    /* open at once, when it may read */
};

/* What computing takes, and reading what is open already. */
static const int computing[] = {
	SCMP_SYS(brk), SCMP_SYS(munmap), SCMP_SYS(mremap), SCMP_SYS(madvise),
	SCMP_SYS(futex), SCMP_SYS(exit), SCMP_SYS(exit_group),
	SCMP_SYS(clock_gettime), SCMP_SYS(gettimeofday), SCMP_SYS(getrandom),
	SCMP_SYS(rt_sigreturn), SCMP_SYS(rt_sigprocmask), SCMP_SYS(sched_yield),
	SCMP_SYS(gettid), SCMP_SYS(getpid),
#ifdef __SANITIZE_ADDRESS__
	SCMP_SYS(sigaltstack), /* asked before a process leaves */
#endif
};

/* What reading files takes besides: openat is for folders of the wall. */
static const int reading[] = { SCMP_SYS(read), SCMP_SYS(pread64),
	SCMP_SYS(lseek), SCMP_SYS(close), SCMP_SYS(fstat), SCMP_SYS(newfstatat),
	SCMP_SYS(fstatfs), SCMP_SYS(fadvise64), SCMP_SYS(getdents64) };

/* Looked for by libraries, and not there: they go on without. */
static const int refused[] = { SCMP_SYS(access), SCMP_SYS(faccessat),
	SCMP_SYS(faccessat2), SCMP_SYS(readlink), SCMP_SYS(readlinkat),
	SCMP_SYS(statfs), SCMP_SYS(getcwd), SCMP_SYS(fcntl), SCMP_SYS(ioctl),
	SCMP_SYS(uname), SCMP_SYS(sysinfo), SCMP_SYS(prlimit64),
	SCMP_SYS(sched_getaffinity), SCMP_SYS(getuid), SCMP_SYS(geteuid),
	SCMP_SYS(getgid), SCMP_SYS(getegid) };

static bool
set_limit(int what, rlim_t most)
{
	struct rlimit limit = { most, most };

	return setrlimit((__rlimit_resource_t)what, &limit) == 0;
}

static bool
limit_all(const struct jail *jail)
{
	rlim_t memory = (rlim_t)jail->memory;

	if (!set_limit(RLIMIT_CORE, 0) || !set_limit(RLIMIT_FSIZE, 0) ||
	    !set_limit(RLIMIT_NOFILE, jail->reads != NULL ? FILES : 0) ||
	    !set_limit(RLIMIT_CPU, (rlim_t)jail->seconds + 1))
		return false;
#ifdef __SANITIZE_ADDRESS__
	return memory > 0; /* shadow memory has no end */
#endif
	return set_limit(RLIMIT_DATA, memory) &&
	       set_limit(RLIMIT_AS, memory + MAPPED);
}

static bool
allow(scmp_filter_ctx filter, uint32_t action, const int *calls, size_t n)
{
	for (size_t i = 0; i < n; i++)
		if (seccomp_rule_add(filter, action, calls[i], 0) != 0)
			return false;
	return true;
}

/* It writes to its pipe; what libraries say to others is lost. No memory of
 * it can be executed, nor be changed by anybody else. */
static bool
allow_some(scmp_filter_ctx filter, int out)
{
	const struct scmp_arg_cmp same =
	    SCMP_A0(SCMP_CMP_EQ, (scmp_datum_t)out, 0);
	const struct scmp_arg_cmp other =
	    SCMP_A0(SCMP_CMP_NE, (scmp_datum_t)out, 0);
	const struct scmp_arg_cmp data =
	    SCMP_A2(SCMP_CMP_MASKED_EQ, PROT_EXEC, 0);

	return seccomp_rule_add(
		   filter, SCMP_ACT_ALLOW, SCMP_SYS(write), 1, same) == 0 &&
	       seccomp_rule_add(filter, SCMP_ACT_ERRNO(EBADF), SCMP_SYS(write),
		   1, other) == 0 &&
	       seccomp_rule_add(
		   filter, SCMP_ACT_ALLOW, SCMP_SYS(mmap), 1, data) == 0;
}

/* openat that neither writes nor makes anything; without a wall, none. */
static bool
allow_reading(scmp_filter_ctx filter, bool has_wall)
{
	const struct scmp_arg_cmp only_reads = SCMP_A2(SCMP_CMP_MASKED_EQ,
	    O_ACCMODE | O_CREAT | O_TRUNC | (O_TMPFILE & ~O_DIRECTORY),
	    O_RDONLY);

	if (!has_wall)
		return seccomp_rule_add(filter, SCMP_ACT_ERRNO(EACCES),
			   SCMP_SYS(openat), 0) == 0;
	return seccomp_rule_add(filter, SCMP_ACT_ALLOW, SCMP_SYS(openat), 1,
		   only_reads) == 0 &&
	       allow(filter, SCMP_ACT_ALLOW, reading, COUNT(reading)) &&
	       allow(filter, SCMP_ACT_ERRNO(EACCES), refused, COUNT(refused));
}

static bool
close_system(const struct jail *jail, int out)
{
	scmp_filter_ctx filter = seccomp_init(SCMP_ACT_KILL_PROCESS);

	return filter != NULL &&
	       allow(filter, SCMP_ACT_ALLOW, computing, COUNT(computing)) &&
	       allow_some(filter, out) &&
	       (jail->reads == NULL ||
		   allow_reading(filter, wall_version() > 0)) &&
	       seccomp_load(filter) == 0;
}

static bool
wall_in(const struct jail *jail)
{
	struct wall wall = { 0 };

	for (int i = 0; jail->reads != NULL && jail->reads[i] != NULL; i++) {
		if (i == WALL_PATHS)
			return false;
		wall.reads[i] = jail->reads[i];
	}
	return wall_raise(&wall) == E_OK;
}

/* The order matters: each step takes away what the steps before it needed. */
static bool
lock_up(const struct jail *jail, int out)
{
	return prctl(PR_SET_DUMPABLE, 0) == 0 && wall_in(jail) &&
	       (out == 0 || close_range(0, (unsigned)out - 1, 0) == 0) &&
	       close_range((unsigned)out + 1, ~0U, 0) == 0 && limit_all(jail) &&
	       close_system(jail, out);
}

/* A crash ends it; no handler of the program's runs on its remains. */
static void
forget_handlers(void)
{
	static const int crashes[] = { SIGSEGV, SIGBUS, SIGILL, SIGFPE, SIGABRT,
		SIGSYS, SIGXCPU };

	for (size_t i = 0; i < COUNT(crashes); i++)
		signal(crashes[i], SIG_DFL);
}

static _Noreturn void
be_jailed(
    const struct jail *jail, jail_work *work, void *arg, int out, pid_t parent)
{
	forget_handlers();
	prctl(PR_SET_PDEATHSIG, SIGKILL);
	if (jail->prepare != NULL && !jail->prepare())
		_exit(EXIT_NOT_READY);
	if (getppid() != parent || !lock_up(jail, out))
		_exit(EXIT_NO_JAIL);
	_exit(work(arg, out) ? EXIT_DONE : EXIT_GAVE_UP);
}

/*
 * The answer up to its end, which comes when the child is gone: it cannot
 * close anything before. False when it takes too long or says too much.
 */
static bool
hear(int in, char *answer, size_t max, size_t *n, int64_t until)
{
	struct pollfd p = { .fd = in, .events = POLLIN };
	char more;

	for (*n = 0;;) {
		int64_t left = until - clock_span();
		ssize_t part;

		if (left <= 0)
			return false;
		if (poll(&p, 1, (int)(left / 1000 + 1)) <= 0)
			continue;
		part = *n < max ? read(in, answer + *n, max - *n)
				: read(in, &more, 1);
		if (part < 0 && errno == EINTR)
			continue;
		if (part <= 0)
			return part == 0;
		if (*n == max)
			return false;
		*n += (size_t)part;
	}
}

/* Who waits for signals is not to hear of this child. */
static int
reap(pid_t pid)
{
	struct timespec now = { 0 };
	sigset_t set;
	int status;

	while (waitpid(pid, &status, 0) < 0)
		if (errno != EINTR)
			return -1;
	sigemptyset(&set);
	sigaddset(&set, SIGCHLD);
	sigtimedwait(&set, NULL, &now);
	return status;
}

static enum err
judge(int status, bool was_heard, enum jail_end *end)
{
	int code = WIFEXITED(status) ? WEXITSTATUS(status) : -1;

	if (code == EXIT_NO_JAIL)
		return FAIL(E_JAIL, "jail: cannot be closed");
	if (code == EXIT_NOT_READY)
		return FAIL(E_JAIL, "jail: a library is missing");
	*end = !was_heard	      ? JAIL_TIMED_OUT
	       : code == EXIT_DONE    ? JAIL_DONE
	       : code == EXIT_GAVE_UP ? JAIL_GAVE_UP
				      : JAIL_KILLED;
	return E_OK;
}

enum err
jail_run(const struct jail *jail, jail_work *work, void *arg, void *answer,
    size_t max, size_t *n, enum jail_end *end)
{
	int64_t until =
	    clock_span() + (jail->seconds + jail->waits) * CLOCK_SECOND;
	pid_t self = getpid(), pid;
	bool was_heard;
	int out[2];

	if (pipe2(out, O_CLOEXEC) != 0)
		return FAIL(E_JAIL, "jail: pipe: %s", strerror(errno));
	pid = fork();
	if (pid == 0)
		be_jailed(jail, work, arg, out[1], self);
	close(out[1]);
	if (pid < 0) {
		close(out[0]);
		return FAIL(E_JAIL, "jail: fork: %s", strerror(errno));
	}
	was_heard = hear(out[0], answer, max, n, until);
	/* When it was heard to its end it is leaving already, and how it does
	 * is no longer changed by this. */
	kill(pid, SIGKILL);
	close(out[0]);
	return judge(reap(pid), was_heard, end);
}

static bool
does_nothing(void *arg, int out)
{
	(void)arg;
	return fd_write_all(out, "", 0);
}

enum err
jail_try(const struct jail *jail)
{
	enum jail_end end;
	char none;
	size_t n;

	TRY(jail_run(jail, does_nothing, NULL, &none, 0, &n, &end));
	return end == JAIL_DONE ? E_OK : FAIL(E_JAIL, "jail: end %d", (int)end);
}
