/* The work of service/unpack.h, by zlib. ZIP as its APPNOTE has it, without
 * encryption, several disks and ZIP64, which no bill needs. */
#include <zlib.h>

#include "base/arena.h"
#include "base/fd.h"
#include "service/jail.h"
#include "service/unpack_private.h"

enum {
	SECONDS = 10,
	MEMORY = 64 << 20,
	PIECE = 16384,
	FILES = 16,
	END = 22, /* bytes of the record at the end, and of each before it */
	HEAD = 46,
	LOCAL = 30,
	COMMENT = 65535,
	STORED = 0,
	DEFLATED = 8,
	RAW = -15, /* zlib's words for deflate alone, and with gzip's head */
	GZIP = 16 + 15
};

#define SIGN_END   0x06054b50U
#define SIGN_HEAD  0x02014b50U
#define SIGN_LOCAL 0x04034b50U

/* What is under way inside. */
struct unpacking {
	int out;
	size_t left; /* bytes that may still be written */
	uLong crc;   /* of the file that is being written */
};

static bool
put(struct unpacking *u, const void *p, size_t n)
{
	if (n > u->left)
		return false;
	u->left -= n;
	u->crc = crc32(u->crc, p, (uInt)n);
	return fd_write_all(u->out, p, n);
}

/* One stream, which must end where the bytes do. */
static bool
expand(struct unpacking *u, const char *p, size_t n, int window)
{
	unsigned char piece[PIECE];
	z_stream z = { .next_in = (z_const Bytef *)(uintptr_t)p,
		.avail_in = (uInt)n };
	int code = inflateInit2(&z, window);

	while (code == Z_OK) {
		z.next_out = piece;
		z.avail_out = sizeof(piece);
		code = inflate(&z, Z_NO_FLUSH);
		if ((code != Z_OK && code != Z_STREAM_END) ||
		    !put(u, piece, sizeof(piece) - z.avail_out))
			return false;
	}
	return code == Z_STREAM_END && z.avail_in == 0;
}

static uint32_t
number(const char *p, int bytes)
{
	uint32_t n = 0;

	for (int i = bytes - 1; i >= 0; i--)
		n = n << 8 | (unsigned char)p[i];
	return n;
}

/* A file of the archive, as its directory has it. */
struct entry {
	uint32_t flags, method, crc, packed, plain, at;
};

static bool
expand_entry(
    struct unpacking *u, const struct unpack_job *job, const struct entry *e)
{
	const char *local = job->p + e->at;
	size_t head, before = u->left;

	if (e->at > job->n || job->n - e->at < LOCAL ||
	    number(local, 4) != SIGN_LOCAL || (e->flags & 1) != 0)
		return false;
	head = LOCAL + number(local + 26, 2) + number(local + 28, 2);
	if (head > job->n - e->at || e->packed > job->n - e->at - head)
		return false;
	u->crc = crc32(0, NULL, 0);
	if (e->method == DEFLATED
		? !expand(u, local + head, e->packed, RAW)
		: e->method != STORED || !put(u, local + head, e->packed))
		return false;
	return u->crc == e->crc && before - u->left == e->plain &&
	       put(u, "\n", 1);
}

/* The record at the end, behind which there is only its comment. */
static const char *
find_end(const struct unpack_job *job)
{
	for (size_t back = END; back <= job->n && back <= END + COMMENT; back++)
		if (number(job->p + job->n - back, 4) == SIGN_END)
			return job->p + job->n - back;
	return NULL;
}

static bool
unzip(struct unpacking *u, const struct unpack_job *job)
{
	const char *end = find_end(job);
	uint32_t files, at;

	if (end == NULL)
		return false;
	files = number(end + 10, 2);
	at = number(end + 16, 4);
	if (files == 0 || files > FILES)
		return false;
	for (uint32_t i = 0; i < files; i++) {
		const char *h = job->p + at;
		struct entry e;

		if (at > job->n || job->n - at < HEAD ||
		    number(h, 4) != SIGN_HEAD)
			return false;
		e = (struct entry){ number(h + 8, 2), number(h + 10, 2),
			number(h + 16, 4), number(h + 20, 4), number(h + 24, 4),
			number(h + 42, 4) };
		if (!expand_entry(u, job, &e))
			return false;
		at += HEAD + number(h + 28, 2) + number(h + 30, 2) +
		      number(h + 32, 2);
	}
	return true;
}

static bool
work(void *arg, int out)
{
	const struct unpack_job *job = arg;
	struct unpacking u = { .out = out, .left = job->max };

	return job->kind == UNPACK_ZIP ? unzip(&u, job)
				       : expand(&u, job->p, job->n, GZIP);
}

static enum err
in_jail(
    struct arena *a, const struct unpack_job *job, const char **out, size_t *n)
{
	static const struct jail jail = { .seconds = SECONDS,
		.memory = MEMORY };
	struct unpack_job copy = *job;
	char *answer = arena_pages(a, job->max + 1);
	enum jail_end end;

	TRY(jail_run(&jail, work, &copy, answer, job->max, n, &end));
	if (end != JAIL_DONE)
		return FAIL(
		    E_MALFORMED, "damaged, or unpacks to over %zu", job->max);
	answer[*n] = '\0';
	*out = answer;
	return E_OK;
}

void
unpack_open(void)
{
	unpack_use(in_jail);
}
