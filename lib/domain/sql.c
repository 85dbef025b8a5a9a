#include "domain/sql.h"

#include <stdio.h>
#include <string.h>

const struct statement sql_statements[SQL__N] = {
#define STMT(n, programs, in, out, rights, sql)                                \
	[SQL_##n] = { #n, programs, in, out, rights, sql },
#include "domain/sql.def"
#undef STMT
};

/* "update applications(state,version)": one right, as a GRANT. */
static void
print_right(const char *right, size_t n, const char *user)
{
	const char *end = right + n, *table = memchr(right, ' ', n);
	const char *columns = memchr(right, '(', n);
	const char *table_end = columns != NULL ? columns : end;

	if (table == NULL)
		return;
	printf("GRANT %.*s %.*s ON %.*s TO 'calock_%s';\n",
	    (int)(table - right), right,
	    columns != NULL ? (int)(end - columns) : 0,
	    columns != NULL ? columns : "", (int)(table_end - table - 1),
	    table + 1, user);
}

void
sql_print_grants(enum program p)
{
	for (size_t i = 0; i < SQL__N; i++) {
		const char *r = sql_statements[i].rights;

		while ((sql_statements[i].programs & p) != 0 && *r != '\0') {
			size_t n = strcspn(r, ";");

			print_right(r, n, program_name(p));
			r += n + strspn(r + n, "; ");
		}
	}
}
