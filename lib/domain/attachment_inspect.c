/* What the worker finds out about files once they are uploaded. */
#include <string.h>

#include "base/arena.h"
#include "base/clock.h"
#include "base/log.h"
#include "domain/application.h"
#include "domain/attachment_private.h"
#include "domain/sql.h"
#include "service/pdf_inspect.h"
#include "service/store.h"

enum { TRIES = 3, SCRATCH = 1 << 16 };

struct waiting {
	const char *id, *kind, *store_key, *batch_no;
	int64_t inspected, tries;
	const char *owner;
};

static enum err
claim(struct env *env, struct waiting *w, bool *is_ours)
{
	w->owner = id_make(env->a);
	TRY(db_exec(env->db, SQL_INSPECTION_CLAIM,
	    ARGS(S(w->owner), S(w->id), I(w->tries))));
	*is_ours = db_changed(env->db) == 1;
	return E_OK;
}

static enum err
found(struct env *env, const struct waiting *w, const char *code, int64_t page,
    const char *twin)
{
	return db_exec(env->db, SQL_INSPECTION_FOUND,
	    ARGS(S(w->id), S(code), I(page), S(twin)));
}

/* The same bytes under another kind, or in another application of the unit. */
static enum err
look_for_twin(struct env *env, const struct waiting *w)
{
	struct cell *row;
	enum err e =
	    db_one(env->db, env->a, SQL_INSPECTION_TWIN, &row, ARGS(S(w->id)));

	if (e == E_NOT_FOUND)
		return E_OK;
	TRY(e);
	return found(env, w, FINDING_SAME, 0, row->s);
}

static enum err
save_findings(
    struct env *env, const struct waiting *w, const struct pdf_inspection *in)
{
	for (int i = 0; i < in->n; i++) {
		if (in->page[i].is_blank)
			TRY(found(env, w, FINDING_BLANK, in->from + i, NULL));
		if (in->page[i].is_coarse)
			TRY(found(env, w, FINDING_COARSE, in->from + i, NULL));
	}
	return application_is_batch_no(in->code) &&
		       strcmp(in->code, w->batch_no) != 0
		   ? found(env, w, FINDING_OTHER_FORM, 0, NULL)
		   : E_OK;
}

static enum err
save(struct env *env, const struct waiting *w, const char *state, int64_t pages)
{
	return db_exec(env->db, SQL_INSPECTION_SAVE,
	    ARGS(S(state), I(pages), S(w->id), S(w->owner)));
}

/* Its bytes are kept no longer than this takes. */
static enum err
inspect_object(
    const struct env *env, const struct waiting *w, struct pdf_inspection *out)
{
	struct arena *a = arena_new(SCRATCH);
	const void *p;
	size_t n;
	enum err e = store_load(a, w->store_key, &p, &n);

	if (e == E_OK)
		e = pdf_inspect(p, n, (int)w->inspected + 1,
		    strcmp(w->kind, "application_form") == 0,
		    env->cfg->pdf_seconds, out);
	arena_free(a);
	return e;
}

static enum err
look(struct env *env, const struct waiting *w)
{
	struct pdf_inspection in;

	if (w->inspected == 0)
		TRY(look_for_twin(env, w));
	TRY(inspect_object(env, w, &in));
	TRY(save_findings(env, w, &in));
	return save(env, w, in.is_end ? "done" : "queued", w->inspected + in.n);
}

/* What cannot be looked at now waits until its claim is over; after some
 * tries it is left alone: these are warnings, and the file was accepted. */
static enum err
inspect(struct env *env, struct waiting *w)
{
	bool is_ours;
	enum err e;

	TRY(claim(env, w, &is_ours));
	if (!is_ours)
		return E_OK;
	e = look(env, w);
	if (e == E_OK || e == E_DB)
		return e;
	log_fault(LOG_WARN, "not_inspected", "attachment", w->id);
	return w->tries + 1 < TRIES ? E_OK
				    : save(env, w, "failed", w->inspected);
}

enum err
attachment_inspect_due(struct env *env)
{
	int64_t until = clock_span() + CLOCK_SECOND;
	struct rows due;

	TRY(db_all(env->db, env->a, SQL_INSPECTION_DUE, &due, ARGS()));
	for (size_t r = 0; r < due.n && clock_span() < until; r++) {
		const struct cell *c = &CELL(&due, r, 0);
		struct waiting w = { .id = c[0].s,
			.kind = c[1].s,
			.store_key = c[2].s,
			.inspected = c[3].i,
			.tries = c[4].i,
			.batch_no = c[5].s };

		TRY(inspect(env, &w));
	}
	return E_OK;
}
