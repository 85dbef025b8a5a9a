/* A mail as RFC 5322 and MIME have it. */
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
	WORD_BYTES = 45, /* 60 letters of base64; a word has 75 at most */
	PLAIN_MAX = 60	 /* what is longer is folded, so encoded */
};

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

static void
add_body(struct buf *b, const char *text)
{
	const char *base64 = base64_encode(b->a, text, strlen(text));

	for (size_t n = strlen(base64); n > 0;) {
		size_t line = n < LINE ? n : LINE;

		buf_add(b, base64, line);
		buf_puts(b, "\r\n");
		base64 += line;
		n -= line;
	}
}

const char *
mail_text(struct arena *a, const struct config *cfg, const struct mail *m,
    long long at)
{
	const char *text = canonical(a, m->text);
	struct buf b;

	if (text == NULL)
		return NULL;
	buf_init(&b, a, 2 * TEXT_MAX);
	add_date(&b, at);
	buf_puts(&b, "From: ");
	add_words(&b, cfg->mail_name);
	buf_printf(&b, " <%s>\r\nTo: <%s>\r\nSubject: ", cfg->mail_from, m->to);
	add_words(&b, m->subject);
	buf_printf(&b, "\r\nMessage-ID: <%s%s>\r\n", m->key,
	    strchr(cfg->mail_from, '@'));
	buf_puts(&b, "Auto-Submitted: auto-generated\r\n"
		     "MIME-Version: 1.0\r\n"
		     "Content-Type: text/plain; charset=utf-8\r\n"
		     "Content-Transfer-Encoding: base64\r\n\r\n");
	add_body(&b, text);
	return buf_str(&b);
}
