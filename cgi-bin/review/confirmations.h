#pragma once
/*
 * 待确认: what needs a second person. The program whose rights a kind needs
 * takes its confirming; all else is review's.
 */
#include "web/request.h"

extern const struct member confirmation_fields[];

MUST_USE enum err confirmations_show(struct request *r);
MUST_USE enum err confirmation_show(struct request *r);
MUST_USE enum err confirmation_take_confirm(struct request *r);
MUST_USE enum err confirmation_take_decline(struct request *r);
MUST_USE enum err confirmation_take_withdraw(struct request *r);

/* Answers what was asked for with the page on which it waits. */
MUST_USE enum err confirmation_see(struct request *r, const char *id);
