/* How invoices are shown: one, the 打印电子发票 tab, the saved titles. */
#include <string.h>

#include "domain/invoice.h"
#include "domain/sql.h"
#include "format/json.h"

static const struct {
	const char *word, *title;
} states[] = {
	{ "none", "未申请" },
	{ "requested", "开具中" },
	{ "issued", "已开具" },
	{ "failed", "开具失败" },
	{ "reversed", "已红冲" },
};

const char *
invoice_state_title(const char *state)
{
	for (size_t i = 0; i < COUNT(states); i++)
		if (strcmp(states[i].word, state) == 0)
			return states[i].title;
	return NULL;
}

bool
invoice_is_private(const struct invoice *inv, enum invoice_member m)
{
	return m == INVOICE_MOBILE ||
	       ((m == INVOICE_EMAIL || m == INVOICE_ADDRESS ||
		    m == INVOICE_BANK_ACCOUNT) &&
		   strcmp(inv->value[INVOICE_TITLE_TYPE], "individual") == 0);
}

const char *
invoice_mask(struct arena *a, enum invoice_member m, const char *value)
{
	/* A field of the form that is masked as this is. */
	enum field like = m == INVOICE_ADDRESS	      ? FIELD_MAIL_ADDRESS
			  : m == INVOICE_BANK_ACCOUNT ? FIELD_HANDLER_ID_NO
			  : m == INVOICE_EMAIL	      ? FIELD_RECIPIENT
						      : FIELD_HANDLER_MOBILE;

	return value == NULL ? NULL : field_mask(a, like, value);
}

static void
state_json(struct json_object *o, const char *state)
{
	json_str(o, "status", state);
	json_str(o, "status_title", invoice_state_title(state));
}

void
invoice_json(const struct invoice *inv, struct json_object *o)
{
	json_str(o, "id", inv->id);
	json_str(o, "application_id", inv->application_id);
	state_json(o, inv->state);
	json_int(o, "version", inv->version);
	json_int(o, "amount_fen", inv->amount_fen);
	for (int m = 0; m < INVOICE__N; m++)
		json_str(o, invoice_member_row((enum invoice_member)m)->name,
		    inv->value[m]);
	json_str(o, "number", inv->number);
	if (inv->pdf_key != NULL)
		json_int(o, "size", inv->pdf_size);
	else
		json_null(o, "size");
	json_str(o, "sha256", inv->pdf_sha256);
	json_time(o, "requested_at", inv->requested_at);
	json_time(o, "issued_at", inv->issued_at);
}

static void
item_json(const struct cell *c, struct json_object *o)
{
	json_str(o, "application_id", c[0].s);
	json_str(o, "batch_no", c[1].s);
	json_str(o, "project_name", c[2].s);
	json_str(o, "category", c[3].s);
	json_int(o, "fee_fen", c[4].i);
	state_json(o, c[5].s);
	json_str(o, "title", c[6].s);
	json_str(o, "number", c[7].s);
	json_time(o, "requested_at", c[8].i);
	json_time(o, "issued_at", c[9].i);
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
	n = rows.n > (size_t)filter->limit ? (size_t)filter->limit : rows.n;
	items = json_list(o, "items");
	for (size_t r = 0; r < n; r++)
		item_json(&CELL(&rows, r, 0), json_item(items));
	json_str(o, "next", n < rows.n ? CELL(&rows, n - 1, 0).s : NULL);
	return E_OK;
}

enum err
invoice_titles_json(struct env *env, struct json_object *o)
{
	static const enum invoice_member columns[] = { INVOICE_TITLE_TYPE,
		INVOICE_TITLE, INVOICE_TAX_NO, INVOICE_ADDRESS,
		INVOICE_BANK_NAME, INVOICE_BANK_ACCOUNT };
	struct json_object *items = json_list(o, "items");
	struct rows rows;

	TRY(db_all(env->db, env->a, SQL_INVOICE_TITLES, &rows,
	    ARGS(S(env->who.unit_id))));
	for (size_t r = 0; r < rows.n; r++) {
		const struct cell *c = &CELL(&rows, r, 0);
		struct json_object *item = json_item(items);

		for (size_t i = 0; i < COUNT(columns); i++)
			json_str(
			    item, invoice_member_row(columns[i])->name, c[i].s);
		json_time(item, "used_at", c[COUNT(columns)].i);
	}
	json_str(o, "next", NULL);
	return E_OK;
}
