#pragma once
/* Random bytes, digests and their text forms; OpenSSL underneath. */
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct arena;

enum { SHA256_LEN = 32, SHA256_HEX = 65, ID_TEXT = 27, TOKEN_TEXT = 44 };

/* n bytes from the system's generator; ends the process when it fails. */
void rand_bytes(void *out, size_t n);

/*
 * A new primary key: 26 lower-case letters and digits, 48 bits of the time in
 * milliseconds and 80 random ones (ULID), so ids sort by when they were made.
 */
void id_new(char out[ID_TEXT]);

/* id_new, in an arena. */
const char *id_make(struct arena *a);

/* Whether s is written as an id is. */
bool id_is(const char *s);

/* 256 random bits as 43 characters of base64url. */
void token_new(char out[TOKEN_TEXT]);

/* The digest of n bytes (FIPS 180-4). */
void sha256(const void *p, size_t n, uint8_t out[SHA256_LEN]);

/* The digest of p in lower-case hexadecimal. */
void sha256_hex(const void *p, size_t n, char out[SHA256_HEX]);

/* 2 n lower-case digits and a NUL. */
void hex_encode(const void *p, size_t n, char *out);

/* 2 n digits of either case into n bytes; false when s is anything else. */
bool hex_decode(const char *s, void *out, size_t n);

/* Whether two secrets are equal, in time that does not tell where. */
bool secret_equal(const char *a, const char *b);

/* Standard base64 with padding, in the arena. */
char *base64_encode(struct arena *a, const void *p, size_t n);

/* The bytes of strict base64 (padded, no blanks), *n of them; or NULL. */
uint8_t *base64_decode(struct arena *a, const char *s, size_t *n);

/* The same of base64url without padding (RFC 4648, section 5; RFC 7515). */
char *base64url_encode(struct arena *a, const void *p, size_t n);
uint8_t *base64url_decode(struct arena *a, const char *s, size_t *n);
