#include "scratch.h"

#include <arpa/inet.h>
#include <errno.h>
#include <signal.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/wait.h>

#include "service/wall.h"

static const char *inside, *mine, *outside;
static uint16_t open_port, shut_port;
static pid_t stranger;

/* What is tried behind the wall: 0, or the errno that it ended with. */
static int
result(int status)
{
	int cause = errno;

	if (status > 0)
		close(status);
	return status < 0 ? cause : 0;
}

static const char *
in(const char *folder, const char *name)
{
	return arena_printf(a, "%s/%s", folder, name);
}

static int
reads_listed(void)
{
	return result(open(in(inside, "file"), O_RDONLY));
}

static int
writes_listed_for_reading(void)
{
	return result(open(in(inside, "file"), O_WRONLY));
}

static int
makes_in_listed_for_reading(void)
{
	return result(open(in(inside, "new"), O_WRONLY | O_CREAT, 0600));
}

static int
changes_listed(void)
{
	int fd = open(in(mine, "new"), O_WRONLY | O_CREAT | O_EXCL, 0600);

	if (fd < 0 || mkdir(in(mine, "folder"), 0700) != 0 ||
	    rename(in(mine, "new"), in(mine, "folder/new")) != 0 ||
	    ftruncate(fd, 1) != 0 || unlink(in(mine, "folder/new")) != 0)
		return errno;
	close(fd);
	return result(rmdir(in(mine, "folder")));
}

static int
links_in_listed(void)
{
	return result(symlink(outside, in(mine, "link")));
}

static int
reads_outside(void)
{
	return result(open(in(outside, "file"), O_RDONLY));
}

static int
lists_outside(void)
{
	return result(open(outside, O_RDONLY | O_DIRECTORY));
}

static int
writes_outside(void)
{
	return result(open(in(outside, "file"), O_WRONLY));
}

static int
truncates_outside(void)
{
	return result(truncate(in(outside, "file"), 0));
}

static int
removes_outside(void)
{
	return result(unlink(in(outside, "file")));
}

/* Gone, were it let through: this test would end with its exit status. */
static int
executes(void)
{
	execl("/bin/true", "true", (char *)NULL);
	return errno;
}

static int
reaches(uint16_t port)
{
	struct sockaddr_in at = { .sin_family = AF_INET,
		.sin_port = htons(port),
		.sin_addr.s_addr = htonl(INADDR_LOOPBACK) };
	int fd = socket(AF_INET, SOCK_STREAM, 0);
	int e = result(connect(fd, (struct sockaddr *)&at, sizeof(at)));

	close(fd);
	return e;
}

static int
calls_listed(void)
{
	return reaches(open_port);
}

static int
calls_another(void)
{
	return reaches(shut_port);
}

static int
listens(void)
{
	struct sockaddr_in at = { .sin_family = AF_INET,
		.sin_addr.s_addr = htonl(INADDR_LOOPBACK) };

	return result(bind(socket(AF_INET, SOCK_STREAM, 0),
	    (struct sockaddr *)&at, sizeof(at)));
}

static int
signals_a_stranger(void)
{
	return result(kill(stranger, 0));
}

static int
gains_rights(void)
{
	return prctl(PR_GET_NO_NEW_PRIVS, 0, 0, 0, 0) == 1 ? EPERM : 0;
}

static const struct {
	const char *what;
	int (*try)(void);
	int since; /* the version of Landlock that answers so; else it is 0 */
	int answer;
} tries[] = {
	{ "read what is listed", reads_listed, 1, 0 },
	{ "write to it", writes_listed_for_reading, 1, EACCES },
	{ "make a file in it", makes_in_listed_for_reading, 1, EACCES },
	{ "change what is listed for that", changes_listed, 2, 0 },
	{ "make a link in it", links_in_listed, 1, EACCES },
	{ "read what is not listed", reads_outside, 1, EACCES },
	{ "list it", lists_outside, 1, EACCES },
	{ "write to it", writes_outside, 1, EACCES },
	{ "truncate it", truncates_outside, 3, EACCES },
	{ "remove it", removes_outside, 1, EACCES },
	{ "execute", executes, 1, EACCES },
	{ "call a listed port", calls_listed, 4, 0 },
	{ "call another", calls_another, 4, EACCES },
	{ "listen", listens, 4, EACCES },
	{ "signal a stranger", signals_a_stranger, 6, EPERM },
	{ "gain rights", gains_rights, 1, EPERM },
};

static uint16_t
listen_somewhere(void)
{
	struct sockaddr_in at = { .sin_family = AF_INET,
		.sin_addr.s_addr = htonl(INADDR_LOOPBACK) };
	socklen_t n = sizeof(at);
	int fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);

	assert_int_equal(bind(fd, (struct sockaddr *)&at, n), 0);
	assert_int_equal(listen(fd, 8), 0);
	assert_int_equal(getsockname(fd, (struct sockaddr *)&at, &n), 0);
	return ntohs(at.sin_port);
}

static void
prepare(void)
{
	const char *const folders[] = { "inside", "mine", "outside" };

	for (size_t i = 0; i < COUNT(folders); i++)
		assert_int_equal(mkdir(in(scratch, folders[i]), 0700), 0);
	scratch_file("inside/file", "x");
	scratch_file("outside/file", "x");
	inside = in(scratch, "inside");
	mine = in(scratch, "mine");
	outside = in(scratch, "outside");
	open_port = listen_somewhere();
	shut_port = listen_somewhere();
	stranger = getpid();
}

/* In a child that has raised the wall: the errno of a try. */
static int
behind(int (*try)(void))
{
	struct wall w = { .reads = { inside, "/nowhere" },
		.changes = { mine },
		.ports = { open_port } };
	pid_t pid = fork();
	int status;

	if (pid == 0)
		_exit(wall_raise(&w) == E_OK ? try() : 255);
	assert_int_equal(waitpid(pid, &status, 0), pid);
	assert_true(WIFEXITED(status));
	return WEXITSTATUS(status);
}

static void
behind_it_only_what_is_listed_can_be_done(void **state)
{
	int version = wall_version();

	(void)state;
	prepare();
	for (size_t i = 0; i < COUNT(tries); i++) {
		int wanted = version >= tries[i].since ? tries[i].answer : 0;
		int got = behind(tries[i].try);

		/* Without it the second try meets what the first has done. */
		if (got != wanted && version > 0)
			fail_msg("%s: %s, not %s", tries[i].what, strerror(got),
			    strerror(wanted));
	}
	print_message("Landlock version %d\n", version);
}

static void
it_is_for_this_process_alone(void **state)
{
	(void)state;
	prepare();
	assert_int_equal(
	    behind(reads_outside), wall_version() > 0 ? EACCES : 0);
	assert_int_equal(reads_outside(), 0);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(behind_it_only_what_is_listed_can_be_done),
		TEST(it_is_for_this_process_alone),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
