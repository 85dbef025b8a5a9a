#include "format/zip.h"

#include <minizip/zip.h>
#include <time.h>

#include "base/arena.h"
#include "base/clock.h"

struct zip {
	zipFile file; /* NULL once it is closed */
	bool has_entry;
};

static enum err
judge(int code)
{
	return code == ZIP_OK ? E_OK : FAIL(E_STORE, "zip: %d", code);
}

static void
abandon(void *arg)
{
	struct zip *z = arg;

	if (z->file != NULL)
		zipClose(z->file, NULL);
}

enum err
zip_open(struct arena *a, const char *path, struct zip **out)
{
	struct zip *z = ARENA_NEW(a, struct zip);

	z->file = zipOpen64(path, APPEND_STATUS_CREATE);
	if (z->file == NULL)
		return FAIL(E_STORE, "zip: cannot be opened");
	arena_defer(a, abandon, z);
	*out = z;
	return E_OK;
}

static enum err
end_entry(struct zip *z)
{
	bool has_entry = z->has_entry;

	z->has_entry = false;
	return has_entry ? judge(zipCloseFileInZip(z->file)) : E_OK;
}

/* Times in an archive have no zone: they are Shanghai's. */
static zip_fileinfo
info_of_now(void)
{
	time_t now = (time_t)((clock_now() + CLOCK_SHANGHAI) / CLOCK_SECOND);
	struct tm tm;

	gmtime_r(&now, &tm);
	return (zip_fileinfo){ .tmz_date = { .tm_sec = (uInt)tm.tm_sec,
				   .tm_min = (uInt)tm.tm_min,
				   .tm_hour = (uInt)tm.tm_hour,
				   .tm_mday = (uInt)tm.tm_mday,
				   .tm_mon = (uInt)tm.tm_mon,
				   .tm_year = (uInt)tm.tm_year + 1900 } };
}

enum err
zip_entry(struct zip *z, const char *name)
{
	zip_fileinfo info = info_of_now();

	TRY(end_entry(z));
	TRY(judge(zipOpenNewFileInZip64(z->file, name, &info, NULL, 0, NULL, 0,
	    NULL, Z_DEFLATED, Z_DEFAULT_COMPRESSION, 0)));
	z->has_entry = true;
	return E_OK;
}

enum err
zip_write(struct zip *z, const void *p, size_t n)
{
	return judge(zipWriteInFileInZip(z->file, p, (unsigned)n));
}

enum err
zip_close(struct zip *z)
{
	zipFile file = z->file;

	TRY(end_entry(z));
	z->file = NULL;
	return judge(zipClose(file, NULL));
}
