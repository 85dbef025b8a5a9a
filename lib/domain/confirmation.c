#include "domain/confirmation.h"

#include <string.h>

#include "base/arena.h"
#include "base/word.h"
#include "domain/account_ask.h"
#include "domain/audit.h"
#include "domain/fee.h"
#include "domain/invoice.h"
#include "domain/keyset.h"
#include "domain/message_text.h"
#include "domain/money.h"
#include "domain/password.h"
#include "domain/refund.h"
#include "domain/review.h"
#include "domain/sql.h"
#include "domain/work_order_import.h"
#include "format/json.h"

enum { PAGE = 50 };

static const struct confirmation_kind_row kinds[] = {
#define KIND(                                                                  \
    name, word, title, asks, program, page, gives, apply, after, drop, show)   \
	[CONFIRM_##name] = { word, title, asks, program, page, gives, apply,   \
		after, drop, show },
#include "domain/confirmation_kind.def"
#undef KIND
};

static const struct word states[] = {
	{ "waiting", "待确认" },
	{ "confirmed", "已确认" },
	{ "declined", "不同意" },
	{ "withdrawn", "已撤回" },
	{ "failed", "未能执行" },
};

const struct confirmation_kind_row *
confirmation_kind_row(enum confirmation_kind kind)
{
	return &kinds[kind];
}

static const struct confirmation_kind_row *
kind_by_word(const char *word)
{
	for (size_t i = 0; i < COUNT(kinds); i++)
		if (strcmp(kinds[i].word, word) == 0)
			return &kinds[i];
	return NULL;
}

const char *
confirmation_text(struct json_object *payload, const char *key)
{
	const char *text = json_get_str(payload, key);

	return text != NULL ? text : "";
}

void
confirmation_fact(
    struct json_object *facts, const char *name, const char *value)
{
	struct json_object *item = json_item(facts);

	json_str(item, "name", name);
	json_str(item, "value", value);
}

static enum err
check_text(
    struct env *env, const char *field, const char *text, const char *required)
{
	return problem_prose(&env->errors, field, text, OPINION_MAX, required)
		   ? E_OK
		   : FAIL(E_INVALID, "%s", field);
}

/* It takes a while, so it is made ahead of the transaction that gives it. */
static enum err
make_password(struct env *env, const struct confirmation_kind_row *kind,
    const char **password, const char **hash)
{
	if (!kind->gives_password)
		return E_OK;
	*password = password_make(env->a);
	return password_hash(env->a, *password, hash);
}

enum err
confirmation_prepare(struct confirmation_ask *ask)
{
	ask->id = id_make(ask->env->a);
	if ((kinds[ask->kind].asks & ask->env->who.role) == 0)
		return FAIL(E_FORBIDDEN, "%s", kinds[ask->kind].word);
	TRY(check_text(ask->env, "reason", ask->reason,
	    "请写明原因，另一位管理员据此确认。"));
	if (ask->env->cfg->four_eyes != 0)
		return E_OK;
	return make_password(
	    ask->env, &kinds[ask->kind], &ask->password, &ask->hash);
}

/*
 * What the trail says of it: which, and all that it takes to do it but what
 * is private (within a string the quotes of such a member would be escaped).
 */
static const char *
detail(struct env *env, const char *kind, const char *id, const char *payload)
{
	const char *private = strstr(payload, ",\"private\":");

	if (private != NULL)
		payload = arena_printf(
		    env->a, "%.*s}", (int)(private - payload), payload);
	return arena_printf(env->a, "%s %s %.800s", kind, id, payload);
}

enum err
confirmation_add(void *arg)
{
	const struct confirmation_ask *ask = arg;
	const struct confirmation_kind_row *kind = &kinds[ask->kind];
	struct env *env = ask->env;
	bool is_alone = env->cfg->four_eyes == 0;
	const char *state = is_alone ? "confirmed" : "waiting";
	size_t n;
	const char *payload = json_text(ask->payload, &n);
	enum err e;

	if (is_alone)
		TRY(kind->apply(env, ask->payload, ask->hash));
	e = db_exec(env->db, SQL_CONFIRMATION_ADD,
	    ARGS(S(ask->id), S(kind->word), S(ask->subject), S(payload),
		S(ask->reason), S(env->who.id), S(state), S(state),
		I(is_alone)));
	if (e == E_DUPLICATE)
		return FAIL(E_ALREADY_ASKED, "%s waits", kind->word);
	TRY(e);
	if (is_alone)
		return audit_add(env, "confirmed_alone", ask->subject,
		    detail(env, kind->word, ask->id, payload));
	return audit_add(env, "confirmation_asked", ask->subject,
	    detail(env, kind->word, ask->id, payload));
}

static void
follow(const struct confirmation_kind_row *kind, struct env *env,
    struct json_object *payload)
{
	if (kind->after != NULL)
		kind->after(env, payload);
}

enum err
confirmation_ask(struct confirmation_ask *ask)
{
	TRY(confirmation_prepare(ask));
	TRY(db_tx(ask->env->db, confirmation_add, ask));
	if (ask->env->cfg->four_eyes == 0)
		follow(&kinds[ask->kind], ask->env, ask->payload);
	return E_OK;
}

enum err
confirmation_of(struct env *env, enum confirmation_kind kind,
    const char *subject, const char **id)
{
	struct cell *c;
	enum err e = db_one(env->db, env->a, SQL_CONFIRMATION_OF, &c,
	    ARGS(S(kinds[kind].word), S(subject)));

	*id = e == E_OK ? c->s : NULL;
	if (e != E_NOT_FOUND)
		return e;
	err_clear();
	return E_OK;
}

/* A decision on its way, on what it is about. */
struct step {
	struct confirmation_decision *d;
	const struct cell *c; /* CONFIRMATION_GET */
	const struct confirmation_kind_row *kind;
	struct json_object *payload;
	const char *state, *outcome;
	enum err refused; /* by apply */
};

enum {
	ID,
	KIND_,
	SUBJECT,
	PAYLOAD,
	REASON,
	STATE,
	VERSION,
	ASKED_BY,
	ASKER,
	ASKED_AT,
	DECIDER,
	DECIDED_AT,
	OPINION,
	OUTCOME,
	IS_ALONE
};

static enum err
load(struct step *s)
{
	struct env *env = s->d->env;
	struct cell *c;
	const char *where;

	TRY(db_one(
	    env->db, env->a, SQL_CONFIRMATION_GET, &c, ARGS(S(s->d->id))));
	s->c = c;
	s->kind = kind_by_word(c[KIND_].s);
	if (s->kind == NULL)
		return FAIL(E_NOT_FOUND, "of a kind that is not known");
	return json_parse(
	    env->a, c[PAYLOAD].s, c[PAYLOAD].n, &s->payload, &where);
}

static bool
is_own(const struct env *env, const struct cell *c)
{
	return strcmp(c[ASKED_BY].s, env->who.id) == 0;
}

static enum err
load_of_another(struct step *s)
{
	TRY(load(s));
	if (!is_own(s->d->env, s->c))
		return E_OK;
	audit_refusal(s->d->env, s->d->env->who.id, "own_request");
	return FAIL(E_OWN_REQUEST, "one's own");
}

static enum err
drop(const struct step *s)
{
	return s->kind->drop != NULL ? s->kind->drop(s->d->env, s->payload)
				     : E_OK;
}

static enum err
decide(void *arg)
{
	struct step *s = arg;
	struct confirmation_decision *d = s->d;
	struct env *env = d->env;
	const char *said;

	s->refused = E_OK;
	if (strcmp(s->state, "confirmed") == 0)
		env->errors.n = 0; /* of an attempt before */
	TRY(db_exec(env->db, SQL_CONFIRMATION_DECIDE,
	    ARGS(S(s->state), S(env->who.id), S(d->opinion), S(s->outcome),
		S(d->id), I(d->version), S(env->who.id))));
	if (db_changed(env->db) != 1)
		return FAIL(E_DECIDED, "waits no more");
	said = detail(env, s->kind->word, d->id, s->c[PAYLOAD].s);
	if (strcmp(s->state, "confirmed") != 0) {
		TRY(drop(s));
		return audit_add(env,
		    strcmp(s->state, "failed") == 0 ? "confirmation_failed"
						    : "confirmation_declined",
		    s->c[SUBJECT].s, said);
	}
	s->refused = s->kind->apply(env, s->payload, d->hash);
	TRY(s->refused);
	return audit_add(env, "confirmed", s->c[SUBJECT].s, said);
}

static bool
is_refusal(enum err e)
{
	return e != E_OK &&
	       (err_row(e)->status == 404 || err_row(e)->status == 409 ||
		   err_row(e)->status == 422);
}

/* What apply would not do stays undone: that is what became of it. */
static enum err
note_failure(struct step *s)
{
	struct env *env = s->d->env;
	enum err refused = s->refused;

	s->state = "failed";
	s->outcome = env->errors.n > 0 ? env->errors.item[0].message
				       : err_row(refused)->advice;
	TRY(db_tx(env->db, decide, s));
	return FAIL(refused, "%s was not to be done", s->kind->word);
}

enum err
confirmation_confirm(struct confirmation_decision *d)
{
	struct step s = { .d = d, .state = "confirmed", .outcome = "" };
	enum err e;

	TRY(load_of_another(&s));
	if (s.kind->program != d->env->program)
		return FAIL(E_NOT_FOUND, "for another program");
	TRY(check_text(d->env, "opinion", d->opinion, NULL));
	TRY(make_password(d->env, s.kind, &d->password, &d->hash));
	e = db_tx(d->env->db, decide, &s);
	if (is_refusal(s.refused))
		return note_failure(&s);
	TRY(e);
	follow(s.kind, d->env, s.payload);
	return E_OK;
}

enum err
confirmation_decline(struct confirmation_decision *d)
{
	struct step s = { .d = d, .state = "declined", .outcome = "" };

	TRY(load_of_another(&s));
	TRY(check_text(d->env, "opinion", d->opinion, "不同意必须说明原因。"));
	return db_tx(d->env->db, decide, &s);
}

static enum err
withdraw(void *arg)
{
	const struct step *s = arg;
	struct env *env = s->d->env;

	TRY(db_exec(env->db, SQL_CONFIRMATION_WITHDRAW,
	    ARGS(S(s->d->id), I(s->d->version), S(env->who.id))));
	if (db_changed(env->db) != 1)
		return FAIL(E_DECIDED, "waits no more, or is another's");
	TRY(drop(s));
	return audit_add(env, "confirmation_withdrawn", s->c[SUBJECT].s,
	    detail(env, s->kind->word, s->d->id, s->c[PAYLOAD].s));
}

enum err
confirmation_withdraw(struct confirmation_decision *d)
{
	struct step s = { .d = d };

	TRY(load(&s));
	return db_tx(d->env->db, withdraw, &s);
}

static void
row_json(struct env *env, const struct cell *c, struct json_object *o)
{
	const struct confirmation_kind_row *kind = kind_by_word(c[KIND_].s);

	json_str(o, "id", c[ID].s);
	json_str(o, "kind", c[KIND_].s);
	json_str(o, "kind_title", kind != NULL ? kind->title : c[KIND_].s);
	json_str(o, "subject", c[SUBJECT].s);
	json_str(o, "reason", c[REASON].s);
	json_str(o, "state", c[STATE].s);
	json_str(
	    o, "state_title", word_title(states, COUNT(states), c[STATE].s));
	json_int(o, "version", c[VERSION].i);
	json_str(o, "asked_by", c[ASKER].s);
	json_time(o, "asked_at", c[ASKED_AT].i);
	json_str(o, "decided_by", c[DECIDER].s);
	json_time(o, "decided_at", c[DECIDED_AT].i);
	json_str(o, "opinion", c[OPINION].s);
	json_str(o, "outcome", c[OUTCOME].s);
	json_flag(o, "is_alone", c[IS_ALONE].i != 0);
	json_flag(o, "is_own", is_own(env, c));
}

/* What it is, in words; a list shows the same as the page of one. */
static enum err
facts_json(struct env *env, const struct cell *c, struct json_object *o)
{
	const struct confirmation_kind_row *kind = kind_by_word(c[KIND_].s);
	struct json_object *facts = json_list(o, "facts"), *payload;
	const char *where, *page;
	size_t n;

	if (kind == NULL)
		return E_OK;
	TRY(json_parse(env->a, c[PAYLOAD].s, c[PAYLOAD].n, &payload, &where));
	kind->show(env->a, payload, facts);
	page = json_get_str(payload, "page");
	if (page == NULL)
		page = kind->page;
	if (page == NULL)
		return E_OK;
	n = strlen(page);
	json_str(o, "page",
	    page[n - 1] == '/'
		? arena_printf(env->a, "%s%s", page, c[SUBJECT].s)
		: page);
	return E_OK;
}

static enum err
list_json(struct env *env, const struct rows *rows, size_t n,
    struct json_object *list)
{
	for (size_t r = 0; r < n; r++) {
		struct json_object *item = json_item(list);

		row_json(env, &CELL(rows, r, 0), item);
		TRY(facts_json(env, &CELL(rows, r, 0), item));
	}
	return E_OK;
}

enum err
confirmation_list_json(
    struct env *env, const char *cursor, struct json_object *o)
{
	struct rows rows;

	TRY(db_all(env->db, env->a, SQL_CONFIRMATION_WAITING, &rows, ARGS()));
	TRY(list_json(env, &rows, rows.n, json_list(o, "waiting")));
	TRY(db_all(env->db, env->a, SQL_CONFIRMATION_DECIDED, &rows,
	    ARGS(S(cursor != NULL ? cursor : "~"))));
	return list_json(env, &rows, keyset_by_id(&rows, PAGE, ID, o),
	    json_list(o, "decided"));
}

enum err
confirmation_json(struct env *env, const char *id, struct json_object *o)
{
	const struct confirmation_kind_row *kind;
	struct cell *c;
	bool is_waiting;

	TRY(db_one(env->db, env->a, SQL_CONFIRMATION_GET, &c, ARGS(S(id))));
	row_json(env, c, o);
	is_waiting = strcmp(c[STATE].s, "waiting") == 0;
	json_flag(o, "is_waiting", is_waiting);
	json_flag(o, "can_decide",
	    is_waiting && env->who.role == ROLE_MANAGER && !is_own(env, c));
	json_flag(o, "can_withdraw", is_waiting && is_own(env, c));
	kind = kind_by_word(c[KIND_].s);
	json_flag(o, "gives_password", kind != NULL && kind->gives_password);
	json_str(o, "confirm_path",
	    arena_printf(env->a, "/admin/%sconfirmations/%s/confirm",
		kind != NULL && kind->program == P_ACCOUNT ? "accounts/" : "",
		id));
	return facts_json(env, c, o);
}

enum err
confirmation_count(struct env *env, int64_t *n)
{
	struct cell *c;

	*n = 0;
	if (env->who.role != ROLE_MANAGER)
		return E_OK;
	TRY(db_one(
	    env->db, env->a, SQL_CONFIRMATION_COUNT, &c, ARGS(S(env->who.id))));
	*n = c->i;
	return E_OK;
}
