#include "domain/reminder.h"

#include <string.h>

#include "base/arena.h"
#include "base/clock.h"
#include "base/log.h"
#include "domain/audit.h"
#include "domain/keyset.h"
#include "domain/lock.h"
#include "domain/message.h"
#include "domain/message_office.h"
#include "domain/sql.h"
#include "format/json.h"
#include "service/config.h"

enum { PAGE = 50 };

#define HOUR (INT64_C(3600) * CLOCK_SECOND)

/* A row of what has reached a step. */
struct reminder {
	struct env *env;
	const struct cell *row;
};

enum err
reminder_open(const struct config *cfg)
{
	return cfg->reminder_from < cfg->reminder_to
		   ? E_OK
		   : FAIL(
			 E_INTERNAL, "reminder_from is not before reminder_to");
}

/* By the day of China, whose next morning may be another year's. */
int64_t
reminder_wait(const struct config *cfg, int64_t now)
{
	int64_t of_day = (now + CLOCK_SHANGHAI) % CLOCK_DAY;
	int64_t from = cfg->reminder_from * HOUR - of_day;

	if (from <= 0 && of_day < cfg->reminder_to * HOUR)
		return 0;
	if (from <= 0)
		from += CLOCK_DAY;
	return (from + CLOCK_SECOND - 1) / CLOCK_SECOND;
}

bool
reminder_is_time(const struct config *cfg)
{
	return reminder_wait(cfg, clock_now()) == 0;
}

enum err
reminder_is_wanted(struct env *env, const char *unit_id,
    const struct lock *lock, bool is_over, bool *is)
{
	struct cell *c;

	*is = false;
	if (lock->is_muted || lock->days_left > REMINDER_DAYS ||
	    (lock->days_left < 0) != is_over)
		return E_OK;
	TRY(db_one(env->db, env->a, SQL_REMINDER_IS_RENEWING, &c,
	    ARGS(S(unit_id), S(lock->serial))));
	*is = c->i == 0;
	return E_OK;
}

/* The application whose handler is told of a lock, or NULL. */
static enum err
recipient(const struct reminder *r, const char **application_id)
{
	struct cell *c;
	enum err e = db_one(r->env->db, r->env->a, SQL_REMINDER_RECIPIENT, &c,
	    ARGS(S(r->row[1].s), S(r->row[2].s)));

	*application_id = e == E_OK ? c[0].s : NULL;
	return e == E_NOT_FOUND ? E_OK : e;
}

/* A row of REMINDER_DUE: id, unit, serial, end, and -1 for after it. */
static enum err
remind_of_end(void *arg)
{
	const struct reminder *r = arg;
	struct env *env = r->env;
	const char *lock_id = r->row[0].s, *valid_to = r->row[3].s;
	int64_t days = r->row[4].i;
	struct message_new m = { .event = message_reminder(days < 0) };

	TRY(recipient(r, &m.application_id));
	if (m.application_id != NULL)
		TRY(message_add(env, &m));
	TRY(db_exec(env->db, SQL_REMINDER_ADD,
	    ARGS(S(lock_id), S(valid_to), I(days), S(m.id))));
	return audit_add(env, "remind", lock_id,
	    arena_printf(env->a, "%s %lld%s", valid_to, (long long)days,
		m.id == NULL ? " nobody" : ""));
}

/* A row of REMINDER_INACTIVE: id of the case, days. */
static enum err
remind_to_activate(void *arg)
{
	const struct reminder *r = arg;
	struct env *env = r->env;
	struct message_new m = { .application_id = r->row[0].s,
		.event = message_template(MESSAGE_REMIND_ACTIVATE)->word };

	TRY(message_add(env, &m));
	TRY(db_exec(env->db, SQL_REMINDER_INACTIVE_ADD,
	    ARGS(S(m.application_id), I(r->row[1].i), S(m.id))));
	return audit_add(env, "remind_activate", m.application_id,
	    arena_printf(env->a, "%lld", (long long)r->row[1].i));
}

static const struct kind {
	const char *what;
	enum sql due;
	enum err (*remind)(void *reminder);
} kinds[] = {
	{ "locks", SQL_REMINDER_DUE, remind_of_end },
	{ "inactive", SQL_REMINDER_INACTIVE, remind_to_activate },
};

/* Two workers at once: the second finds the row there. */
static enum err
remind_all(struct env *env, const struct kind *kind)
{
	struct rows rows;

	TRY(db_all(env->db, env->a, (int)kind->due, &rows, ARGS()));
	for (size_t i = 0; i < rows.n; i++) {
		struct reminder r = { env, &CELL(&rows, i, 0) };
		enum err e = db_tx(env->db, kind->remind, &r);

		if (e != E_OK && e != E_DUPLICATE)
			return e;
	}
	if (rows.n > 0)
		log_line(LOG_INFO, "reminders", "%s=%zu", kind->what, rows.n);
	return E_OK;
}

enum err
reminder_due(struct env *env)
{
	if (!reminder_is_time(env->cfg))
		return E_OK;
	for (size_t i = 0; i < COUNT(kinds); i++)
		TRY(remind_all(env, &kinds[i]));
	return E_OK;
}

/* -- for people -- */

static void
row_json(struct env *env, const struct cell *c, struct json_object *o)
{
	int64_t left = c[4].i;
	const char *told = c[8].s;

	json_str(o, "id", c[0].s);
	json_str(o, "unit_id", c[1].s);
	json_str(o, "unit", c[2].s);
	json_str(o, "serial", c[3].s);
	json_str(o, "valid_to", c[7].s);
	json_str(o, "left",
	    left < 0 ? arena_printf(env->a, "已过期 %lld 天", (long long)-left)
	    : left == 0 ? "今天到期"
			: arena_printf(env->a, "%lld 天", (long long)left));
	json_flag(o, "is_over", left < 0);
	json_flag(o, "is_muted", c[5].i != 0);
	json_flag(o, "is_renewing", c[6].i != 0);
	json_flag(o, "is_unknown", told != NULL && strcmp(told, "nobody") == 0);
	json_str(o, "told",
	    told != NULL && strcmp(told, "nobody") != 0
		? message_state_title(told)
		: NULL);
}

enum err
expiring_json(struct env *env, const struct expiring_filter *filter,
    struct json_object *o)
{
	struct json_object *list = json_list(o, "locks");
	const char *day = "1000-01-01", *id = "";
	struct rows rows;
	size_t n;

	TRY(keyset_day(env->a, filter->cursor, &day, &id));
	TRY(db_all(env->db, env->a, SQL_EXPIRING_LIST, &rows,
	    ARGS(I(filter->days), S(day), S(day), S(id))));
	n = keyset_by_day(env->a, &rows, PAGE, 7, 0, o);
	for (size_t i = 0; i < n; i++)
		row_json(env, &CELL(&rows, i, 0), json_item(list));
	return E_OK;
}
