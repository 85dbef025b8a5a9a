/* The titles that a unit has used: in its invoices, each offered once. */
#include <string.h>

#include "base/arena.h"
#include "domain/audit.h"
#include "domain/invoice_private.h"
#include "domain/sql.h"
#include "format/json.h"

/* What a title is of; the first ones make it another one. */
static const enum invoice_member columns[] = { INVOICE_TITLE_TYPE,
	INVOICE_TITLE, INVOICE_TAX_NO, INVOICE_ADDRESS, INVOICE_BANK_NAME,
	INVOICE_BANK_ACCOUNT };
enum { KEYS = 3, LISTED = 50 };

/* That of one invoice. */
struct title {
	const char *id; /* the invoice's */
	int64_t used_at;
	const char *value[INVOICE__N];
};

struct titles {
	size_t n;
	struct title *title;
};

static enum err
load(struct env *env, struct titles *out)
{
	struct rows rows;

	TRY(db_all(env->db, env->a, SQL_INVOICE_TITLES, &rows,
	    ARGS(S(env->who.unit_id))));
	out->n = rows.n;
	out->title = arena_alloc(env->a, (rows.n + 1) * sizeof(*out->title));
	for (size_t r = 0; r < rows.n; r++) {
		const struct cell *c = &CELL(&rows, r, 0);
		struct title *t = &out->title[r];

		*t = (struct title){ .id = c[0].s, .used_at = c[2].i };
		for (size_t i = 0; i < COUNT(columns); i++)
			TRY(invoice_open(env, t->id, columns[i], c[1].i != 0,
			    &c[3 + i], &t->value[columns[i]]));
	}
	return E_OK;
}

static bool
is_same(const struct title *a, const struct title *b)
{
	for (size_t i = 0; i < KEYS; i++) {
		const char *x = a->value[columns[i]], *y = b->value[columns[i]];

		if (x == NULL || y == NULL ? x != y : strcmp(x, y) != 0)
			return false;
	}
	return true;
}

/* Where the first one like it stands. */
static size_t
first_like(const struct titles *all, const struct title *one)
{
	size_t i = 0;

	while (!is_same(&all->title[i], one))
		i++;
	return i;
}

static void
title_json(const struct title *t, struct json_object *o)
{
	json_str(o, "id", t->id);
	for (size_t i = 0; i < COUNT(columns); i++)
		json_str(o, invoice_member_row(columns[i])->name,
		    t->value[columns[i]]);
	json_time(o, "used_at", t->used_at);
}

enum err
invoice_titles_json(struct env *env, struct json_object *o)
{
	struct json_object *items = json_list(o, "items");
	struct titles all;

	TRY(load(env, &all));
	for (size_t i = 0; i < all.n && json_count(items) < LISTED; i++)
		if (first_like(&all, &all.title[i]) == i)
			title_json(&all.title[i], json_item(items));
	json_str(o, "next", NULL);
	return E_OK;
}

/* All invoices of that title: else the one before would be offered. */
enum err
invoice_title_forget(void *arg)
{
	const struct invoice_title *t = arg;
	struct env *env = t->env;
	struct titles all;
	size_t at = 0;

	TRY(load(env, &all));
	while (at < all.n && strcmp(all.title[at].id, t->id) != 0)
		at++;
	if (at == all.n)
		return FAIL(E_NOT_FOUND, "no such title");
	for (size_t i = 0; i < all.n; i++)
		if (is_same(&all.title[i], &all.title[at]))
			TRY(db_exec(env->db, SQL_INVOICE_TITLE_FORGET,
			    ARGS(S(all.title[i].id), S(env->who.unit_id))));
	return audit_add(env, "forget_invoice_title", t->id, "");
}
