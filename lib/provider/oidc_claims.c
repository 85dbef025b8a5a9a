/* What an ID token claims, held against what it must. */
#include <json-c/json.h>
#include <string.h>

#include "format/json.h"
#include "provider/oidc_private.h"

enum { SKEW = 60, OLDEST = 600, SUBJECT_MAX = 255 };

static bool
is_text(struct json_object *claims, const char *name, const char *wanted)
{
	const char *value = json_get_str(claims, name);

	return value != NULL && strcmp(value, wanted) == 0;
}

/* For us, and, where it is for others too, given to us. */
static bool
is_for_us(struct json_object *claims, const char *client_id)
{
	struct json_object *aud = json_get(claims, "aud");
	size_t n = json_count(aud);
	bool found = is_text(claims, "aud", client_id);

	for (size_t i = 0; i < n; i++) {
		struct json_object *one = json_at(aud, i);

		if (json_object_is_type(one, json_type_string) &&
		    strcmp(json_object_get_string(one), client_id) == 0)
			found = true;
	}
	if (n > 1 || json_get(claims, "azp") != NULL)
		return found && is_text(claims, "azp", client_id);
	return found;
}

/* Valid now, and made just now: a code is traded in at once. */
static bool
is_now(struct json_object *claims, int64_t now)
{
	int64_t exp, iat, nbf = now;

	return json_get_int(claims, "exp", &exp) &&
	       json_get_int(claims, "iat", &iat) && exp > now - SKEW &&
	       iat <= now + SKEW && iat >= now - OLDEST &&
	       (json_get(claims, "nbf") == NULL ||
		   json_get_int(claims, "nbf", &nbf)) &&
	       nbf <= now + SKEW;
}

/* Up to 255 characters of ASCII, says the standard. */
static bool
is_subject(const char *s)
{
	size_t n = 0;

	for (; s != NULL && s[n] != '\0'; n++)
		if (s[n] <= ' ' || s[n] > '~')
			return false;
	return n > 0 && n <= SUBJECT_MAX;
}

enum err
oidc_check_claims(const struct oidc_expected *want, struct json_object *claims,
    struct oidc_person *out)
{
	out->issuer = want->issuer;
	out->subject = json_get_str(claims, "sub");
	out->name = json_get_str(claims, "name");
	out->org_code = *want->org_claim != '\0'
			    ? json_get_str(claims, want->org_claim)
			    : NULL;
	if (!is_text(claims, "iss", want->issuer))
		return FAIL(E_OIDC, "of another issuer");
	if (!is_for_us(claims, want->client_id))
		return FAIL(E_OIDC, "for another audience");
	if (!is_now(claims, want->now))
		return FAIL(E_OIDC, "not of now");
	if (!is_text(claims, "nonce", want->nonce))
		return FAIL(E_OIDC, "of another nonce");
	if (!is_subject(out->subject))
		return FAIL(E_OIDC, "without a subject");
	return E_OK;
}
