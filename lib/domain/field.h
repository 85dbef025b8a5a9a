#pragma once
/* The fields of the form, made from field.def. */
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/err.h"
#include "base/problem.h"
#include "domain/field.def"

struct arena;
struct json_object;

enum field {
#define FIELD_ENUM(name, ...) FIELD_##name,
	FIELDS(FIELD_ENUM)
#undef FIELD_ENUM
	    FIELD__N
};

/* What a value is; decides its check, its JSON type and its control. */
enum field_type {
	FIELD_FIXED, /* set by the server, from the unit */
	FIELD_FEE,   /* set by the server, in fen */
	FIELD_TEXT,
	FIELD_NAME_TYPE,
	FIELD_OPTION,
	FIELD_YEARS_TYPE, /* an integer in JSON */
	FIELD_LOCK,
	FIELD_ORG_CODE_TYPE,
	FIELD_LANDLINE,
	FIELD_MOBILE,
	FIELD_PHONE, /* mobile or landline */
	FIELD_EMAIL,
	FIELD_POSTCODE_TYPE,
	FIELD_ID_NO
};

enum field_need {
	NEED_ALWAYS,
	NEED_NEVER,
	NEED_RENEWAL,
	NEED_MAIL,
	NEED_SECOND
};

/*
 * Whose a value is. What is personal is blanked when the record's time is
 * over; what is private is also sealed in the database and masked in lists and
 * logs; what can be found has a keyed digest beside it (seal_index).
 */
enum field_privacy {
	FIELD_PUBLIC,
	FIELD_PERSONAL,
	FIELD_PRIVATE,
	FIELD_FINDABLE
};

struct field_row {
	const char *name, *label, *help;
	int section; /* 1 申请信息, 2 单位信息, 3 邮寄信息 */
	enum field_type type;
	size_t min, max; /* code points */
	enum field_need need;
	enum field_privacy privacy;
	bool is_private; /* FIELD_PRIVATE or FIELD_FINDABLE */
};

struct option_row {
	enum field field;
	const char *value, *label;
};

/* Years that a fee can be set for; sections, from 1. */
enum { FIELD_YEARS_MOST = 5, FIELD_SECTIONS = 3 };

/* The row of a field. */
const struct field_row *field_row(enum field f);

/* The field called name, or FIELD__N. */
enum field field_by_name(const char *name);

/* 申请信息 */
const char *field_section_title(int section);

/* Options of OPTION fields in their order; *n is their count. */
const struct option_row *field_options(size_t *n);

/* Whether it is one of the field's options. */
bool field_is_option(enum field f, const char *value);

/* Whether a field has been given that value. */
bool field_is(const char *const *values, enum field f, const char *word);

/* The label of an option's value, the value itself when it is none. */
const char *field_option_label(enum field f, const char *value);

/* A value as people read it: an option's label, 3 年, 300.00; NULL for NULL. */
const char *field_shown(struct arena *a, enum field f, const char *value);

/* Whether the applicant may set it. */
bool field_is_input(enum field f);

/* What is written on a parcel, to whom and where: bits 1 << enum field. */
#define FIELD_PARCEL                                                           \
	(1U << FIELD_RECIPIENT | 1U << FIELD_RECIPIENT_PHONE |                 \
	    1U << FIELD_MAIL_ADDRESS)

/* Whether it is one of FIELD_PARCEL; false for FIELD__N. */
bool field_is_of_parcel(enum field f);

/* "****" forms for lists and pages: 138****8000; "" for NULL. */
const char *field_mask(struct arena *a, enum field f, const char *value);

/*
 * What a client sent for a field as it is to be stored: trimmed, folded to
 * the canonical form where that can be read; NULL for null or empty. Refused
 * (E_INVALID, with a problem): the wrong JSON type, and what is over the
 * field's length in code points after normalising.
 */
MUST_USE enum err field_take(struct arena *a, enum field f,
    struct json_object *in, const char **value, struct problems *errors);

/* What only the database knows, for field_check. */
struct field_facts {
	int64_t now;
	bool has_fee;		/* a fee is set for what was chosen */
	bool second_is_needed;	/* another new application is live */
	const char *lock_error; /* a sentence, or NULL: why not this lock */
};

/* Checks all values (by enum field; NULL: empty) as submit would. */
void field_check(struct arena *a, const char *const *values,
    const struct field_facts *facts, struct problems *errors,
    struct problems *warnings);
