/* The members of an invoice on their way into the database and out of it. */
#include "base/arena.h"
#include "domain/invoice_private.h"
#include "domain/sql.h"
#include "service/seal.h"

bool
invoice_is_sealed(enum invoice_member m)
{
	return m == INVOICE_TITLE || m == INVOICE_EMAIL ||
	       m == INVOICE_MOBILE || m == INVOICE_ADDRESS ||
	       m == INVOICE_BANK_ACCOUNT;
}

static const char *
bound_to(struct arena *a, const char *id, enum invoice_member m)
{
	return arena_printf(a, "%s/%s", id, invoice_member_row(m)->name);
}

enum err
invoice_args(struct env *env, const char *id, const char *const *value,
    struct invoice_args *out)
{
	const uint8_t *bytes;
	size_t n;

	for (int i = 0; i < INVOICE__N; i++) {
		enum invoice_member m = (enum invoice_member)i;

		out->member[m] = S(value[m]);
		if (!invoice_is_sealed(m))
			continue;
		TRY(seal_text(
		    env->a, bound_to(env->a, id, m), value[m], &bytes, &n));
		out->member[m] = B(bytes, n);
	}
	TRY(seal_index(env->a, field_row(FIELD_HANDLER_MOBILE)->name,
	    value[INVOICE_MOBILE], &bytes));
	out->mobile_index = B(bytes, SEAL_INDEX);
	return E_OK;
}

enum err
invoice_open(struct env *env, const char *id, enum invoice_member m,
    bool is_sealed, const struct cell *c, const char **out)
{
	*out = c->s;
	if (c->s == NULL || c->n == 0 || !invoice_is_sealed(m) ||
	    (!is_sealed && m != INVOICE_MOBILE))
		return E_OK;
	return unseal_text(env->a, bound_to(env->a, id, m), c->s, c->n, out);
}

/* As ROTATION_INVOICES has them. */
enum { ID, VERSION, IS_SEALED, MEMBERS };

enum err
invoice_reseal(struct env *env, const struct cell *c)
{
	const char *value[INVOICE__N] = { 0 };
	const struct cell *from = &c[MEMBERS];
	struct invoice_args args;
	const struct arg *m = args.member;

	for (int i = 0; i < INVOICE__N; i++)
		if (invoice_is_sealed((enum invoice_member)i))
			TRY(invoice_open(env, c[ID].s, (enum invoice_member)i,
			    c[IS_SEALED].i != 0, from++, &value[i]));
	TRY(invoice_args(env, c[ID].s, value, &args));
	return db_exec(env->db, SQL_ROTATION_INVOICE,
	    ARGS(m[INVOICE_TITLE], m[INVOICE_EMAIL], m[INVOICE_MOBILE],
		m[INVOICE_ADDRESS], m[INVOICE_BANK_ACCOUNT], args.mobile_index,
		S(c[ID].s), I(c[VERSION].i)));
}
