#include "web/stored.h"

#include "service/store.h"
#include "web/response.h"

static enum err
next_of_object(void *from, const void **p, size_t *n)
{
	return store_next(from, p, n);
}

enum err
respond_stored(struct request *r, const char *key, int64_t size,
    const char *type, const char *name)
{
	struct store_reader *in;

	TRY(store_read(r->env.a, key, &in));
	if (store_size(in) != size)
		return FAIL(E_STORE, "store: %s: %lld bytes, not %lld", key,
		    (long long)store_size(in), (long long)size);
	return respond_stream(r, next_of_object, in, size, type, name);
}
