#include "domain/payment_turn.h"

#include "base/log.h"
#include "provider/payment.h"

enum err
payment_turn_take(struct payment_turn *t, const struct payment_work *work,
    int stmt, const struct arg *args, size_t n)
{
	struct env *env = t->env;
	struct rows due;

	if (t->is_over)
		return E_OK;
	TRY(db_all(env->db, env->a, stmt, &due, args, n));
	for (size_t r = 0; r < due.n && !t->is_over; r++) {
		const char *id = CELL(&due, r, 0).s;
		enum err e = work->run(t, id);

		t->is_over = payment_is_trouble(e);
		if (!t->is_over)
			TRY(e);
		else
			log_fault(LOG_WARN, "provider", work->what, id);
	}
	return E_OK;
}
