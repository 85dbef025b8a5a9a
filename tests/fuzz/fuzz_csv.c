/* Input: a file as the CA sends it, CSV or JSON in whatever characters. */
#include "base/utf8.h"
#include "domain/work_order_file.h"
#include "format/charset.h"
#include "format/csv_read.h"
#include "fuzz.h"

static void
read_csv(struct arena *a, const char *text)
{
	const char *where;
	struct csv t;

	if (csv_read(a, text, &t, &where) != E_OK) {
		PROMISE(where != NULL && *where != '\0');
		return;
	}
	PROMISE(t.rows > 0 && t.rows <= CSV_ROWS);
	PROMISE(t.columns > 0 && t.columns <= CSV_COLUMNS);
	for (size_t r = 0; r < t.rows; r++)
		for (size_t c = 0; c < t.columns; c++)
			PROMISE(strlen(CSV_AT(&t, r, c)) <= CSV_CELL);
}

static void
read_file(struct arena *a, const char *p, size_t n)
{
	static struct config cfg;
	struct work_order_file file;
	struct env env;

	env_init(&env, a, NULL, &cfg, P_REVIEW);
	if (work_order_file_read(&env, p, n, &file) != E_OK) {
		PROMISE(env.errors.n > 0);
		return;
	}
	PROMISE(file.n > 0 && file.n <= WORK_ORDER_FILE_ROWS);
	for (size_t i = 0; i < file.n; i++) {
		PROMISE(utf8_length(file.row[i].serial) <= 40);
		PROMISE(!utf8_has_control(file.row[i].reason));
	}
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t n)
{
	struct arena *a = fuzz_arena();
	const char *text = charset_utf8(a, (const char *)data, n);

	if (text != NULL) {
		PROMISE(utf8_valid(text, strlen(text)));
		read_csv(a, text);
	}
	read_file(a, (const char *)data, n);
	return 0;
}
