#include "scratch.h"

#include "service/config.h"

#define URLS "public_url = https://p.example\nadmin_url=https://a.example\n"
/* What worker needs: the paths of two files. */
#define WORKER                                                                 \
	URLS "store = file:/x\nfield_key_file = %s\n"                          \
	     "audit_key_file = %s\naudit_anchors = /x\n"

static struct config cfg;
static const char *errors;

static enum err
load(enum program p, const char *text)
{
	return config_load(a, p, scratch_file("conf", text), &cfg, &errors);
}

/* What a function prints to standard output. */
static const char *
printed(void (*print)(void))
{
	const char *text, *path = scratch_file("out", "");
	unsigned long n;
	int saved = dup(STDOUT_FILENO);

	fflush(stdout);
	assert_non_null(freopen(path, "w", stdout));
	print();
	fflush(stdout);
	dup2(saved, STDOUT_FILENO);
	close(saved);
	assert_int_equal(config_read_file(a, path, 65536, &text, &n), E_OK);
	return text;
}

static void
what_is_given_is_taken_and_the_rest_has_defaults(void **state)
{
	(void)state;
	assert_int_equal(
	    load(P_PAYMENT, "# comment\n\n" URLS "\tdb_name=x y \r\n"
			    "db_port = 1\nportal_origins = https://b.example, "
			    "http://127.0.0.1:8080"),
	    E_OK);
	assert_string_equal(errors, "");
	assert_string_equal(cfg.public_url, "https://p.example");
	assert_string_equal(cfg.db_name, "x y");
	assert_int_equal(cfg.db_port, 1);
	assert_int_equal(cfg.session_hours, 12);
	assert_string_equal(cfg.db_host, "");
}

static void
each_mistake_is_named(void **state)
{
	static const struct {
		const char *text, *error;
	} cases[] = {
		{ "db_nmae = x", ":3: unknown key db_nmae" },
		{ " = x", ":3: unknown key " },
		{ "db_name", ":3: no '='" },
		{ "db_name = a\ndb_name = a", ":4: db_name is given twice" },
		{ "db_port = 0", "db_port (CALOCK_DB_PORT) is not a number "
				 "from 1 to 65535" },
		{ "db_port = 65536", "db_port" },
		{ "db_port = 1x", "db_port" },
		{ "db_port =", "db_port" },
		{ "portal_origins = https://b.example/", "portal_origins" },
		{ "portal_origins = http://b.example", "portal_origins" },
		{ "portal_origins = https://b.example,", "portal_origins" },
		{ "portal_origins = b.example", "portal_origins" },
	};

	(void)state;
	for (size_t i = 0; i < COUNT(cases); i++) {
		assert_int_equal(load(P_PAYMENT, arena_printf(a, URLS "%s\n",
						     cases[i].text)),
		    E_INVALID);
		if (strstr(errors, cases[i].error) == NULL)
			fail_msg("%s: %s", cases[i].text, errors);
		/* One mistake, one line. */
		assert_ptr_equal(
		    strchr(errors, '\n'), errors + strlen(errors) - 1);
	}
}

static void
an_address_is_https_without_a_slash(void **state)
{
	static const struct {
		const char *url;
		enum err e;
	} cases[] = {
		{ "https://p.example", E_OK },
		{ "https://p.example:8443", E_OK },
		{ "http://127.0.0.1:8080", E_OK },
		{ "http://localhost", E_OK },
		{ "http://p.example", E_INVALID },
		{ "https://p.example/", E_INVALID },
		{ "https://user@p.example", E_INVALID },
		{ "ftp://p.example", E_INVALID },
		{ "p.example", E_INVALID },
		{ "", E_INVALID },
	};

	(void)state;
	for (size_t i = 0; i < COUNT(cases); i++)
		if (load(P_PAYMENT,
			arena_printf(a,
			    "admin_url = https://a.example\npublic_url = %s\n",
			    cases[i].url)) != cases[i].e)
			fail_msg("%s", cases[i].url);
}

static void
mistakes_are_told_all_at_once(void **state)
{
	static const char *const wanted[] = { "unknown key x", "db_port",
		"session_hours", "public_url (CALOCK_PUBLIC_URL) must be given",
		"admin_url" };

	(void)state;
	assert_int_equal(
	    load(P_PAYMENT, "x = 1\ndb_port = x\nsession_hours = 0\n"
			    "admin_url = nowhere\n"),
	    E_INVALID);
	for (size_t i = 0; i < COUNT(wanted); i++)
		if (strstr(errors, wanted[i]) == NULL)
			fail_msg("%s in %s", wanted[i], errors);
}

static void
the_environment_overrides(void **state)
{
	(void)state;
	setenv("CALOCK_DB_NAME", "from_environment", 1);
	setenv("CALOCK_DB_PORT", "77", 1);
	assert_int_equal(load(P_PAYMENT, URLS "db_name = file\n"), E_OK);
	assert_string_equal(cfg.db_name, "from_environment");
	assert_int_equal(cfg.db_port, 77);
	setenv("CALOCK_DB_PORT", "seven", 1);
	assert_int_equal(load(P_PAYMENT, URLS "db_port = 7\n"), E_INVALID);
	unsetenv("CALOCK_DB_NAME");
	unsetenv("CALOCK_DB_PORT");
	setenv("CALOCK_PUBLIC_URL", "https://p.example", 1);
	setenv("CALOCK_ADMIN_URL", "https://a.example", 1);
	assert_int_equal(config_load(a, P_PAYMENT, NULL, &cfg, &errors), E_OK);
	unsetenv("CALOCK_PUBLIC_URL");
	unsetenv("CALOCK_ADMIN_URL");
}

static void
what_must_be_given_may_not_be_empty(void **state)
{
	static const char *const keys[] = { "store", "field_key_file",
		"audit_key_file", "audit_anchors" };

	(void)state;
	for (size_t i = 0; i < COUNT(keys); i++) {
		assert_int_equal(
		    load(P_WORKER, arena_printf(a, URLS "%s =\n", keys[i])),
		    E_INVALID);
		if (strstr(errors, arena_printf(a, "%s (", keys[i])) == NULL ||
		    strstr(errors, "must be given") == NULL)
			fail_msg("%s", errors);
	}
	assert_int_equal(
	    load(P_WORKER, arena_printf(a, WORKER, scratch_file("keys", "1 x"),
			       scratch_file("audit", "x"))),
	    E_OK);
}

static void
a_file_that_is_no_text_is_refused(void **state)
{
	static const char nul[] = URLS "db_name = x\0\nunknown = y\n";
	char *large = arena_alloc(a, 70000);

	(void)state;
	assert_int_equal(
	    config_load(a, P_PAYMENT,
		scratch_bytes("conf", nul, sizeof(nul) - 1), &cfg, &errors),
	    E_INVALID);
	assert_non_null(strstr(errors, "NUL"));
	memset(large, '#', 70000 - 1);
	assert_int_equal(load(P_PAYMENT, large), E_INVALID);
	assert_non_null(strstr(errors, "over 65536 bytes"));
	assert_int_equal(
	    config_load(a, P_PAYMENT, arena_printf(a, "%s/none", scratch), &cfg,
		&errors),
	    E_INVALID);
	assert_non_null(strstr(errors, "No such file"));
}

static void
print_payment(void)
{
	config_print(&cfg, P_PAYMENT);
}

static void
print_worker(void)
{
	config_print(&cfg, P_WORKER);
}

/* A program does not even see what it may not read, set or not. */
static void
each_program_sees_its_own(void **state)
{
	const char *text;

	(void)state;
	assert_int_equal(
	    load(P_PAYMENT, URLS "store = file:/x\nfield_key_file = /none\n"
				 "order_query_seconds = x\n"),
	    E_OK);
	assert_null(cfg.store);
	assert_null(cfg.field_key_file);
	assert_int_equal(cfg.order_query_seconds, 0);
	text = printed(print_payment);
	assert_null(strstr(text, "store"));
	assert_non_null(strstr(text, "order_minutes = 90\n"));
}

static void
secrets_are_masked(void **state)
{
	const char *text, *path;

	(void)state;
	path = scratch_file("keys", "1 x");
	assert_int_equal(
	    load(P_WORKER, arena_printf(a, WORKER, path, path)), E_OK);
	text = printed(print_worker);
	assert_null(strstr(text, path));
	assert_non_null(strstr(text, "field_key_file = ********\n"));
	assert_non_null(strstr(text, "wechatpay_apiv3_key_file = \n"));
	assert_non_null(strstr(text, "store = file:/x\n"));
	assert_int_equal(
	    load(P_WORKER, URLS "store = file:/x\nfield_key_file = /none\n"),
	    E_INVALID);
	assert_non_null(strstr(errors, "cannot be read"));
}

static void
the_readme_has_the_table(void **state)
{
	static const char begin[] = "<!-- config-table -->\n";
	const char *text, *table = printed(config_print_table);
	unsigned long n;

	(void)state;
	assert_int_equal(
	    config_read_file(a, "README.md", 1 << 20, &text, &n), E_OK);
	assert_non_null(text = strstr(text, begin));
	text += sizeof(begin) - 1;
	assert_string_equal(
	    arena_strndup(a, text,
		(size_t)(strstr(text, "\n<!-- /config-table -->") - text)),
	    table);
}

/* An arena that ends the process over its cap has room for it. */
static void
a_file_takes_what_it_holds_not_what_it_may(void **state)
{
	struct arena *small = arena_new(32);
	const char *text, *path = scratch_file("key", "12345678\n");
	unsigned long n;

	(void)state;
	assert_int_equal(config_read_file(small, path, 65536, &text, &n), E_OK);
	assert_int_equal(n, 8);
	assert_string_equal(text, "12345678");
	assert_int_equal(config_read_file(a, path, 9, &text, &n), E_OK);
	assert_int_equal(config_read_file(a, path, 8, &text, &n), E_INTERNAL);
	assert_non_null(strstr(err_fault()->cause, "over 8 bytes"));
	arena_free(small);
}

/* Uncommented, it sets every key to its own default. */
static void
the_sample_is_a_configuration(void **state)
{
	const char *sample = printed(config_print_sample);
	char *all = arena_strdup(a, sample);

	(void)state;
	assert_int_equal(load(P_PAYMENT, sample), E_INVALID);
	assert_null(strstr(errors, "unknown"));
	for (char *p = all; (p = strchr(p, '#')) != NULL; p++)
		if (p[1] != ' ')
			*p = ' ';
	assert_int_equal(load(P_PAYMENT, all), E_INVALID);
	assert_string_equal(errors,
	    "public_url (CALOCK_PUBLIC_URL) must be given\n"
	    "admin_url (CALOCK_ADMIN_URL) must be given\n");
}

static void
programs_have_names(void **state)
{
	(void)state;
	assert_string_equal(program_name(P_ACCOUNT), "account");
	assert_string_equal(program_name(P_WORKER), "worker");
	assert_string_equal(program_name(P_EVERY), "all");
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(what_is_given_is_taken_and_the_rest_has_defaults),
		TEST(each_mistake_is_named),
		TEST(an_address_is_https_without_a_slash),
		TEST(mistakes_are_told_all_at_once),
		TEST(the_environment_overrides),
		TEST(what_must_be_given_may_not_be_empty),
		TEST(a_file_that_is_no_text_is_refused),
		TEST(each_program_sees_its_own),
		TEST(secrets_are_masked),
		TEST(the_readme_has_the_table),
		TEST(a_file_takes_what_it_holds_not_what_it_may),
		TEST(the_sample_is_a_configuration),
		TEST(programs_have_names),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
