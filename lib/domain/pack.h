#pragma once
/* What archives of applications have in common: evidence.c, person.c. */
#include "domain/submission.h"
#include "format/zip.h"

struct pack {
	struct env *env;
	const struct application *app;
	const char *folder; /* "" or one that ends in a slash */
	struct zip *zip;
	struct arena *scratch; /* reset at will */
};

/* An object as a file of the folder. */
MUST_USE enum err pack_json(
    const struct pack *p, const char *name, struct json_object *o);

/* application.json: its facts, values as show (which gets p) has them. */
MUST_USE enum err pack_facts(const struct pack *p, submission_show *show);

/* attachments/KIND/ID.pdf: the files that it has now. */
MUST_USE enum err pack_files(const struct pack *p);
