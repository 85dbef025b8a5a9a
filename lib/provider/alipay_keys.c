/* The keys: the application's and Alipay's, and how certificates are named. */
#include <openssl/bio.h>
#include <openssl/bn.h>
#include <openssl/err.h>
#include <openssl/objects.h>
#include <openssl/pem.h>
#include <string.h>

#include "base/arena.h"
#include "base/buf.h"
#include "base/hash.h"
#include "provider/alipay_private.h"
#include "service/config.h"
#include "service/rsa.h"

enum { FILE_MAX = 64 * 1024, NAME_MAX_BYTES = 4096, MD5_LEN = 16 };

/* "CN=…,OU=…,O=…,C=…": the issuer from its end, by short names. */
static const char *
issuer_text(struct arena *a, X509 *cert)
{
	X509_NAME *name = X509_get_issuer_name(cert);
	struct buf b;

	buf_init(&b, a, NAME_MAX_BYTES);
	for (int i = X509_NAME_entry_count(name) - 1; i >= 0; i--) {
		const X509_NAME_ENTRY *entry = X509_NAME_get_entry(name, i);
		const ASN1_STRING *value = X509_NAME_ENTRY_get_data(entry);
		int nid = OBJ_obj2nid(X509_NAME_ENTRY_get_object(entry));

		buf_printf(&b, "%s%s=%.*s", b.n > 0 ? "," : "", OBJ_nid2sn(nid),
		    ASN1_STRING_length(value),
		    (const char *)ASN1_STRING_get0_data(value));
	}
	return buf_str(&b);
}

static const char *
serial_text(struct arena *a, X509 *cert)
{
	BIGNUM *number = ASN1_INTEGER_to_BN(X509_get0_serialNumber(cert), NULL);
	char *decimal = number != NULL ? BN_bn2dec(number) : NULL;
	const char *text = arena_strdup(a, decimal != NULL ? decimal : "");

	OPENSSL_free(decimal);
	BN_free(number);
	return text;
}

/* The MD5 of issuer and serial, which is what Alipay has chosen. */
static const char *
serial_name(struct arena *a, X509 *cert)
{
	const char *text =
	    arena_printf(a, "%s%s", issuer_text(a, cert), serial_text(a, cert));
	char *hex = arena_alloc(a, 2 * MD5_LEN + 1);
	unsigned char digest[MD5_LEN];

	if (EVP_Digest(text, strlen(text), digest, NULL, EVP_md5(), NULL) != 1)
		return NULL;
	hex_encode(digest, MD5_LEN, hex);
	return hex;
}

/* Of the root certificates those that are signed by RSA count. */
static enum err
root_names(struct arena *a, const char *path, const char **out)
{
	const char *text, *names = "";
	unsigned long n;
	X509 *cert;
	BIO *bio;

	TRY(config_read_file(a, path, FILE_MAX, &text, &n));
	bio = BIO_new_mem_buf(text, (int)n);
	while (bio != NULL &&
	       (cert = PEM_read_bio_X509(bio, NULL, NULL, NULL)) != NULL) {
		int key = NID_undef;

		if (OBJ_find_sigid_algs(
			X509_get_signature_nid(cert), NULL, &key) == 1 &&
		    key == NID_rsaEncryption)
			names = arena_printf(a, "%s%s%s", names,
			    *names != '\0' ? "_" : "", serial_name(a, cert));
		X509_free(cert);
	}
	BIO_free(bio);
	ERR_clear_error();
	*out = names;
	return *names != '\0' ? E_OK
			      : FAIL(E_INTERNAL, "%s: no root by RSA", path);
}

static enum err
certificates_read(struct alipay *s)
{
	const struct config *cfg = s->cfg;
	struct alipay_keys *k = &s->keys;
	EVP_PKEY *key;
	X509 *cert;

	TRY(rsa_certificate(s->a, cfg->alipay_app_cert_file, &cert, &key));
	if (k->app != NULL && EVP_PKEY_eq(key, k->app) != 1)
		return FAIL(E_INTERNAL,
		    "alipay_app_cert_file is not of alipay_app_key_file");
	k->app_sn = serial_name(s->a, cert);
	TRY(root_names(s->a, cfg->alipay_root_cert_file, &k->root_sn));
	TRY(rsa_certificate(
	    s->a, cfg->alipay_alipay_key_file, &cert, &k->alipay));
	k->alipay_sn = serial_name(s->a, cert);
	return E_OK;
}

/* A certificate, when it is one: callback is told no mode. */
static enum err
alipay_key_read(struct alipay *s)
{
	const char *path = s->cfg->alipay_alipay_key_file, *text;
	unsigned long n;
	X509 *cert;

	TRY(config_read_file(s->a, path, FILE_MAX, &text, &n));
	if (strstr(text, "BEGIN CERTIFICATE") != NULL)
		return rsa_certificate(s->a, path, &cert, &s->keys.alipay);
	return rsa_public_key(s->a, path, &s->keys.alipay);
}

enum err
alipay_keys_read(struct alipay *s)
{
	const struct config *cfg = s->cfg;

	s->keys = (struct alipay_keys){ 0 };
	if (payment_given(cfg->alipay_app_key_file))
		TRY(rsa_private_key(
		    s->a, cfg->alipay_app_key_file, &s->keys.app));
	if (payment_given(cfg->alipay_app_cert_file) ||
	    payment_given(cfg->alipay_root_cert_file))
		return certificates_read(s);
	return alipay_key_read(s);
}
