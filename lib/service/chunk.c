#include "service/chunk.h"

#include <openssl/evp.h>
#include <string.h>

#include "base/arena.h"

enum { NONCE = CHUNK_PREFIX + 5 }; /* the number's four bytes, and the last */

struct chunks {
	EVP_CIPHER_CTX *ctx; /* holds the key; each chunk sets its nonce */
	const char *bound;
	uint8_t nonce[NONCE];
};

static void
free_ctx(void *ctx)
{
	EVP_CIPHER_CTX_free(ctx);
}

enum err
chunks_new(struct arena *a, const uint8_t key[CHUNK_KEY],
    const uint8_t prefix[CHUNK_PREFIX], const char *bound, bool seals,
    struct chunks **out)
{
	struct chunks *c = ARENA_NEW(a, struct chunks);

	c->bound = arena_strdup(a, bound);
	memcpy(c->nonce, prefix, CHUNK_PREFIX);
	c->ctx = EVP_CIPHER_CTX_new();
	arena_defer(a, free_ctx, c->ctx);
	if (c->ctx == NULL || EVP_CipherInit_ex(c->ctx, EVP_aes_256_gcm(), NULL,
				  key, NULL, seals) != 1)
		return FAIL(E_INTERNAL, "no AES-256-GCM");
	*out = c;
	return E_OK;
}

/* Ready for one chunk's bytes. */
static bool
begin(struct chunks *c, uint32_t number, bool is_last)
{
	uint8_t *p = c->nonce + CHUNK_PREFIX;
	int n;

	for (int shift = 24; shift >= 0; shift -= 8)
		*p++ = (uint8_t)(number >> shift);
	*p = is_last;
	return EVP_CipherInit_ex(c->ctx, NULL, NULL, NULL, c->nonce, -1) == 1 &&
	       EVP_CipherUpdate(c->ctx, NULL, &n, (const uint8_t *)c->bound,
		   (int)strlen(c->bound)) == 1;
}

enum err
chunk_seal(struct chunks *c, uint32_t number, bool is_last, const void *p,
    size_t n, uint8_t *out)
{
	int part;

	if (!begin(c, number, is_last) ||
	    EVP_EncryptUpdate(c->ctx, out, &part, p, (int)n) != 1 ||
	    EVP_EncryptFinal_ex(c->ctx, out + n, &part) != 1 ||
	    EVP_CIPHER_CTX_ctrl(
		c->ctx, EVP_CTRL_AEAD_GET_TAG, CHUNK_TAG, out + n) != 1)
		return FAIL(E_INTERNAL, "sealing failed");
	return E_OK;
}

enum err
chunk_open(struct chunks *c, uint32_t number, bool is_last, const uint8_t *p,
    size_t n, uint8_t *out)
{
	uint8_t tag[CHUNK_TAG];
	int part;

	memcpy(tag, p + n, CHUNK_TAG);
	if (!begin(c, number, is_last) ||
	    EVP_DecryptUpdate(c->ctx, out, &part, p, (int)n) != 1 ||
	    EVP_CIPHER_CTX_ctrl(
		c->ctx, EVP_CTRL_AEAD_SET_TAG, CHUNK_TAG, tag) != 1 ||
	    EVP_DecryptFinal_ex(c->ctx, out + n, &part) != 1)
		return FAIL(E_STORE, "store: %s: chunk %u does not open",
		    c->bound, (unsigned)number);
	return E_OK;
}
