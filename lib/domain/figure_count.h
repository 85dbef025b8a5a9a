#pragma once
/*
 * 统计, the counting: a day's figures are counted once and counted anew when
 * something of that day has changed, so that a page never reads more than
 * some hundred rows a day. Days are those of Shanghai; a case belongs to the
 * day of its number.
 */
#include "domain/env.h"

/*
 * Marks the days that have to be counted: new ones, today, and those of cases
 * that moved and of money that came since it last looked.
 */
MUST_USE enum err figure_look(struct env *env);

/* Counts days that are marked, for a quarter of a second. */
MUST_USE enum err figure_count_due(struct env *env);
