/* Input: name LF value LF path LF a Cookie header. */
#include "format/cookie.h"
#include "fuzz.h"

static void
read_header(struct arena *a, const char *header, const char *name)
{
	const char *value = cookie_get(a, header, name);

	if (value == NULL)
		return;
	PROMISE(strstr(header, value) != NULL);
	PROMISE(strchr(value, ';') == NULL);
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t n)
{
	struct arena *a = fuzz_arena();
	struct input in = { (const char *)data, (const char *)data + n };
	struct cookie c = { .name = fuzz_line(a, &in) };
	const char *header, *line, *value;

	c.value = fuzz_line(a, &in);
	c.path = fuzz_line(a, &in);
	c.max_age = (long)strlen(c.path) - 2;
	c.is_secure = strlen(c.value) % 2 == 0;
	header = fuzz_line(a, &in);
	read_header(a, header, "calock_session");
	read_header(a, header, c.name);
	if (cookie_set(a, &c, &line) != E_OK)
		return 0;
	/* Nothing of it can end the header or begin an attribute. */
	for (const char *p = line; *p != '\0'; p++)
		PROMISE(*p >= ' ' && *p <= '~');
	value = cookie_get(a, line, c.name);
	PROMISE(value != NULL && strcmp(value, c.value) == 0);
	PROMISE(strstr(line, "; HttpOnly; SameSite=Strict") != NULL);
	return 0;
}
