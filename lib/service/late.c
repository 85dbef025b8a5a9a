#include "service/late.h"

#include <dlfcn.h>
#include <string.h>

#include "base/log.h"

/* Without a name dlopen would give the program itself. */
#define IS_NAMED(name) (sizeof(LATE_TEXT(name)) > sizeof(""))
_Static_assert(IS_NAMED(SONAME_POPPLER) && IS_NAMED(SONAME_ZBAR),
    "the Makefile did not find a library");

bool
late_load(const char *library, const char *const *names, size_t n, void *table)
{
	/* All of it now: a jail has no files to look in later. */
	void *handle = dlopen(library, RTLD_NOW | RTLD_LOCAL);
	char text[256];

	for (size_t i = 0; i < n; i++) {
		void *f = handle != NULL ? dlsym(handle, names[i]) : NULL;

		if (f == NULL) {
			log_line(LOG_ERROR, "library", "msg=%s",
			    log_quote(text, sizeof(text), dlerror()));
			return false;
		}
		memcpy((char *)table + i * sizeof(f), &f, sizeof(f));
	}
	return true;
}
