#include "format/url.h"

#include <arpa/inet.h>
#include <string.h>
#include <strings.h>

#include "base/arena.h"
#include "base/hash.h"
#include "base/num.h"
#include "base/utf8.h"

enum { HOST_MAX = 253, PORT_MAX = 65535 };

#define DIGITS	"0123456789"
#define LETTERS "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz"

/* blank: what a '+' stands for. */
static enum err
decode_with(
    struct arena *a, const char *p, size_t n, char blank, const char **out)
{
	char *text = arena_alloc(a, n + 1), *to = text;

	for (const char *end = p + n; p < end; p++) {
		char c = *p == '+' ? blank : *p;

		if (c == '%') {
			char hex[3] = "";

			if (end - p < 3)
				return FAIL(E_MALFORMED, "url: escape cut off");
			memcpy(hex, p + 1, 2);
			if (!hex_decode(hex, &c, 1))
				return FAIL(E_MALFORMED, "url: bad escape");
			p += 2;
		}
		if (c == '\0')
			return FAIL(E_MALFORMED, "url: NUL");
		*to++ = c;
	}
	if (!utf8_valid(text, (size_t)(to - text)))
		return FAIL(E_MALFORMED, "url: not UTF-8");
	*out = text;
	return E_OK;
}

static enum err
decode(struct arena *a, const char *p, size_t n, const char **out)
{
	return decode_with(a, p, n, ' ', out);
}

enum err
url_decode(struct arena *a, const char *s, const char **out)
{
	return decode_with(a, s, strlen(s), '+', out);
}

static bool
is_unreserved(char c)
{
	return (c >= 'A' && c <= 'Z') || (c >= 'a' && c <= 'z') ||
	       (c >= '0' && c <= '9') || c == '-' || c == '.' || c == '_' ||
	       c == '~';
}

const char *
url_encode(struct arena *a, const char *s)
{
	static const char digits[] = "0123456789ABCDEF";
	char *text = arena_alloc(a, 3 * strlen(s) + 1), *to = text;

	for (; *s != '\0'; s++) {
		unsigned char c = (unsigned char)*s;

		if (is_unreserved(*s)) {
			*to++ = *s;
			continue;
		}
		*to++ = '%';
		*to++ = digits[c >> 4];
		*to++ = digits[c & 15];
	}
	return text;
}

static enum err
add_pair(struct arena *a, const char *p, size_t n, struct url_pairs *out)
{
	const char *eq = memchr(p, '=', n);
	size_t name = eq != NULL ? (size_t)(eq - p) : n;
	struct url_pair *pair;

	pair = &out->item[out->n++];
	pair->value = "";
	TRY(decode(a, p, name, &pair->name));
	if (eq != NULL)
		TRY(decode(a, eq + 1, n - name - 1, &pair->value));
	return E_OK;
}

enum err
url_pairs_parse(struct arena *a, const char *p, size_t n, struct url_pairs *out)
{
	const char *end = p + n;
	size_t most = 1;

	for (size_t i = 0; i < n; i++)
		most += p[i] == '&';
	if (most > URL_PAIRS)
		return FAIL(E_MALFORMED, "url: over %d pairs", URL_PAIRS);
	out->n = 0;
	out->item = arena_alloc(a, most * sizeof(*out->item));
	while (p < end) {
		const char *amp = memchr(p, '&', (size_t)(end - p));
		const char *stop = amp != NULL ? amp : end;

		if (stop > p)
			TRY(add_pair(a, p, (size_t)(stop - p), out));
		p = amp != NULL ? amp + 1 : end;
	}
	return E_OK;
}

const char *
url_pair_get(const struct url_pairs *list, const char *name)
{
	for (size_t i = 0; i < list->n; i++)
		if (strcmp(list->item[i].name, name) == 0)
			return list->item[i].value;
	return NULL;
}

bool
url_is_loopback(const char *host)
{
	struct in_addr v4;

	if (strcasecmp(host, "localhost") == 0 || strcmp(host, "[::1]") == 0)
		return true;
	return inet_pton(AF_INET, host, &v4) == 1 &&
	       ntohl(v4.s_addr) >> 24 == 127;
}

/* Takes what a text begins with off it: into out, of at most max bytes. */
static bool
take(const char **text, const char *among, size_t max, char *out)
{
	size_t n = strspn(*text, among);

	if (n == 0 || n > max)
		return false;
	memcpy(out, *text, n);
	out[n] = '\0';
	*text += n;
	return true;
}

/* An IPv6 address with its brackets. */
static bool
is_v6(const char *host)
{
	char address[INET6_ADDRSTRLEN];
	size_t n = strlen(host);
	struct in6_addr v6;

	if (n < 2 || n - 2 >= sizeof(address) || host[n - 1] != ']')
		return false;
	memcpy(address, host + 1, n - 2);
	address[n - 2] = '\0';
	return inet_pton(AF_INET6, address, &v6) == 1;
}

static bool
take_host(const char **url, char *out)
{
	if (**url != '[')
		return take(url, "-." DIGITS LETTERS, HOST_MAX, out);
	return take(url, "[:." DIGITS LETTERS, HOST_MAX - 1, out) &&
	       take(url, "]", 1, out + strlen(out)) && is_v6(out);
}

/* Nothing, or a colon and a number. */
static bool
take_port(const char **url, int64_t *port)
{
	char digits[6];

	if (**url != ':')
		return true;
	++*url;
	return take(url, DIGITS, sizeof(digits) - 1, digits) &&
	       num_int(digits, 1, PORT_MAX, port);
}

/* The scheme of a url, without and with TLS. */
struct schemes {
	struct scheme {
		const char *start;
		int64_t port;
	} plain, tls;
};

static const struct schemes web = { { "http://", 80 }, { "https://", 443 } },
			    mail = { { "smtp://", 25 }, { "smtps://", 465 } };

static bool
take_scheme(const char **url, const struct scheme *s)
{
	size_t n = strlen(s->start);

	if (strncmp(*url, s->start, n) != 0)
		return false;
	*url += n;
	return true;
}

/* Moves *url behind host and port. */
static bool
read_server(
    const char **url, const struct schemes *schemes, struct url_server *out)
{
	char host[HOST_MAX + 1];
	int64_t port;

	out->is_tls = take_scheme(url, &schemes->tls);
	if (!out->is_tls && !take_scheme(url, &schemes->plain))
		return false;
	port = out->is_tls ? schemes->tls.port : schemes->plain.port;
	if (!take_host(url, host) || !take_port(url, &port))
		return false;
	out->is_near = url_is_loopback(host);
	out->port = (uint16_t)port;
	return true;
}

static bool
read_base(const char *url, struct url_server *out)
{
	return read_server(&url, &web, out) && (out->is_tls || out->is_near) &&
	       (*url == '\0' ||
		   (*url == '/' &&
		       url[strspn(url, "-._~/" DIGITS LETTERS)] == '\0'));
}

bool
url_is_base(const char *url)
{
	struct url_server server;

	return read_base(url, &server);
}

uint16_t
url_base_port(const char *url)
{
	struct url_server server;

	return read_base(url, &server) ? server.port : 0;
}

bool
url_mail_server(const char *url, struct url_server *out)
{
	return read_server(&url, &mail, out) && *url == '\0';
}
