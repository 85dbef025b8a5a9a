/*
 * How long the check of a PDF takes, its jail included, as an upload has it.
 *
 *   check FILE TIMES
 *
 * Prints a line of JSON: the median in microseconds.
 */
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/clock.h"
#include "base/num.h"
#include "service/pdf_check.h"

enum { TIMES_MAX = 10000 };

static const struct pdf_limits limits = { .pages = 50, .seconds = 5 };

static const void *
map(const char *path, size_t *n)
{
	int fd = open(path, O_RDONLY | O_CLOEXEC);
	struct stat st;
	void *p;

	if (fd < 0 || fstat(fd, &st) != 0)
		return NULL;
	*n = (size_t)st.st_size;
	p = mmap(NULL, *n, PROT_READ, MAP_PRIVATE, fd, 0);
	close(fd);
	return p != MAP_FAILED ? p : NULL;
}

static int
by_value(const void *a, const void *b)
{
	int64_t x = *(const int64_t *)a, y = *(const int64_t *)b;

	return x < y ? -1 : x > y;
}

int
main(int argc, char **argv)
{
	static int64_t took[TIMES_MAX];
	struct pdf_verdict verdict;
	const void *p = NULL;
	int64_t times;
	size_t n;

	if (argc != 3 || !num_int(argv[2], 1, TIMES_MAX, &times)) {
		fprintf(stderr, "usage: check FILE TIMES\n");
		return 2;
	}
	if (pdf_check_open(limits.seconds) != E_OK ||
	    (p = map(argv[1], &n)) == NULL) {
		fprintf(stderr, "check: cannot begin with %s\n", argv[1]);
		return 1;
	}
	for (int64_t i = 0; i < times; i++) {
		int64_t began = clock_span();

		if (pdf_check(p, n, &limits, &verdict) != E_OK) {
			fprintf(stderr, "check: %s\n", err_fault()->cause);
			return 1;
		}
		took[i] = clock_span() - began;
	}
	qsort(took, (size_t)times, sizeof(*took), by_value);
	printf("{\"p50\":%lld}\n", (long long)took[times / 2]);
	return 0;
}
