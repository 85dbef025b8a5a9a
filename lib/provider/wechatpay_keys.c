/* The keys: the merchant's, the platform's, the one of notices. */
#include <openssl/bn.h>
#include <string.h>
#include <strings.h>

#include "base/arena.h"
#include "provider/wechatpay_private.h"
#include "service/config.h"
#include "service/rsa.h"

enum { KEY_FILE = 16 * 1024 };

#define PUBLIC_KEY_ID "PUB_KEY_ID_"

static bool
is_public_key(const char *id)
{
	return strncmp(id, PUBLIC_KEY_ID, strlen(PUBLIC_KEY_ID)) == 0;
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
    struct arena *a, const char *id, const char *path, EVP_PKEY **out)
{
	const char *serial;
	X509 *cert;

	TRY(rsa_certificate(a, path, &cert, out));
	serial = certificate_serial(a, cert);
	if (strcasecmp(serial, id) != 0)
		return FAIL(
		    E_INTERNAL, "%s: has serial %s, not %s", path, serial, id);
	return E_OK;
}

/* One "ID=file" of the list. */
static enum err
platform_key_read(struct arena *a, char *item, struct wechatpay_keys *k)
{
	struct wechatpay_platform_key *p = &k->platform[k->n];
	char *path = strchr(item, '=');

	if (path == NULL || path == item)
		return FAIL(E_INTERNAL,
		    "wechatpay_platform_keys: \"%s\" is not ID=file", item);
	if (k->n == WECHATPAY_PLATFORM_KEYS)
		return FAIL(E_INTERNAL, "wechatpay_platform_keys: over %d",
		    WECHATPAY_PLATFORM_KEYS);
	*path++ = '\0';
	p->id = item;
	TRY(is_public_key(item) ? rsa_public_key(a, path, &p->key)
				: certificate_read(a, item, path, &p->key));
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

const char *
wechatpay_lacks_to_verify(const struct wechatpay *w)
{
	const struct payment_setting settings[] = {
		{ "wechatpay_mchid", w->cfg->wechatpay_mchid },
		{ "wechatpay_appid", w->cfg->wechatpay_appid },
		{ "wechatpay_platform_keys", w->cfg->wechatpay_platform_keys },
	};

	return payment_lacks(settings, COUNT(settings));
}

const char *
wechatpay_lacks_to_call(const struct wechatpay *w)
{
	const struct config *cfg = w->cfg;
	const struct payment_setting settings[] = {
		{ "wechatpay_merchant_key_file",
		    cfg->wechatpay_merchant_key_file },
		{ "wechatpay_merchant_serial", cfg->wechatpay_merchant_serial },
		{ "wechatpay_base_url", cfg->wechatpay_base_url },
	};
	const char *key = payment_lacks(settings, COUNT(settings));

	return key != NULL ? key : wechatpay_lacks_to_verify(w);
}

enum err
wechatpay_can_call(const struct wechatpay *w)
{
	const char *key = wechatpay_lacks_to_call(w);

	return key == NULL ? E_OK : FAIL(E_PROVIDER, "%s is not set", key);
}

/* Both go into headers and URLs as they are. */
static enum err
check_numbers(const struct config *cfg)
{
	const char *mchid = cfg->wechatpay_mchid;
	const char *serial = cfg->wechatpay_merchant_serial;

	if (payment_given(mchid) && mchid[strspn(mchid, "0123456789")] != '\0')
		return FAIL(E_INTERNAL, "wechatpay_mchid is not a number");
	if (payment_given(serial) &&
	    serial[strspn(serial, "0123456789ABCDEFabcdef")] != '\0')
		return FAIL(
		    E_INTERNAL, "wechatpay_merchant_serial is not hexadecimal");
	return E_OK;
}

enum err
wechatpay_keys_read(struct wechatpay *w)
{
	const struct config *cfg = w->cfg;
	struct wechatpay_keys *k = &w->keys;

	*k = (struct wechatpay_keys){ 0 };
	TRY(check_numbers(cfg));
	if (payment_given(cfg->wechatpay_merchant_key_file))
		TRY(rsa_private_key(
		    w->a, cfg->wechatpay_merchant_key_file, &k->merchant));
	if (payment_given(cfg->wechatpay_apiv3_key_file))
		TRY(apiv3_key_read(
		    w->a, cfg->wechatpay_apiv3_key_file, &k->apiv3));
	if (payment_given(cfg->wechatpay_platform_keys))
		TRY(platform_keys_read(w->a, cfg->wechatpay_platform_keys, k));
	return E_OK;
}

const struct wechatpay_platform_key *
wechatpay_sealing_key(const struct wechatpay_keys *k)
{
	for (size_t i = 0; i < k->n; i++)
		if (is_public_key(k->platform[i].id))
			return &k->platform[i];
	return &k->platform[0];
}

const char *
wechatpay_public_key_id(const struct wechatpay_keys *k)
{
	const char *id = wechatpay_sealing_key(k)->id;

	return id != NULL && is_public_key(id) ? id : NULL;
}

EVP_PKEY *
wechatpay_platform_key(const struct wechatpay_keys *k, const char *id)
{
	for (size_t i = 0; i < k->n; i++)
		if (strcasecmp(k->platform[i].id, id) == 0)
			return k->platform[i].key;
	return NULL;
}
