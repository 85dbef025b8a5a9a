#include "domain/lock_calendar.h"

#include "base/arena.h"
#include "base/clock.h"
#include "format/calendar.h"

void
lock_calendar(struct env *env, const struct locks *locks, struct buf *b)
{
	static const int alarms[] = { 60, 30, 7, 0 };

	calendar_begin(b, "CA 锁有效期");
	for (size_t i = 0; i < locks->n; i++) {
		const struct lock *lock = &locks->item[i];

		calendar_event(b,
		    &(struct calendar_event){
			/* A new end takes the old one's place. */
			.uid = arena_printf(env->a, "%s@calock", lock->id),
			.version = lock->version,
			.day = lock->valid_to,
			.stamp = clock_now(),
			.summary =
			    arena_printf(env->a, "CA 锁 %s 到期", lock->serial),
			.description = arena_printf(env->a,
			    "到期后不能参加开标，请提前在线办理续期：%s/",
			    env->cfg->public_url),
			.alarms = alarms,
		    });
	}
	calendar_end(b);
}
