#include "domain/message_limit.h"

#include "base/hash.h"
#include "domain/sql.h"
#include "service/seal.h"

/* Of the latest so many the first has to be old enough. */
static enum err
wait_for(struct env *env, const uint8_t *number, int64_t *wait)
{
	struct cell *c;
	enum err e = db_one(env->db, env->a, SQL_MESSAGE_TAKE_LEFT, &c,
	    ARGS(B(number, SEAL_INDEX), I(env->cfg->sms_notices_day - 1)));

	*wait = e == E_OK && c->i > 0 ? c->i : 0;
	if (e != E_NOT_FOUND)
		return e;
	err_clear();
	return E_OK;
}

enum err
message_limit_take(struct env *env, const char *mobile, int64_t *wait)
{
	const uint8_t *number;

	TRY(seal_index(env->a, "message_number", mobile, &number));
	TRY(db_exec(
	    env->db, SQL_MESSAGE_NUMBER_HOLD, ARGS(B(number, SEAL_INDEX))));
	TRY(wait_for(env, number, wait));
	if (*wait > 0)
		return E_OK;
	return db_exec(env->db, SQL_MESSAGE_TAKE,
	    ARGS(S(id_make(env->a)), B(number, SEAL_INDEX)));
}

enum err
message_limit_purge(struct env *env)
{
	TRY(db_exec(env->db, SQL_MESSAGE_TAKE_PURGE, ARGS()));
	return db_exec(env->db, SQL_MESSAGE_NUMBER_PURGE, ARGS());
}
