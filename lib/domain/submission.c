#include "domain/submission.h"

#include <string.h>

#include "base/arena.h"
#include "domain/sql.h"
#include "format/json.h"
#include "service/seal.h"

/* One time that it was handed in. */
struct round {
	int64_t number, at;
	struct json_object *fields; /* values by name, empty ones left out */
};

struct story {
	struct env *env;
	submission_show *show;
	const void *arg;
	struct rows files; /* kind, name, from, until */
};

static const char *
bound(struct env *env, const char *id, int64_t round)
{
	return arena_printf(env->a, "%s/submission/%lld", id, (long long)round);
}

enum err
submission_add(struct env *env, const struct application *app)
{
	struct json_object *fields = json_object_in(env->a);
	int64_t round = app->round + 1;
	const uint8_t *sealed;
	size_t n;

	for (int f = 0; f < FIELD__N; f++)
		if (app->value[f] != NULL)
			json_str(fields, field_row((enum field)f)->name,
			    app->value[f]);
	TRY(seal_text(env->a, bound(env, app->id, round), json_text(fields, &n),
	    &sealed, &n));
	return db_exec(env->db, SQL_SUBMISSION_ADD,
	    ARGS(S(app->id), I(round), B(sealed, n)));
}

enum err
submission_reseal(struct env *env, const struct cell *c)
{
	const char *where = bound(env, c[0].s, c[1].i), *text;
	const uint8_t *sealed;
	size_t n;

	TRY(unseal_text(env->a, where, c[2].s, c[2].n, &text));
	TRY(seal_text(env->a, where, text, &sealed, &n));
	return db_exec(env->db, SQL_ROTATION_SUBMISSION,
	    ARGS(B(sealed, n), S(c[0].s), I(c[1].i)));
}

static enum err
read_round(
    struct env *env, const char *id, const struct cell *c, struct round *out)
{
	const char *text, *where;

	out->number = c[0].i;
	out->at = c[1].i;
	TRY(unseal_text(env->a, bound(env, id, c[0].i), c[2].s, c[2].n, &text));
	return json_parse(env->a, text, strlen(text), &out->fields, &where);
}

static bool
is_same(const char *a, const char *b)
{
	return a == NULL || b == NULL ? a == b : strcmp(a, b) == 0;
}

static void
fields_json(const struct story *s, const struct round *before,
    const struct round *r, struct json_object *o)
{
	struct json_object *changes = json_list(o, "changes");

	for (int f = 0; f < FIELD__N; f++) {
		const struct field_row *row = field_row((enum field)f);
		const char *was = json_get_str(before->fields, row->name);
		const char *now = json_get_str(r->fields, row->name);
		struct json_object *item;

		if (is_same(was, now))
			continue;
		item = json_item(changes);
		json_str(item, "name", row->name);
		json_str(item, "label", row->label);
		json_str(item, "was", s->show(s->arg, (enum field)f, was));
		json_str(item, "now", s->show(s->arg, (enum field)f, now));
	}
}

/* Whether a file was there at a time. */
static bool
was_there(const struct cell *file, int64_t at)
{
	return file[2].i <= at && (file[3].is_null || file[3].i > at);
}

/* The files that were there at one time and not at the other. */
static void
files_json(
    const struct story *s, int64_t at, int64_t other, struct json_object *list)
{
	for (size_t i = 0; i < s->files.n; i++) {
		const struct cell *file = &CELL(&s->files, i, 0);
		struct json_object *item;

		if (!was_there(file, at) || was_there(file, other))
			continue;
		item = json_item(list);
		json_str(item, "label", attachment_kind(file[0].s)->label);
		json_str(item, "file", file[1].s);
	}
}

enum err
submission_rounds_json(struct env *env, const struct application *app,
    submission_show *show, const void *arg, struct json_object *o)
{
	struct story s = { .env = env, .show = show, .arg = arg };
	struct json_object *list = json_list(o, "rounds");
	struct round now, before;
	struct rows rows;

	TRY(db_all(
	    env->db, env->a, SQL_SUBMISSION_LIST, &rows, ARGS(S(app->id))));
	TRY(db_all(
	    env->db, env->a, SQL_SUBMISSION_FILES, &s.files, ARGS(S(app->id))));
	for (size_t r = 0; r + 1 < rows.n; r++, now = before) {
		struct json_object *item = json_item(list);

		if (r == 0)
			TRY(read_round(env, app->id, &CELL(&rows, 0, 0), &now));
		TRY(read_round(env, app->id, &CELL(&rows, r + 1, 0), &before));
		json_int(item, "round", now.number);
		json_time(item, "submitted_at", now.at);
		fields_json(&s, &before, &now, item);
		files_json(&s, now.at, before.at, json_list(item, "added"));
		files_json(&s, before.at, now.at, json_list(item, "removed"));
	}
	return E_OK;
}
