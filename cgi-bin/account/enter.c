/* What every way of signing in ends with: a session. */
#include "account/handlers.h"
#include "base/hash.h"
#include "domain/account.h"
#include "web/session.h"

struct beginning {
	struct request *r;
	const char *id, *how;
	char token[TOKEN_TEXT];
};

static enum err
begin_session(void *arg)
{
	struct beginning *b = arg;

	TRY(session_begin(b->r, b->id, b->token));
	return account_signed_in(&b->r->env, b->id, b->how);
}

enum err
enter_as(struct request *r, const struct account *account, const char *how)
{
	struct beginning b = { .r = r, .id = account->id, .how = how };

	r->env.who = (struct actor){ .role = account->role,
		.id = account->id,
		.unit_id = account->unit_id,
		.name = account->name };
	token_new(b.token);
	TRY(db_tx(r->env.db, begin_session, &b));
	session_send(r, b.token);
	r->must_change = account->must_change;
	return E_OK;
}
