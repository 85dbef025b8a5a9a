#pragma once
/*
 * One-time codes by the clock (RFC 6238) over liboath, of the kind that every
 * authenticator knows: SHA-1, six digits, thirty seconds.
 */
#include <stdint.h>

enum { TOTP_SECRET = 33, TOTP_DIGITS = 6 };

/* A new secret: 160 random bits as 32 characters of base32. */
void totp_secret_new(char out[TOTP_SECRET]);

/*
 * The time step that a code belongs to: that of now (microseconds since
 * 1970), or the one before or after it; -1 when it is no code of the secret.
 */
int64_t totp_step(const char *secret, const char *code, int64_t now);
