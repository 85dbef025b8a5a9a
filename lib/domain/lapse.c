#include "domain/lapse.h"

#include "base/arena.h"
#include "base/clock.h"
#include "base/log.h"
#include "domain/application.h"
#include "domain/audit.h"
#include "domain/message.h"
#include "domain/reminder.h"
#include "domain/sql.h"

/* Columns of LAPSE_GET. */
enum { STATE, IDLE_SINCE, NOW, IS_TOLD };

/* One that somebody touched meanwhile stays as it is. */
static enum err
cancel(struct env *env, const char *id)
{
	struct application_change c = { .env = env };
	enum err e;

	TRY(application_load(env, id, &c.app));
	e = db_tx(env->db, application_cancel, &c);
	return e == E_STATE ? E_OK : e;
}

static enum err
cancel_due(struct env *env)
{
	struct rows rows;

	TRY(db_all(env->db, env->a, SQL_LAPSE_DUE, &rows,
	    ARGS(I(env->cfg->cancel_days), I(env->cfg->cancel_days))));
	for (size_t r = 0; r < rows.n; r++)
		TRY(cancel(env, CELL(&rows, r, 0).s));
	if (rows.n > 0)
		log_line(LOG_INFO, "lapse", "cancelled=%zu", rows.n);
	return E_OK;
}

/* A case that is to be told of. */
struct warning {
	struct env *env;
	const char *id;
};

static enum err
add(const struct warning *w, enum state state, int64_t cancelled_at)
{
	enum message_word word =
	    state == STATE_APPROVED ? MESSAGE_LAPSE_PAY : MESSAGE_LAPSE_CORRECT;
	char until[CLOCK_TEXT];

	clock_day(until, cancelled_at);
	TRY(message_add(w->env, &(struct message_new){ .application_id = w->id,
				    .event = message_template(word)->word,
				    .value = { [VALUE_UNTIL] = until } }));
	return audit_add(w->env, "lapse_warned", w->id, until);
}

/* The day that is named is the first on which it may be cancelled. */
static enum err
warn(void *arg)
{
	const struct warning *w = arg;
	const struct config *cfg = w->env->cfg;
	int64_t idle_from;
	struct cell *c;

	TRY(db_exec(w->env->db, SQL_LAPSE_HOLD, ARGS(S(w->id))));
	TRY(db_one(w->env->db, w->env->a, SQL_LAPSE_GET, &c, ARGS(S(w->id))));
	idle_from =
	    c[NOW].i - (cfg->cancel_days - cfg->cancel_warn_days) * CLOCK_DAY;
	if (c[IS_TOLD].i != 0 || c[IDLE_SINCE].i > idle_from)
		return FAIL(E_STATE, "told, or touched");
	return add(w, state_by_word(c[STATE].s),
	    c[IDLE_SINCE].i + cfg->cancel_days * CLOCK_DAY);
}

static enum err
warn_soon(struct env *env)
{
	int64_t days = env->cfg->cancel_days - env->cfg->cancel_warn_days;
	struct rows rows;

	if (env->cfg->cancel_warn_days == 0 || days <= 0 ||
	    !reminder_is_time(env->cfg))
		return E_OK;
	TRY(db_all(
	    env->db, env->a, SQL_LAPSE_SOON, &rows, ARGS(I(days), I(days))));
	for (size_t r = 0; r < rows.n; r++) {
		struct warning w = { env, CELL(&rows, r, 0).s };
		enum err e = db_tx(env->db, warn, &w);

		if (e != E_OK && e != E_STATE && e != E_NOT_FOUND)
			return e;
	}
	if (rows.n > 0)
		log_line(LOG_INFO, "lapse", "warned=%zu", rows.n);
	return E_OK;
}

enum err
lapse_due(struct env *env)
{
	TRY(cancel_due(env));
	return warn_soon(env);
}
