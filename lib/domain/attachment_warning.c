/* What was found in files after their upload, said to people. */
#include <string.h>

#include "base/arena.h"
#include "domain/attachment_private.h"
#include "domain/sql.h"

enum { PAGES_NAMED = 10 };

/* One file's findings of one code: rows from first on, n of them. */
struct group {
	const struct rows *rows;
	size_t first, n;
};

static const struct cell *
row_of(const struct group *g, size_t i)
{
	return &CELL(g->rows, g->first + i, 0);
}

/* 第 1、3、4 页 */
static const char *
pages(struct arena *a, const struct group *g)
{
	const char *text =
	    arena_printf(a, "第 %lld", (long long)row_of(g, 0)[2].i);
	size_t named = g->n < PAGES_NAMED ? g->n : PAGES_NAMED;

	for (size_t i = 1; i < named; i++)
		text = arena_printf(
		    a, "%s、%lld", text, (long long)row_of(g, i)[2].i);
	return arena_printf(a, "%s%s 页", text, named < g->n ? " 等" : "");
}

static const char *
twin(struct arena *a, const struct group *g)
{
	const struct cell *c = row_of(g, 0);
	const struct attachment_kind *kind = attachment_kind(c[3].s);
	const char *label = kind != NULL ? kind->label : c[3].s;

	return c[5].i != 0 ? arena_printf(a, "本申请的“%s”", label)
			   : arena_printf(a, "申请 %s 的“%s”", c[4].s, label);
}

static const char *
sentence(struct arena *a, const char *code, const struct group *g)
{
	if (strcmp(code, FINDING_COARSE) == 0)
		return arena_printf(a,
		    "%s的分辨率低于 200 dpi，可能看不清，"
		    "建议以 200 dpi 以上重新扫描。",
		    pages(a, g));
	if (strcmp(code, FINDING_BLANK) == 0)
		return arena_printf(
		    a, "%s几乎是空白，请确认没有漏扫或扫反。", pages(a, g));
	if (strcmp(code, FINDING_SAME) == 0)
		return arena_printf(
		    a, "与%s是同一个文件，请确认没有传错。", twin(a, g));
	if (strcmp(code, FINDING_OTHER_FORM) == 0)
		return "扫描件上的二维码不是本申请的批次号，"
		       "请确认没有传错申请表。";
	return NULL;
}

static struct attachment *
find(struct attachments *files, const char *id)
{
	for (size_t i = 0; i < files->n; i++)
		if (strcmp(files->item[i].id, id) == 0)
			return &files->item[i];
	return NULL;
}

static bool
is_same(const struct cell *x, const struct cell *y)
{
	return strcmp(x[0].s, y[0].s) == 0 && strcmp(x[1].s, y[1].s) == 0;
}

static void
add(struct arena *a, struct attachments *files, const struct group *g)
{
	const struct cell *c = row_of(g, 0);
	struct attachment *file = find(files, c[0].s);
	const char *text = sentence(a, c[1].s, g);

	if (file != NULL && text != NULL)
		problem_add(file->warnings, file->kind, c[1].s, "“%s”%s",
		    file->name, text);
}

enum err
attachment_load_warnings(
    struct env *env, const char *application_id, struct attachments *files)
{
	bool has_any = false;
	struct group g;
	struct rows rows;

	for (size_t i = 0; i < files->n; i++) {
		files->item[i].warnings = ARENA_NEW(env->a, struct problems);
		files->item[i].warnings->a = env->a;
		has_any |= files->item[i].has_findings;
	}
	if (!has_any)
		return E_OK;
	TRY(db_all(env->db, env->a, SQL_ATTACHMENT_WARNINGS, &rows,
	    ARGS(S(application_id))));
	g = (struct group){ .rows = &rows };
	for (; g.first < rows.n; g.first += g.n) {
		for (g.n = 1; g.first + g.n < rows.n &&
			      is_same(row_of(&g, 0), row_of(&g, g.n));)
			g.n++;
		add(env->a, files, &g);
	}
	return E_OK;
}

void
attachment_warn(const struct attachments *files, struct problems *warnings)
{
	for (size_t i = 0; i < files->n; i++) {
		const struct problems *found = files->item[i].warnings;

		for (size_t k = 0; k < found->n; k++)
			problem_add(warnings, found->item[k].field,
			    found->item[k].code, "%s", found->item[k].message);
	}
}
