#include "domain/ledger.h"

#include <string.h>

#include "base/arena.h"
#include "domain/sql.h"
#include "format/json.h"
#include "provider/payment.h"

static const struct account_row {
	const char *word, *title;
} accounts[] = {
#define LEDGER_ACCOUNT(name, ...) [ACCOUNT_##name] = { __VA_ARGS__ },
#include "domain/ledger_account.def"
#undef LEDGER_ACCOUNT
};

static const struct event_row {
	const char *word;
	enum ledger_account debit, credit;
	const char *title;
} events[] = {
#define LEDGER_EVENT(name, word, debit, credit, title)                         \
	[LEDGER_##name] = { word, ACCOUNT_##debit, ACCOUNT_##credit, title },
#include "domain/ledger_event.def"
#undef LEDGER_EVENT
};

enum err
ledger_post(struct env *env, const struct ledger_posting *p)
{
	const struct event_row *event = &events[p->event];

	return db_exec(env->db, SQL_LEDGER_POST,
	    ARGS(S(event->word), S(p->reference),
		S(accounts[event->debit].word), S(accounts[event->credit].word),
		S(p->provider), I(p->amount_fen), S(p->application_id)));
}

bool
ledger_takes(const char *reason)
{
	return *reason == '\0' || strstr(LEDGER_FOREIGN, reason) == NULL;
}

/* An account of the page; the providers' own are apart. */
struct balance {
	enum ledger_account account;
	const char *provider; /* NULL: of all of them */
	int64_t debit, credit;
};

struct balances {
	struct balance row[64];
	size_t n;
};

static enum ledger_account
account_by_word(const char *word)
{
	for (int i = 0; i < ACCOUNT__N; i++)
		if (strcmp(accounts[i].word, word) == 0)
			return (enum ledger_account)i;
	return ACCOUNT__N;
}

static struct balance *
balance_of(struct balances *b, const char *word, const char *provider)
{
	enum ledger_account account = account_by_word(word);

	if (account != ACCOUNT_PROVIDER)
		provider = NULL;
	for (size_t i = 0; i < b->n; i++)
		if (b->row[i].account == account &&
		    (provider == NULL ||
			strcmp(b->row[i].provider, provider) == 0))
			return &b->row[i];
	if (account == ACCOUNT__N || b->n == COUNT(b->row))
		return NULL;
	b->row[b->n] =
	    (struct balance){ .account = account, .provider = provider };
	return &b->row[b->n++];
}

/* Of a balance: on which side it is. */
static void
balance_json(struct json_object *item, int64_t debit, int64_t credit)
{
	int64_t rest = debit - credit;

	json_int(item, "debit_fen", debit);
	json_int(item, "credit_fen", credit);
	json_int(item, "balance_fen", rest < 0 ? -rest : rest);
	json_str(item, "side", rest > 0 ? "借" : rest < 0 ? "贷" : "平");
}

static void
accounts_json(const struct balances *b, struct json_object *o)
{
	struct json_object *list = json_list(o, "accounts");
	int64_t debit = 0, credit = 0;

	for (int a = 0; a < ACCOUNT__N; a++)
		for (size_t i = 0; i < b->n; i++) {
			const struct balance *row = &b->row[i];
			struct json_object *item;

			if (row->account != (enum ledger_account)a)
				continue;
			item = json_item(list);
			json_str(item, "title", accounts[a].title);
			if (row->provider != NULL)
				json_str(item, "provider",
				    payment_title(row->provider));
			balance_json(item, row->debit, row->credit);
			debit += row->debit;
			credit += row->credit;
		}
	balance_json(json_sub(o, "total"), debit, credit);
}

static const struct event_row *
event_by_word(const char *word)
{
	for (int i = 0; i < LEDGER__N; i++)
		if (strcmp(events[i].word, word) == 0)
			return &events[i];
	return NULL;
}

static void
event_json(const struct cell *c, struct json_object *item)
{
	const struct event_row *event = event_by_word(c[0].s);

	json_str(item, "title", event != NULL ? event->title : c[0].s);
	json_str(item, "provider", payment_title(c[1].s));
	json_str(item, "debit",
	    event != NULL ? accounts[event->debit].title : c[2].s);
	json_str(item, "credit",
	    event != NULL ? accounts[event->credit].title : c[3].s);
	json_int(item, "count", c[4].i);
	json_int(item, "amount_fen", c[5].i);
}

static enum err
balances_json(struct env *env, struct json_object *o)
{
	struct json_object *list = json_list(o, "events");
	struct balances *b = arena_alloc(env->a, sizeof(*b));
	struct rows rows;

	b->n = 0;
	TRY(db_all(env->db, env->a, SQL_LEDGER_BALANCES, &rows, ARGS()));
	for (size_t r = 0; r < rows.n; r++) {
		const struct cell *c = &CELL(&rows, r, 0);
		struct balance *debit = balance_of(b, c[2].s, c[1].s);
		struct balance *credit = balance_of(b, c[3].s, c[1].s);

		if (debit == NULL || credit == NULL)
			return FAIL(
			    E_INTERNAL, "no account %s, %s", c[2].s, c[3].s);
		debit->debit += c[5].i;
		credit->credit += c[5].i;
		event_json(c, json_item(list));
	}
	accounts_json(b, o);
	return E_OK;
}

enum err
ledger_json(struct env *env, struct json_object *o)
{
	struct json_object *list = json_list(o, "faults");
	struct rows rows;
	struct cell *c;

	TRY(balances_json(env, o));
	TRY(db_one(env->db, env->a, SQL_LEDGER_STATE, &c, ARGS()));
	json_str(o, "first_day", c[0].s);
	json_int(o, "days", c[1].i);
	if (!c[2].is_null)
		json_time(o, "checked_at", c[2].i);
	TRY(db_all(env->db, env->a, SQL_LEDGER_FAULTS, &rows, ARGS()));
	for (size_t r = 0; r < rows.n; r++) {
		struct json_object *item = json_item(list);

		c = &CELL(&rows, r, 0);
		json_str(item, "day", c[0].s);
		json_int(item, "count", c[1].i);
		json_time(item, "checked_at", c[2].i);
		json_str(item, "text", c[3].s);
	}
	return E_OK;
}
