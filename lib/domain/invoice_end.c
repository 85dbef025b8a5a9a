/* An invoice that is taken back: a refund has to wait for it. */
#include <string.h>

#include "base/arena.h"
#include "base/utf8.h"
#include "domain/audit.h"
#include "domain/invoice.h"
#include "domain/sql.h"
#include "format/ident.h"

enum { NUMBER = 20 };

struct ending {
	struct env *env;
	const struct invoice *inv;
	int64_t version;
	const char *red_number; /* NULL: it was never issued */
	const char *reason;
};

static enum err
end(void *arg)
{
	const struct ending *s = arg;
	struct env *env = s->env;

	TRY(db_change(env->db, SQL_INVOICE_END,
	    ARGS(S(s->red_number), S(s->reason), S(s->red_number),
		S(s->inv->id), I(s->version), S(s->red_number))));
	return audit_add(env, "reverse_invoice", s->inv->application_id,
	    arena_printf(env->a, "%s red %s", s->inv->id,
		s->red_number != NULL ? s->red_number : "none"));
}

static enum err
check(const struct ending *s)
{
	struct problems *errors = &s->env->errors;
	const char *no = s->red_number;

	if (no != NULL &&
	    (strlen(no) != NUMBER || strspn(no, "0123456789") != NUMBER))
		problem_add(errors, "red_number", "format",
		    "请填写红字发票的号码，%d 位数字。", NUMBER);
	if (*s->reason == '\0')
		problem_add(errors, "reason", "required", "请写明原因。");
	if (utf8_length(s->reason) > INVOICE_END_REASON_MAX)
		problem_add(errors, "reason", "too_long",
		    "不能超过 %d 字，请缩短。", INVOICE_END_REASON_MAX);
	return errors->n > 0 ? FAIL(E_INVALID, "ending") : E_OK;
}

enum err
invoice_end(struct env *env, const struct invoice *inv, int64_t version,
    const char *red_number, const char *reason)
{
	bool is_issued = strcmp(inv->state, "issued") == 0;
	struct ending s = { .env = env,
		.inv = inv,
		.version = version,
		.red_number = is_issued ? ident_fold(env->a, red_number) : NULL,
		.reason = reason };
	enum err e;

	if (!invoice_is_live(inv))
		return FAIL(E_STATE, "%s", inv->state);
	if (inv->version != version)
		return FAIL(E_STALE, "changed meanwhile");
	TRY(check(&s));
	e = db_tx(env->db, end, &s);
	if (e != E_DUPLICATE ||
	    !db_duplicate_is(env->db, "invoices_red_number"))
		return e;
	problem_add(&env->errors, "red_number", "taken",
	    "此号码已用于另一张红字发票，请核对后重新填写。");
	return FAIL(E_INVALID, "red number is taken");
}
