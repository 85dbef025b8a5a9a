#include "service/pdf_head.h"

#include <magic.h>
#include <string.h>

static magic_t magic;

bool
pdf_head_is(const void *p, size_t n)
{
	static const char begin[] = { '%', 'P', 'D', 'F', '-' };

	return n >= sizeof(begin) && memcmp(p, begin, sizeof(begin)) == 0;
}

enum err
pdf_head_open(void)
{
	if (magic != NULL)
		return E_OK;
	magic =
	    magic_open(MAGIC_MIME_TYPE | MAGIC_ERROR | MAGIC_NO_CHECK_COMPRESS);
	if (magic == NULL)
		return FAIL(E_INTERNAL, "libmagic: cannot open");
	if (magic_load(magic, NULL) != 0)
		return FAIL(E_INTERNAL, "libmagic: %s", magic_error(magic));
	return E_OK;
}

enum err
pdf_head_check(const void *p, size_t n)
{
	const char *type;

	if (n == 0)
		return FAIL(E_EMPTY_FILE, "no bytes");
	/* libmagic alone would take one within the first 256 bytes. */
	if (!pdf_head_is(p, n))
		return FAIL(E_NOT_PDF, "no header at byte 0");
	type = magic_buffer(magic, p, n < PDF_HEAD ? n : PDF_HEAD);
	if (type == NULL || strcmp(type, "application/pdf") != 0)
		return FAIL(
		    E_NOT_PDF, "libmagic: %s", type != NULL ? type : "?");
	return E_OK;
}
