/* The fields of an application on their way into the database. */
#include "base/arena.h"
#include "domain/application_private.h"
#include "domain/sql.h"
#include "service/seal.h"

static const char *
bound(struct arena *a, const char *id, enum field f)
{
	return arena_printf(a, "%s/%s", id, field_row(f)->name);
}

enum err
application_unseal(struct env *env, struct application *app, enum field f,
    const struct cell *c)
{
	return unseal_text(
	    env->a, bound(env->a, app->id, f), c->s, c->n, &app->value[f]);
}

static enum err
sealed_arg(struct env *env, const struct application *app, enum field f,
    struct arg *out)
{
	const uint8_t *sealed;
	size_t n;

	TRY(seal_text(
	    env->a, bound(env->a, app->id, f), app->value[f], &sealed, &n));
	*out = B(sealed, n);
	return E_OK;
}

enum err
application_args(struct env *env, const struct application *app, bool is_all,
    struct arg *args, size_t *n)
{
	struct arg *to = args;
	const uint8_t *digest;

	for (int f = 0; f < FIELD__N; f++)
		if (field_row((enum field)f)->is_private)
			TRY(sealed_arg(env, app, (enum field)f, to++));
		else if (is_all)
			*to++ = S(app->value[f]);
	for (int f = 0; f < FIELD__N; f++) {
		const struct field_row *row = field_row((enum field)f);

		if (row->privacy != FIELD_FINDABLE)
			continue;
		TRY(seal_index(env->a, row->name, app->value[f], &digest));
		*to++ = B(digest, SEAL_INDEX);
	}
	*n = (size_t)(to - args);
	return E_OK;
}

enum err
application_reseal(struct env *env, const struct cell *c)
{
	struct application app = { .id = c[0].s, .version = c[1].i };
	struct arg args[FIELD_ARGS + 2];
	size_t n;

	c += 2;
	for (int f = 0; f < FIELD__N; f++)
		if (field_row((enum field)f)->is_private)
			TRY(application_unseal(env, &app, (enum field)f, c++));
	TRY(application_args(env, &app, false, args, &n));
	args[n++] = S(app.id);
	args[n++] = I(app.version);
	return db_exec(env->db, SQL_APPLICATION_PRIVATE, args, n);
}
