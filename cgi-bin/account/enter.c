/* What every way of signing in ends with: a session. */
#include <string.h>

#include "account/handlers.h"
#include "base/arena.h"
#include "base/hash.h"
#include "domain/account.h"
#include "domain/audit.h"
#include "web/session.h"

struct beginning {
	const struct entry *entry;
	struct session_new session;
};

static bool
is_by_password(const struct entry *entry)
{
	return strcmp(entry->way, "password") == 0;
}

/* What the trail says of a sign-in: nothing of one by password alone. */
static const char *
detail_of(const struct entry *entry)
{
	return entry->second != NULL   ? entry->second
	       : is_by_password(entry) ? ""
				       : entry->way;
}

/* The failures of a sign-in that is half way are kept: else who has the
 * password could guess at the second step for ever. */
static enum err
begin_session(void *arg)
{
	struct beginning *b = arg;
	const struct entry *entry = b->entry;
	struct request *r = entry->r;
	const char *id = b->session.account_id;

	if (entry->before != NULL)
		TRY(entry->before(entry->arg));
	TRY(session_begin(r, &b->session));
	if (!b->session.is_whole)
		return audit_add(&r->env, "sign_in_begun", id, "");
	return account_signed_in(&r->env, id, detail_of(entry));
}

enum err
enter(const struct entry *entry)
{
	const struct account *account = entry->account;
	struct request *r = entry->r;
	char *token = arena_alloc(r->env.a, TOKEN_TEXT);
	struct beginning b = { entry,
		{ .account_id = account->id,
		    .token = token,
		    .way = entry->way,
		    .is_whole = !account->needs_second ||
				entry->second != NULL ||
				!is_by_password(entry) } };

	r->env.who = (struct actor){ .role = account->role,
		.id = account->id,
		.unit_id = account->unit_id,
		.name = account->name };
	token_new(token);
	TRY(db_tx(r->env.db, begin_session, &b));
	session_send(r, token);
	r->token = token;
	r->csrf = session_csrf(r, token);
	r->must_change = account->must_change && is_by_password(entry);
	r->needs_second = !b.session.is_whole;
	return E_OK;
}
