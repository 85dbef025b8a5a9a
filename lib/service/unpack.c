#include "service/unpack_private.h"

static unpacker *unpacks;

void
unpack_use(unpacker *how)
{
	unpacks = how;
}

enum err
unpack(
    struct arena *a, const struct unpack_job *job, const char **out, size_t *n)
{
	if (unpacks == NULL)
		return FAIL(E_INTERNAL, "unpack_open was not called");
	return unpacks(a, job, out, n);
}
