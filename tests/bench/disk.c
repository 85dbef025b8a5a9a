/*
 * The limit of an upload in make bench: the same bytes written, hashed and
 * synced, by so many threads at once.
 *
 *   disk FOLDER FILE TIMES THREADS
 *
 * Prints a line of JSON.
 */
#include <fcntl.h>
#include <openssl/evp.h>
#include <pthread.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/clock.h"
#include "base/num.h"

enum { PIECE = 65536, THREADS_MAX = 64 };

static struct {
	const char *folder;
	char *data;
	size_t n;
	int64_t times;
	atomic_llong next;
} plan;

__attribute__((noreturn)) static void
die(const char *what)
{
	perror(what);
	exit(1);
}

static void
read_data(const char *path)
{
	int fd = open(path, O_RDONLY | O_CLOEXEC);
	struct stat st;

	if (fd < 0 || fstat(fd, &st) != 0)
		die(path);
	plan.n = (size_t)st.st_size;
	plan.data = malloc(plan.n);
	if (plan.data == NULL || read(fd, plan.data, plan.n) != (ssize_t)plan.n)
		die(path);
	close(fd);
}

static void
keep(long long number)
{
	EVP_MD_CTX *digest = EVP_MD_CTX_new();
	unsigned char sum[EVP_MAX_MD_SIZE];
	char name[4096];
	int fd;

	snprintf(name, sizeof(name), "%s/%lld", plan.folder, number);
	fd = open(name, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0600);
	if (fd < 0 || EVP_DigestInit_ex(digest, EVP_sha256(), NULL) != 1)
		die(name);
	for (size_t at = 0; at < plan.n; at += PIECE) {
		size_t n = plan.n - at < PIECE ? plan.n - at : PIECE;

		if (EVP_DigestUpdate(digest, plan.data + at, n) != 1 ||
		    write(fd, plan.data + at, n) != (ssize_t)n)
			die(name);
	}
	if (EVP_DigestFinal_ex(digest, sum, NULL) != 1 || fsync(fd) != 0)
		die(name);
	close(fd);
	EVP_MD_CTX_free(digest);
}

static void *
work(void *arg)
{
	long long i;

	while ((i = atomic_fetch_add(&plan.next, 1)) < plan.times)
		keep(i);
	return arg;
}

int
main(int argc, char **argv)
{
	pthread_t thread[THREADS_MAX];
	int64_t threads, began;

	if (argc != 5 || !num_int(argv[3], 1, 1000000, &plan.times) ||
	    !num_int(argv[4], 1, THREADS_MAX, &threads)) {
		fprintf(stderr, "usage: disk FOLDER FILE TIMES THREADS\n");
		return 2;
	}
	plan.folder = argv[1];
	read_data(argv[2]);
	began = clock_span();
	for (int64_t i = 0; i < threads; i++)
		if (pthread_create(&thread[i], NULL, work, NULL) != 0)
			die("thread");
	for (int64_t i = 0; i < threads; i++)
		pthread_join(thread[i], NULL);
	printf("{\"groups\":%lld,\"seconds\":%.6f}\n", (long long)plan.times,
	    (double)(clock_span() - began) / CLOCK_SECOND);
	return 0;
}
