/* url_pairs_parse: what is read can be written and read again. */
#include "base/buf.h"
#include "base/utf8.h"
#include "format/url.h"
#include "fuzz.h"

static const char *
written(struct arena *a, const struct url_pairs *list, size_t n)
{
	struct buf b;

	/* A character takes three; pairs without '=' or '&' get them. */
	buf_init(&b, a, 3 * n + 3);
	for (size_t i = 0; i < list->n; i++) {
		buf_puts(&b, i > 0 ? "&" : "");
		buf_puts(&b, url_encode(a, list->item[i].name));
		buf_putc(&b, '=');
		buf_puts(&b, url_encode(a, list->item[i].value));
	}
	return buf_str(&b);
}

static void
read_again(struct arena *a, const struct url_pairs *list, const char *text)
{
	struct url_pairs again;

	PROMISE(url_pairs_parse(a, text, strlen(text), &again) == E_OK);
	PROMISE(again.n == list->n);
	for (size_t i = 0; i < list->n; i++) {
		PROMISE(strcmp(again.item[i].name, list->item[i].name) == 0);
		PROMISE(strcmp(again.item[i].value, list->item[i].value) == 0);
		PROMISE(url_pair_get(list, list->item[i].name) != NULL);
	}
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t n)
{
	struct arena *a = fuzz_arena();
	const char *p = (const char *)data;
	struct url_pairs list;

	if (url_pairs_parse(a, p, n, &list) != E_OK)
		return 0;
	PROMISE(list.n <= URL_PAIRS);
	for (size_t i = 0; i < list.n; i++) {
		const char *name = list.item[i].name;
		const char *value = list.item[i].value;

		PROMISE(utf8_valid(name, strlen(name)));
		PROMISE(utf8_valid(value, strlen(value)));
	}
	read_again(a, &list, written(a, &list, n));
	return 0;
}
