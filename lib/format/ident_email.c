#include <string.h>

#include "base/arena.h"
#include "format/ident_part.h"

enum { LOCAL_MAX = 64, EMAIL_MAX = 254, LABEL_MAX = 63 };

#define LABEL_ALPHABET                                                         \
	"abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789-"

/* What the HTML living standard takes before the @. */
static const char local_alphabet[] = LABEL_ALPHABET ".!#$%&'*+/=?^_`{|}~";
static const char domain_alphabet[] = LABEL_ALPHABET ".";

/* Names of mail providers under .com as fingers slip, and as they are. */
static const struct {
	const char *typed, *meant;
} slips[] = {
	{ "qqq", "qq" },
	{ "1633", "163" },
	{ "gmial", "gmail" },
	{ "gamil", "gmail" },
	{ "gmai", "gmail" },
	{ "gmil", "gmail" },
	{ "gnail", "gmail" },
	{ "gmaill", "gmail" },
	{ "hotmial", "hotmail" },
	{ "hotmai", "hotmail" },
	{ "homail", "hotmail" },
	{ "outlok", "outlook" },
	{ "oultook", "outlook" },
	{ "outloook", "outlook" },
	{ "foxmial", "foxmail" },
	{ "foxmai", "foxmail" },
	{ "sian", "sina" },
};

static const char *const providers[] = { "qq", "163", "126", "139", "gmail",
	"hotmail", "outlook", "foxmail", "sina", "sohu", "aliyun", NULL };

/* Endings that nobody has, and those that these providers do not have. */
static const char *const no_endings[] = { "con", "comm", "coom", "cmo", "ocm",
	"cim", "cpm", "vom", "xom", NULL };
static const char *const other_endings[] = { "co", "cm", "om", NULL };

static bool
is_one_of(const char *const *list, const char *s)
{
	for (; *list != NULL; list++)
		if (strcmp(*list, s) == 0)
			return true;
	return false;
}

static const char *
meant_host(const char *host)
{
	for (size_t i = 0; i < sizeof(slips) / sizeof(slips[0]); i++)
		if (strcmp(slips[i].typed, host) == 0)
			return slips[i].meant;
	return host;
}

/* The domain that was probably meant, or NULL when this one looks right. */
static const char *
suggestion(struct arena *a, const char *domain)
{
	const char *dot = strrchr(domain, '.');
	const char *host = arena_strndup(a, domain, (size_t)(dot - domain));
	const char *meant = meant_host(host);
	bool bad_ending = is_one_of(no_endings, dot + 1);

	if (is_one_of(providers, meant) && is_one_of(other_endings, dot + 1))
		bad_ending = true;
	if (!bad_ending && (meant == host || strcmp(dot, ".com") != 0))
		return NULL;
	return arena_printf(a, "%s.com", meant);
}

static struct verdict
wrong_character(struct arena *a, const char *input, size_t at)
{
	if (input[at] == '@')
		return ident_wrong(input, "format",
		    "邮箱中只能有一个“@”；如有多个邮箱，请只填写一个。");
	return ident_stray(a, input, input, at, "邮箱");
}

/* Labels of 1 to 63, no hyphen at their ends; at least two. */
static bool
is_domain(const char *s)
{
	size_t n, labels = 0;

	for (;; s += n + 1) {
		n = strcspn(s, ".");
		if (n == 0 || n > LABEL_MAX || s[0] == '-' || s[n - 1] == '-')
			return false;
		labels++;
		if (s[n] == '\0')
			return labels >= 2;
	}
}

static struct verdict
wrong_length(const char *input, size_t local)
{
	if (local > LOCAL_MAX)
		return ident_wrong(input, "length",
		    "邮箱中“@”之前的部分不能超过 64 个字符，"
		    "请核对后重新输入。");
	return ident_wrong(
	    input, "length", "邮箱不能超过 254 个字符，请核对后重新输入。");
}

/* The domain in lower case, the rest as typed. */
static const char *
canonical(struct arena *a, const char *input, size_t local)
{
	char *value = arena_strdup(a, input);

	for (char *p = value + local; *p != '\0'; p++)
		if (*p >= 'A' && *p <= 'Z')
			*p += 'a' - 'A';
	return value;
}

/* input is local characters, one @ at local, and domain characters. */
static struct verdict
parts(struct arena *a, const char *input, size_t local)
{
	const char *value, *meant;

	if (local == 0)
		return ident_wrong(input, "format",
		    "“@”之前缺少邮箱名，应写成 name@example.com 的形式。");
	if (local > LOCAL_MAX || strlen(input) > EMAIL_MAX)
		return wrong_length(input, local);
	if (!is_domain(input + local + 1))
		return ident_wrong(input, "format",
		    "“@”之后应为完整的域名，如 example.com，"
		    "请核对后重新输入。");
	value = canonical(a, input, local);
	meant = suggestion(a, value + local + 1);
	if (meant == NULL)
		return ident_right(value);
	return ident_warn(value, "suspicious_domain",
	    arena_printf(a,
		"邮箱域名“%s”可能有误，是否应为“%s”？确认无误可以继续。",
		value + local + 1, meant));
}

struct verdict
ident_email(struct arena *a, const char *input)
{
	size_t local = strspn(input, local_alphabet), end;

	if (input[0] == '\0')
		return ident_wrong(input, "length", "请填写邮箱。");
	if (input[local] == '\0')
		return ident_wrong(input, "format",
		    "邮箱缺少“@”，应写成 name@example.com 的形式。");
	if (input[local] != '@')
		return wrong_character(a, input, local);
	end = local + 1 + strspn(input + local + 1, domain_alphabet);
	if (input[end] != '\0')
		return wrong_character(a, input, end);
	return parts(a, input, local);
}
