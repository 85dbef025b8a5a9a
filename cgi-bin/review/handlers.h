#pragma once
/* The handlers of the review program, a file an area; main.c has the table. */
#include "web/request.h"

/* worklist.c */
MUST_USE enum err worklist_show(struct request *r);

/* cases.c */
MUST_USE enum err case_show(struct request *r);
MUST_USE enum err case_claim(struct request *r);
MUST_USE enum err case_release(struct request *r);
MUST_USE enum err case_approve(struct request *r);
MUST_USE enum err case_reject(struct request *r);
MUST_USE enum err case_attachment(struct request *r);
