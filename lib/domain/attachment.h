#pragma once
/* 电子件: the uploaded PDFs of an application, and which it needs. */
#include "domain/env.h"
#include "domain/field.h"

struct json_object;

struct attachment_kind {
	const char *name;  /* "application_form" */
	const char *label; /* 电子件名称 */
	const char *note;  /* 说明 */
	bool renewal_only; /* needed for a renewal; otherwise always */
	bool has_template;
	/* The fields that it proves and none before it, FIELD__N at the end;
	 * NULL: all those that no other does. */
	const enum field *proves;
};

struct attachment {
	const char *id, *kind, *name, *sha256, *store_key;
	int64_t size, pages; /* pages -1: of before they were counted */
	int64_t uploaded_at;
	const char *inspection; /* "queued", "done" or "failed" */
	bool has_findings;
	struct problems *warnings; /* what was found, once it was looked for */
};

struct attachments {
	size_t n;
	struct attachment *item;
};

/* The kinds in their order; *n is their count. */
const struct attachment_kind *attachment_kinds(size_t *n);

/* The kind called name, or NULL. */
const struct attachment_kind *attachment_kind(const char *name);

/* The kind that a field is to be compared with. */
const struct attachment_kind *attachment_proof(enum field f);

/* Whether a kind is required for a category (may be NULL). */
bool attachment_is_needed(
    const struct attachment_kind *kind, const char *category);

/* The files that an application has now, by kind and time. */
MUST_USE enum err attachment_list(
    struct env *env, const char *application_id, struct attachments *out);

/* One file of a kind; E_NOT_FOUND. */
MUST_USE enum err attachment_get(struct env *env, const char *application_id,
    const char *kind, const char *id, struct attachment *out);

/* The same by its id alone, its warnings left out: for document. */
MUST_USE enum err attachment_find(struct env *env, const char *application_id,
    const char *id, struct attachment *out);

/* Whether there is one of this kind. */
bool attachments_have(const struct attachments *files, const char *kind);

/* Adds a problem for every required kind without a file. */
void attachment_check(const struct attachments *files, const char *category,
    struct problems *errors);

/* A row for a file that the store already has. */
struct attachment_new {
	struct env *env;
	const char *application_id, *kind, *name;
	const char *store_key, *sha256;
	int64_t size, pages;
	int sealed_by;	/* number of the field key */
	const char *id; /* made before the transaction */
};

/*
 * Inside db_tx, arg is a struct attachment_new: locks the application, sees
 * it still editable (E_STATE) with room for one more (E_TOO_MANY_FILES), bumps
 * attachments_version and adds the row.
 */
MUST_USE enum err attachment_add(void *arg);

/* Inside db_tx: takes a file off an application that is still editable. */
struct attachment_removal {
	struct env *env;
	const char *application_id, *id;
};
MUST_USE enum err attachment_remove(void *arg);

/* Adds what was found in all files to the warnings of the application. */
void attachment_warn(
    const struct attachments *files, struct problems *warnings);

/* What the worker does after an upload: looks into files that wait for it,
 * one by one, until there is none or a second has passed. */
MUST_USE enum err attachment_inspect_due(struct env *env);

/* Adds a file's members to an object. */
void attachment_json(const struct attachment *file, struct json_object *o);
