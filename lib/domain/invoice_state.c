/* The ways that an invoice takes, as invoice_state.def has them. */
#include <string.h>

#include "base/arena.h"
#include "base/utf8.h"
#include "domain/audit.h"
#include "domain/invoice_private.h"
#include "domain/message.h"
#include "domain/sql.h"

enum { NOTE = 250 }; /* code points; a column of the schema */

#define MACHINE_DEF	    "domain/invoice_state.def"
#define MACHINE_STATE(name) INVOICE_STATE_##name
#define MACHINE_EVENT(name) INVOICE_EVENT_##name
#include "domain/machine_tables.def"

const struct machine invoice_machine = { .name = "invoice",
	MACHINE_TABLES,
	.birth = {
	    .event = INVOICE_EVENT_REQUEST,
	    .by = ROLE_APPLICANT,
	    .to = INVOICE_STATE_REQUESTED,
	} };

bool
invoice_can(
    const struct env *env, const struct invoice *inv, enum invoice_event event)
{
	const struct machine_move *m =
	    machine_find(&invoice_machine, (int)inv->state, (int)event);

	return m != NULL && (m->by & env->who.role) != 0;
}

enum err
invoice_explain(struct env *env, enum err e)
{
	if (e != E_DUPLICATE)
		return e;
	if (db_duplicate_is(env->db, "invoices_live"))
		return FAIL(E_INVOICE_LIVE, "there is another by now");
	if (db_duplicate_is(env->db, "invoices_number"))
		problem_add(&env->errors, "number", "taken",
		    "此发票号码已用于另一张发票，请核对后重新填写。");
	else if (db_duplicate_is(env->db, "invoices_red_number"))
		problem_add(&env->errors, "red_number", "taken",
		    "此号码已用于另一张红字发票，请核对后重新填写。");
	else
		return e;
	return FAIL(E_INVALID, "number is taken");
}

const char *
invoice_note(struct arena *a, const char *text)
{
	const char *end = text;
	size_t n = strlen(text);

	for (size_t i = 0; i < NOTE && *end != '\0'; i++)
		if (utf8_next(&end, text + n) < 0)
			break;
	return arena_strndup(a, text, (size_t)(end - text));
}

static enum err
story_add(struct env *env, const char *id, int64_t version,
    enum invoice_event event, int to, const char *note)
{
	return db_exec(env->db, SQL_INVOICE_HISTORY_ADD,
	    ARGS(S(id), I(version), S(events[event].word), S(states[to].word),
		S(role_name(env->who.role)), S(env->who.id), S(note)));
}

enum err
invoice_born(struct env *env, const char *id, enum invoice_event event,
    enum invoice_state state, const char *note)
{
	return story_add(env, id, 1, event, (int)state, note);
}

enum err
invoice_move(struct env *env, const struct invoice *inv,
    enum invoice_event event, int64_t wait, const char *note)
{
	bool is_problem =
	    event == INVOICE_EVENT_REFUSE || event == INVOICE_EVENT_FAIL ||
	    event == INVOICE_EVENT_CLOSE || event == INVOICE_EVENT_RED_FAIL;
	const struct machine_move *move;
	const char *to;

	TRY(machine_take(&invoice_machine, (int)inv->state, (int)event,
	    env->who.role, &move));
	to = states[move->to].word;
	note = invoice_note(env->a, note);
	TRY(db_change(env->db, SQL_INVOICE_MOVE,
	    ARGS(S(to), S(to), I(wait), S(is_problem ? note : ""), S(inv->id),
		I(inv->version), S(states[inv->state].word))));
	return story_add(env, inv->id, inv->version + 1, event, move->to, note);
}

enum err
invoice_next(struct env *env, const struct invoice *inv, struct invoice *out)
{
	struct cell *c;

	TRY(db_one(env->db, env->a, SQL_INVOICE_NEXT, &c, ARGS(S(inv->id))));
	*out = (struct invoice){
		.id = c[0].s, .version = c[1].i, .state = INVOICE_STATE_WAITING
	};
	return E_OK;
}

/* What waited for that goes on. */
static enum err
start_next(struct env *env, const struct invoice *inv)
{
	struct invoice next;
	enum err e = invoice_next(env, inv, &next);

	if (e == E_NOT_FOUND)
		return E_OK;
	TRY(e);
	return invoice_move(env, &next, INVOICE_EVENT_START, 0, "");
}

enum err
invoice_taken_back(struct env *env, const struct invoice *inv,
    enum invoice_event event, const char *red_number, int64_t when)
{
	TRY(db_change(env->db, SQL_INVOICE_RED,
	    ARGS(S(red_number), when > 0 ? T(when) : NONE, S(inv->id))));
	TRY(invoice_move(
	    env, inv, event, 0, red_number != NULL ? red_number : ""));
	return start_next(env, inv);
}

enum err
invoice_reversed(struct env *env, const struct invoice *inv,
    enum invoice_event event, const char *red_number, int64_t when)
{
	TRY(invoice_taken_back(env, inv, event, red_number, when));
	return audit_add(env, "reverse_invoice", inv->application_id,
	    arena_printf(env->a, "%s red %s", inv->id,
		red_number != NULL ? red_number : "none"));
}

enum err
invoice_try_end(struct env *env, const char *id, const char *from,
    const char *to, const char *why)
{
	return db_change(env->db, SQL_INVOICE_TRY_END,
	    ARGS(S(to), S(invoice_note(env->a, why)), S(id), S(from)));
}

static enum err
tell(struct env *env, const struct invoice *inv, enum message_word what)
{
	return message_add(
	    env, &(struct message_new){ .application_id = inv->application_id,
		     .event = message_template(what)->word,
		     .mobile = inv->value[INVOICE_MOBILE],
		     .email = inv->value[INVOICE_EMAIL] });
}

/* Whose fee went back was told so. */
static enum err
tell_disappointed(
    struct env *env, const struct invoice *inv, enum message_word what)
{
	return inv->application_state == STATE_COMPLETED ? tell(env, inv, what)
							 : E_OK;
}

enum err
invoice_tell_failed(struct env *env, const struct invoice *inv)
{
	return tell_disappointed(env, inv, MESSAGE_INVOICE_FAILED);
}

enum err
invoice_tell_kept(struct env *env, const struct invoice *inv)
{
	return tell_disappointed(env, inv, MESSAGE_INVOICE_KEPT);
}

enum err
invoice_issued_as(struct env *env, const struct invoice_issued *i)
{
	const struct invoice *inv = i->inv;
	const char *pdf = i->file[INVOICE_PDF].sha256;

	TRY(db_change(env->db, SQL_INVOICE_NUMBERED,
	    ARGS(S(i->number), S(i->provider), i->when > 0 ? T(i->when) : NONE,
		S(inv->id))));
	TRY(invoice_move(env, inv, i->event, 0, i->number));
	for (int k = 0; k < INVOICE_FILES; k++)
		if (i->has[k])
			TRY(db_exec(env->db, SQL_INVOICE_FILE_ADD,
			    ARGS(S(inv->id),
				S(invoice_kind_name((enum invoice_kind)k)),
				S(i->file[k].key), S(i->file[k].sha256),
				I(i->file[k].size), I(i->file[k].sealed_by))));
	TRY(tell(env, inv, MESSAGE_INVOICE));
	return audit_add(env, "issue_invoice", inv->application_id,
	    arena_printf(
		env->a, "%s number %s sha256 %s", inv->id, i->number, pdf));
}

enum err
invoice_keep(struct env *env, const void *bytes, size_t n, struct stored *out)
{
	struct store_writer *w;

	TRY(store_begin(env->a, n, &w));
	TRY(store_write(w, bytes, n));
	return store_finish(w, out);
}
