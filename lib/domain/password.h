#pragma once
/*
 * Passwords: yescrypt through libxcrypt, and which ones are good enough (NIST
 * SP 800-63B: long enough, and none that many others use; no rules about
 * signs and capitals, no forced change).
 */
#include "domain/env.h"

/* A new hash of it, in the arena. */
MUST_USE enum err password_hash(
    struct arena *a, const char *password, const char **hash);

/* Whether it is the password of that hash; takes as long when it is not. */
bool password_is(struct arena *a, const char *password, const char *hash);

/* The same work for nothing: an unknown login takes as long as a known one. */
void password_is_nobodys(struct arena *a, const char *password);

/*
 * Adds a problem about the field when it is no good for an account: too short
 * or too long, with the login in it, or one that many people use.
 */
void password_check(struct env *env, const char *field, const char *login,
    const char *password);

/* A first password to hand over: 80 random bits that can be read aloud. */
const char *password_make(struct arena *a);
