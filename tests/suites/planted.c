/* Programs with an error each, to see that the checkers of tests/checked.mjs
 * find it: planted leak | overflow | undefined | leak-in-child. */
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/err.h"

static char *volatile kept;
static volatile int most = INT_MAX;

static void
leak(void)
{
	kept = malloc(33);
	kept = NULL;
}

static void
overflow(void)
{
	kept = malloc(33);
	kept[33 + (most == 0)] = 1;
	free(kept);
}

static void
undefined(void)
{
	most = most + 1;
}

/* Of whom nobody asks how it ended. */
static void
leak_in_child(void)
{
	pid_t pid = fork();

	if (pid == 0) {
		leak();
		exit(0);
	}
	waitpid(pid, NULL, 0);
}

int
main(int argc, char **argv)
{
	static const struct {
		const char *name;
		void (*plant)(void);
	} errors[] = { { "leak", leak }, { "overflow", overflow },
		{ "undefined", undefined },
		{ "leak-in-child", leak_in_child } };

	for (size_t i = 0; i < COUNT(errors); i++)
		if (argc == 2 && strcmp(argv[1], errors[i].name) == 0) {
			errors[i].plant();
			return 0;
		}
	return 2;
}
