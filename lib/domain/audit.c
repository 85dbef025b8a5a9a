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

enum err
audit_check_sealed(struct env *env)
{
	static int64_t until;
	static bool is_stalled;
	struct cell *c;

	if (clock_span() >= until) {
		TRY(db_one(env->db, env->a, SQL_AUDIT_STALLED, &c,
		    ARGS(I(env->cfg->audit_stall_seconds))));
		is_stalled = c->i != 0;
		until = clock_span() + CLOCK_SECOND;
	}
	return is_stalled ? FAIL(E_AUDIT_STALLED, "rows wait for their seal")
			  : E_OK;
}
