/*
 * dlopen as it is where a library is not installed: loaded before a program
 * (library.test.mjs). NO_LIBRARY is what the missing one's name begins with.
 */
#include <dlfcn.h>
#include <stdlib.h>
#include <string.h>

void *
dlopen(const char *file, int how)
{
	void *(*real)(const char *, int) =
	    (__typeof__(real))dlsym(RTLD_NEXT, "dlopen");
	const char *missing = getenv("NO_LIBRARY");

	if (file != NULL && missing != NULL &&
	    strncmp(file, missing, strlen(missing)) == 0)
		return real("libmissing.so.0", how);
	return real(file, how);
}
