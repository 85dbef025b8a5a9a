#pragma once
/*
 * RSA keys of 2048 bits or more from PEM files, signatures by
 * RSASSA-PKCS1-v1_5 with SHA-256 and sealed fields by RSAES-OAEP with SHA-1
 * (RFC 8017), as payment providers want them.
 */
#include <openssl/evp.h>
#include <openssl/x509.h>
#include <stdbool.h>
#include <stddef.h>

#include "base/err.h"

struct arena;

/* Keys and certificates belong to the arena. E_INTERNAL with a cause. */
MUST_USE enum err rsa_private_key(
    struct arena *a, const char *path, EVP_PKEY **out);
MUST_USE enum err rsa_public_key(
    struct arena *a, const char *path, EVP_PKEY **out);

/* The first certificate of a file, and its key. */
MUST_USE enum err rsa_certificate(
    struct arena *a, const char *path, X509 **cert, EVP_PKEY **key);

/* The signature of n bytes in base64, or NULL when the key does not sign. */
MUST_USE const char *rsa_sign(
    struct arena *a, EVP_PKEY *key, const char *p, size_t n);

/* n bytes that only the owner of the key can read, in base64; NULL when they
 * are too many (over the key's own less 42) or the key does not do it. */
MUST_USE const char *rsa_encrypt(
    struct arena *a, EVP_PKEY *key, const char *p, size_t n);

/* NULL when the signature (base64) is that key's, else why not, for the log. */
MUST_USE const char *rsa_refusal(struct arena *a, EVP_PKEY *key, const char *p,
    size_t n, const char *signature);
