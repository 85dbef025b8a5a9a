/* A mail as RFC 5322 and MIME have it. */
#include <openssl/evp.h>
#include <stdbool.h>
#include <string.h>
#include <time.h>

#include "base/arena.h"
#include "base/buf.h"
#include "base/clock.h"
#include "base/hash.h"
#include "base/utf8.h"
#include "service/config.h"
#include "service/mail.h"

enum {
	TEXT_MAX = 64 * 1024,
	LINE = 76,
	LINE_BYTES = LINE / 4 * 3,
	WORD_BYTES = 45, /* 60 letters of base64; a word has 75 at most */
	PLAIN_MAX = 60	 /* what is longer is folded, so encoded */
};

#define BOUNDARY "=_part"

/* Letters that need no quoting wherever a phrase may stand. */
static bool
is_plain(const char *s)
{
	size_t n = strspn(s, "ABCDEFGHIJKLMNOPQRSTUVWXYZ"
			     "abcdefghijklmnopqrstuvwxyz0123456789 -");

	return s[n] == '\0' && n > 0 && n <= PLAIN_MAX && *s != ' ';
}

/* Words of RFC 2047, each of whole characters, on lines of their own. */
static void
add_words(struct buf *b, const char *s)
{
	size_t left = strlen(s);

	if (is_plain(s)) {
		buf_puts(b, s);
		return;
	}
	for (const char *sep = ""; left > 0; sep = "\r\n ") {
		size_t n = utf8_whole(s, left < WORD_BYTES ? left : WORD_BYTES);

		buf_printf(
		    b, "%s=?UTF-8?B?%s?=", sep, base64_encode(b->a, s, n));
		s += n;
		left -= n;
	}
}

static void
add_date(struct buf *b, long long at)
{
	static const char days[] = "SunMonTueWedThuFriSat",
			  months[] = "JanFebMarAprMayJunJulAugSepOctNovDec";
	time_t seconds = (time_t)((at + CLOCK_SHANGHAI) / CLOCK_SECOND);
	struct tm tm;

	gmtime_r(&seconds, &tm);
	buf_printf(b, "Date: %.3s, %02d %.3s %d %02d:%02d:%02d +0800\r\n",
	    days + 3 * tm.tm_wday, tm.tm_mday, months + 3 * tm.tm_mon,
	    tm.tm_year + 1900, tm.tm_hour, tm.tm_min, tm.tm_sec);
}

/* Each line ends in CRLF, as text has it in MIME. */
static const char *
canonical(struct arena *a, const char *text)
{
	struct buf b;

	buf_init(&b, a, TEXT_MAX);
	for (; *text != '\0'; text++)
		if (*text == '\n')
			buf_puts(&b, "\r\n");
		else
			buf_putc(&b, *text);
	buf_puts(&b, "\r\n");
	return buf_str(&b);
}

/* By the line, so that the arena keeps no copy of a file. */
static void
add_body(struct buf *b, const void *p, size_t n)
{
	const unsigned char *next = p;

	while (n > 0) {
		unsigned char line[LINE + 1];
		size_t some = n < LINE_BYTES ? n : LINE_BYTES;

		EVP_EncodeBlock(line, next, (int)some);
		buf_printf(b, "%s\r\n", (const char *)line);
		next += some;
		n -= some;
	}
}

static void
add_text(struct buf *b, const char *text)
{
	buf_puts(b, "Content-Type: text/plain; charset=utf-8\r\n"
		    "Content-Transfer-Encoding: base64\r\n\r\n");
	add_body(b, text, strlen(text));
}

/* Parts of RFC 2046; base64 has no line that could be their boundary. */
static void
add_parts(struct buf *b, const char *text, const struct mail_file *file)
{
	buf_puts(b, "Content-Type: multipart/mixed; "
		    "boundary=\"" BOUNDARY "\"\r\n\r\n"
		    "--" BOUNDARY "\r\n");
	add_text(b, text);
	buf_printf(b,
	    "--" BOUNDARY "\r\n"
	    "Content-Type: %s\r\n"
	    "Content-Disposition: attachment; filename=\"%s\"\r\n"
	    "Content-Transfer-Encoding: base64\r\n\r\n",
	    file->type, file->name);
	add_body(b, file->bytes, file->n);
	buf_puts(b, "--" BOUNDARY "--\r\n");
}

const char *
mail_text(struct arena *a, const struct config *cfg, const struct mail *m,
    long long at)
{
	const char *text = canonical(a, m->text);
	struct buf b;

	if (text == NULL)
		return NULL;
	buf_init_pages(&b, a, 2 * (TEXT_MAX + MAIL_FILE_MAX));
	add_date(&b, at);
	buf_puts(&b, "From: ");
	add_words(&b, cfg->mail_name);
	buf_printf(&b, " <%s>\r\nTo: <%s>\r\nSubject: ", cfg->mail_from, m->to);
	add_words(&b, m->subject);
	buf_printf(&b, "\r\nMessage-ID: <%s%s>\r\n", m->key,
	    strchr(cfg->mail_from, '@'));
	buf_puts(&b, "Auto-Submitted: auto-generated\r\n"
		     "MIME-Version: 1.0\r\n");
	if (m->file.bytes != NULL)
		add_parts(&b, text, &m->file);
	else
		add_text(&b, text);
	return buf_str(&b);
}
