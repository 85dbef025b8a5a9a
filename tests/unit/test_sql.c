/* The table of statements against itself and the schema in sql/. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <glob.h>
#include <string.h>

#include "base/arena.h"
#include "domain/sql.h"

static struct arena *a;
static const char *schema;

static int
read_schema(void **state)
{
	glob_t files;
	const char *text, *all = "";
	unsigned long n;

	(void)state;
	a = arena_new(64 << 20);
	if (glob("sql/[0-9]*.sql", 0, NULL, &files) != 0)
		return -1;
	for (size_t i = 0; i < files.gl_pathc; i++) {
		if (config_read_file(
			a, files.gl_pathv[i], 1 << 18, &text, &n) != E_OK)
			return -1;
		all = arena_printf(a, "%s\n%s", all, text);
	}
	globfree(&files);
	schema = all;
	return 0;
}

static int
forget_schema(void **state)
{
	(void)state;
	arena_free(a);
	return 0;
}

static bool
has_table(const char *table, size_t n)
{
	return strstr(
		   schema, arena_printf(a, "CREATE TABLE IF NOT EXISTS %.*s (",
			       (int)n, table)) != NULL;
}

/* Whether a list of rights has one, for all columns or some. */
static bool
has_right(const char *rights, const char *verb, const char *table, size_t n)
{
	const char *right = arena_printf(a, "%s %.*s", verb, (int)n, table);
	size_t len = strlen(right);

	for (const char *p = rights; (p = strstr(p, right)) != NULL; p += len)
		if ((p == rights || p[-1] == ' ') &&
		    strchr(";(", p[len]) != NULL) /* or the end */
			return true;
	return false;
}

#define NAME_CHARS "abcdefghijklmnopqrstuvwxyz0123456789_"

/* One word of SQL before a table, and the right that it needs. */
static void
check_word(const struct statement *st, const char *word, const char *verb)
{
	size_t len = strlen(word);

	for (const char *p = st->sql; (p = strstr(p, word)) != NULL; p += len) {
		const char *table = p + len;
		size_t n = strspn(table, NAME_CHARS);

		/* A subselect, FROM DUAL, ON DUPLICATE KEY UPDATE column. */
		if (n == 0 ||
		    (p - st->sql >= 4 && memcmp(p - 4, "KEY ", 4) == 0))
			continue;
		if (!has_table(table, n))
			fail_msg("%s: table %.*s", st->name, (int)n, table);
		if (!has_right(st->rights, verb, table, n))
			fail_msg("%s: no right to %s %.*s", st->name, verb,
			    (int)n, table);
	}
}

static void
every_table_in_a_text_is_among_its_rights(void **state)
{
	(void)state;
	for (size_t i = 0; i < SQL__N; i++) {
		const struct statement *st = &sql_statements[i];

		check_word(st, "FROM ", "select");
		check_word(st, "JOIN ", "select");
		check_word(st, "INSERT INTO ", "insert");
		check_word(st, "UPDATE ", "update");
		check_word(st, "DELETE FROM ", "delete");
	}
}

/* A right's columns stand in the schema as "\n  name " or in an ALTER. */
static void
check_columns(const struct statement *st, const char *list, size_t n)
{
	for (size_t i = 0; i < n;) {
		size_t len = strcspn(list + i, ",)");
		const char *made =
		    arena_printf(a, "\n  %.*s ", (int)len, list + i);
		const char *added = arena_printf(
		    a, "ADD COLUMN IF NOT EXISTS %.*s ", (int)len, list + i);

		if (strspn(list + i, NAME_CHARS) != len ||
		    (strstr(schema, made) == NULL &&
			strstr(schema, added) == NULL))
			fail_msg(
			    "%s: column %.*s", st->name, (int)len, list + i);
		i += len + 1;
		i += strspn(list + i, " ");
	}
}

static void
check_right(const struct statement *st, const char *right, size_t n)
{
	static const char *const verbs[] = { "select ", "insert ", "update ",
		"delete " };
	const char *columns = memchr(right, '(', n), *table = NULL;
	size_t len;

	for (size_t i = 0; i < COUNT(verbs); i++)
		if (strncmp(right, verbs[i], strlen(verbs[i])) == 0)
			table = right + strlen(verbs[i]);
	if (table == NULL)
		fail_msg("%s: %.*s", st->name, (int)n, right);
	len = strspn(table, NAME_CHARS);
	if (!has_table(table, len))
		fail_msg("%s: %.*s", st->name, (int)n, right);
	assert_ptr_equal(table + len, columns != NULL ? columns : right + n);
	if (columns == NULL)
		return;
	assert_int_equal(right[n - 1], ')');
	check_columns(st, columns + 1, (size_t)(right + n - columns) - 1);
}

static void
rights_name_what_the_schema_has(void **state)
{
	(void)state;
	for (size_t i = 0; i < SQL__N; i++) {
		const struct statement *st = &sql_statements[i];
		const char *p = st->rights;

		assert_true(*p != '\0');
		for (;;) {
			size_t n = strcspn(p, ";");

			check_right(st, p, n);
			if (p[n] == '\0')
				break;
			assert_int_equal(p[n + 1], ' ');
			p += n + 2;
		}
	}
}

static size_t
marks(const char *text)
{
	size_t n = 0;

	for (; (text = strchr(text, '?')) != NULL; text++)
		n++;
	return n;
}

static void
parameters_and_columns_are_typed(void **state)
{
	(void)state;
	for (size_t i = 0; i < SQL__N; i++) {
		const struct statement *st = &sql_statements[i];

		if (strlen(st->in) != marks(st->sql))
			fail_msg("%s: %zu types", st->name, strlen(st->in));
		assert_int_equal(strspn(st->in, "sitb"), strlen(st->in));
		assert_int_equal(strspn(st->out, "sitb"), strlen(st->out));
		/* What reads has columns, and only what reads. */
		if ((*st->out != '\0') !=
		    (strncmp(st->sql, "SELECT ", 7) == 0 ||
			strstr(st->sql, " RETURNING ") != NULL))
			fail_msg("%s: columns", st->name);
	}
}

static void
somebody_known_runs_each(void **state)
{
	(void)state;
	for (size_t i = 0; i < SQL__N; i++) {
		const struct statement *st = &sql_statements[i];

		assert_int_not_equal(st->programs, 0);
		assert_int_equal(st->programs & ~(unsigned)P_EVERY, 0);
		for (size_t k = 0; k < i; k++)
			assert_string_not_equal(
			    st->name, sql_statements[k].name);
	}
}

/* Reads without LIMIT, and what bounds them instead. */
static const struct {
	enum sql stmt;
	const char *bound; /* in the text */
} bounded[] = {
	{ SQL_AUDIT_SEEN, "WHERE id = ?" },
	{ SQL_TRAIL_ACCOUNT, "WHERE login = ?" },
	{ SQL_TRAIL_APPLICATION, "WHERE batch_no = ?" },
	{ SQL_REVIEW_HAS_VIEWED, "SELECT COUNT(*) " },
	{ SQL_FEE_THERE, "SELECT COALESCE(SUM(" },
	{ SQL_FIGURE_REFUNDS, "SELECT COUNT(*), " },
	{ SQL_REASON_GET, "WHERE code = ?" },
	{ SQL_CONSENT_GET, "WHERE version = ?" },
	{ SQL_BILL_HAS_OURS, "SELECT EXISTS (" },
	{ SQL_BILL_CHARGE, "WHERE provider = ? AND day = ?" },
	{ SQL_BILL_GET, "WHERE b.provider = ? AND b.day = ?" },
	{ SQL_DIFFERENCE_LEFT, "SELECT COUNT(*) " },
	{ SQL_LEDGER_DAY, "WHERE day = ?" },
	{ SQL_LAPSE_GET, "WHERE id = ? AND state" },
	{ SQL_LOCK_GET, "WHERE id = ?" },
	{ SQL_MESSAGE_GET, "WHERE m.id = ?" },
	{ SQL_ROTATION_LEFT, "SELECT (SELECT COUNT(*) " },
	{ SQL_REFUND_LIVE, "SELECT COUNT(*) " },
	{ SQL_REVIEW_PARTY, "SELECT EXISTS (" },
	{ SQL_CONFIRMATION_GET, "WHERE c.id = ?" },
	{ SQL_WORK_ORDER_FOREIGN, "SELECT COUNT(*) " },
	{ SQL_IMPORT_GET, "WHERE m.id = ? AND m.work_order_id = ?" },
	{ SQL_WORK_ORDER_GET, "WHERE w.id = ? GROUP BY w.id" },
	{ SQL_APPLICATION_GET, "WHERE a.id = ?" },
	{ SQL_APPLICATION_GET_PUBLIC, "WHERE a.id = ?" },
	{ SQL_TYPE_IS_OPEN, "WHERE type = ?" },
	{ SQL_FEE_TABLE, "ORDER BY category, business DESC, years" },
	{ SQL_LIVE_NEW, "SELECT COUNT(*) " },
	{ SQL_APPLICATION_COUNTS, "GROUP BY status" },
	{ SQL_ATTACHMENT_GET, "AND id = ?" },
	{ SQL_ATTACHMENT_FIND, "WHERE id = ?" },
	{ SQL_ATTACHMENT_COUNT, "SELECT COUNT(*) " },
	{ SQL_STORE_KEY_USED, "SELECT EXISTS (" },
	{ SQL_INVOICE_GET, "WHERE i.id = ?" },
	{ SQL_INVOICE_FILE, "WHERE invoice_id = ? AND format = ?" },
	{ SQL_INVOICE_CORRECTIONS, "SELECT COUNT(" },
	{ SQL_INVOICE_PAYMENT, "WHERE i.id = ?" },
	{ SQL_ERASE_INVOICE_LIST, "WHERE invoice_id = ?" },
	{ SQL_ACCOUNT_BY_LOGIN, "WHERE login = ?" },
	{ SQL_ACCOUNT_BY_ID, "WHERE id = ?" },
	{ SQL_ACCOUNT_GET, "WHERE a.id = ?" },
	{ SQL_UNIT_BY_ORG_CODE, "WHERE org_code = ?" },
	{ SQL_UNIT_GET, "WHERE id = ?" },
	{ SQL_STATUS_FIND, "WHERE batch_no = ?" },
	{ SQL_STATUS_ASKED_OF_NUMBER, "COUNT(*)" },
	{ SQL_STATUS_ASKED_OF_BATCH, "COUNT(*)" },
	{ SQL_STATUS_ASKED_BY_IP, "COUNT(*)" },
	{ SQL_STATUS_CODE_SENT, "WHERE id = ?" },
	{ SQL_SESSION_GET, "WHERE s.token_hash = ?" },
	{ SQL_IDEMPOTENCY_FIND,
	    "WHERE account_id = ? AND path = ? AND idem_key = ?" },
	{ SQL_ORDER_GET, "WHERE o.order_no = ?" },
	{ SQL_ORDER_OPEN_OF, "WHERE o.open_key = ?" },
	{ SQL_CREDIT_CASE, "WHERE id = ?" },
	{ SQL_MONEY_SEEN, "SELECT EXISTS (" },
	{ SQL_REFUND_GET, "WHERE r.id = ?" },
	{ SQL_REFUND_PAYMENT, "WHERE a.id = ?" },
	{ SQL_REFUND_SUM, "SELECT COALESCE(SUM(" },
	{ SQL_UNMATCHED_GET, "WHERE n.id = ?" },
};

static bool
is_bounded(const struct statement *st)
{
	if (strstr(st->sql, " LIMIT ") != NULL)
		return true;
	for (size_t i = 0; i < COUNT(bounded); i++)
		if (&sql_statements[bounded[i].stmt] == st)
			return strstr(st->sql, bounded[i].bound) != NULL;
	return false;
}

static void
reads_are_bounded(void **state)
{
	(void)state;
	for (size_t i = 0; i < SQL__N; i++) {
		const struct statement *st = &sql_statements[i];

		if (strncmp(st->sql, "SELECT ", 7) == 0 && !is_bounded(st))
			fail_msg("%s: as many rows as there are", st->name);
	}
}

/* Evidence is only ever added to. */
static void
evidence_is_never_changed(void **state)
{
	static const char *const tables[] = { "payments", "history", "audit",
		"audit_seals", "notices", "consents", "reviews",
		"review_reasons", "consent_texts", "message_texts",
		"postings" };

	(void)state;
	for (size_t i = 0; i < SQL__N; i++)
		for (size_t t = 0; t < COUNT(tables); t++) {
			const struct statement *st = &sql_statements[i];
			size_t n = strlen(tables[t]);

			if (has_right(st->rights, "update", tables[t], n) ||
			    has_right(st->rights, "delete", tables[t], n))
				fail_msg("%s: %s", st->name, tables[t]);
		}
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(every_table_in_a_text_is_among_its_rights),
		cmocka_unit_test(rights_name_what_the_schema_has),
		cmocka_unit_test(parameters_and_columns_are_typed),
		cmocka_unit_test(somebody_known_runs_each),
		cmocka_unit_test(reads_are_bounded),
		cmocka_unit_test(evidence_is_never_changed),
	};

	return cmocka_run_group_tests(tests, read_schema, forget_schema);
}
