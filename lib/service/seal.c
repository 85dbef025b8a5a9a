#include "service/seal.h"

#include <openssl/crypto.h>
#include <openssl/evp.h>
#include <openssl/hmac.h>
#include <openssl/kdf.h>
#include <string.h>

#include "base/arena.h"
#include "base/hash.h"
#include "base/num.h"
#include "service/config.h"

#define INDEX_LABEL "calock blind index"

struct ring {
	uint8_t key[SEAL_KEYS][SEAL_KEY];
	bool is_known[SEAL_KEYS];
	int sealing; /* number of the key that seals; 0: none */
};

static struct ring ring;

/* Made from a key when it is first asked for: few programs do. */
static struct {
	uint8_t key[SEAL_KEY];
	int number; /* 0: of none yet */
} index_key;

/* HKDF-SHA-256: what looks values up opens none. */
static bool
derive(const uint8_t key[SEAL_KEY], uint8_t out[SEAL_KEY])
{
	EVP_PKEY_CTX *ctx = EVP_PKEY_CTX_new_id(EVP_PKEY_HKDF, NULL);
	size_t n = SEAL_KEY;
	bool ok = ctx != NULL && EVP_PKEY_derive_init(ctx) == 1 &&
		  EVP_PKEY_CTX_set_hkdf_md(ctx, EVP_sha256()) == 1 &&
		  EVP_PKEY_CTX_set1_hkdf_key(ctx, key, SEAL_KEY) == 1 &&
		  EVP_PKEY_CTX_add1_hkdf_info(ctx, (const uint8_t *)INDEX_LABEL,
		      strlen(INDEX_LABEL)) == 1 &&
		  EVP_PKEY_derive(ctx, out, &n) == 1;

	EVP_PKEY_CTX_free(ctx);
	return ok;
}

static enum err
read_key(struct ring *new, char *line)
{
	char *hex = strchr(line, ' ');
	int64_t number;

	if (hex == NULL)
		return FAIL(E_INTERNAL, "field key file: line without key");
	*hex++ = '\0';
	if (!num_int(line, 1, 255, &number))
		return FAIL(E_INTERNAL, "field key file: bad number");
	if (new->is_known[number])
		return FAIL(E_INTERNAL, "field key file: a number twice");
	if (!hex_decode(hex, new->key[number], SEAL_KEY))
		return FAIL(E_INTERNAL, "field key file: bad key");
	new->is_known[number] = true;
	if (new->sealing == 0)
		new->sealing = (int)number;
	return E_OK;
}

enum err
seal_open(struct arena *a, const char *path)
{
	struct ring *new = ARENA_NEW(a, struct ring);
	const char *text;
	char *rest, *line;
	unsigned long n;

	TRY(config_read_file(a, path, 32768, &text, &n));
	if (strlen(text) != n)
		return FAIL(E_INTERNAL, "field key file: NUL byte");
	rest = arena_strdup(a, text);
	while ((line = strsep(&rest, "\n")) != NULL)
		if (*line != '\0' && *line != '#')
			TRY(read_key(new, line));
	if (new->sealing == 0)
		return FAIL(E_INTERNAL, "field key file: no key");
	/* Pages of keys that there are none of stay untouched. */
	for (int i = 0; i < SEAL_KEYS; i++)
		if (new->is_known[i] || ring.is_known[i]) {
			memcpy(ring.key[i], new->key[i], SEAL_KEY);
			ring.is_known[i] = new->is_known[i];
		}
	ring.sealing = new->sealing;
	index_key.number = 0;
	return E_OK;
}

int
seal_number(void)
{
	return ring.sealing;
}

bool
seal_knows(int number)
{
	return number >= 0 && number < SEAL_KEYS && ring.is_known[number];
}

static void
free_ctx(void *ctx)
{
	EVP_CIPHER_CTX_free(ctx);
}

static EVP_CIPHER_CTX *
context(struct arena *a, const char *bound, int number, const uint8_t *nonce,
    int seals)
{
	EVP_CIPHER_CTX *ctx = EVP_CIPHER_CTX_new();
	int n;

	arena_defer(a, free_ctx, ctx);
	if (EVP_CipherInit_ex(ctx, EVP_aes_256_gcm(), NULL, ring.key[number],
		nonce, seals) != 1 ||
	    EVP_CipherUpdate(
		ctx, NULL, &n, (const uint8_t *)bound, (int)strlen(bound)) != 1)
		return NULL;
	return ctx;
}

enum err
seal_bytes(struct arena *a, const char *bound, const void *from, size_t len,
    const uint8_t **out, size_t *n)
{
	uint8_t *p = arena_alloc(a, len + SEAL_MORE);
	EVP_CIPHER_CTX *ctx;
	int part;

	p[0] = (uint8_t)ring.sealing;
	rand_bytes(p + 1, SEAL_NONCE);
	if (ring.sealing == 0 ||
	    (ctx = context(a, bound, ring.sealing, p + 1, 1)) == NULL ||
	    EVP_EncryptUpdate(ctx, p + SEAL_HEAD, &part, from, (int)len) != 1 ||
	    EVP_EncryptFinal_ex(ctx, p + SEAL_HEAD + len, &part) != 1 ||
	    EVP_CIPHER_CTX_ctrl(
		ctx, EVP_CTRL_AEAD_GET_TAG, SEAL_TAG, p + SEAL_HEAD + len) != 1)
		return FAIL(E_INTERNAL, "sealing failed");
	*out = p;
	*n = len + SEAL_MORE;
	return E_OK;
}

enum err
unseal_bytes(struct arena *a, const char *bound, const void *sealed, size_t n,
    uint8_t **out, size_t *len)
{
	uint8_t *p = (uint8_t *)arena_strndup(a, sealed, n), *plain;
	EVP_CIPHER_CTX *ctx;
	int part;

	if (n < SEAL_MORE || !ring.is_known[p[0]])
		return FAIL(E_INTERNAL, "%s: unknown key", bound);
	*len = n - SEAL_MORE;
	plain = arena_alloc(a, *len + 1);
	if ((ctx = context(a, bound, p[0], p + 1, 0)) == NULL ||
	    EVP_DecryptUpdate(ctx, plain, &part, p + SEAL_HEAD, (int)*len) !=
		1 ||
	    EVP_CIPHER_CTX_ctrl(ctx, EVP_CTRL_AEAD_SET_TAG, SEAL_TAG,
		p + SEAL_HEAD + *len) != 1 ||
	    EVP_DecryptFinal_ex(ctx, plain + *len, &part) != 1)
		return FAIL(E_INTERNAL, "%s: does not open", bound);
	*out = plain;
	return E_OK;
}

enum err
seal_text(struct arena *a, const char *bound, const char *text,
    const uint8_t **out, size_t *n)
{
	*out = NULL;
	*n = 0;
	return text == NULL ? E_OK
			    : seal_bytes(a, bound, text, strlen(text), out, n);
}

enum err
unseal_text(struct arena *a, const char *bound, const void *sealed, size_t n,
    const char **text)
{
	uint8_t *plain;
	size_t len;

	*text = NULL;
	if (sealed == NULL)
		return E_OK;
	TRY(unseal_bytes(a, bound, sealed, n, &plain, &len));
	*text = (const char *)plain;
	return E_OK;
}

static enum err
use_index_key(int number)
{
	if (index_key.number == number)
		return E_OK;
	index_key.number = 0;
	if (!derive(ring.key[number], index_key.key))
		return FAIL(E_INTERNAL, "no HKDF");
	index_key.number = number;
	return E_OK;
}

enum err
seal_index_of(struct arena *a, int number, const char *kind, const char *text,
    const uint8_t **out)
{
	uint8_t *digest = arena_alloc(a, SHA256_LEN);
	const char *bound;

	*out = NULL;
	if (text == NULL || !seal_knows(number))
		return E_OK;
	bound = arena_printf(a, "%s/%s", kind, text);
	TRY(use_index_key(number));
	if (HMAC(EVP_sha256(), index_key.key, SEAL_KEY, (const uint8_t *)bound,
		strlen(bound), digest, NULL) == NULL)
		return FAIL(E_INTERNAL, "no HMAC");
	*out = digest;
	return E_OK;
}

enum err
seal_index(
    struct arena *a, const char *kind, const char *text, const uint8_t **out)
{
	return seal_index_of(a, ring.sealing, kind, text, out);
}
