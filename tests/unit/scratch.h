#pragma once
/* A folder of the test's own below the temporary one, and an arena. */
#include <fcntl.h>
#include <ftw.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#define TEST(fn)                                                               \
	cmocka_unit_test_setup_teardown(fn, scratch_setup, scratch_teardown)
#include "arena_kit.h"
#include "base/err.h"

static char *scratch;

static int
remove_one(const char *path, const struct stat *st, int type, struct FTW *ftw)
{
	(void)st;
	(void)type;
	(void)ftw;
	return remove(path);
}

static int
scratch_setup(void **state)
{
	const char *tmp = getenv("TMPDIR");

	arena_setup(state);
	scratch =
	    arena_printf(a, "%s/calock-XXXXXX", tmp != NULL ? tmp : "/tmp");
	return mkdtemp(scratch) != NULL ? 0 : -1;
}

static int
scratch_teardown(void **state)
{
	int result = nftw(scratch, remove_one, 16, FTW_DEPTH | FTW_PHYS);

	arena_teardown(state);
	return result;
}

/* Writes n bytes to a file of that name in the folder; its path. */
static inline const char *
scratch_bytes(const char *name, const void *p, size_t n)
{
	const char *path = arena_printf(a, "%s/%s", scratch, name);
	FILE *f = fopen(path, "we");

	assert_non_null(f);
	assert_int_equal(fwrite(p, 1, n, f), n);
	assert_int_equal(fclose(f), 0);
	return path;
}

static inline const char *
scratch_file(const char *name, const char *text)
{
	return scratch_bytes(name, text, strlen(text));
}
