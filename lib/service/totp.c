#include "service/totp.h"

#include <liboath/oath.h>
#include <stdbool.h>
#include <string.h>

#include "base/clock.h"
#include "base/hash.h"

enum { KEY = 20, WINDOW = 1 };

static const char alphabet[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZ234567";

void
totp_secret_new(char out[TOTP_SECRET])
{
	uint8_t r[TOTP_SECRET - 1];

	rand_bytes(r, sizeof(r));
	for (size_t i = 0; i < sizeof(r); i++)
		out[i] = alphabet[r[i] & 31];
	out[sizeof(r)] = '\0';
}

static bool
key_of(const char *secret, char out[KEY])
{
	unsigned bits = 0;
	int n = 0;

	if (strlen(secret) != TOTP_SECRET - 1 ||
	    strspn(secret, alphabet) != TOTP_SECRET - 1)
		return false;
	for (; *secret != '\0'; secret++) {
		bits = bits << 5 |
		       (unsigned)(strchr(alphabet, *secret) - alphabet);
		n += 5;
		if (n < 8)
			continue;
		n -= 8;
		*out++ = (char)(bits >> n & 0xff);
	}
	return true;
}

int64_t
totp_step(const char *secret, const char *code, int64_t now)
{
	char key[KEY];
	uint64_t step;
	int offset;

	if (strlen(code) != TOTP_DIGITS ||
	    strspn(code, "0123456789") != TOTP_DIGITS || !key_of(secret, key) ||
	    oath_init() != OATH_OK)
		return -1;
	if (oath_totp_validate3(key, KEY, now / CLOCK_SECOND,
		OATH_TOTP_DEFAULT_TIME_STEP_SIZE, OATH_TOTP_DEFAULT_START_TIME,
		WINDOW, &offset, &step, code) < 0)
		return -1;
	return (int64_t)step;
}
