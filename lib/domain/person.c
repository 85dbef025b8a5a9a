#include "domain/person.h"

#include <string.h>

#include "base/arena.h"
#include "domain/invoice.h"
#include "domain/pack.h"
#include "domain/reveal.h"
#include "format/json.h"
#include "service/temp.h"

enum { SCRATCH = 16 << 20 };

struct person {
	struct env *env;   /* who asked, for the trail */
	struct env system; /* sees drafts and what was deleted, too */
	const struct find_number *number;
	struct reveal *why;
	struct zip *zip;
	struct arena *scratch;
	size_t found;
};

static const char *
clear_value(const void *pack, enum field f, const char *value)
{
	(void)pack;
	(void)f;
	return value;
}

static enum err
invoice_item(struct env *env, const char *id, struct json_object *list)
{
	struct invoice inv;

	TRY(invoice_get(env, id, &inv));
	invoice_json(&inv, json_item(list));
	return E_OK;
}

static enum err
add_invoices_of(struct person *p, const struct pack *pack)
{
	struct env *env = &p->system;
	struct json_object *o = json_object_in(env->a);
	struct json_object *list = json_list(o, "invoices");
	struct rows rows;

	TRY(db_all(env->db, env->a, SQL_PERSON_INVOICES_OF, &rows,
	    ARGS(S(pack->app->id))));
	for (size_t r = 0; r < rows.n; r++)
		TRY(invoice_item(env, CELL(&rows, r, 0).s, list));
	return rows.n > 0 ? pack_json(pack, "invoices.json", o) : E_OK;
}

static enum err
add_case(void *arg, const struct cell *row)
{
	struct person *p = arg;
	const char *id = row->s;
	struct application app;
	struct pack pack = { .env = &p->system,
		.app = &app,
		.zip = p->zip,
		.scratch = p->scratch };

	p->why->application_id = id;
	TRY(reveal_record(p->env, p->why));
	TRY(application_load(&p->system, id, &app));
	pack.folder = arena_printf(p->env->a, "%s/", app.batch_no);
	TRY(pack_facts(&pack, clear_value));
	TRY(add_invoices_of(p, &pack));
	TRY(pack_files(&pack));
	p->system.errors.n = p->system.warnings.n = 0;
	p->found++;
	return E_OK;
}

/* Where a parcel of somebody else's case goes: of that case no more. */
static enum err
add_parcel(void *arg, const struct cell *row)
{
	struct person *p = arg;
	const char *id = row->s;
	struct json_object *o = json_object_in(p->env->a);
	struct pack pack = { .env = &p->system, .zip = p->zip };
	struct application app;
	const char *handler;

	TRY(application_load(&p->system, id, &app));
	handler = app.value[FIELD_HANDLER_MOBILE];
	if (handler != NULL && strcmp(handler, p->number->value) == 0)
		return E_OK; /* the whole case is there */
	p->why->application_id = id;
	TRY(reveal_record(p->env, p->why));
	json_str(o, "batch_no", app.batch_no);
	for (int i = 0; i < FIELD__N; i++) {
		enum field f = (enum field)i;

		if (field_is_of_parcel(f))
			json_str(o, field_row(f)->name, app.value[f]);
	}
	pack.folder = arena_printf(p->env->a, "%s/", app.batch_no);
	p->found++;
	return pack_json(&pack, "parcel.json", o);
}

/* Sent to the number, whoever's case it is. */
static enum err
add_invoice(void *arg, const struct cell *row)
{
	struct person *p = arg;
	const char *id = row->s;
	struct pack pack = { .env = &p->system, .folder = "", .zip = p->zip };
	struct json_object *o = json_object_in(p->env->a);
	struct invoice inv;

	TRY(invoice_get(p->env, id, &inv));
	p->why->application_id = inv.application_id;
	TRY(reveal_record(p->env, p->why));
	invoice_json(&inv, o);
	p->found++;
	return pack_json(
	    &pack, arena_printf(p->env->a, "invoices/%s.json", id), o);
}

static enum err
add_each(struct person *p, enum field f, enum sql stmt,
    enum err (*fn)(void *, const struct cell *))
{
	return find_each(&(struct find_walk){ .env = p->env,
			     .field = f,
			     .stmt = stmt,
			     .is_all = true,
			     .fn = fn,
			     .arg = p },
	    p->number->value);
}

static enum err
add_all(struct person *p)
{
	enum field f = p->number->field;

	if (f == FIELD_HANDLER_ID_NO)
		TRY(add_each(p, f, SQL_PERSON_BY_ID_NO, add_case));
	else {
		TRY(add_each(p, f, SQL_PERSON_BY_MOBILE, add_case));
		TRY(add_each(p, f, SQL_PERSON_INVOICES, add_invoice));
		TRY(add_each(p, FIELD_RECIPIENT_PHONE, SQL_PERSON_BY_RECIPIENT,
		    add_parcel));
	}
	return p->found > 0 ? zip_close(p->zip)
			    : FAIL(E_NOT_FOUND, "nobody's number");
}

enum err
person_pack(struct env *env, const struct find_number *number, const char *why,
    const char *note, int *fd, int64_t *size)
{
	struct person p = { .env = env, .system = *env, .number = number };
	struct reveal reveal = { .action = "export_person",
		.what = field_row(number->field)->name,
		.values = &number->value,
		.n = 1,
		.why = why,
		.note = note };
	enum err e;

	TRY(reveal_check(env, &reveal));
	p.why = &reveal;
	p.system.who.role = ROLE_WORKER;
	TRY(temp_open(env->a, env->cfg->temp_dir, fd));
	TRY(zip_open(env->a, temp_path(env->a, *fd), &p.zip));
	p.scratch = arena_new(SCRATCH);
	e = add_all(&p);
	arena_free(p.scratch);
	TRY(e);
	return temp_rewind(*fd, size);
}
