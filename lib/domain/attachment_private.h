#pragma once
/* What the parts of the attachments share: attachment.c,
 * attachment_warning.c, attachment_inspect.c. */
#include "domain/attachment.h"

/* What can be found: attachment_findings.code, and the code of a warning. */
#define FINDING_COARSE	   "low_resolution"
#define FINDING_BLANK	   "blank_page"
#define FINDING_SAME	   "same_file"
#define FINDING_OTHER_FORM "other_batch_no"

/* Fills in the warnings of files of one application. */
MUST_USE enum err attachment_load_warnings(
    struct env *env, const char *application_id, struct attachments *files);
