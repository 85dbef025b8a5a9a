/* Every identifier's check, on the input as typed and as trimmed. */
#include "base/clock.h"
#include "base/utf8.h"
#include "format/ident.h"
#include "fuzz.h"

static const int64_t NOW = INT64_C(1790000000) * 1000000;

static struct verdict
id_no(struct arena *a, const char *s)
{
	return ident_id_no(a, s, NOW);
}

static const struct {
	const char *name;
	struct verdict (*check)(struct arena *a, const char *s);
} checks[] = {
	{ "org_code", ident_org_code },
	{ "uscc", ident_uscc },
	{ "id_no", id_no },
	{ "mobile", ident_mobile },
	{ "landline", ident_landline },
	{ "postcode", ident_postcode },
	{ "email", ident_email },
	{ "name", ident_name },
};

static void
check_one(struct arena *a, const char *s, struct verdict v, size_t i)
{
	struct verdict again;

	PROMISE((v.code == NULL) == (v.message == NULL));
	PROMISE(v.code != NULL || !v.is_warning);
	if (v.code != NULL && !v.is_warning) {
		PROMISE(strcmp(v.value, s) == 0);
		return;
	}
	/* The canonical form is its own canonical form. */
	again = checks[i].check(a, v.value);
	PROMISE(again.code == NULL || again.is_warning);
	PROMISE(strcmp(again.value, v.value) == 0);
	PROMISE(!utf8_has_control(v.value));
}

static void
check_all(struct arena *a, const char *s)
{
	for (size_t i = 0; i < COUNT(checks); i++) {
		struct verdict v = checks[i].check(a, s);

		if (!utf8_valid(s, strlen(s)))
			continue;
		PROMISE(utf8_valid(v.value, strlen(v.value)));
		PROMISE(v.message == NULL ||
			utf8_valid(v.message, strlen(v.message)));
		check_one(a, s, v, i);
	}
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t n)
{
	struct arena *a = fuzz_arena();
	struct input in = { (const char *)data, (const char *)data + n };
	const char *s = fuzz_line(a, &in), *other = fuzz_line(a, &in);
	const char *trimmed = ident_trim(a, s), *folded = ident_fold(a, s);

	PROMISE(ident_same_unit(s, s));
	PROMISE(ident_same_unit(s, other) == ident_same_unit(other, s));
	/* Bytes that are no text may become some when others are dropped. */
	if (utf8_valid(s, strlen(s))) {
		PROMISE(strcmp(ident_trim(a, trimmed), trimmed) == 0);
		PROMISE(strcmp(ident_fold(a, folded), folded) == 0);
	}
	check_all(a, s);
	check_all(a, trimmed);
	return 0;
}
