/*
 * Loaded before the worker: ends it, as if it were killed, before step number
 * STOP_AT of what it does about something, counted from its start. A step is a
 * row that is written by a statement with STEP_ROWS in it, the COMMIT after
 * that, a call of a URL with STEP_CALLS in it, and a file of the store that
 * gets its name.
 */
#include <dlfcn.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

enum { KILLED = 137, STATEMENTS = 1024, CURLOPT_URL = 10002 };

#define REAL(name) ((__typeof__(&name))dlsym(RTLD_NEXT, #name))

/* The libraries' own, as far as they are seen from here. */
int mysql_stmt_prepare(void *stmt, const char *text, unsigned long n);
int mysql_stmt_execute(void *stmt);
signed char mysql_commit(void *conn);
int curl_easy_setopt(void *easy, int option, ...);
int curl_easy_perform(void *easy);
int renameat(int from_dir, const char *from, int to_dir, const char *to);

static const void *writers[STATEMENTS];
static size_t n_writers;
static bool is_open; /* something is written that is not committed */
static bool is_provider;
static long steps;

static void
step(void)
{
	const char *at = getenv("STOP_AT");

	if (at != NULL && ++steps == atol(at))
		_exit(KILLED);
}

int
mysql_stmt_prepare(void *stmt, const char *text, unsigned long n)
{
	if (strncmp(text, "SELECT", 6) != 0 &&
	    strstr(text, getenv("STEP_ROWS")) != NULL && n_writers < STATEMENTS)
		writers[n_writers++] = stmt;
	return REAL(mysql_stmt_prepare)(stmt, text, n);
}

int
mysql_stmt_execute(void *stmt)
{
	for (size_t i = 0; i < n_writers; i++)
		if (writers[i] == stmt) {
			step();
			is_open = true;
		}
	return REAL(mysql_stmt_execute)(stmt);
}

signed char
mysql_commit(void *conn)
{
	if (is_open)
		step();
	is_open = false;
	return REAL(mysql_commit)(conn);
}

/* Every option's value is as long as a pointer. */
int
curl_easy_setopt(void *easy, int option, ...)
{
	va_list ap;
	void *value;

	va_start(ap, option);
	value = va_arg(ap, void *);
	va_end(ap);
	if (option == CURLOPT_URL)
		is_provider = strstr(value, getenv("STEP_CALLS")) != NULL;
	return REAL(curl_easy_setopt)(easy, option, value);
}

int
curl_easy_perform(void *easy)
{
	if (is_provider)
		step();
	return REAL(curl_easy_perform)(easy);
}

int
renameat(int from_dir, const char *from, int to_dir, const char *to)
{
	step();
	return REAL(renameat)(from_dir, from, to_dir, to);
}
