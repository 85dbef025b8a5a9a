#include "service/jws.h"

#include <openssl/core_names.h>
#include <openssl/ecdsa.h>
#include <openssl/err.h>
#include <openssl/evp.h>
#include <openssl/param_build.h>
#include <string.h>

#include "base/arena.h"
#include "base/hash.h"
#include "format/json.h"

enum { RSA_LEAST = 2048, RSA_MOST = 8192, P256_BYTES = 32 };

static EVP_PKEY *rsa_key(struct arena *a, struct json_object *jwk);
static EVP_PKEY *p256_key(struct arena *a, struct json_object *jwk);

/* The kinds of signature that are taken. */
static const struct kind {
	const char *alg, *kty;
	EVP_PKEY *(*key)(struct arena *, struct json_object *);
} kinds[] = {
	{ "RS256", "RSA", rsa_key },
	{ "ES256", "EC", p256_key },
};

static const struct kind *
kind_of(const char *alg)
{
	for (size_t i = 0; alg != NULL && i < COUNT(kinds); i++)
		if (strcmp(kinds[i].alg, alg) == 0)
			return &kinds[i];
	return NULL;
}

/* One part of a token: JSON in base64url, an object. */
static enum err
part_json(struct arena *a, const char *part, struct json_object **out)
{
	const char *where;
	size_t n;
	uint8_t *text = base64url_decode(a, part, &n);

	if (text == NULL)
		return FAIL(E_MALFORMED, "a part is not base64url");
	if (json_parse(a, (const char *)text, n, out, &where) != E_OK ||
	    *out == NULL)
		return FAIL(E_MALFORMED, "a part is not JSON");
	return E_OK;
}

enum err
jws_parse(struct arena *a, const char *token, struct jws *out)
{
	size_t n = strlen(token);
	char *rest = arena_strdup(a, token), *part[3];
	struct json_object *head;

	if (n > JWS_BYTES)
		return FAIL(E_MALFORMED, "a token of %zu bytes", n);
	for (size_t i = 0; i < COUNT(part); i++)
		if ((part[i] = strsep(&rest, ".")) == NULL)
			return FAIL(E_MALFORMED, "not three parts");
	if (rest != NULL)
		return FAIL(E_MALFORMED, "more than three parts");
	TRY(part_json(a, part[0], &head));
	TRY(part_json(a, part[1], &out->claims));
	out->signature = base64url_decode(a, part[2], &out->signature_n);
	out->alg = json_get_str(head, "alg");
	out->kid = json_get_str(head, "kid");
	if (out->kid == NULL)
		out->kid = "";
	out->text = token;
	out->n = (size_t)(part[2] - part[0]) - 1;
	/* An extension that has to be understood is none that we know. */
	if (out->signature == NULL || kind_of(out->alg) == NULL ||
	    json_get(head, "crit") != NULL)
		return FAIL(E_MALFORMED, "signed in a way that is not taken");
	return E_OK;
}

static uint8_t *
member_bytes(
    struct arena *a, struct json_object *jwk, const char *name, size_t *n)
{
	const char *text = json_get_str(jwk, name);

	return text != NULL ? base64url_decode(a, text, n) : NULL;
}

/* From what bld holds; NULL when that makes no key. */
static EVP_PKEY *
make_key(const char *type, OSSL_PARAM_BLD *bld)
{
	OSSL_PARAM *params = OSSL_PARAM_BLD_to_param(bld);
	EVP_PKEY_CTX *ctx = EVP_PKEY_CTX_new_from_name(NULL, type, NULL);
	EVP_PKEY *key = NULL;

	if (params == NULL || ctx == NULL || EVP_PKEY_fromdata_init(ctx) != 1 ||
	    EVP_PKEY_fromdata(ctx, &key, EVP_PKEY_PUBLIC_KEY, params) != 1)
		key = NULL;
	EVP_PKEY_CTX_free(ctx);
	OSSL_PARAM_free(params);
	return key;
}

static bool
is_rsa_size(const BIGNUM *n)
{
	return n != NULL && BN_num_bits(n) >= RSA_LEAST &&
	       BN_num_bits(n) <= RSA_MOST;
}

static EVP_PKEY *
rsa_key(struct arena *a, struct json_object *jwk)
{
	size_t n_n = 0, e_n = 0;
	uint8_t *n = member_bytes(a, jwk, "n", &n_n);
	uint8_t *e = member_bytes(a, jwk, "e", &e_n);
	OSSL_PARAM_BLD *bld = OSSL_PARAM_BLD_new();
	BIGNUM *modulus = NULL, *exponent = NULL;
	EVP_PKEY *key = NULL;

	if (n != NULL && e != NULL && n_n <= RSA_MOST / 8 &&
	    e_n <= sizeof(uint64_t)) {
		modulus = BN_bin2bn(n, (int)n_n, NULL);
		exponent = BN_bin2bn(e, (int)e_n, NULL);
	}
	if (bld != NULL && is_rsa_size(modulus) && exponent != NULL &&
	    OSSL_PARAM_BLD_push_BN(bld, OSSL_PKEY_PARAM_RSA_N, modulus) == 1 &&
	    OSSL_PARAM_BLD_push_BN(bld, OSSL_PKEY_PARAM_RSA_E, exponent) == 1)
		key = make_key("RSA", bld);
	OSSL_PARAM_BLD_free(bld);
	BN_free(modulus);
	BN_free(exponent);
	return key;
}

static EVP_PKEY *
p256_key(struct arena *a, struct json_object *jwk)
{
	const char *curve = json_get_str(jwk, "crv");
	size_t x_n = 0, y_n = 0;
	uint8_t *x = member_bytes(a, jwk, "x", &x_n);
	uint8_t *y = member_bytes(a, jwk, "y", &y_n);
	uint8_t point[1 + 2 * P256_BYTES] = { POINT_CONVERSION_UNCOMPRESSED };
	OSSL_PARAM_BLD *bld;
	EVP_PKEY *key = NULL;

	if (curve == NULL || strcmp(curve, "P-256") != 0 || x == NULL ||
	    y == NULL || x_n != P256_BYTES || y_n != P256_BYTES)
		return NULL;
	memcpy(point + 1, x, P256_BYTES);
	memcpy(point + 1 + P256_BYTES, y, P256_BYTES);
	bld = OSSL_PARAM_BLD_new();
	if (bld != NULL &&
	    OSSL_PARAM_BLD_push_utf8_string(
		bld, OSSL_PKEY_PARAM_GROUP_NAME, "prime256v1", 0) == 1 &&
	    OSSL_PARAM_BLD_push_octet_string(
		bld, OSSL_PKEY_PARAM_PUB_KEY, point, sizeof(point)) == 1)
		key = make_key("EC", bld);
	OSSL_PARAM_BLD_free(bld);
	return key;
}

/* Whether a member is what it must be, when it is there at all. */
static bool
may_be(struct json_object *jwk, const char *name, const char *wanted)
{
	const char *value = json_get_str(jwk, name);

	return value == NULL || strcmp(value, wanted) == 0;
}

static bool
is_for(struct json_object *jwk, const struct jws *j, const struct kind *kind)
{
	const char *kty = json_get_str(jwk, "kty");

	return kty != NULL && strcmp(kty, kind->kty) == 0 &&
	       may_be(jwk, "alg", j->alg) && may_be(jwk, "use", "sig") &&
	       (*j->kid == '\0' || (json_get_str(jwk, "kid") != NULL &&
				       may_be(jwk, "kid", j->kid)));
}

/* The one key of the set that it is; two leave it open which. */
static struct json_object *
find(struct json_object *set, const struct jws *j, const struct kind *kind)
{
	struct json_object *keys = json_get(set, "keys"), *found = NULL;

	for (size_t i = 0; i < json_count(keys); i++) {
		struct json_object *jwk = json_at(keys, i);

		if (!is_for(jwk, j, kind))
			continue;
		if (found != NULL)
			return NULL;
		found = jwk;
	}
	return found;
}

/* r and s side by side (RFC 7518, section 3.4) as OpenSSL wants them. */
static const uint8_t *
ecdsa_der(struct arena *a, const struct jws *j, size_t *n)
{
	ECDSA_SIG *sig = ECDSA_SIG_new();
	BIGNUM *r, *s;
	uint8_t *out = NULL, *to;
	int len;

	if (sig == NULL || j->signature_n != 2 * P256_BYTES) {
		ECDSA_SIG_free(sig);
		return NULL;
	}
	r = BN_bin2bn(j->signature, P256_BYTES, NULL);
	s = BN_bin2bn(j->signature + P256_BYTES, P256_BYTES, NULL);
	if (ECDSA_SIG_set0(sig, r, s) == 1 &&
	    (len = i2d_ECDSA_SIG(sig, NULL)) > 0) {
		to = out = arena_alloc(a, (size_t)len);
		*n = (size_t)i2d_ECDSA_SIG(sig, &to);
	}
	ECDSA_SIG_free(sig);
	return out;
}

static bool
is_signed_by(struct arena *a, const struct jws *j, EVP_PKEY *key)
{
	EVP_MD_CTX *ctx = EVP_MD_CTX_new();
	const uint8_t *signature = j->signature;
	size_t n = j->signature_n;
	bool ok;

	if (EVP_PKEY_get_base_id(key) == EVP_PKEY_EC)
		signature = ecdsa_der(a, j, &n);
	ok = ctx != NULL && signature != NULL &&
	     EVP_DigestVerifyInit(ctx, NULL, EVP_sha256(), NULL, key) == 1 &&
	     EVP_DigestVerify(
		 ctx, signature, n, (const uint8_t *)j->text, j->n) == 1;
	EVP_MD_CTX_free(ctx);
	return ok;
}

enum err
jws_verify(struct arena *a, const struct jws *j, struct json_object *set)
{
	const struct kind *kind = kind_of(j->alg);
	struct json_object *jwk = find(set, j, kind);
	EVP_PKEY *key;
	bool ok;

	if (jwk == NULL)
		return FAIL(E_NOT_FOUND, "no %s key %.64s", j->alg, j->kid);
	key = kind->key(a, jwk);
	ok = key != NULL && is_signed_by(a, j, key);
	EVP_PKEY_free(key);
	ERR_clear_error();
	return ok ? E_OK : FAIL(E_MALFORMED, "not signed by %.64s", j->kid);
}
