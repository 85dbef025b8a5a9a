#pragma once
/*
 * All that is kept of one person, for who asks for it (PIPL, article 45): the
 * cases whose handler has the number, in any state, with their files, the
 * invoices sent to it, and where parcels of other cases went that were sent to
 * it. Nothing is masked.
 */
#include "domain/find.h"

/*
 * An archive, open for reading. Why is on record with each case. E_INVALID as
 * reveal_record; E_NOT_FOUND when there is nothing, or too old.
 */
MUST_USE enum err person_pack(struct env *env, const struct find_number *number,
    const char *why, const char *note, int *fd, int64_t *size);
