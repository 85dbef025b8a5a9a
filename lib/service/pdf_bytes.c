/* Both ends of the file, and marks of other formats in the same bytes. */
#include <string.h>

#include "service/pdf_head.h"
#include "service/pdf_private.h"

enum {
	SMALLEST = 67,	  /* bytes of a PDF that a reader opens */
	HEAD = 1024,	  /* where others look for their marks */
	TAIL = 2048,	  /* where the last %%EOF is */
	TO_XREF = 1100,	  /* between startxref and %%EOF, at the most */
	ZIP_TAIL = 65557, /* a ZIP ends with at most so many bytes */
	ZIP_END = 22
};

struct mark {
	const char *bytes;
	size_t n;
};

#define MARK(s)                                                                \
	{                                                                      \
		s, sizeof(s) - 1                                               \
	}
#define FIND(p, n, s) memmem(p, n, s, sizeof(s) - 1)

static const char *
find_last(const char *p, size_t n, const char *s)
{
	size_t len = strlen(s);

	for (size_t at = n; at >= len; at--)
		if (memcmp(p + at - len, s, len) == 0)
			return p + at - len;
	return NULL;
}

/* What may follow a header, and the end: blanks, and what editors add. */
static const char blanks[] = { '\r', '\n', ' ', '\t', '\0', '\x1a' };

static enum pdf_reason
check_begin(const char *p, size_t n, struct pdf_verdict *out)
{
	if (!pdf_head_is(p, n))
		return pdf_refuse(out, PDF_NO_HEADER, "the first bytes");
	if (!(p[5] == '1' && p[6] == '.' && p[7] >= '0' && p[7] <= '7') &&
	    memcmp(p + 5, "2.0", 3) != 0)
		return pdf_refuse(out, PDF_BAD_VERSION, "version");
	if (memchr(blanks, p[8], 4) == NULL)
		return pdf_refuse(out, PDF_BAD_VERSION, "header line");
	return PDF_GOOD;
}

static enum pdf_reason
check_end(const char *p, size_t n, struct pdf_verdict *out)
{
	size_t from = n > TAIL ? n - TAIL : 0;
	const char *eof = find_last(p + from, n - from, "%%EOF");
	const char *rest;

	if (eof == NULL)
		return pdf_refuse(out, PDF_NO_END, "%%EOF");
	for (rest = eof + 5; rest < p + n; rest++)
		if (memchr(blanks, *rest, sizeof(blanks)) == NULL)
			return pdf_refuse(
			    out, PDF_TRAILING, "bytes after %%EOF");
	from = eof - p > TO_XREF ? (size_t)(eof - p) - TO_XREF : 0;
	if (FIND(p + from, (size_t)(eof - p) - from, "startxref") == NULL)
		return pdf_refuse(out, PDF_NO_STARTXREF, "startxref");
	return PDF_GOOD;
}

/* What makes a browser take the bytes for a page. */
static enum pdf_reason
check_html(const char *p, size_t n, struct pdf_verdict *out)
{
	static const char *const tags[] = { "<html", "<script", "<!doctype",
		"<body", "<head", "<svg", "<iframe", "<img", "<?php", "<meta" };

	for (const char *at = p;
	     (at = memchr(at, '<', n - (size_t)(at - p))) != NULL; at++)
		for (size_t i = 0; i < COUNT(tags); i++) {
			size_t len = strlen(tags[i]);

			if (len <= n - (size_t)(at - p) &&
			    strncasecmp(at, tags[i], len) == 0)
				return pdf_refuse(out, PDF_HTML, tags[i]);
		}
	return PDF_GOOD;
}

static uint32_t
le(const char *p, int bytes)
{
	uint32_t v = 0;

	for (int i = bytes; i-- > 0;)
		v = v << 8 | (unsigned char)p[i];
	return v;
}

/*
 * The end of a ZIP's directory: one disk, as many entries here as in all, and
 * a directory that fits before it, or the marks of the 64-bit form.
 */
static bool
is_zip_end(const char *at, size_t before)
{
	uint32_t entries = le(at + 8, 2), size = le(at + 12, 4);

	if (le(at + 4, 2) == 0xffff || size == UINT32_MAX)
		return true;
	return le(at + 4, 2) == 0 && le(at + 6, 2) == 0 &&
	       entries == le(at + 10, 2) && size <= before;
}

static bool
has_zip_end(const char *p, size_t n)
{
	size_t from = n > ZIP_TAIL ? n - ZIP_TAIL : 0;
	const char *end = p + n;

	for (const char *at = p + from;
	     (at = FIND(at, (size_t)(end - at), "PK\5\6")) != NULL; at++)
		if (end - at >= ZIP_END && is_zip_end(at, (size_t)(at - p)))
			return true;
	return false;
}

static bool
is_at(const char *p, size_t n, size_t at, const char *s)
{
	return n >= at + strlen(s) && memcmp(p + at, s, strlen(s)) == 0;
}

static enum pdf_reason
check_marks(const char *p, size_t n, struct pdf_verdict *out)
{
	static const struct mark archives[] = { MARK("PK\3\4"), MARK("Rar!"),
		MARK("7z\xbc\xaf\x27\x1c"), MARK("MSCF"),
		MARK("\x7f"
		     "ELF") };
	size_t head = n < HEAD ? n : HEAD;

	for (size_t i = 0; i < COUNT(archives); i++)
		if (memmem(p, head, archives[i].bytes, archives[i].n) != NULL)
			return pdf_refuse(out, PDF_ARCHIVE, "in the head");
	if (has_zip_end(p, n))
		return pdf_refuse(out, PDF_ARCHIVE, "zip directory");
	if (is_at(p, n, 257, "ustar"))
		return pdf_refuse(out, PDF_ARCHIVE, "tar");
	if (is_at(p, n, 128, "DICM"))
		return pdf_refuse(out, PDF_OTHER_FORMAT, "dicom");
	if (is_at(p, n, 0x8001, "CD001"))
		return pdf_refuse(out, PDF_OTHER_FORMAT, "iso 9660");
	return check_html(p, head, out);
}

enum pdf_reason
pdf_bytes_check(const char *p, size_t n, struct pdf_verdict *out)
{
	if (n < SMALLEST)
		return pdf_refuse(out, PDF_TOO_SMALL, "size");
	if (check_begin(p, n, out) != PDF_GOOD ||
	    check_end(p, n, out) != PDF_GOOD)
		return out->reason;
	return check_marks(p, n, out);
}
