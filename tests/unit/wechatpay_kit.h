#pragma once
/*
 * Both sides of WeChat Pay for its tests: keys made on the spot, in files
 * that the configuration names, and WeChat's part of the work (signing,
 * sealing) done here a second time, without the code under test.
 */
#include <openssl/evp.h>
#include <openssl/pem.h>
#include <openssl/rsa.h>
#include <openssl/x509.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>
/* cmocka.h needs those before it. */
#include <cmocka.h>

#include "base/arena.h"
#include "base/clock.h"
#include "service/config.h"

#define KIT_MCHID  "1230000109"
#define KIT_APPID  "wxd678efh567hg6787"
#define KIT_APIV3  "0123456789abcdefghijklmnopqrstuv"
#define KIT_PUB_ID "PUB_KEY_ID_0114232134912410000000000000"
#define KIT_SERIAL "5157F09EFDC096DE15EBE81A47057A7232F1B8E1"

/* Made for this file alone, so that a signature can be known beforehand. */
static const char kit_merchant_pem[] =
    "-----BEGIN PRIVATE KEY-----\n"
    "MIIEvQIBADANBgkqhkiG9w0BAQEFAASCBKcwggSjAgEAAoIBAQCxcvc9IB8ADt4E\n"
    "xIRlYLw7G86VYn8ICyLAIlcntijnJXRbuLT22uV2D7D/WdGcGWx81uHn7Qr+VjCg\n"
    "8bXE8tIv1aoAZK+7aeqqBdJAnRF+beD4ErdGv7d4I265b8of/O3TGb47aLtfWUoR\n"
    "sPMLNBEUcGBcingpIBld9Jr3gPCNPmhqjtahRUDFSojuPGqmbHhPzQCXjzEAWBIA\n"
    "+ajHk/RECKVjltSjnxYMdALTNl93882wZvmNlYwSBjzi6NIz2Vkrw5q/Gz6i0c0U\n"
    "hPNIyLLvCx2WiT3sMIVtDoQ6pBwfYUeD1y2IXmSH4RGbc7qzEpcJM5ODYimAeqNX\n"
    "G9pFIBStAgMBAAECggEAAPZFybV+utzTNQaqiO2z9KpV9y7fvB8bpCJS6R+TXs7D\n"
    "n4IVszldRJxkuxbk1i8alo1+Sq0KS9HlNfrGM1toXXVUtTzJX8YASg3cGhwpugbH\n"
    "eJb55fo6VM0cRZ/vsPwC9WQ9WW6DWIKQHf3lwfra75E9EDDo9fxSKpPVlSMTCFGa\n"
    "FLBoStX1eMt6XSuObOAqPhnjlrondMFKR0AIZpuM/Vzi3FBBk4rzZLXu2AfDFTFZ\n"
    "FADBeA5YQ1CqUKa22IWCwW2Kl+Kj7O/5ASCz83B22NpcmFq5bQY1af9desm1sBDO\n"
    "cdHQAfggzHjnQHoKpn5uoZdJhQIptRms5hIrA0GdowKBgQDyLwUND0+f3Wiy7SQr\n"
    "Dq1o8KPIfsrDZhtfYBRS8Jj6/O6TTtUcCarDnAD5UE1XskRn8RFPDoeCx+yqzh2C\n"
    "iZeDHEZCv6AdwRBMllhyLkS3ft0wchZb0jq7mcDGphfjrMrQeW/L+HKDoE/BFJXu\n"
    "c3kjoza0NoO977zB5ev1ql3XEwKBgQC7kocFMIaQzCZ3oz5I1Ub18WhGvNhStnlw\n"
    "MzTv8zoKzuZmrrMJ9Bfgi0x1dcNJk3k8jcP94XLiNdaWey4zg8HAgeBpDEEiBHqu\n"
    "w+gNiCSlykLjApgMEGBQYPHoet6XOGn12u58CYTYCb+uvAxF0Q8X1nLw14Dybbk3\n"
    "ZT21HQkdPwKBgHgac2HPpwg78DFTw20LAVqahE7o+js/BvIcntem8+b8yoAJR0x5\n"
    "StNpKV56wXBtOtllRtUy+mcUKL1oLGBRRe9CdWGi0JAQ77lbkg9F/NQXOTBOU+JD\n"
    "dtcUX/Lj6dMCHS6YGqZH1tqKBSNWxygS4g+XYIisxFbMboqmMIeLbrA7AoGAVKbf\n"
    "arcos+Z+odW5gVNHsC1f2zTVCBc0HS/u/y+tDT2s+8ByKtbPg9Y6DnS0SttUhsCQ\n"
    "KF774x1bGBTFmBgpdADpT19pcbnFyGO/sYO0zmHG5/6+sgsd/IiUBFCXbnXWVE+W\n"
    "+8GsA3f62xghDc0425A71XfcyQw938NAIyHUgC8CgYEAxcRhyvcE8cRlwEaj7KGe\n"
    "BjhamxkFDCivqlRn98gH4RrhKCtAIR85Qmxlid3/SjoWX8OYyHC9gcT25tWNSDj+\n"
    "PAsxitbNe6Syy81orqYRJ0FRlU2W/7Cwt+2N82iLNcQqR+0H/7OyA0TCDLjOfAZz\n"
    "1mz0XaA9uA6FgRhq2CMA07c=\n"
    "-----END PRIVATE KEY-----\n";

static struct arena *a;
static struct config cfg;
static EVP_PKEY *kit_public, *kit_cert_key, *kit_other;
static char kit_dir[] = "/tmp/calock-wechatpay-XXXXXX";

static const char *
kit_path(const char *name)
{
	return arena_printf(a, "%s/%s", kit_dir, name);
}

static const char *
kit_write(const char *name, const char *text)
{
	const char *path = kit_path(name);
	FILE *f = fopen(path, "w");

	assert_non_null(f);
	assert_true(fputs(text, f) >= 0);
	assert_int_equal(fclose(f), 0);
	return path;
}

static const char *
kit_write_public(const char *name, EVP_PKEY *key)
{
	const char *path = kit_path(name);
	FILE *f = fopen(path, "w");

	assert_non_null(f);
	assert_int_equal(PEM_write_PUBKEY(f, key), 1);
	assert_int_equal(fclose(f), 0);
	return path;
}

/* A certificate of that serial for key, signed by itself. */
static const char *
kit_write_certificate(const char *name, EVP_PKEY *key)
{
	const char *path = kit_path(name);
	FILE *f = fopen(path, "w");
	X509 *x = X509_new();
	BIGNUM *serial = NULL;

	assert_non_null(f);
	assert_true(BN_hex2bn(&serial, KIT_SERIAL) > 0);
	BN_to_ASN1_INTEGER(serial, X509_get_serialNumber(x));
	BN_free(serial);
	X509_gmtime_adj(X509_getm_notBefore(x), 0);
	X509_gmtime_adj(X509_getm_notAfter(x), 3600);
	X509_set_pubkey(x, key);
	assert_true(X509_sign(x, key, EVP_sha256()) > 0);
	assert_int_equal(PEM_write_X509(f, x), 1);
	assert_int_equal(fclose(f), 0);
	X509_free(x);
	return path;
}

/* What a program that does everything is configured with. */
static void
kit_configure(void)
{
	cfg = (struct config){
		.public_url = "https://ca.example.cn",
		.wechatpay_base_url = "http://127.0.0.1:1",
		.wechatpay_mchid = KIT_MCHID,
		.wechatpay_appid = KIT_APPID,
		.wechatpay_merchant_key_file =
		    kit_write("merchant.pem", kit_merchant_pem),
		.wechatpay_merchant_serial = "D7CE59D1F522D701",
		.wechatpay_apiv3_key_file = kit_write("apiv3", KIT_APIV3 "\n"),
		.wechatpay_platform_keys = arena_printf(a, "%s=%s, %s=%s",
		    KIT_SERIAL, kit_write_certificate("cert.pem", kit_cert_key),
		    KIT_PUB_ID, kit_write_public("pub.pem", kit_public)),
	};
}

static int
kit_open(void **state)
{
	(void)state;
	kit_public = EVP_RSA_gen(2048);
	kit_cert_key = EVP_RSA_gen(2048);
	kit_other = EVP_RSA_gen(2048);
	return mkdtemp(kit_dir) != NULL ? 0 : -1;
}

static int
kit_close(void **state)
{
	static const char *const files[] = { "merchant.pem", "apiv3",
		"cert.pem", "pub.pem", "bad.pem" };
	char path[128];

	(void)state;
	EVP_PKEY_free(kit_public);
	EVP_PKEY_free(kit_cert_key);
	EVP_PKEY_free(kit_other);
	for (size_t i = 0; i < COUNT(files); i++) {
		snprintf(path, sizeof(path), "%s/%s", kit_dir, files[i]);
		unlink(path);
	}
	return rmdir(kit_dir);
}

static int
kit_setup(void **state)
{
	(void)state;
	a = arena_new(4 << 20);
	kit_configure();
	return 0;
}

static int
kit_teardown(void **state)
{
	(void)state;
	arena_free(a);
	return 0;
}

static inline const char *
kit_base64(const unsigned char *p, size_t n)
{
	char *out = arena_alloc(a, n / 3 * 4 + 5);

	EVP_EncodeBlock((unsigned char *)out, p, (int)n);
	return out;
}

/* WeChat's signature over "timestamp LF nonce LF body LF". */
static inline const char *
kit_sign(
    EVP_PKEY *key, const char *timestamp, const char *nonce, const char *body)
{
	const char *text =
	    arena_printf(a, "%s\n%s\n%s\n", timestamp, nonce, body);
	EVP_MD_CTX *ctx = EVP_MD_CTX_new();
	unsigned char raw[512];
	size_t n = sizeof(raw);

	assert_int_equal(
	    EVP_DigestSignInit(ctx, NULL, EVP_sha256(), NULL, key), 1);
	assert_int_equal(EVP_DigestSign(ctx, raw, &n,
			     (const unsigned char *)text, strlen(text)),
	    1);
	EVP_MD_CTX_free(ctx);
	return kit_base64(raw, n);
}
