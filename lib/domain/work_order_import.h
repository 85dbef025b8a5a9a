#pragma once
/*
 * 结果导入: the CA's answer to a work order, from its file. It is looked at as
 * a whole, waits for a second person (domain/confirmation.h), and is then done
 * row by row, each in a transaction that marks the row: broken off, it goes on
 * with what is left; done twice, it has one effect.
 */
#include "domain/work_order.h"
#include "domain/work_order_file.h"

/* What a row means for its case, by what both are now. */
struct work_order_verdict {
	const char *refusal; /* why it cannot be done; NULL when it can */
	const char *remark;  /* what one should know of it, or NULL */
	const char *valid_from, *valid_to; /* as they would be noted */
};

/* Whether the row can be done, and what would come of it. Of no case that is
 * NULL: a batch number of another work order, or of none (is_known). */
struct work_order_verdict work_order_judge(struct env *env,
    const struct work_order_answer *row, const struct work_order_case *of,
    bool is_known);

/*
 * Keeps the file's rows (a draft: nothing is asked for or done). *import is
 * its id. E_NOT_FOUND for no work order, E_INVALID with problems under "file".
 */
struct work_order_upload {
	struct env *env;
	const char *work_order_id, *name; /* of the file */
	const char *bytes;
	size_t n;
	const char *id; /* made by work_order_upload */
	struct work_order_file file;
	const char *sha256;
};
MUST_USE enum err work_order_upload(struct work_order_upload *up);

/*
 * One import ("waiting_id": of its confirmation, while it waits) with its
 * "rows", each with what it will do, or why it is refused (while it is open),
 * or what became of it. E_NOT_FOUND.
 */
MUST_USE enum err work_order_import_json(struct env *env,
    const char *work_order_id, const char *id, struct json_object *o);

/* "imports": those of a work order, newest first, 20 at most. */
MUST_USE enum err work_order_imports_json(
    struct env *env, const char *work_order_id, struct json_object *o);

/*
 * Asks for the second person; done at once without four_eyes. E_STATE when it
 * is no draft, or no row of it can be done; E_ALREADY_ASKED; E_INVALID.
 */
MUST_USE enum err work_order_import_ask(struct env *env,
    const char *work_order_id, const char *id, const char *reason);

/*
 * Does the rows that are left of an import that was confirmed, in the name of
 * the operator who asked for it. E_STATE when it was not.
 */
MUST_USE enum err work_order_import_run(
    struct env *env, const char *work_order_id, const char *id);

/* Takes away, with their rows, those that nobody asked for in all the time
 * that a draft is kept (retention_idle_days). */
MUST_USE enum err work_order_import_purge(struct env *env);

/* As kinds of confirmations want them. */
MUST_USE enum err work_order_import_apply(
    struct env *env, struct json_object *payload, const char *hash);
void work_order_import_after(struct env *env, struct json_object *payload);
void work_order_import_show(
    struct arena *a, struct json_object *payload, struct json_object *facts);
