#include "service/seal.h"

#include <openssl/crypto.h>
#include <openssl/evp.h>
#include <string.h>

#include "base/arena.h"
#include "base/hash.h"
#include "base/num.h"
#include "service/config.h"

/* A sealed value: key number, nonce, ciphertext, tag. */
enum { KEY = 32, NONCE = 12, TAG = 16, HEAD = 1 + NONCE };

struct ring {
	uint8_t key[256][KEY];
	bool is_known[256];
	int sealing; /* number of the key that seals; 0: none */
};

static struct ring ring;

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
	if (!hex_decode(hex, new->key[number], KEY))
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
	ring = *new;
	return E_OK;
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
seal_text(struct arena *a, const char *bound, const char *text,
    const uint8_t **out, size_t *n)
{
	size_t len = text == NULL ? 0 : strlen(text);
	EVP_CIPHER_CTX *ctx;
	uint8_t *p;
	int part;

	*out = NULL;
	*n = 0;
	if (text == NULL)
		return E_OK;
	p = arena_alloc(a, HEAD + len + TAG);
	p[0] = (uint8_t)ring.sealing;
	rand_bytes(p + 1, NONCE);
	if (ring.sealing == 0 ||
	    (ctx = context(a, bound, ring.sealing, p + 1, 1)) == NULL ||
	    EVP_EncryptUpdate(
		ctx, p + HEAD, &part, (const uint8_t *)text, (int)len) != 1 ||
	    EVP_EncryptFinal_ex(ctx, p + HEAD + len, &part) != 1 ||
	    EVP_CIPHER_CTX_ctrl(
		ctx, EVP_CTRL_AEAD_GET_TAG, TAG, p + HEAD + len) != 1)
		return FAIL(E_INTERNAL, "sealing failed");
	*out = p;
	*n = HEAD + len + TAG;
	return E_OK;
}

enum err
unseal_text(struct arena *a, const char *bound, const void *sealed, size_t n,
    const char **text)
{
	uint8_t *p;
	EVP_CIPHER_CTX *ctx;
	size_t len;
	char *plain;
	int part;

	*text = NULL;
	if (sealed == NULL)
		return E_OK;
	p = (uint8_t *)arena_strndup(a, sealed, n);
	if (n < HEAD + TAG || !ring.is_known[p[0]])
		return FAIL(E_INTERNAL, "%s: unknown key", bound);
	len = n - HEAD - TAG;
	plain = arena_alloc(a, len + 1);
	if ((ctx = context(a, bound, p[0], p + 1, 0)) == NULL ||
	    EVP_DecryptUpdate(
		ctx, (uint8_t *)plain, &part, p + HEAD, (int)len) != 1 ||
	    EVP_CIPHER_CTX_ctrl(
		ctx, EVP_CTRL_AEAD_SET_TAG, TAG, p + HEAD + len) != 1 ||
	    EVP_DecryptFinal_ex(ctx, (uint8_t *)plain + len, &part) != 1)
		return FAIL(E_INTERNAL, "%s: does not open", bound);
	*text = plain;
	return E_OK;
}
