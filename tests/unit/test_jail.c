#include "scratch.h"

#include <poll.h>
#include <signal.h>
#include <sys/mman.h>
#include <sys/resource.h>
#include <sys/signalfd.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <sys/wait.h>

#include "base/clock.h"
#include "base/fd.h"
#include "service/jail.h"
#include "service/wall.h"

static char answer[64];
static size_t answered;

/* Runs work, and sees that nothing is left of it. */
static enum jail_end
ends(const struct jail *jail, jail_work *work, void *arg)
{
	enum jail_end end = JAIL_DONE;

	assert_int_equal(
	    jail_run(jail, work, arg, answer, sizeof(answer), &answered, &end),
	    E_OK);
	assert_int_equal(waitpid(-1, NULL, WNOHANG), -1);
	return end;
}

static const struct jail strict = { .seconds = 5, .memory = 64 << 20 };

static bool
says_hello(void *arg, int out)
{
	return fd_write_all(out, arg, strlen(arg));
}

static void
what_it_answers_arrives(void **state)
{
	(void)state;
	assert_int_equal(ends(&strict, says_hello, "hello"), JAIL_DONE);
	assert_int_equal(answered, 5);
	assert_memory_equal(answer, "hello", 5);
	assert_int_equal(ends(&strict, says_hello, ""), JAIL_DONE);
	assert_int_equal(answered, 0);
}

static bool
gives_up(void *arg, int out)
{
	(void)arg;
	(void)out;
	return false;
}

static bool
crashes(void *arg, int out)
{
	(void)arg;
	(void)out;
	*(volatile char *)1 = 1;
	return true;
}

static bool
loops(void *arg, int out)
{
	(void)arg;
	(void)out;
	for (volatile bool again = true; again;)
		;
	return true;
}

static bool
never_stops_talking(void *arg, int out)
{
	(void)arg;
	while (fd_write_all(out, "more and more", 13))
		;
	return true;
}

static void
a_bad_end_is_told_apart(void **state)
{
	const struct jail brief = { .seconds = 1, .memory = 64 << 20 };
	const struct jail patient = {
		.seconds = 1, .memory = 64 << 20, .waits = 300
	};
	int64_t began = clock_span();

	(void)state;
	assert_int_equal(ends(&strict, gives_up, NULL), JAIL_GAVE_UP);
	assert_int_equal(ends(&strict, crashes, NULL), JAIL_KILLED);
	assert_int_equal(ends(&brief, loops, NULL), JAIL_TIMED_OUT);
	assert_true(clock_span() - began >= CLOCK_SECOND);
	/* Patience is for waiting, not for computing. */
	assert_int_equal(ends(&patient, loops, NULL), JAIL_KILLED);
	assert_int_equal(
	    ends(&strict, never_stops_talking, NULL), JAIL_TIMED_OUT);
	assert_int_equal(answered, sizeof(answer));
}

/* Calls that harm, by number, with arguments that would let them succeed. */
struct call {
	const char *name;
	long number, a0, a1, a2;
};

static bool
calls(void *arg, int out)
{
	const struct call *c = arg;

	syscall(c->number, c->a0, c->a1, c->a2);
	return fd_write_all(out, "alive", 5);
}

static void
no_call_gets_out(void **state)
{
	static const char path[] = "/etc/passwd";
	const struct call harmful[] = {
		{ "open", SYS_open, (long)path, O_RDONLY, 0 },
		{ "openat", SYS_openat, AT_FDCWD, (long)path, O_RDONLY },
		{ "socket", SYS_socket, AF_UNIX, SOCK_STREAM, 0 },
		{ "fork", SYS_fork, 0, 0, 0 },
		{ "clone", SYS_clone, SIGCHLD, 0, 0 },
		{ "execve", SYS_execve, (long)"/bin/true", 0, 0 },
		{ "kill", SYS_kill, getpid(), 0, 0 },
		{ "ptrace", SYS_ptrace, 0, 0, 0 },
		{ "unlink", SYS_unlink, (long)"/nonexistent", 0, 0 },
		{ "read", SYS_read, 0, (long)answer, 1 },
		{ "dup", SYS_dup, 0, 0, 0 },
		{ "prctl", SYS_prctl, 0, 0, 0 },
		{ "setrlimit", SYS_setrlimit, 0, 0, 0 },
		{ "mprotect", SYS_mprotect, 0, 0, PROT_EXEC },
		{ "memfd", SYS_memfd_create, (long)"x", 0, 0 },
		{ "mmap to execute", SYS_mmap, 0, 4096, PROT_EXEC },
	};

	(void)state;
	for (size_t i = 0; i < COUNT(harmful); i++) {
		struct call c = harmful[i];

		if (ends(&strict, calls, &c) != JAIL_KILLED || answered != 0)
			fail_msg("%s: lived on", c.name);
	}
}

/* What libraries write to standard error is lost, and kills nobody. */
static bool
writes_elsewhere(void *arg, int out)
{
	const int *fd = arg;
	bool all_lost = true;

	for (int i = 0; i < 64; i++)
		if (i != out && write(i, "x", 1) != -1)
			all_lost = false;
	return write(*fd, "x", 1) == -1 && all_lost &&
	       fd_write_all(out, "lost", 4);
}

static void
no_descriptor_comes_along(void **state)
{
	int pair[2];
	char c;

	(void)state;
	assert_int_equal(
	    socketpair(AF_UNIX, SOCK_STREAM | SOCK_NONBLOCK, 0, pair), 0);
	assert_int_equal(ends(&strict, writes_elsewhere, &pair[0]), JAIL_DONE);
	assert_int_equal(answered, 4);
	assert_int_equal(read(pair[1], &c, 1), -1);
	close(pair[0]);
	close(pair[1]);
}

/* A worker leaves when its signalfd can be read. */
static void
nobody_hears_of_the_child(void **state)
{
	struct pollfd p = { .events = POLLIN };
	sigset_t set, before;

	(void)state;
	sigemptyset(&set);
	sigaddset(&set, SIGCHLD);
	sigaddset(&set, SIGTERM);
	sigprocmask(SIG_BLOCK, &set, &before);
	p.fd = signalfd(-1, &set, SFD_CLOEXEC | SFD_NONBLOCK);
	for (int i = 0; i < 50; i++) {
		ends(&strict, i % 2 == 0 ? says_hello : crashes, "hello");
		assert_int_equal(poll(&p, 1, 0), 0);
	}
	/* What others say still arrives. */
	kill(getpid(), SIGTERM);
	ends(&strict, says_hello, "hello");
	assert_int_equal(poll(&p, 1, 0), 1);
	close(p.fd);
	sigtimedwait(&set, NULL, &(struct timespec){ 0 });
	sigprocmask(SIG_SETMASK, &before, NULL);
}

/* Its own copy of memory is all it can change. */
static bool
changes_memory(void *arg, int out)
{
	strcpy(arg, "changed");
	return fd_write_all(out, arg, strlen(arg));
}

static void
memory_is_a_copy(void **state)
{
	char text[] = "before.";

	(void)state;
	assert_int_equal(ends(&strict, changes_memory, text), JAIL_DONE);
	assert_memory_equal(answer, "changed", 7);
	assert_string_equal(text, "before.");
}

#ifndef __SANITIZE_ADDRESS__
static bool
takes_memory(void *arg, int out)
{
	const size_t *bytes = arg;
	char *p = malloc(*bytes);

	if (p == NULL)
		return false;
	memset(p, 1, *bytes);
	return fd_write_all(out, p, 1);
}

static void
memory_has_a_limit(void **state)
{
	size_t little = 16 << 20, much = 65 << 20;

	(void)state;
	assert_int_equal(ends(&strict, takes_memory, &little), JAIL_DONE);
	assert_int_equal(ends(&strict, takes_memory, &much), JAIL_GAVE_UP);
}
#endif

/* Opens a path in the way of the flags; says what came of it. */
struct opening {
	const char *path;
	int flags;
};

static bool
opens(void *arg, int out)
{
	const struct opening *o = arg;
	char text[16] = "";
	int fd = openat(AT_FDCWD, o->path, o->flags | O_CLOEXEC, 0600);

	if (fd < 0)
		return fd_write_all(out, "no", 2);
	if (read(fd, text, sizeof(text) - 1) < 0)
		return false;
	close(fd);
	return fd_write_all(out, text, strlen(text));
}

static void
only_what_is_listed_is_read(void **state)
{
	const char *file = scratch_file("file", "inside");
	const char *reads[] = { scratch, NULL };
	const struct jail jail = {
		.seconds = 5, .memory = 64 << 20, .reads = reads
	};
	struct opening in = { file, O_RDONLY },
		       out = { "/etc/passwd", O_RDONLY };
	struct opening change = { file, O_WRONLY };
	bool has_wall = wall_version() > 0;

	(void)state;
	assert_int_equal(ends(&jail, opens, &in), JAIL_DONE);
	assert_memory_equal(answer, has_wall ? "inside" : "no", answered);
	assert_int_equal(ends(&jail, opens, &out), JAIL_DONE);
	assert_memory_equal(answer, "no", answered);
	if (has_wall)
		assert_int_equal(ends(&jail, opens, &change), JAIL_KILLED);
	assert_int_equal(ends(&strict, opens, &in), JAIL_KILLED);
}

static int loaded; /* a descriptor, by prepares */

static bool
prepares(void)
{
	loaded = open("/etc/passwd", O_RDONLY | O_CLOEXEC);
	return loaded >= 0;
}

static bool
fails_to_prepare(void)
{
	return false;
}

static bool
says_what_was_loaded(void *arg, int out)
{
	(void)arg;
	return fd_write_all(out, loaded > 0 ? "yes" : "no", loaded > 0 ? 3 : 2);
}

/* It opens what the jail would not; nothing of it is seen out here. */
static void
it_is_prepared_before_it_is_closed(void **state)
{
	struct jail jail = strict;
	enum jail_end end;

	(void)state;
	jail.prepare = prepares;
	assert_int_equal(ends(&jail, says_what_was_loaded, NULL), JAIL_DONE);
	assert_memory_equal(answer, "yes", answered);
	assert_int_equal(loaded, 0);
	jail.prepare = fails_to_prepare;
	assert_int_equal(jail_run(&jail, says_hello, "hello", answer,
			     sizeof(answer), &answered, &end),
	    E_JAIL);
	assert_int_equal(answered, 0);
}

/* Without descriptors for a pipe there is no jail, and nothing is run. */
static void
no_jail_is_an_error(void **state)
{
	struct rlimit before, none = { 0, 0 };
	enum jail_end end;
	enum err e;

	(void)state;
	assert_int_equal(getrlimit(RLIMIT_NOFILE, &before), 0);
	none.rlim_max = before.rlim_max;
	assert_int_equal(setrlimit(RLIMIT_NOFILE, &none), 0);
	e = jail_run(&strict, says_hello, "hello", answer, sizeof(answer),
	    &answered, &end);
	assert_int_equal(setrlimit(RLIMIT_NOFILE, &before), 0);
	assert_int_equal(e, E_JAIL);
}

static bool
is_never_ready(void)
{
	return false;
}

static void
whether_there_is_one_can_be_asked(void **state)
{
	struct jail jail = strict;

	(void)state;
	assert_int_equal(jail_try(&jail), E_OK);
	jail.prepare = is_never_ready;
	assert_int_equal(jail_try(&jail), E_JAIL);
	assert_int_equal(waitpid(-1, NULL, WNOHANG), -1);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(what_it_answers_arrives),
		TEST(a_bad_end_is_told_apart),
		TEST(no_call_gets_out),
		TEST(no_descriptor_comes_along),
		TEST(nobody_hears_of_the_child),
		TEST(memory_is_a_copy),
#ifndef __SANITIZE_ADDRESS__
		TEST(memory_has_a_limit),
#endif
		TEST(only_what_is_listed_is_read),
		TEST(it_is_prepared_before_it_is_closed),
		TEST(no_jail_is_an_error),
		TEST(whether_there_is_one_can_be_asked),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
