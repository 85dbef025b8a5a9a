/* The keys: the merchant's, the platform's, the one of notices. */
#include <openssl/bio.h>
#include <openssl/bn.h>
#include <openssl/err.h>
#include <openssl/pem.h>
#include <openssl/x509.h>
#include <string.h>
#include <strings.h>

#include "base/arena.h"
#include "provider/wechatpay_private.h"
#include "service/config.h"

enum { KEY_FILE = 16 * 1024, RSA_BITS = 2048 };

#define PUBLIC_KEY_ID "PUB_KEY_ID_"

static bool
is_public_key(const char *id)
{
	return strncmp(id, PUBLIC_KEY_ID, strlen(PUBLIC_KEY_ID)) == 0;
}

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

static enum err
merchant_key_read(struct arena *a, const char *path, EVP_PKEY **out)
{
	BIO *bio;

	TRY(file_open(a, path, &bio));
	return key_take(a,
	    PEM_read_bio_PrivateKey(bio, NULL, no_password, NULL), path, out);
}

static void
certificate_free(void *cert)
{
	X509_free(cert);
}

/* The serial in upper-case hexadecimal, as the provider writes it. */
static const char *
certificate_serial(struct arena *a, X509 *cert)
{
	BIGNUM *number = ASN1_INTEGER_to_BN(X509_get0_serialNumber(cert), NULL);
	char *hex = number != NULL ? BN_bn2hex(number) : NULL;
	const char *serial = arena_strdup(a, hex != NULL ? hex : "");

	OPENSSL_free(hex);
	BN_free(number);
	return serial;
}

static enum err
certificate_read(
    struct arena *a, const char *id, const char *path, BIO *bio, EVP_PKEY **out)
{
	X509 *cert = PEM_read_bio_X509(bio, NULL, no_password, NULL);
	const char *serial;

	ERR_clear_error();
	if (cert == NULL)
		return FAIL(E_INTERNAL, "%s: not a certificate in PEM", path);
	arena_defer(a, certificate_free, cert);
	serial = certificate_serial(a, cert);
	if (strcasecmp(serial, id) != 0)
		return FAIL(
		    E_INTERNAL, "%s: has serial %s, not %s", path, serial, id);
	return key_take(a, X509_get_pubkey(cert), path, out);
}

/* One "ID=file" of the list. */
static enum err
platform_key_read(struct arena *a, char *item, struct wechatpay_keys *k)
{
	struct wechatpay_platform_key *p = &k->platform[k->n];
	char *path = strchr(item, '=');
	BIO *bio;

	if (path == NULL || path == item)
		return FAIL(E_INTERNAL,
		    "wechatpay_platform_keys: \"%s\" is not ID=file", item);
	if (k->n == WECHATPAY_PLATFORM_KEYS)
		return FAIL(E_INTERNAL, "wechatpay_platform_keys: over %d",
		    WECHATPAY_PLATFORM_KEYS);
	*path++ = '\0';
	p->id = item;
	TRY(file_open(a, path, &bio));
	if (is_public_key(item))
		TRY(key_take(a, PEM_read_bio_PUBKEY(bio, NULL, NULL, NULL),
		    path, &p->key));
	else
		TRY(certificate_read(a, item, path, bio, &p->key));
	k->n++;
	return E_OK;
}

static enum err
platform_keys_read(struct arena *a, const char *list, struct wechatpay_keys *k)
{
	char *rest = arena_strdup(a, list), *item;

	while ((item = strsep(&rest, ",")) != NULL)
		TRY(platform_key_read(a, item + strspn(item, " "), k));
	return E_OK;
}

static enum err
apiv3_key_read(struct arena *a, const char *path, const char **out)
{
	unsigned long n;

	TRY(config_read_file(a, path, KEY_FILE, out, &n));
	if (n != WECHATPAY_APIV3_KEY)
		return FAIL(E_INTERNAL, "%s: %lu bytes, must be %d", path, n,
		    WECHATPAY_APIV3_KEY);
	return E_OK;
}

enum err
wechatpay_keys_read(struct wechatpay *w)
{
	const struct config *cfg = w->cfg;
	struct wechatpay_keys *k = &w->keys;

	*k = (struct wechatpay_keys){ 0 };
	if (wechatpay_given(cfg->wechatpay_merchant_key_file))
		TRY(merchant_key_read(
		    w->a, cfg->wechatpay_merchant_key_file, &k->merchant));
	if (wechatpay_given(cfg->wechatpay_apiv3_key_file))
		TRY(apiv3_key_read(
		    w->a, cfg->wechatpay_apiv3_key_file, &k->apiv3));
	if (wechatpay_given(cfg->wechatpay_platform_keys))
		TRY(platform_keys_read(w->a, cfg->wechatpay_platform_keys, k));
	return E_OK;
}

const char *
wechatpay_public_key_id(const struct wechatpay_keys *k)
{
	for (size_t i = 0; i < k->n; i++)
		if (is_public_key(k->platform[i].id))
			return k->platform[i].id;
	return NULL;
}

EVP_PKEY *
wechatpay_platform_key(const struct wechatpay_keys *k, const char *id)
{
	for (size_t i = 0; i < k->n; i++)
		if (strcasecmp(k->platform[i].id, id) == 0)
			return k->platform[i].key;
	return NULL;
}
