#pragma once
/*
 * cmocka, with what has to stand before it, and an arena of each test's own:
 * a. TEST(fn) is a test that has one; arena_setup and arena_teardown serve a
 * whole group as well.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "base/arena.h"

static struct arena *a;

static inline int
arena_setup(void **state)
{
	(void)state;
	a = arena_new(64 << 20);
	return 0;
}

static inline int
arena_teardown(void **state)
{
	(void)state;
	arena_free(a);
	return 0;
}

#ifndef TEST
#define TEST(fn)                                                               \
	cmocka_unit_test_setup_teardown(fn, arena_setup, arena_teardown)
#endif
