#pragma once
/* The certificates (CA locks) that accounts are signed in to by. */
#include "domain/account.h"
#include "service/certificate.h"

struct json_object;

/* Adds what people are told of a certificate to o. */
void certificate_json(const struct certificate *c, struct json_object *o);

/*
 * The account to sign in to, of one of the roles (bits), with a certificate
 * that TLS has shown to be somebody's. E_CERTIFICATE when it is not valid now
 * or its account is locked or has another role; E_CERTIFICATE_UNBOUND when it
 * is nobody's. Recorded.
 */
MUST_USE enum err account_of_certificate(struct env *env,
    const struct certificate *c, unsigned roles, struct account *out);

/* Adds {certificates: […]} of an account. */
MUST_USE enum err account_certificates_json(
    struct env *env, const char *account_id, struct json_object *o);

struct certificate_deed {
	struct env *env;
	const char *account_id;
	const char *pem;		/* account_check_certificate */
	const char *fingerprint;	/* account_release_certificate */
	struct certificate certificate; /* read from pem */
};

/* Reads it. E_INVALID (a problem) when it is none, is over, or is bound. */
MUST_USE enum err account_check_certificate(struct certificate_deed *d);

/* Binds what was checked, in a transaction of its own; E_INVALID as above. */
MUST_USE enum err account_bind_certificate(struct certificate_deed *d);

/* The same inside db_tx, without an audit row; E_NOT_FOUND: no account. */
MUST_USE enum err account_add_certificate(
    struct env *env, const char *account_id, const struct certificate *c);

/* Unbinds it and ends the account's sessions; E_STATE when it is not bound. */
MUST_USE enum err account_release_certificate(struct certificate_deed *d);
