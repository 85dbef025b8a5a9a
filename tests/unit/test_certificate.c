#include "scratch.h"

#include "base/clock.h"
#include "service/certificate.h"

/* openssl req -x509 -utf8 -subj '/C=CN/O=示例单位/CN=张明, 经办'
 *   -set_serial 0x0a1b2c */
static const char pem[] =
    "-----BEGIN CERTIFICATE-----\n"
    "MIIBvzCCAWagAwIBAgIDChssMAoGCCqGSM49BAMCMD0xCzAJBgNVBAYTAkNOMRUw\n"
    "EwYDVQQKDAznpLrkvovljZXkvY0xFzAVBgNVBAMMDuW8oOaYjiwg57uP5YqeMCAX\n"
    "DTI2MTEyOTEwMjg1OVoYDzIxMjYxMTA1MTAyODU5WjA9MQswCQYDVQQGEwJDTjEV\n"
    "MBMGA1UECgwM56S65L6L5Y2V5L2NMRcwFQYDVQQDDA7lvKDmmI4sIOe7j+WKnjBZ\n"
    "MBMGByqGSM49AgEGCCqGSM49AwEHA0IABKiws6odg2jkyDxYipebGXvLRrubcKq9\n"
    "IPCHFjH5eG2YuG6Tobf4mFAvKihI83Y+4t7SKJGI622g20KUDokvK72jUzBRMB0G\n"
    "A1UdDgQWBBRBWfjpFTrYRP1vvdnujpUKfXr3fDAfBgNVHSMEGDAWgBRBWfjpFTrY\n"
    "RP1vvdnujpUKfXr3fDAPBgNVHRMBAf8EBTADAQH/MAoGCCqGSM49BAMCA0cAMEQC\n"
    "IAe/BKzz9LdsejJEyqqwruVOEVcl4kqadweWvCJisKuTAiAiMJrwdCUn5G15S69a\n"
    "NiJCZMU1oaGL6S/bt2KmbOyObw==\n"
    "-----END CERTIFICATE-----\n";

static int64_t
at(const char *text)
{
	int64_t us;

	assert_true(clock_parse(text, &us));
	return us;
}

static void
what_it_says_is_read(void **state)
{
	struct certificate c;

	(void)state;
	assert_int_equal(certificate_read(a, pem, &c), E_OK);
	assert_string_equal(c.subject, "CN=张明\\, 经办,O=示例单位,C=CN");
	assert_string_equal(c.issuer, c.subject);
	assert_string_equal(c.serial, "0A1B2C");
	assert_int_equal(c.valid_from, at("2026-11-29T10:28:59Z"));
	assert_int_equal(c.valid_to, at("2126-11-05T10:28:59Z"));
	assert_string_equal(c.fingerprint,
	    "69d356a7a2376bc4d31182b4c9a26d6a29fe440e40077f417a856047e55483f8");
}

static void
text_around_it_does_not_matter(void **state)
{
	struct certificate c;

	(void)state;
	assert_int_equal(certificate_read(a,
			     arena_printf(a, "subject=x\n%s\nmore", pem), &c),
	    E_OK);
}

/* Cut off anywhere, it is none; nor is what is no certificate. */
static void
what_is_none_is_refused(void **state)
{
	struct certificate c;

	(void)state;
	for (size_t n = 0; n < sizeof(pem) - 10; n++)
		assert_int_equal(
		    certificate_read(a, arena_strndup(a, pem, n), &c),
		    E_MALFORMED);
	assert_int_equal(certificate_read(a,
			     "-----BEGIN CERTIFICATE-----\nMAA=\n"
			     "-----END CERTIFICATE-----\n",
			     &c),
	    E_MALFORMED);
	assert_int_equal(
	    certificate_read(a, "-----BEGIN PRIVATE KEY-----\n", &c),
	    E_MALFORMED);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(what_it_says_is_read),
		cmocka_unit_test(text_around_it_does_not_matter),
		cmocka_unit_test(what_is_none_is_refused),
	};

	return cmocka_run_group_tests(tests, scratch_setup, scratch_teardown);
}
