#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <fcntl.h>
#include <sanitizer/asan_interface.h>
#include <signal.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/arena.h"
#include "base/err.h"

static int
setup(void **state)
{
	*state = arena_new(1 << 20);
	return 0;
}

static int
teardown(void **state)
{
	arena_free(*state);
	return 0;
}

static void
memory_is_zeroed_and_aligned(void **state)
{
	static const size_t sizes[] = { 0, 1, 15, 16, 17, 1000, 32768, 32769,
		200000 };

	for (int round = 0; round < 2; round++) {
		for (size_t i = 0; i < COUNT(sizes); i++) {
			char *p = arena_alloc(*state, sizes[i]);

			assert_non_null(p);
			assert_int_equal(
			    (uintptr_t)p % _Alignof(max_align_t), 0);
			for (size_t k = 0; k < sizes[i]; k++)
				assert_int_equal(p[k], 0);
			memset(p, 'x', sizes[i]);
		}
		arena_reset(*state);
	}
}

static void
what_is_handed_out_is_apart_and_counted(void **state)
{
	char *first = arena_alloc(*state, 5), *second = arena_alloc(*state, 5);

	memset(first, 'a', 5);
	memset(second, 'b', 5);
	assert_int_equal(first[4], 'a');
	assert_true(arena_used(*state) >= 10);
	arena_reset(*state);
	assert_int_equal(arena_used(*state), 0);
}

static void
a_reset_takes_memory_back(void **state)
{
	char *small = arena_alloc(*state, 8);

	assert_false(__asan_address_is_poisoned(small));
	arena_reset(*state);
	assert_true(__asan_address_is_poisoned(small));
	assert_ptr_equal(arena_alloc(*state, 8), small);
}

static void
strings_are_copied(void **state)
{
	char source[] = "abc";
	char *whole = arena_strdup(*state, source);
	char *part = arena_strndup(*state, source, 2);

	source[0] = 'X';
	assert_string_equal(whole, "abc");
	assert_string_equal(part, "ab");
	assert_string_equal(arena_strndup(*state, NULL, 0), "");
	assert_null(arena_strdup(*state, NULL));
	assert_string_equal(
	    arena_printf(*state, "%d %s", 7, "seven"), "7 seven");
	assert_int_equal(strlen(arena_printf(*state, "%5000d", 1)), 5000);
}

static char order[8];

static void
note(void *arg)
{
	strncat(order, arg, 1);
}

static void
cleanups_run_once_newest_first(void **state)
{
	static char names[][2] = { "a", "b", "c" };

	order[0] = '\0';
	for (size_t i = 0; i < COUNT(names); i++)
		arena_defer(*state, note, names[i]);
	assert_string_equal(order, "");
	arena_reset(*state);
	assert_string_equal(order, "cba");
	arena_reset(*state);
	assert_string_equal(order, "cba");
}

/* Written once closed, they end the process. */
static bool
can_write(char *p)
{
	int status;
	pid_t pid = fork();

	if (pid == 0) {
		signal(SIGSEGV, SIG_DFL);
		*(volatile char *)p = 'x';
		_exit(0);
	}
	assert_int_equal(waitpid(pid, &status, 0), pid);
	return WIFEXITED(status) && WEXITSTATUS(status) == 0;
}

static void
pages_are_zero_and_closed_when_told(void **state)
{
	enum { SIZE = 1 << 20 };
	char *p = arena_pages(*state, SIZE);

	for (size_t i = 0; i < SIZE; i++)
		assert_int_equal(p[i], 0);
	p[SIZE - 1] = 'a';
	assert_true(can_write(p));
	arena_pages_close(p, SIZE);
	assert_false(can_write(p));
	assert_int_equal(p[SIZE - 1], 'a');
	assert_true(arena_used(*state) < SIZE);
}

static void
files_are_closed_at_the_reset(void **state)
{
	int fd = open("/dev/null", O_RDONLY | O_CLOEXEC);

	arena_defer_close(*state, fd);
	assert_int_equal(fcntl(fd, F_GETFD), FD_CLOEXEC);
	arena_reset(*state);
	assert_int_equal(fcntl(fd, F_GETFD), -1);
}

/* The signal that ends a process which allocates n bytes of cap. */
static int
ending(size_t cap, size_t n)
{
	int status;
	pid_t pid = fork();

	if (pid == 0) {
		dup2(open("/dev/null", O_WRONLY | O_CLOEXEC), STDERR_FILENO);
		arena_alloc(arena_new(cap), n);
		_exit(0);
	}
	assert_int_equal(waitpid(pid, &status, 0), pid);
	return WIFSIGNALED(status) ? WTERMSIG(status) : 0;
}

static void
over_the_cap_the_process_ends(void **state)
{
	static const struct {
		size_t n;
		int signal;
	} cases[] = {
		{ 4096, 0 },
		{ 4097, SIGABRT },
		{ SIZE_MAX, SIGABRT },
		{ SIZE_MAX - 8, SIGABRT },
	};

	(void)state;
	for (size_t i = 0; i < COUNT(cases); i++)
		assert_int_equal(ending(4096, cases[i].n), cases[i].signal);
}

static void
nothing_is_freed_of_nothing(void **state)
{
	(void)state;
	arena_free(NULL);
}

#define TEST(fn) cmocka_unit_test_setup_teardown(fn, setup, teardown)

int
main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(memory_is_zeroed_and_aligned),
		TEST(what_is_handed_out_is_apart_and_counted),
		TEST(a_reset_takes_memory_back),
		TEST(strings_are_copied),
		TEST(cleanups_run_once_newest_first),
		TEST(pages_are_zero_and_closed_when_told),
		TEST(files_are_closed_at_the_reset),
		cmocka_unit_test(over_the_cap_the_process_ends),
		cmocka_unit_test(nothing_is_freed_of_nothing),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
