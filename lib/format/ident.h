#pragma once
/*
 * Chinese identifiers: normalising what people type and telling what is wrong
 * with it. Each check takes text already trimmed of blanks at its ends and of
 * zero-width characters, and writes the canonical form.
 */
#include <stdbool.h>
#include <stdint.h>

struct arena;

/*
 * The verdict on one value. code is NULL when it is right, else a stable code;
 * message is a Chinese sentence that says what is wrong and what to do, and
 * names the wrong character where the check can tell; positions count from 1
 * and leave out the blanks, hyphens and +86 that were dropped. is_warning: the
 * value is taken all the same. value is the canonical form (in the arena), or
 * the input as it came when the value is refused. Both may quote what was
 * typed, so for personal fields neither goes into a log.
 */
struct verdict {
	const char *value;
	const char *code;
	const char *message;
	bool is_warning;
};

/*
 * Full-width letters, digits and signs to ASCII, blanks and zero-width
 * characters dropped, upper case. Other characters stay for the check to name.
 */
const char *ident_fold(struct arena *a, const char *s);

/*
 * Blanks, tabs and line ends trimmed, zero-width and direction marks dropped
 * throughout. Control characters inside stay.
 */
const char *ident_trim(struct arena *a, const char *s);

/*
 * GB 32100-2015 (18) with the GB 11714-1997 code inside, or that alone (9,
 * its hyphen dropped). Class and region only warn: codes outlive tables.
 */
struct verdict ident_org_code(struct arena *a, const char *s);

/* The 18-character unified social credit code alone (tax number). */
struct verdict ident_uscc(struct arena *a, const char *s);

/*
 * GB 11643-1999, residence permits 81 to 83, permanent residents 9…;
 * now (microseconds) decides age: 18 to 120.
 */
struct verdict ident_id_no(struct arena *a, const char *s, int64_t now);

/* Mainland mobile, 11 digits, without +86. */
struct verdict ident_mobile(struct arena *a, const char *s);

/*
 * Area code, number and extension: 0570-3012345 or 0570-3012345-8001; also
 * 400-8001234 and 800.
 */
struct verdict ident_landline(struct arena *a, const char *s);

/* 6 digits, not 000000; a prefix that no province has warns. */
struct verdict ident_postcode(struct arena *a, const char *s);

/*
 * An address as the HTML living standard has it, with a dot in the domain,
 * which goes to lower case. A domain that looks mistyped warns.
 */
struct verdict ident_email(struct arena *a, const char *s);

/*
 * A person's name: Han, Latin, middle dot folded to U+00B7, no digits. Blanks
 * stay between Latin words only. How long it may be is the caller's to say.
 */
struct verdict ident_name(struct arena *a, const char *s);

/* Whether unit names are the same but for brackets （）()【】 and blanks. */
bool ident_same_unit(const char *a, const char *b);
