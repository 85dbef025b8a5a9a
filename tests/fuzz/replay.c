/*
 * Feeds a fuzz target from the files of the directories that are named, and
 * reports each as a test in TAP. A directory that is not there has no files.
 */
#include <dirent.h>

#include "fuzz.h"

enum { FILE_MOST = 4 * 1024 * 1024 };

static int
is_file(const struct dirent *d)
{
	return d->d_name[0] != '.';
}

static void
feed(const char *dir, const char *name)
{
	char path[512];
	uint8_t *data = malloc(FILE_MOST), *exact;
	FILE *f;
	size_t n;

	snprintf(path, sizeof(path), "%s/%s", dir, name);
	f = fopen(path, "rb");
	if (f == NULL || data == NULL) {
		perror(path);
		exit(1);
	}
	n = fread(data, 1, FILE_MOST, f);
	fclose(f);
	/* As large as the input, so that reading past its end is seen. */
	exact = realloc(data, n > 0 ? n : 1);
	fprintf(stderr, "# %s\n", path);
	LLVMFuzzerTestOneInput(exact, n);
	free(exact);
}

int
main(int argc, char **argv)
{
	int count = 0;

	setvbuf(stdout, NULL, _IOLBF, 0);
	for (int i = 1; i < argc; i++) {
		struct dirent **list;
		int n = scandir(argv[i], &list, is_file, alphasort);

		for (int k = 0; k < n; k++) {
			feed(argv[i], list[k]->d_name);
			printf("ok %d - %s/%s\n", ++count, argv[i],
			    list[k]->d_name);
			free(list[k]);
		}
		if (n >= 0)
			free(list);
	}
	printf("1..%d\n", count);
	return 0;
}
