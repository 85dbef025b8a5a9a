#include "domain/audit.h"

#include "base/clock.h"
#include "base/log.h"
#include "domain/sql.h"

struct note {
	struct env *env;
	const char *action, *subject, *detail;
};

enum err
audit_add(struct env *env, const char *action, const char *subject,
    const char *detail)
{
	return db_exec(env->db, SQL_AUDIT_ADD,
	    ARGS(S(db_tx_id(env->db)), S(program_name(env->program)),
		S(env->who.id), S(role_name(env->who.role)), S(action),
		S(subject), S(detail), S(env->ip), S(env->request_id)));
}

static enum err
note(void *arg)
{
	struct note *n = arg;

	return audit_add(n->env, n->action, n->subject, n->detail);
}

enum err
audit_note(struct env *env, const char *action, const char *subject,
    const char *detail)
{
	struct note n = { env, action, subject, detail };

	return db_tx(env->db, note, &n);
}

void
audit_refusal(struct env *env, const char *subject, const char *code)
{
	if (db_exec(env->db, SQL_AUDIT_REFUSAL,
		ARGS(S(subject), S(program_name(env->program)), S(code))) !=
	    E_OK)
		log_fault(LOG_WARN, "refusal_not_counted", NULL, NULL);
}

static enum err
load_overdue(struct env *env, bool *is_overdue)
{
	int64_t sealed_to = 0;
	struct cell *c;
	enum err e = db_one(env->db, env->a, SQL_AUDIT_SEALED_TO, &c, NULL, 0);

	if (e == E_OK)
		sealed_to = c[0].i;
	else if (e != E_NOT_FOUND)
		return e;
	err_clear();
	TRY(db_one(env->db, env->a, SQL_AUDIT_OVERDUE, &c,
	    ARGS(T(sealed_to), I(env->cfg->audit_stall_seconds))));
	*is_overdue = c[0].i != 0;
	return E_OK;
}

enum err
audit_check_sealed(struct env *env)
{
	static int64_t until;
	static bool is_overdue;

	if (clock_span() >= until) {
		TRY(load_overdue(env, &is_overdue));
		until = clock_span() + CLOCK_SECOND;
	}
	return is_overdue ? FAIL(E_AUDIT_STALLED, "rows wait for their seal")
			  : E_OK;
}
