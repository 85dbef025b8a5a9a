#include "base/hash.h"

#include <openssl/crypto.h>
#include <openssl/evp.h>
#include <stdlib.h>
#include <string.h>
#include <sys/random.h>

#include "base/arena.h"
#include "base/clock.h"

void
rand_bytes(void *out, size_t n)
{
	/* Up to 256 bytes are never cut short (getrandom(2)). */
	for (uint8_t *p = out; n > 0;) {
		size_t part = n < 256 ? n : 256;

		if (getrandom(p, part, 0) != (ssize_t)part)
			abort();
		p += part;
		n -= part;
	}
}

static const char id_alphabet[] = "0123456789abcdefghjkmnpqrstvwxyz";

void
id_new(char out[ID_TEXT])
{
	uint64_t ms = (uint64_t)(clock_now() / 1000);
	uint8_t r[16];

	for (int i = 9; i >= 0; i--, ms >>= 5)
		out[i] = id_alphabet[ms & 31];
	rand_bytes(r, sizeof(r));
	for (int i = 0; i < 16; i++)
		out[10 + i] = id_alphabet[r[i] & 31];
	out[ID_TEXT - 1] = '\0';
}

bool
id_is(const char *s)
{
	return strlen(s) == ID_TEXT - 1 &&
	       strspn(s, id_alphabet) == ID_TEXT - 1;
}

const char *
id_make(struct arena *a)
{
	char *id = arena_alloc(a, ID_TEXT);

	id_new(id);
	return id;
}

void
token_new(char out[TOKEN_TEXT])
{
	static const char alphabet[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZ"
				       "abcdefghijklmnopqrstuvwxyz0123456789-_";
	uint8_t r[33] = { 0 };
	int bit = 0;

	rand_bytes(r, SHA256_LEN);
	for (int i = 0; i < TOKEN_TEXT - 1; i++, bit += 6) {
		unsigned two = (unsigned)r[bit / 8] << 8 | r[bit / 8 + 1];

		out[i] = alphabet[two >> (10 - bit % 8) & 63];
	}
	out[TOKEN_TEXT - 1] = '\0';
}

void
sha256(const void *p, size_t n, uint8_t out[SHA256_LEN])
{
	if (EVP_Digest(p, n, out, NULL, EVP_sha256(), NULL) != 1)
		abort();
}

void
hex_encode(const void *p, size_t n, char *out)
{
	static const char digits[] = "0123456789abcdef";
	const uint8_t *b = p;

	for (size_t i = 0; i < n; i++) {
		*out++ = digits[b[i] >> 4];
		*out++ = digits[b[i] & 15];
	}
	*out = '\0';
}

static int
hex_digit(char c)
{
	if (c >= '0' && c <= '9')
		return c - '0';
	if (c >= 'a' && c <= 'f')
		return c - 'a' + 10;
	if (c >= 'A' && c <= 'F')
		return c - 'A' + 10;
	return -1;
}

bool
hex_decode(const char *s, void *out, size_t n)
{
	uint8_t *b = out;

	if (strlen(s) != 2 * n)
		return false;
	for (size_t i = 0; i < n; i++) {
		int hi = hex_digit(s[2 * i]), lo = hex_digit(s[2 * i + 1]);

		if (hi < 0 || lo < 0)
			return false;
		b[i] = (uint8_t)(hi << 4 | lo);
	}
	return true;
}

void
sha256_hex(const void *p, size_t n, char out[SHA256_HEX])
{
	uint8_t d[SHA256_LEN];

	sha256(p, n, d);
	hex_encode(d, sizeof(d), out);
}

bool
secret_equal(const char *a, const char *b)
{
	size_t n = strlen(a);

	return n == strlen(b) && CRYPTO_memcmp(a, b, n) == 0;
}

char *
base64_encode(struct arena *a, const void *p, size_t n)
{
	char *out = arena_alloc(a, (n + 2) / 3 * 4 + 1);

	EVP_EncodeBlock((uint8_t *)out, p, (int)n);
	return out;
}

uint8_t *
base64_decode(struct arena *a, const char *s, size_t *n)
{
	static const char alphabet[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZ"
				       "abcdefghijklmnopqrstuvwxyz0123456789+/";
	size_t len = strlen(s), body = strspn(s, alphabet), pad = len - body;
	ptrdiff_t last;
	uint8_t *out;

	/* OpenSSL forgives blanks and stray '='; a signature may not. */
	if (len == 0 || len % 4 != 0 || pad > 2 || strspn(s + body, "=") != pad)
		return NULL;
	/* Nor bits of the last digit that belong to no byte. */
	last = strchr(alphabet, s[body - 1]) - alphabet;
	if ((last & ((1 << (2 * pad)) - 1)) != 0)
		return NULL;
	out = arena_alloc(a, len / 4 * 3 + 1);
	if (EVP_DecodeBlock(out, (const uint8_t *)s, (int)len) < 0)
		return NULL;
	*n = len / 4 * 3 - pad;
	return out;
}

/* Every from[i] in s becomes to[i]. */
static void
replace(char *s, const char *from, const char *to)
{
	for (; *s != '\0'; s++) {
		const char *at = strchr(from, *s);

		if (at != NULL)
			*s = to[at - from];
	}
}

char *
base64url_encode(struct arena *a, const void *p, size_t n)
{
	char *out = base64_encode(a, p, n);

	replace(out, "+/", "-_");
	out[strcspn(out, "=")] = '\0';
	return out;
}

uint8_t *
base64url_decode(struct arena *a, const char *s, size_t *n)
{
	static const char *const pads[] = { "", NULL, "==", "=" };
	const char *pad = pads[strlen(s) % 4];
	char *standard;

	if (pad == NULL || strpbrk(s, "+/=") != NULL)
		return NULL;
	standard = arena_printf(a, "%s%s", s, pad);
	replace(standard, "-_", "+/");
	return base64_decode(a, standard, n);
}
