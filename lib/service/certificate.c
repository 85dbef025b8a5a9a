#include "service/certificate.h"

#include <openssl/bio.h>
#include <openssl/crypto.h>
#include <openssl/err.h>
#include <openssl/pem.h>
#include <openssl/x509.h>
#include <string.h>
#include <time.h>

#include "base/arena.h"
#include "base/clock.h"
#include "base/hash.h"
#include "base/utf8.h"

static void
free_bio(void *bio)
{
	BIO_free(bio);
}

static void
free_x509(void *x509)
{
	X509_free(x509);
}

static BIO *
new_bio(struct arena *a)
{
	BIO *bio = BIO_new(BIO_s_mem());

	arena_defer(a, free_bio, bio);
	return bio;
}

static const char *
text_of(struct arena *a, BIO *bio)
{
	char *data;
	long n = BIO_get_mem_data(bio, &data);

	return n > 0 ? arena_strndup(a, data, (size_t)n) : "";
}

/* As people read it; what is too long for a row is cut off. */
static const char *
name_of(struct arena *a, const X509_NAME *name)
{
	BIO *bio = new_bio(a);
	const char *text, *p, *end;

	if (X509_NAME_print_ex(bio, name, 0,
		XN_FLAG_RFC2253 & ~(unsigned long)ASN1_STRFLGS_ESC_MSB) < 0)
		return "";
	text = text_of(a, bio);
	if (!utf8_valid(text, strlen(text)))
		return "";
	p = text;
	end = text + strlen(text);
	for (int n = 0; p < end && n < CERTIFICATE_NAME; n++)
		utf8_next(&p, end);
	return utf8_shown(a, arena_strndup(a, text, (size_t)(p - text)));
}

static const char *
serial_of(struct arena *a, X509 *x509)
{
	BIO *bio = new_bio(a);

	i2a_ASN1_INTEGER(bio, X509_get0_serialNumber(x509));
	return text_of(a, bio);
}

static bool
time_of(const ASN1_TIME *t, int64_t *us)
{
	struct tm tm;

	if (ASN1_TIME_to_tm(t, &tm) != 1)
		return false;
	*us = (int64_t)timegm(&tm) * CLOCK_SECOND;
	return true;
}

static enum err
read_x509(struct arena *a, X509 *x509, struct certificate *out)
{
	uint8_t digest[EVP_MAX_MD_SIZE];
	char *hex = arena_alloc(a, SHA256_HEX);
	unsigned n;

	if (X509_digest(x509, EVP_sha256(), digest, &n) != 1 ||
	    !time_of(X509_get0_notBefore(x509), &out->valid_from) ||
	    !time_of(X509_get0_notAfter(x509), &out->valid_to))
		return FAIL(E_MALFORMED, "a certificate without times");
	hex_encode(digest, n, hex);
	out->fingerprint = hex;
	out->subject = name_of(a, X509_get_subject_name(x509));
	out->issuer = name_of(a, X509_get_issuer_name(x509));
	out->serial = serial_of(a, x509);
	return strlen(out->serial) <= 64 ? E_OK : FAIL(E_MALFORMED, "serial");
}

enum err
certificate_read(struct arena *a, const char *pem, struct certificate *out)
{
	BIO *bio = BIO_new_mem_buf(pem, -1);
	X509 *x509;

	arena_defer(a, free_bio, bio);
	x509 = PEM_read_bio_X509(bio, NULL, NULL, NULL);
	if (x509 == NULL) {
		ERR_clear_error();
		return FAIL(E_MALFORMED, "no certificate");
	}
	arena_defer(a, free_x509, x509);
	return read_x509(a, x509, out);
}
