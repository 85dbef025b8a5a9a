#include "domain/lock.h"

#include <string.h>

#include "base/arena.h"
#include "base/clock.h"
#include "domain/audit.h"
#include "domain/sql.h"
#include "format/json.h"

enum err
lock_list(struct env *env, const char *unit_id, struct locks *out)
{
	struct rows rows;

	TRY(db_all(env->db, env->a, SQL_LOCK_LIST, &rows, ARGS(S(unit_id))));
	out->n = rows.n;
	out->item = arena_alloc(env->a, (rows.n + 1) * sizeof(*out->item));
	for (size_t r = 0; r < rows.n; r++)
		out->item[r] = (struct lock){ .id = CELL(&rows, r, 0).s,
			.serial = CELL(&rows, r, 1).s,
			.kind = CELL(&rows, r, 2).s,
			.valid_from = CELL(&rows, r, 3).s,
			.valid_to = CELL(&rows, r, 4).s,
			.days_left = CELL(&rows, r, 5).i,
			.is_muted = CELL(&rows, r, 6).i != 0,
			.activated_at = CELL(&rows, r, 7).i,
			.awaiting = CELL(&rows, r, 8).s,
			.version = CELL(&rows, r, 9).i };
	return E_OK;
}

bool
lock_is_renewable(const struct config *cfg, int64_t days_left)
{
	return days_left <= cfg->renewal_opens_days &&
	       days_left >= -cfg->renewal_closes_days;
}

const struct lock *
lock_find(const struct locks *locks, const char *serial)
{
	for (size_t i = 0; i < locks->n; i++)
		if (strcmp(locks->item[i].serial, serial) == 0)
			return &locks->item[i];
	return NULL;
}

const struct lock *
lock_only_main(const struct locks *locks)
{
	const struct lock *only = NULL;

	for (size_t i = 0; i < locks->n; i++) {
		if (strcmp(locks->item[i].kind, "main") != 0)
			continue;
		if (only != NULL)
			return NULL;
		only = &locks->item[i];
	}
	return only;
}

/* The day that lies a number of days from another. */
static const char *
day_plus(struct env *env, const char *day, int64_t days)
{
	char *out = arena_alloc(env->a, CLOCK_TEXT);
	int64_t us = 0;

	clock_parse_day(day, &us);
	return clock_day(out, us + days * CLOCK_DAY);
}

const char *
lock_refusal(struct env *env, const struct locks *locks, const char *serial)
{
	const struct lock *lock = lock_find(locks, serial);

	if (locks->n == 0)
		return NULL; /* a unit without known locks types it */
	if (lock == NULL)
		return "锁序列号不在本单位名下，请从本单位的锁中选择。";
	if (lock->days_left > env->cfg->renewal_opens_days)
		return arena_printf(env->a,
		    "这把锁到 %s 才到期，%s 起可以办理续期。", lock->valid_to,
		    day_plus(
			env, lock->valid_to, -env->cfg->renewal_opens_days));
	if (!lock_is_renewable(env->cfg, lock->days_left))
		return arena_printf(env->a,
		    "这把锁已于 %s 到期，续期已于 %s 截止，请办理新办。",
		    lock->valid_to,
		    day_plus(
			env, lock->valid_to, env->cfg->renewal_closes_days));
	return NULL;
}

void
lock_json(struct env *env, const struct lock *lock, struct json_object *o)
{
	json_str(o, "id", lock->id);
	json_str(o, "serial", lock->serial);
	json_str(o, "kind", lock->kind);
	json_str(o, "valid_from", lock->valid_from);
	json_str(o, "valid_to", lock->valid_to);
	json_int(o, "days_left", lock->days_left);
	json_flag(
	    o, "renewal_open", lock_is_renewable(env->cfg, lock->days_left));
	json_flag(o, "reminders", !lock->is_muted);
	/* A reminder goes to the handler of the last completed case. */
	json_flag(o, "handler_known",
	    lock->activated_at != 0 || lock->awaiting != NULL);
	json_time(o, "activated_at", lock->activated_at);
	json_str(o, "awaits_activation", lock->awaiting);
}

enum err
lock_mute(void *arg)
{
	const struct lock_muting *m = arg;
	const struct actor *who = &m->env->who;

	TRY(db_change(m->env->db, SQL_LOCK_MUTE,
	    ARGS(I(m->is_muted), S(m->id), S(who->unit_id))));
	return audit_add(m->env, "mute", m->id, m->is_muted ? "off" : "on");
}
