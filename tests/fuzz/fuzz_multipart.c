/*
 * multipart_parse. Input: what follows "multipart/form-data" in the header,
 * LF, the body.
 */
#include "base/utf8.h"
#include "format/multipart.h"
#include "fuzz.h"

static void
check_text(const char *s)
{
	PROMISE(utf8_valid(s, strlen(s)));
	for (; *s != '\0'; s++)
		PROMISE((unsigned char)*s >= ' ' && *s != 0x7f);
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t n)
{
	struct arena *a = fuzz_arena();
	struct input in = { (const char *)data, (const char *)data + n };
	const char *type =
	    arena_printf(a, "multipart/form-data%s", fuzz_line(a, &in));
	struct parts list;

	if (multipart_parse(a, type, in.p, (size_t)(in.end - in.p), &list) !=
	    E_OK)
		return 0;
	PROMISE(list.n <= MULTIPART_PARTS);
	for (size_t i = 0; i < list.n; i++) {
		const struct part *p = &list.item[i];

		PROMISE(p->name[0] != '\0');
		check_text(p->name);
		check_text(p->filename != NULL ? p->filename : "");
		PROMISE(p->data >= in.p && p->data + p->n <= in.end);
		PROMISE(multipart_get(&list, p->name) <= p);
	}
	return 0;
}
