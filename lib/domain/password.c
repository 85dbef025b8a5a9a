#include "domain/password.h"

#include <crypt.h>
#include <string.h>

#include "base/arena.h"
#include "base/hash.h"
#include "base/utf8.h"

enum { LONGEST = 128, FEW = 4, GROUPS = 4, GROUP = 4 };

static const char *
crypted(struct arena *a, const char *password, const char *setting)
{
	struct crypt_data *data = ARENA_NEW(a, struct crypt_data);

	return crypt_rn(password, setting, data, sizeof(*data));
}

enum err
password_hash(struct arena *a, const char *password, const char **hash)
{
	char *setting = arena_alloc(a, CRYPT_GENSALT_OUTPUT_SIZE);

	if (crypt_gensalt_rn(
		"$y$", 0, NULL, 0, setting, CRYPT_GENSALT_OUTPUT_SIZE) == NULL)
		return FAIL(E_INTERNAL, "crypt_gensalt");
	*hash = crypted(a, password, setting);
	return *hash != NULL ? E_OK : FAIL(E_INTERNAL, "crypt");
}

bool
password_is(struct arena *a, const char *password, const char *hash)
{
	const char *got = crypted(a, password, hash);

	return got != NULL && secret_equal(got, hash);
}

void
password_is_nobodys(struct arena *a, const char *password)
{
	static const char nobody[] = "$y$j9T$R8lfbOs/xPRp4lAYd2UQo1$l3VRwlu1gy"
				     "sTw.2fMqxD1BvON1aIcAbsDd7rzvmCaz8";

	password_is(a, password, nobody);
}

/* Capitals made small, and the letters that digits and signs stand for. */
static char *
plain(struct arena *a, const char *password)
{
	static const char from[] = "0134578@$!", to[] = "oieastbasi";
	char *text = arena_strdup(a, password);

	for (char *p = text; *p != '\0'; p++) {
		const char *at = strchr(from, *p);

		if (*p >= 'A' && *p <= 'Z')
			*p = (char)(*p - 'A' + 'a');
		else if (at != NULL)
			*p = to[at - from];
	}
	return text;
}

static bool
is_letter(char c)
{
	return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') ||
	       (unsigned char)c >= 0x80;
}

static bool
is_listed(const char *word, size_t n)
{
	static const char *const common[] = {
#define COMMON(word) word,
#include "domain/password_common.def"
#undef COMMON
	};

	for (size_t i = 0; i < COUNT(common); i++)
		if (strlen(common[i]) == n && memcmp(common[i], word, n) == 0)
			return true;
	return false;
}

/* What is left of it without digits and signs at both ends, if listed. */
static bool
has_listed_core(struct arena *a, const char *password)
{
	const char *text = plain(a, password), *end = password;
	size_t from = 0, to = 0;

	while (password[from] != '\0' && !is_letter(password[from]))
		from++;
	for (; *end != '\0'; end++)
		if (is_letter(*end))
			to = (size_t)(end - password) + 1;
	return (to > from && is_listed(text + from, to - from)) ||
	       is_listed(text, strlen(text));
}

/* Whether c follows before: on a keyboard, in the alphabet, or by counting. */
static bool
follows(char before, char c)
{
	static const char rows[] = "qwertyuiop asdfghjkl zxcvbnm 1234567890";
	const char *at = strchr(rows, before);

	if (c == before || c == before + 1 || c == before - 1)
		return true;
	return at != NULL && before != '\0' && before != ' ' &&
	       (at[1] == c || (at > rows && at[-1] == c));
}

static bool
is_run(const char *text)
{
	size_t breaks = 0, n = strlen(text);

	for (size_t i = 1; i < n; i++)
		breaks += !follows(text[i - 1], text[i]);
	return breaks * 5 < n;
}

static bool
has_few_characters(const char *text)
{
	char seen[FEW + 1] = "";
	size_t n = 0;

	for (; *text != '\0'; text++)
		if (strchr(seen, *text) == NULL) {
			if (n == FEW)
				return false;
			seen[n++] = *text;
		}
	return true;
}

/*
 * Whether many people use it: one of password_common.def however it is
 * capitalised, with digits for letters (p4ssw0rd) and digits or signs before
 * or after it; a run (1234567890, qwertyuiop); or few different characters.
 */
static bool
is_common(struct arena *a, const char *password)
{
	return is_run(password) || has_few_characters(password) ||
	       has_listed_core(a, password);
}

static bool
is_login(struct arena *a, const char *login, const char *password)
{
	const char *small = plain(a, password);

	return *login != '\0' && strstr(small, plain(a, login)) != NULL;
}

void
password_check(
    struct env *env, const char *field, const char *login, const char *password)
{
	size_t n = utf8_length(password);
	int64_t least = env->cfg->password_length;

	if (n < (size_t)least)
		problem_add(&env->errors, field, "too_short",
		    "新密码至少 %d 个字符。", (int)least);
	else if (n > LONGEST)
		problem_add(&env->errors, field, "too_long",
		    "新密码最多 %d 个字符。", LONGEST);
	else if (is_login(env->a, login, password))
		problem_add(&env->errors, field, "same",
		    "新密码不能包含账号，请换一个。");
	else if (is_common(env->a, password))
		problem_add(&env->errors, field, "common",
		    "这样的密码很多人在用，容易被猜中。"
		    "请换一个，例如几个不相干的词连在一起。");
}

const char *
password_make(struct arena *a)
{
	static const char letters[] = "abcdefghijkmnpqrstuvwxyz23456789";
	unsigned char random[GROUPS * GROUP];
	char *text = arena_alloc(a, GROUPS * (GROUP + 1)), *to = text;

	rand_bytes(random, sizeof(random));
	for (size_t i = 0; i < sizeof(random); i++) {
		if (i > 0 && i % GROUP == 0)
			*to++ = '-';
		*to++ = letters[random[i] % 32];
	}
	return text;
}
