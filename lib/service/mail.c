#include "service/mail.h"

#include <ctype.h>
#include <stdbool.h>
#include <string.h>
#include <strings.h>

#include "base/arena.h"
#include "base/clock.h"
#include "format/ident.h"
#include "format/url.h"
#include "service/config.h"
#include "service/curl.h"

enum { CONNECT_MS = 5000, TIMEOUT_MS = 30000, PASSWORD_MAX = 256 };
enum { STATUS = 3, CODE_MAX = 16 };

static struct {
	CURL *easy;
	const struct config *cfg;
	struct url_server at;
	char password[PASSWORD_MAX + 1];
} server;

/* One mail on its way. */
struct call {
	struct mail_answer *out;
	const char *text;
	size_t n, at;
	bool is_over; /* what follows is our leaving */
	char code[CODE_MAX];
};

static enum err
read_password(const char *path)
{
	struct arena *a = arena_new(4 * PASSWORD_MAX);
	const char *text;
	unsigned long n;
	enum err e = config_read_file(a, path, PASSWORD_MAX, &text, &n);

	if (e == E_OK)
		memcpy(server.password, text, n + 1);
	arena_free(a);
	return e;
}

static const char *
return_address(const struct config *cfg)
{
	return *cfg->mail_return != '\0' ? cfg->mail_return : cfg->mail_from;
}

static enum err
check(const struct config *cfg)
{
	struct arena *a = arena_new(4096);
	bool is_address = ident_email(a, cfg->mail_from).code == NULL,
	     is_return = ident_email(a, return_address(cfg)).code == NULL;

	arena_free(a);
	if (!url_mail_server(cfg->mail_url, &server.at))
		return FAIL(
		    E_INTERNAL, "mail_url is not smtp(s)://host[:port]");
	if (!is_address)
		return FAIL(E_INTERNAL, "mail_from is not an address");
	if (!is_return)
		return FAIL(E_INTERNAL, "mail_return is not an address");
	if ((*cfg->mail_user == '\0') != (*cfg->mail_password_file == '\0'))
		return FAIL(
		    E_INTERNAL, "mail_user and mail_password_file go together");
	return E_OK;
}

enum err
mail_open(const struct config *cfg)
{
	TRY(check(cfg));
	server.cfg = cfg;
	if (*cfg->mail_user != '\0')
		TRY(read_password(cfg->mail_password_file));
	return curl_open(&server.easy);
}

/* -- what is said -- */

static const struct {
	const char *command;
	enum mail_step step;
} commands[] = {
	{ "EHLO", MAIL_HELLO },
	{ "HELO", MAIL_HELLO },
	{ "STARTTLS", MAIL_TLS },
	{ "AUTH", MAIL_AUTH },
	{ "MAIL", MAIL_SENDER },
	{ "RCPT", MAIL_RECIPIENT },
	{ "DATA", MAIL_DATA },
};

static bool
is_command(const char *line, size_t n, const char *command)
{
	size_t length = strlen(command);

	return n >= length && strncasecmp(line, command, length) == 0;
}

static void
on_command(struct call *c, const char *line, size_t n)
{
	c->is_over = is_command(line, n, "QUIT");
	for (size_t i = 0; i < COUNT(commands); i++)
		if (is_command(line, n, commands[i].command)) {
			c->out->step = commands[i].step;
			c->out->status = 0;
			c->code[0] = '\0';
		}
}

/* "550 5.1.1 Unknown user": the numbers alone, for the rest may name whom it
 * was for. */
static void
on_reply(struct call *c, const char *line, size_t n)
{
	size_t length = STATUS, end;
	int status = 0;

	if (c->is_over)
		return;
	for (size_t i = 0; i < STATUS; i++) {
		if (i >= n || !isdigit((unsigned char)line[i]))
			return;
		status = status * 10 + (line[i] - '0');
	}
	end = STATUS + 1;
	while (end < n && end < CODE_MAX - 1 &&
	       (isdigit((unsigned char)line[end]) || line[end] == '.'))
		end++;
	if (end > STATUS + 1 && line[STATUS + 2] == '.')
		length = end;
	memcpy(c->code, line, length);
	c->code[length] = '\0';
	if (length > STATUS)
		c->code[STATUS] = ' ';
	c->out->status = status;
	if (c->out->step == MAIL_CONNECT)
		c->out->step = MAIL_HELLO;
}

static int
on_line(CURL *easy, curl_infotype type, char *p, size_t n, void *arg)
{
	(void)easy;
	if (type == CURLINFO_HEADER_OUT)
		on_command(arg, p, n);
	else if (type == CURLINFO_HEADER_IN)
		on_reply(arg, p, n);
	return 0;
}

/* Once all is handed over, the server may have it: a reply tells. */
static size_t
on_read(char *p, size_t one, size_t n, void *arg)
{
	struct call *c = arg;
	size_t left = c->n - c->at;

	(void)one;
	n = n < left ? n : left;
	memcpy(p, c->text + c->at, n);
	c->at += n;
	if (c->at == c->n) {
		c->out->status = 0;
		c->code[0] = '\0';
	}
	return n;
}

static bool
is_tls_trouble(CURLcode code)
{
	switch (code) {
	case CURLE_USE_SSL_FAILED:
	case CURLE_PEER_FAILED_VERIFICATION:
	case CURLE_SSL_CACERT_BADFILE:
	case CURLE_SSL_CERTPROBLEM:
	case CURLE_SSL_CIPHER:
	case CURLE_SSL_ISSUER_ERROR:
		return true;
	default:
		return false;
	}
}

static enum err
judge(struct arena *a, const struct call *c, CURLcode code)
{
	c->out->code = arena_strdup(a, c->code);
	if (is_tls_trouble(code))
		c->out->step = MAIL_TLS;
	else if (code == CURLE_LOGIN_DENIED)
		c->out->step = MAIL_AUTH;
	else if (c->at == c->n && c->out->status == 0)
		return FAIL(E_PROVIDER_UNKNOWN, "mail: no reply to its end");
	return FAIL(E_PROVIDER, "mail: %s (%s)", curl_easy_strerror(code),
	    c->out->code);
}

/* -- the call -- */

/* In the clear only where nobody else is on the way, unless it is said by
 * whom that server is vouched for. */
static long
tls_needed(void)
{
	return server.at.is_near && *server.cfg->mail_ca_file == '\0'
		   ? CURLUSESSL_NONE
		   : CURLUSESSL_ALL;
}

static enum err
set_server(struct arena *a)
{
	const struct config *cfg = server.cfg;
	CURL *easy = server.easy;

	TRY(curl_begin(easy, CONNECT_MS, TIMEOUT_MS));
	/* Whom we say we are: a name that the receiver can look up. */
	curl_easy_setopt(easy, CURLOPT_URL,
	    arena_printf(
		a, "%s/%s", cfg->mail_url, strchr(cfg->mail_from, '@') + 1));
	curl_easy_setopt(
	    easy, CURLOPT_PROTOCOLS_STR, server.at.is_tls ? "smtps" : "smtp");
	curl_easy_setopt(easy, CURLOPT_USE_SSL, tls_needed());
	if (*cfg->mail_ca_file != '\0')
		curl_easy_setopt(easy, CURLOPT_CAINFO, cfg->mail_ca_file);
	/* A kept connection that broke would be tried again, mail and all. */
	curl_easy_setopt(easy, CURLOPT_FRESH_CONNECT, 1L);
	curl_easy_setopt(easy, CURLOPT_FORBID_REUSE, 1L);
	if (*cfg->mail_user == '\0')
		return E_OK;
	curl_easy_setopt(easy, CURLOPT_USERNAME, cfg->mail_user);
	curl_easy_setopt(easy, CURLOPT_PASSWORD, server.password);
	return E_OK;
}

static enum err
set_mail(struct arena *a, const struct mail *m, struct call *c)
{
	struct curl_slist **to = curl_list(a);
	CURL *easy = server.easy;

	TRY(curl_line(to, arena_printf(a, "<%s>", m->to)));
	curl_easy_setopt(easy, CURLOPT_MAIL_FROM,
	    arena_printf(a, "<%s>", return_address(server.cfg)));
	curl_easy_setopt(easy, CURLOPT_MAIL_RCPT, *to);
	curl_easy_setopt(easy, CURLOPT_UPLOAD, 1L);
	curl_easy_setopt(easy, CURLOPT_INFILESIZE_LARGE, (curl_off_t)c->n);
	curl_easy_setopt(easy, CURLOPT_READFUNCTION, on_read);
	curl_easy_setopt(easy, CURLOPT_READDATA, c);
	/* The only way to every reply; nothing of it is logged. */
	curl_easy_setopt(easy, CURLOPT_VERBOSE, 1L);
	curl_easy_setopt(easy, CURLOPT_DEBUGFUNCTION, on_line);
	curl_easy_setopt(easy, CURLOPT_DEBUGDATA, c);
	return E_OK;
}

enum err
mail_send(struct arena *a, const struct mail *m, struct mail_answer *out)
{
	struct call c = { .out = out,
		.text = mail_text(a, server.cfg, m, clock_now()) };
	CURLcode code;

	*out = (struct mail_answer){ MAIL_CONNECT, 0, "" };
	if (c.text == NULL)
		return FAIL(E_INTERNAL, "the mail is too long");
	c.n = strlen(c.text);
	TRY(set_server(a));
	TRY(set_mail(a, m, &c));
	code = curl_easy_perform(server.easy);
	out->code = arena_strdup(a, c.code);
	return code == CURLE_OK ? E_OK : judge(a, &c, code);
}
