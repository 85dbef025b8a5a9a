/* How invoices are shown: one, the 打印电子发票 tab, what happened to one. */
#include <string.h>

#include "domain/invoice_private.h"
#include "domain/keyset.h"
#include "domain/sql.h"
#include "format/json.h"

static const char none[] = "none";

const char *
invoice_state_title(const char *state)
{
	int i = machine_state(&invoice_machine, state);

	if (strcmp(state, none) == 0)
		return "未申请";
	return (size_t)i < invoice_machine.states
		   ? invoice_machine.state[i].title
		   : NULL;
}

bool
invoice_is_private(const struct invoice *inv, enum invoice_member m)
{
	return m == INVOICE_MOBILE ||
	       (invoice_is_sealed(m) &&
		   strcmp(inv->value[INVOICE_TITLE_TYPE], "individual") == 0);
}

const char *
invoice_shown(struct arena *a, const struct invoice *inv, enum invoice_member m)
{
	/* A field of the form that is masked as this is. */
	enum field like = m == INVOICE_ADDRESS	      ? FIELD_MAIL_ADDRESS
			  : m == INVOICE_BANK_ACCOUNT ? FIELD_HANDLER_ID_NO
			  : m == INVOICE_MOBILE	      ? FIELD_HANDLER_MOBILE
						      : FIELD_RECIPIENT;
	const char *value = inv->value[m];

	return value == NULL || !invoice_is_private(inv, m)
		   ? value
		   : field_mask(a, like, value);
}

static void
state_json(struct json_object *o, const char *state)
{
	json_str(o, "status", state);
	json_str(o, "status_title", invoice_state_title(state));
}

static void
files_json(const struct invoice *inv, struct json_object *list)
{
	for (int k = 0; k < INVOICE_FILES; k++)
		if (invoice_has(inv, (enum invoice_kind)k))
			json_item_str(
			    list, invoice_kind_name((enum invoice_kind)k));
}

void
invoice_json(const struct invoice *inv, struct json_object *o)
{
	json_str(o, "id", inv->id);
	json_str(o, "application_id", inv->application_id);
	state_json(o, invoice_machine.state[inv->state].word);
	json_int(o, "version", inv->version);
	json_int(o, "amount_fen", inv->amount_fen);
	for (int m = 0; m < INVOICE__N; m++)
		json_str(o, invoice_member_row((enum invoice_member)m)->name,
		    inv->value[m]);
	json_str(o, "number", inv->number);
	if (inv->sha256 != NULL)
		json_int(o, "size", inv->size);
	else
		json_null(o, "size");
	json_str(o, "sha256", inv->sha256);
	files_json(inv, json_list(o, "files"));
	json_time(o, "requested_at", inv->requested_at);
	json_time(o, "issued_at", inv->issued_at);
	json_str(o, "red_number", inv->red_number);
	json_time(o, "ended_at", inv->ended_at);
}

static const char *
relation(const struct invoice *inv, const char *id, const char *corrects)
{
	if (corrects != NULL && strcmp(corrects, inv->id) == 0)
		return "replaces";
	return inv->corrects != NULL && strcmp(inv->corrects, id) == 0
		   ? "replaced"
		   : "other";
}

enum err
invoice_others_json(
    struct env *env, const struct invoice *inv, struct json_object *o)
{
	struct json_object *list = json_list(o, "others");
	struct rows rows;

	TRY(db_all(env->db, env->a, SQL_INVOICE_OTHERS, &rows,
	    ARGS(S(inv->application_id), S(inv->id))));
	for (size_t i = 0; i < rows.n; i++) {
		const struct cell *c = &CELL(&rows, i, 0);
		struct json_object *item = json_item(list);

		json_str(item, "id", c[0].s);
		state_json(item, c[1].s);
		json_str(item, "relation", relation(inv, c[0].s, c[4].s));
		json_str(item, "number", c[2].s);
		json_str(item, "red_number", c[3].s);
		json_time(item, "requested_at", c[5].i);
		json_time(item, "issued_at", c[6].i);
		json_time(item, "ended_at", c[7].i);
	}
	return E_OK;
}

static enum err
item_json(struct env *env, const struct cell *c, struct json_object *o)
{
	const char *title;

	TRY(invoice_open(
	    env, c[10].s, INVOICE_TITLE, c[11].i != 0, &c[6], &title));
	json_str(o, "application_id", c[0].s);
	json_str(o, "batch_no", c[1].s);
	json_str(o, "project_name", c[2].s);
	json_str(o, "category", c[3].s);
	json_int(o, "fee_fen", c[4].i);
	state_json(o, c[5].s);
	json_str(o, "title", title);
	json_str(o, "number", c[7].s);
	json_time(o, "requested_at", c[8].i);
	json_time(o, "issued_at", c[9].i);
	return E_OK;
}

enum err
invoice_list_json(
    struct env *env, const struct invoice_filter *filter, struct json_object *o)
{
	const char *below = filter->cursor != NULL ? filter->cursor : "~";
	struct json_object *items;
	struct rows rows;
	size_t n;

	if (filter->status != NULL &&
	    invoice_state_title(filter->status) == NULL) {
		problem_add(&env->errors, "status", "option",
		    "发票状态没有这一种，请从给出的选项中选择。");
		return FAIL(E_INVALID, "status");
	}
	TRY(db_all(env->db, env->a, SQL_INVOICE_LIST, &rows,
	    ARGS(S(env->who.unit_id), S(below), S(filter->status),
		S(filter->status), I(filter->limit + 1))));
	items = json_list(o, "items");
	n = keyset_by_id(&rows, (size_t)filter->limit, 0, o);
	for (size_t r = 0; r < n; r++)
		TRY(item_json(env, &CELL(&rows, r, 0), json_item(items)));
	return E_OK;
}

/* -- for the office -- */

static const char *
try_title(const char *state)
{
	static const struct word titles[] = { { "sent", "等待结果" },
		{ "issued", "已开具" }, { "refused", "没有受理" },
		{ "failed", "开具失败" }, { "closed", "查明没有开具" },
		{ "reversed", "查明没有后又开具，已红冲" } };

	return word_title(titles, COUNT(titles), state);
}

static enum err
tries_json(struct env *env, const char *id, struct json_object *list)
{
	struct rows rows;

	TRY(db_all(env->db, env->a, SQL_INVOICE_TRIES, &rows, ARGS(S(id))));
	for (size_t i = 0; i < rows.n; i++) {
		const struct cell *c = &CELL(&rows, i, 0);
		struct json_object *item = json_item(list);

		json_str(item, "id", c[0].s);
		json_str(item, "apply_id", c[1].s);
		json_str(item, "state_title", try_title(c[2].s));
		json_str(item, "number", c[3].s);
		json_str(item, "problem", c[4].s);
		json_time(item, "created_at", c[5].i);
		json_time(item, "ended_at", c[6].i);
	}
	return E_OK;
}

enum err
invoice_story_json(
    struct env *env, const struct invoice *inv, struct json_object *o)
{
	struct json_object *list = json_list(o, "steps");
	const char *state = "";
	struct rows rows;

	TRY(tries_json(env, inv->id, json_list(o, "tries")));
	TRY(db_all(
	    env->db, env->a, SQL_INVOICE_STORY, &rows, ARGS(S(inv->id))));
	for (size_t i = 0; i < rows.n; i++) {
		const struct cell *c = &CELL(&rows, i, 0);
		struct json_object *item = json_item(list);

		json_str(item, "title",
		    word_title(
			invoice_machine.event, invoice_machine.events, c[0].s));
		json_str(item, "by", c[3].s != NULL ? c[3].s : "系统");
		json_str(item, "note", c[4].s);
		json_time(item, "at", c[5].i);
		if (strcmp(state, c[1].s) != 0)
			json_time(o, "since", c[5].i);
		state = c[1].s;
	}
	return E_OK;
}
