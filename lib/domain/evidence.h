#pragma once
/*
 * 证据包: all that shows what became of one application, as an archive: its
 * facts and their history (application.json), its files, and its rows of the
 * audit trail with the seals that name them, for calock-audit.
 */
#include "domain/application.h"

/* A file open for reading; private fields are masked in it. */
MUST_USE enum err evidence_pack(
    struct env *env, const struct application *app, int *fd, int64_t *size);
