#include "domain/pack.h"

#include "base/arena.h"
#include "domain/sql.h"
#include "format/json.h"
#include "service/store.h"

/*
 * Lists beside what application_json gives: the statement's columns are
 * members by these names. What a message named besides the case's own stands
 * there already: the number of a parcel in the delivery, whom an invoice went
 * to in the invoice; the day of a warning follows from its dates, and codes are
 * not kept.
 */
static const struct {
	const char *name;
	enum sql stmt;
	const char *members[8];
} lists[] = {
	{ "consents", SQL_EVIDENCE_CONSENTS,
	    { "version", "account", "name", "ip", "agreed_at" } },
	{ "reviews", SQL_EVIDENCE_REVIEWS,
	    { "round", "reviewer", "decision", "opinion", "pins",
		"created_at" } },
	{ "orders", SQL_EVIDENCE_ORDERS,
	    { "order_no", "provider", "state", "amount_fen", "created_at",
		"expires_at", "closed_at" } },
	{ "payments", SQL_EVIDENCE_PAYMENTS,
	    { "id", "order_no", "provider", "transaction_id", "amount_fen",
		"currency", "paid_at", "source" } },
	{ "messages", SQL_EVIDENCE_MESSAGES,
	    { "event", "channel", "state", "created_at", "sent_at" } },
	{ "contacts", SQL_ACTIVATION_CONTACTS, { "at", "by", "note" } },
};

static void
member_json(
    struct json_object *o, const char *name, char type, const struct cell *c)
{
	if (c->is_null)
		json_null(o, name);
	else if (type == 'i')
		json_int(o, name, c->i);
	else if (type == 't')
		json_time(o, name, c->i);
	else
		json_str(o, name, c->s);
}

static enum err
list_json(const struct pack *p, size_t i, struct json_object *o)
{
	struct json_object *list = json_list(o, lists[i].name);
	const char *types = sql_statements[lists[i].stmt].out;
	struct rows rows;

	TRY(db_all(p->env->db, p->env->a, (int)lists[i].stmt, &rows,
	    ARGS(S(p->app->id))));
	for (size_t r = 0; r < rows.n; r++) {
		struct json_object *item = json_item(list);

		for (size_t c = 0; c < rows.columns; c++)
			member_json(item, lists[i].members[c], types[c],
			    &CELL(&rows, r, c));
	}
	return E_OK;
}

enum err
pack_json(const struct pack *p, const char *name, struct json_object *o)
{
	size_t n;
	const char *text = json_text(o, &n);

	TRY(zip_entry(
	    p->zip, arena_printf(p->env->a, "%s%s", p->folder, name)));
	return zip_write(p->zip, text, n);
}

/* Who collected a lock is private as the parcel's recipient is. */
static void
show_collectors(
    const struct pack *p, submission_show *show, struct json_object *delivery)
{
	struct json_object *earlier = json_get(delivery, "earlier");

	if (delivery == NULL)
		return;
	json_str(delivery, "collector",
	    show(p, FIELD_RECIPIENT, json_get_str(delivery, "collector")));
	for (size_t i = 0; i < json_count(earlier); i++)
		json_str(json_at(earlier, i), "collector",
		    show(p, FIELD_RECIPIENT,
			json_get_str(json_at(earlier, i), "collector")));
}

enum err
pack_facts(const struct pack *p, submission_show *show)
{
	struct json_object *o = json_object_in(p->env->a);
	struct application shown = *p->app;

	for (int f = 0; f < FIELD__N; f++)
		shown.value[f] = show(p, (enum field)f, shown.value[f]);
	TRY(application_json(p->env, &shown, o));
	show_collectors(p, show, json_get(o, "delivery"));
	TRY(submission_rounds_json(p->env, p->app, show, p, o));
	for (size_t i = 0; i < COUNT(lists); i++)
		TRY(list_json(p, i, o));
	return pack_json(p, "application.json", o);
}

static enum err
add_file(const struct pack *p, const char *key)
{
	struct store_reader *in;
	const void *piece;
	size_t n;

	TRY(store_read(p->scratch, key, &in));
	do {
		TRY(store_next(in, &piece, &n));
		TRY(zip_write(p->zip, piece, n));
	} while (n > 0);
	return E_OK;
}

enum err
pack_files(const struct pack *p)
{
	struct attachments files;

	TRY(attachment_list(p->env, p->app->id, &files));
	for (size_t i = 0; i < files.n; i++) {
		const struct attachment *file = &files.item[i];

		arena_reset(p->scratch);
		TRY(zip_entry(
		    p->zip, arena_printf(p->scratch, "%sattachments/%s/%s.pdf",
				p->folder, file->kind, file->id)));
		TRY(add_file(p, file->store_key));
	}
	return E_OK;
}
