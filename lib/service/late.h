#pragma once
/*
 * Libraries that only what runs in a jail, and seldom, calls: loaded in there,
 * before it is closed, so that the process that forks it does not carry them.
 * Each has a table of pointers to the functions that are called, made from a
 * .def file.
 */
#include <stdbool.h>
#include <stddef.h>

/* The name of a library as the Makefile gives it, SONAME_ZBAR and others. */
#define LATE_TEXT(name)	  LATE_QUOTED(name)
#define LATE_QUOTED(name) #name

/*
 * Loads the library and puts the n functions of these names into a table that
 * has nothing but as many pointers. False when anything is missing: the log
 * says what.
 */
bool late_load(
    const char *library, const char *const *names, size_t n, void *table);
