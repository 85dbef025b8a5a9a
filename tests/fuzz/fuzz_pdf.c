/*
 * pdf_examine, which runs in the jail: the input as it is, and again with a
 * cross-reference table of its own making, without which a changed byte would
 * hide all the others behind "damaged".
 */
#include <ctype.h>

#include "base/buf.h"
#include "fuzz.h"
#include "service/pdf_check.h"

enum { OBJECTS = 200 };

static const struct pdf_limits limits = { .pages = 50, .seconds = 5 };

static void
examine(const char *p, size_t n)
{
	struct pdf_verdict v;

	pdf_examine(p, n, &limits, &v);
	PROMISE((unsigned)v.reason < PDF_REASON__N);
	PROMISE(memchr(v.what, '\0', sizeof(v.what)) != NULL);
	if (v.reason == PDF_GOOD) {
		PROMISE(n > 5 && memcmp(p, "%PDF-", 5) == 0);
		PROMISE(memmem(p, n, "%%EOF", 5) != NULL);
		PROMISE(v.pages >= 1 && v.pages <= limits.pages);
	}
}

/* The number of the object that begins at p, which is a line's start; or 0. */
static int
object_at(const char *p, const char *end)
{
	int id = 0;

	while (p < end && isdigit((unsigned char)*p) && id < OBJECTS)
		id = 10 * id + (*p++ - '0');
	return end - p > 6 && memcmp(p, " 0 obj", 6) == 0 ? id : 0;
}

/* Where each object begins in what stands before the old table. */
static int
find_objects(const char *p, size_t n, size_t at[OBJECTS])
{
	int most = 0;

	for (const char *line = p, *end = p + n; line < end; line++) {
		int id = object_at(line, end);

		if (id > 0 && id < OBJECTS) {
			at[id] = (size_t)(line - p);
			most = id > most ? id : most;
		}
		line = memchr(line, '\n', (size_t)(end - line));
		if (line == NULL)
			break;
	}
	return most;
}

static void
examine_mended(struct arena *a, const char *p, size_t n)
{
	const char *table = memmem(p, n, "\nxref\n", 6);
	size_t body = table != NULL ? (size_t)(table - p) + 1 : n;
	size_t at[OBJECTS] = { 0 };
	int objects = find_objects(p, body, at);
	struct buf b;

	buf_init(&b, a, n + 64 * OBJECTS);
	buf_add(&b, p, body);
	buf_printf(&b, "\nxref\n0 %d\n0000000000 65535 f \n", objects + 1);
	for (int i = 1; i <= objects; i++)
		buf_printf(&b, "%010zu %s \n", at[i],
		    at[i] > 0 ? "00000 n" : "65535 f");
	buf_printf(&b,
	    "trailer\n<< /Size %d /Root 1 0 R >>\nstartxref\n%zu\n%%%%EOF\n",
	    objects + 1, body + 1);
	PROMISE(!b.failed);
	examine(b.p, b.n);
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t n)
{
	static bool is_open;
	struct arena *a = fuzz_arena();

	if (!is_open)
		PROMISE(pdf_check_open(5) == E_OK);
	is_open = true;
	examine((const char *)data, n);
	examine_mended(a, (const char *)data, n);
	return 0;
}
