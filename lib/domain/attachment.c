#include "domain/attachment.h"

#include <string.h>

#include "base/arena.h"
#include "base/clock.h"
#include "domain/application.h"
#include "domain/attachment_private.h"
#include "domain/audit.h"
#include "domain/sql.h"
#include "format/json.h"

static const enum field of_notice[] = { FIELD__N };
static const enum field of_licence[] = { FIELD_UNIT_NAME, FIELD_ORG_CODE,
	FIELD_LEGAL_REPRESENTATIVE, FIELD_ADDRESS, FIELD__N };
static const enum field of_id_card[] = { FIELD_HANDLER_NAME,
	FIELD_HANDLER_ID_NO, FIELD__N };

static const struct attachment_kind kinds[] = {
	{ "risk_notice", "证书业务风险告知函", "变更延期补办需填写", true, true,
	    of_notice },
	{ "application_form", "企业“数字证书与电子签章”申请表", "盖章扫描",
	    false, true, NULL },
	{ "business_licence", "企业营业执照扫描件", "扫描成pdf格式进行上传",
	    false, false, of_licence },
	{ "handler_id_card", "经办人身份证扫描件", "扫描成pdf格式进行上传",
	    false, false, of_id_card },
};

const struct attachment_kind *
attachment_kinds(size_t *n)
{
	*n = COUNT(kinds);
	return kinds;
}

const struct attachment_kind *
attachment_kind(const char *name)
{
	for (size_t i = 0; i < COUNT(kinds); i++)
		if (strcmp(kinds[i].name, name) == 0)
			return &kinds[i];
	return NULL;
}

const struct attachment_kind *
attachment_proof(enum field f)
{
	const struct attachment_kind *otherwise = NULL;

	for (size_t k = 0; k < COUNT(kinds); k++) {
		const enum field *proves = kinds[k].proves;

		if (proves == NULL)
			otherwise = &kinds[k];
		for (; proves != NULL && *proves != FIELD__N; proves++)
			if (*proves == f)
				return &kinds[k];
	}
	return otherwise;
}

bool
attachment_is_needed(const struct attachment_kind *kind, const char *category)
{
	return !kind->renewal_only ||
	       (category != NULL && strcmp(category, "renewal") == 0);
}

static struct attachment
of_row(const struct cell *c)
{
	return (struct attachment){ .id = c[0].s,
		.kind = c[1].s,
		.name = c[2].s,
		.sha256 = c[3].s,
		.store_key = c[4].s,
		.size = c[5].i,
		.pages = c[6].i,
		.uploaded_at = c[7].i,
		.inspection = c[8].s,
		.has_findings = c[9].i != 0 };
}

enum err
attachment_list(
    struct env *env, const char *application_id, struct attachments *out)
{
	struct rows rows;

	TRY(db_all(env->db, env->a, SQL_ATTACHMENT_LIST, &rows,
	    ARGS(S(application_id))));
	out->n = rows.n;
	out->item = arena_alloc(env->a, (rows.n + 1) * sizeof(*out->item));
	for (size_t r = 0; r < rows.n; r++)
		out->item[r] = of_row(&CELL(&rows, r, 0));
	return attachment_load_warnings(env, application_id, out);
}

enum err
attachment_get(struct env *env, const char *application_id, const char *kind,
    const char *id, struct attachment *out)
{
	struct cell *row;

	TRY(db_one(env->db, env->a, SQL_ATTACHMENT_GET, &row,
	    ARGS(S(application_id), S(kind), S(id))));
	*out = of_row(row);
	return attachment_load_warnings(
	    env, application_id, &(struct attachments){ 1, out });
}

enum err
attachment_find(struct env *env, const char *application_id, const char *id,
    struct attachment *out)
{
	struct cell *row;

	TRY(db_one(env->db, env->a, SQL_ATTACHMENT_FIND, &row,
	    ARGS(S(id), S(application_id))));
	*out = of_row(row);
	return E_OK;
}

bool
attachments_have(const struct attachments *files, const char *kind)
{
	for (size_t i = 0; i < files->n; i++)
		if (strcmp(files->item[i].kind, kind) == 0)
			return true;
	return false;
}

void
attachment_check(const struct attachments *files, const char *category,
    struct problems *errors)
{
	for (size_t i = 0; i < COUNT(kinds); i++)
		if (attachment_is_needed(&kinds[i], category) &&
		    !attachments_have(files, kinds[i].name))
			problem_add(errors, kinds[i].name, "required",
			    "请上传%s（PDF）。", kinds[i].label);
}

/* Said once, however often the transaction is run again. */
static enum err
too_many(struct env *env, const char *kind)
{
	if (env->errors.n == 0)
		problem_add(&env->errors, kind, err_row(E_TOO_MANY_FILES)->code,
		    "最多上传 %lld 个文件，请先删除不需要的文件。",
		    (long long)env->cfg->files_a_kind);
	return FAIL(E_TOO_MANY_FILES, "%s", kind);
}

enum err
attachment_add(void *arg)
{
	struct attachment_new *f = arg;
	struct env *env = f->env;
	struct cell *count;

	TRY(db_change(
	    env->db, SQL_ATTACHMENT_LOCK, ARGS(S(f->application_id))));
	TRY(db_one(env->db, env->a, SQL_ATTACHMENT_COUNT, &count,
	    ARGS(S(f->application_id), S(f->kind))));
	if (count->i >= env->cfg->files_a_kind)
		return too_many(env, f->kind);
	TRY(db_exec(env->db, SQL_ATTACHMENT_ADD,
	    ARGS(S(f->id), S(f->application_id), S(f->kind), S(f->name),
		I(f->size), I(f->pages), S(f->sha256), S(f->store_key),
		I(f->sealed_by), S(env->who.id))));
	return audit_add(env, "upload", f->application_id,
	    arena_printf(env->a, "%s %s sha256 %s", f->kind, f->id, f->sha256));
}

enum err
attachment_remove(void *arg)
{
	struct attachment_removal *f = arg;
	struct env *env = f->env;

	TRY(db_change(
	    env->db, SQL_ATTACHMENT_LOCK, ARGS(S(f->application_id))));
	TRY(db_exec(env->db, SQL_ATTACHMENT_REMOVE,
	    ARGS(S(f->id), S(f->application_id))));
	if (db_changed(env->db) != 1)
		return FAIL(E_NOT_FOUND, "attachment");
	return audit_add(env, "remove_file", f->application_id, f->id);
}

void
attachment_json(const struct attachment *file, struct json_object *o)
{
	char t[CLOCK_TEXT];

	json_str(o, "id", file->id);
	json_str(o, "kind", file->kind);
	json_str(o, "name", file->name);
	json_int(o, "size", file->size);
	if (file->pages >= 0)
		json_int(o, "pages", file->pages);
	else
		json_null(o, "pages");
	json_str(o, "sha256", file->sha256);
	json_str(o, "uploaded_at", clock_utc(t, file->uploaded_at));
	json_str(o, "inspection", file->inspection);
	application_problems_json(file->warnings, json_list(o, "warnings"));
}
