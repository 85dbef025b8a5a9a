/* json_parse: what it takes comes out again, and is taken again. */
#include "base/utf8.h"
#include "format/json.h"
#include "fuzz.h"

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t n)
{
	struct arena *a = fuzz_arena();
	struct json_object *value, *again;
	const char *where, *text, *second;
	size_t text_n, second_n;
	enum err e = json_parse(a, (const char *)data, n, &value, &where);

	PROMISE((e == E_OK) == (where == NULL));
	if (e != E_OK) {
		PROMISE(e == E_MALFORMED || e == E_UNKNOWN_MEMBER);
		PROMISE(value == NULL);
		PROMISE(utf8_valid(where, strlen(where)));
		return 0;
	}
	text = json_text(value, &text_n);
	PROMISE(utf8_valid(text, text_n));
	PROMISE(json_parse(a, text, text_n, &again, &where) == E_OK);
	second = json_text(again, &second_n);
	PROMISE(second_n == text_n && memcmp(second, text, text_n) == 0);
	return 0;
}
