#include "format/charset.h"

#include <iconv.h>
#include <string.h>

#include "base/arena.h"
#include "base/log.h"
#include "base/utf8.h"

#define MARK "\xef\xbb\xbf"

static iconv_t gb18030 = (iconv_t)-1;

void
charset_open(void)
{
	if (gb18030 != (iconv_t)-1)
		return;
	gb18030 = iconv_open("UTF-8", "GB18030");
	if (gb18030 == (iconv_t)-1)
		log_line(LOG_WARN, "gb18030_missing", "%s",
		    "files must be in UTF-8");
}

/* GB18030 has characters of 1, 2 and 4 bytes; none takes over 4 in UTF-8. */
static const char *
convert(struct arena *a, const char *p, size_t n)
{
	size_t room = 4 * n + 4, in_left = n, out_left = room;
	char *in = arena_strndup(a, p, n), *out = arena_alloc(a, room + 1);
	char *text = out;

	charset_open();
	if (gb18030 == (iconv_t)-1)
		return NULL;
	iconv(gb18030, NULL, NULL, NULL, NULL);
	if (iconv(gb18030, &in, &in_left, &out, &out_left) == (size_t)-1 ||
	    in_left > 0)
		return NULL;
	*out = '\0';
	return utf8_valid(text, (size_t)(out - text)) ? text : NULL;
}

const char *
charset_utf8(struct arena *a, const char *p, size_t n)
{
	if (memchr(p, '\0', n) != NULL)
		return NULL;
	if (n >= strlen(MARK) && memcmp(p, MARK, strlen(MARK)) == 0) {
		p += strlen(MARK);
		n -= strlen(MARK);
	}
	return utf8_valid(p, n) ? arena_strndup(a, p, n) : convert(a, p, n);
}
