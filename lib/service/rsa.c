#include "service/rsa.h"

#include <openssl/bio.h>
#include <openssl/err.h>
#include <openssl/pem.h>
#include <openssl/rsa.h>

#include "base/arena.h"
#include "base/hash.h"
#include "service/config.h"

enum { KEY_FILE = 16 * 1024, RSA_BITS = 2048 };

static void
key_free(void *key)
{
	EVP_PKEY_free(key);
}

/* Takes the key over into the arena when it is one to trust. */
static enum err
key_take(struct arena *a, EVP_PKEY *key, const char *path, EVP_PKEY **out)
{
	ERR_clear_error();
	if (key == NULL)
		return FAIL(E_INTERNAL, "%s: not the PEM expected", path);
	arena_defer(a, key_free, key);
	if (EVP_PKEY_get_base_id(key) != EVP_PKEY_RSA ||
	    EVP_PKEY_get_bits(key) < RSA_BITS)
		return FAIL(E_INTERNAL, "%s: not RSA of %d bits or more", path,
		    RSA_BITS);
	*out = key;
	return E_OK;
}

static void
bio_free(void *bio)
{
	BIO_free(bio);
}

static enum err
file_open(struct arena *a, const char *path, BIO **out)
{
	const char *text;
	unsigned long n;

	TRY(config_read_file(a, path, KEY_FILE, &text, &n));
	if ((*out = BIO_new_mem_buf(text, (int)n)) == NULL)
		return FAIL(E_INTERNAL, "%s: out of memory", path);
	arena_defer(a, bio_free, *out);
	return E_OK;
}

/* Without it OpenSSL asks for the password of an encrypted key at the tty. */
static int
no_password(char *out, int size, int rwflag, void *arg)
{
	(void)out;
	(void)size;
	(void)rwflag;
	(void)arg;
	return -1;
}

enum err
rsa_private_key(struct arena *a, const char *path, EVP_PKEY **out)
{
	BIO *bio;

	TRY(file_open(a, path, &bio));
	return key_take(a,
	    PEM_read_bio_PrivateKey(bio, NULL, no_password, NULL), path, out);
}

enum err
rsa_public_key(struct arena *a, const char *path, EVP_PKEY **out)
{
	BIO *bio;

	TRY(file_open(a, path, &bio));
	return key_take(
	    a, PEM_read_bio_PUBKEY(bio, NULL, NULL, NULL), path, out);
}

static void
certificate_free(void *cert)
{
	X509_free(cert);
}

enum err
rsa_certificate(struct arena *a, const char *path, X509 **cert, EVP_PKEY **key)
{
	BIO *bio;

	TRY(file_open(a, path, &bio));
	*cert = PEM_read_bio_X509(bio, NULL, no_password, NULL);
	ERR_clear_error();
	if (*cert == NULL)
		return FAIL(E_INTERNAL, "%s: not a certificate in PEM", path);
	arena_defer(a, certificate_free, *cert);
	return key_take(a, X509_get_pubkey(*cert), path, key);
}

const char *
rsa_sign(struct arena *a, EVP_PKEY *key, const char *p, size_t n)
{
	size_t len = (size_t)EVP_PKEY_get_size(key);
	unsigned char *raw = arena_alloc(a, len);
	EVP_MD_CTX *ctx = EVP_MD_CTX_new();
	bool ok;

	ok = ctx != NULL &&
	     EVP_DigestSignInit(ctx, NULL, EVP_sha256(), NULL, key) == 1 &&
	     EVP_DigestSign(ctx, raw, &len, (const unsigned char *)p, n) == 1;
	EVP_MD_CTX_free(ctx);
	ERR_clear_error();
	return ok ? base64_encode(a, raw, len) : NULL;
}

/* The digest of OAEP and of its MGF1 is SHA-1 unless another is set. */
const char *
rsa_encrypt(struct arena *a, EVP_PKEY *key, const char *p, size_t n)
{
	size_t len = (size_t)EVP_PKEY_get_size(key);
	unsigned char *raw = arena_alloc(a, len);
	EVP_PKEY_CTX *ctx = EVP_PKEY_CTX_new(key, NULL);
	bool ok;

	ok = ctx != NULL && EVP_PKEY_encrypt_init(ctx) == 1 &&
	     EVP_PKEY_CTX_set_rsa_padding(ctx, RSA_PKCS1_OAEP_PADDING) == 1 &&
	     EVP_PKEY_encrypt(ctx, raw, &len, (const unsigned char *)p, n) == 1;
	EVP_PKEY_CTX_free(ctx);
	ERR_clear_error();
	return ok ? base64_encode(a, raw, len) : NULL;
}

const char *
rsa_refusal(struct arena *a, EVP_PKEY *key, const char *p, size_t n,
    const char *signature)
{
	EVP_MD_CTX *ctx;
	uint8_t *raw;
	size_t len;
	bool ok;

	if ((raw = base64_decode(a, signature, &len)) == NULL)
		return "the signature is not base64";
	ctx = EVP_MD_CTX_new();
	ok = ctx != NULL &&
	     EVP_DigestVerifyInit(ctx, NULL, EVP_sha256(), NULL, key) == 1 &&
	     EVP_DigestVerify(ctx, raw, len, (const unsigned char *)p, n) == 1;
	EVP_MD_CTX_free(ctx);
	ERR_clear_error();
	return ok ? NULL : "the signature does not match";
}
