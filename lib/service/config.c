#include "service/config.h"

#include <ctype.h>
#include <errno.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/arena.h"
#include "base/buf.h"
#include "base/num.h"
#include "format/url.h"

enum type { TYPE_TEXT, TYPE_URL, TYPE_ORIGINS, TYPE_SECRET, TYPE_INT };

struct row {
	const char *key;
	enum type type;
	size_t offset;
	const char *fallback; /* NULL: must be given */
	int64_t min, max;
	unsigned who;
	const char *help;
};

#define ROW(t, k, def, lo, hi, who, help)                                      \
	{ #k, t, offsetof(struct config, k), def, lo, hi, who, help },

static const struct row rows[] = {
#define TEXT(k, def, who, help)	       ROW(TYPE_TEXT, k, def, 0, 0, who, help)
#define URL(k, def, who, help)	       ROW(TYPE_URL, k, def, 0, 0, who, help)
#define ORIGINS(k, def, who, help)     ROW(TYPE_ORIGINS, k, def, 0, 0, who, help)
#define SECRET(k, def, who, help)      ROW(TYPE_SECRET, k, def, 0, 0, who, help)
#define INT(k, def, lo, hi, who, help) ROW(TYPE_INT, k, #def, lo, hi, who, help)
#include "service/config.def"
};

static const struct {
	enum program p;
	const char *name;
} programs[] = {
	{ P_ACCOUNT, "account" },
	{ P_APPLICATION, "application" },
	{ P_ATTACHMENT, "attachment" },
	{ P_REVIEW, "review" },
	{ P_PAYMENT, "payment" },
	{ P_CALLBACK, "callback" },
	{ P_INVOICE, "invoice" },
	{ P_DOCUMENT, "document" },
	{ P_WORKER, "worker" },
};

/* The file being read: each row's value from it, and what is wrong so far. */
struct load {
	struct arena *a;
	const char *path;
	const char *value[COUNT(rows)];
	struct buf errors;
};

const char *
program_name(enum program p)
{
	for (size_t i = 0; i < COUNT(programs); i++)
		if (programs[i].p == p)
			return programs[i].name;
	return "all";
}

static char *
variable(const struct row *row, char out[64])
{
	size_t n = (size_t)snprintf(out, 64, "CALOCK_%s", row->key);

	for (size_t i = 0; i < n; i++)
		out[i] = (char)toupper((unsigned char)out[i]);
	return out;
}

static int
row_of(const char *key)
{
	for (size_t i = 0; i < COUNT(rows); i++)
		if (strcmp(rows[i].key, key) == 0)
			return (int)i;
	return -1;
}

static char *
strip(char *s)
{
	char *end = s + strlen(s);

	while (end > s && isspace((unsigned char)end[-1]))
		*--end = '\0';
	while (isspace((unsigned char)*s))
		s++;
	return s;
}

static void
read_line(struct load *l, char *line, int number)
{
	char *key = strip(line), *value;
	int i;

	if (*key == '\0' || *key == '#')
		return;
	if ((value = strchr(key, '=')) == NULL) {
		buf_printf(&l->errors, "%s:%d: no '='\n", l->path, number);
		return;
	}
	*value++ = '\0';
	key = strip(key);
	if ((i = row_of(key)) < 0)
		buf_printf(&l->errors, "%s:%d: unknown key %s\n", l->path,
		    number, key);
	else if (l->value[i] != NULL)
		buf_printf(&l->errors, "%s:%d: %s is given twice\n", l->path,
		    number, key);
	else
		l->value[i] = strip(value);
}

static void
read_file(struct load *l)
{
	const char *text;
	unsigned long n;
	char *rest, *line;
	int number = 0;

	if (config_read_file(l->a, l->path, 65536, &text, &n) != E_OK) {
		buf_printf(&l->errors, "%s\n", err_fault()->cause);
		return;
	}
	if (strlen(text) != n) {
		buf_printf(&l->errors, "%s: holds a NUL byte\n", l->path);
		return;
	}
	rest = arena_strdup(l->a, text);
	while ((line = strsep(&rest, "\n")) != NULL)
		read_line(l, line, ++number);
}

static bool
is_origin(const char *s)
{
	const char *host = strstr(s, "://");

	return url_is_base(s) && host != NULL && strchr(host + 3, '/') == NULL;
}

static bool
are_origins(struct arena *a, const char *list)
{
	char *rest = arena_strdup(a, list), *one;

	while ((one = strsep(&rest, ",")) != NULL)
		if (*list != '\0' && !is_origin(strip(one)))
			return false;
	return true;
}

/* What is wrong with a value of a row, or NULL; sets the member. */
static const char *
take(struct load *l, const struct row *row, const char *value, char *member)
{
	switch (row->type) {
	case TYPE_INT:
		if (!num_int(
			value, row->min, row->max, (int64_t *)(void *)member))
			return arena_printf(l->a,
			    "is not a number from %lld "
			    "to %lld",
			    (long long)row->min, (long long)row->max);
		return NULL;
	case TYPE_URL:
		if (*value == '\0' && *row->fallback == '\0')
			break;
		if (!url_is_base(value) || value[strlen(value) - 1] == '/')
			return "is not https://… without a final slash (http "
			       "is for loopback only)";
		break;
	case TYPE_ORIGINS:
		if (!are_origins(l->a, value))
			return "is not a list of origins like "
			       "https://host[:port]";
		break;
	case TYPE_SECRET:
		if (*value != '\0' && access(value, R_OK) != 0)
			return "names a file that cannot be read";
		break;
	case TYPE_TEXT:
		break;
	}
	*(const char **)(void *)member = value;
	return NULL;
}

static void
settle(struct load *l, enum program p, size_t i, struct config *out)
{
	const struct row *row = &rows[i];
	const char *value, *wrong;
	char name[64];

	if ((row->who & p) == 0)
		return;
	if ((value = getenv(variable(row, name))) == NULL)
		value = l->value[i] != NULL ? l->value[i] : row->fallback;
	if (value == NULL || (row->fallback == NULL && *value == '\0'))
		buf_printf(
		    &l->errors, "%s (%s) must be given\n", row->key, name);
	else if ((wrong = take(l, row, value, (char *)out + row->offset)) !=
		 NULL)
		buf_printf(&l->errors, "%s (%s) %s\n", row->key, name, wrong);
}

enum err
config_load(struct arena *a, enum program p, const char *path,
    struct config *out, const char **errors)
{
	struct load l = { .a = a, .path = path };

	*out = (struct config){ 0 };
	buf_init(&l.errors, a, 65536);
	if (path != NULL)
		read_file(&l);
	for (size_t i = 0; i < COUNT(rows); i++)
		settle(&l, p, i, out);
	*errors = buf_str(&l.errors);
	return l.errors.n == 0 ? E_OK : FAIL(E_INVALID, "configuration");
}

void
config_print(const struct config *cfg, enum program p)
{
	for (size_t i = 0; i < COUNT(rows); i++) {
		const void *m = (const char *)cfg + rows[i].offset;

		if ((rows[i].who & p) == 0)
			continue;
		if (rows[i].type == TYPE_INT)
			printf("%s = %lld\n", rows[i].key,
			    (long long)*(const int64_t *)m);
		else if (rows[i].type == TYPE_SECRET)
			printf("%s = %s\n", rows[i].key,
			    **(const char *const *)m != '\0' ? "********" : "");
		else
			printf(
			    "%s = %s\n", rows[i].key, *(const char *const *)m);
	}
}

static void
print_programs(unsigned who)
{
	const char *sep = "";

	if (who == P_EVERY) {
		printf("all");
		return;
	}
	for (size_t i = 0; i < COUNT(programs); i++)
		if ((who & programs[i].p) != 0) {
			printf("%s%s", sep, programs[i].name);
			sep = ", ";
		}
}

void
config_print_table(void)
{
	char name[64];

	puts("| variable | default | read by | meaning |\n"
	     "| --- | --- | --- | --- |");
	for (size_t i = 0; i < COUNT(rows); i++) {
		printf("| `%s` | ", variable(&rows[i], name));
		if (rows[i].fallback == NULL)
			printf("required");
		else if (*rows[i].fallback != '\0')
			printf("`%s`", rows[i].fallback);
		printf(" | ");
		print_programs(rows[i].who);
		printf(" | %s |\n", rows[i].help);
	}
}

void
config_print_sample(void)
{
	for (size_t i = 0; i < COUNT(rows); i++)
		printf("# %s\n%s%s = %s\n\n", rows[i].help,
		    rows[i].fallback == NULL ? "" : "#", rows[i].key,
		    rows[i].fallback == NULL ? "" : rows[i].fallback);
}

/* At most max bytes of f; NULL when it has more or is unreadable. Most have far
 * less and stay for good, the buffer for as much as they may have does not. */
static char *
read_whole(struct arena *a, FILE *f, unsigned long max, unsigned long *n)
{
	struct arena *scratch = arena_new(max + 1);
	char *all = arena_alloc(scratch, max + 1), *text = NULL;

	*n = fread(all, 1, max + 1, f);
	if (!ferror(f) && *n <= max)
		text = arena_strndup(a, all, *n);
	explicit_bzero(all, *n); /* it may be a key */
	arena_free(scratch);
	return text;
}

enum err
config_read_file(struct arena *a, const char *path, unsigned long max,
    const char **text, unsigned long *n)
{
	FILE *f = fopen(path, "re");
	char *p;

	if (f == NULL)
		return FAIL(E_INTERNAL, "%s: %s", path, strerror(errno));
	p = read_whole(a, f, max, n);
	fclose(f);
	if (p == NULL)
		return FAIL(
		    E_INTERNAL, "%s: unreadable or over %lu bytes", path, max);
	if (*n > 0 && p[*n - 1] == '\n')
		p[--*n] = '\0';
	*text = p;
	return E_OK;
}
