#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <fcgiapp.h>
#include <json-c/json.h>
#include <string.h>

#include "base/arena.h"
#include "web/route.h"

#define C16 "0123456789abcdef"
#define C64 C16 C16 C16 C16

static void
a_path_is_matched_whole(void **state)
{
	static const struct {
		const char *pattern, *path;
		const char *param[PATH_PARAMS]; /* NULL at first: no match */
	} cases[] = {
		{ "/api/x", "/api/x", { "" } },
		{ "/api/x", "/api/x/", { NULL } },
		{ "/api/x", "/api/", { NULL } },
		{ "/api/x", "/api/X", { NULL } },
		{ "/api/x", "", { NULL } },
		{ "/api/{id}", "/api/a-B_9", { "a-B_9" } },
		{ "/api/{id}", "/api/", { NULL } },
		{ "/api/{id}", "/api/a/", { NULL } },
		{ "/api/{id}", "/api/a/b", { NULL } },
		{ "/api/{id}", "/api/..", { NULL } },
		{ "/api/{id}", "/api/a%2fb", { NULL } },
		{ "/api/{id}", "/api/\xe4\xb8\xad", { NULL } },
		{ "/api/{id}", "/api/" C64, { C64 } },
		{ "/api/{id}", "/api/" C64 "0", { NULL } },
		{ "/a/{x}/b/{y}", "/a/1/b/2", { "1", "2" } },
		{ "/a/{x}/b/{y}", "/a/1/c/2", { NULL } },
		{ "/a/{x}/b", "/a/1", { NULL } },
		{ "/{a}/{b}/{c}/{d}", "/1/2/3/4", { "1", "2", "3", "4" } },
		{ "/{a}/{b}/{c}/{d}/{e}", "/1/2/3/4/5", { NULL } },
	};
	struct request r = { .env.a = arena_new(1 << 16) };

	(void)state;
	for (size_t i = 0; i < COUNT(cases); i++) {
		const char *const *param = cases[i].param;

		if (route_match(&r, cases[i].pattern, cases[i].path) !=
		    (param[0] != NULL))
			fail_msg("%s", cases[i].path);
		for (size_t p = 0;
		     p < PATH_PARAMS && param[p] != NULL && *param[p] != '\0';
		     p++)
			assert_string_equal(r.param[p], param[p]);
	}
	arena_free(r.env.a);
}

/* The current version is 7. */
static void
a_change_names_the_version_it_is_based_on(void **state)
{
	static const struct {
		const char *header, *body;
		enum err needed, free; /* when a version is needed, and not */
	} cases[] = {
		{ NULL, NULL, E_VERSION_NEEDED, E_OK },
		{ NULL, "{}", E_VERSION_NEEDED, E_OK },
		{ NULL, "{\"version\":7}", E_OK, E_OK },
		{ NULL, "{\"version\":6}", E_STALE, E_STALE },
		{ "\"7\"", NULL, E_OK, E_OK },
		{ "W/\"7\"", NULL, E_OK, E_OK },
		{ "\"8\"", NULL, E_STALE, E_STALE },
		{ "7", NULL, E_STALE, E_STALE },
		{ "\"\"", NULL, E_STALE, E_STALE },
		{ "\"", NULL, E_STALE, E_STALE },
		{ "\"07\"", NULL, E_STALE, E_STALE },
		{ "\"6\", \"7\"", NULL, E_STALE, E_STALE },
		{ "\"7\"", "{\"version\":6}", E_STALE, E_STALE },
		{ "\"6\"", "{\"version\":7}", E_STALE, E_STALE },
		/* Any version, asked for in so many words (RFC 9110). */
		{ "*", NULL, E_OK, E_OK },
		{ "*", "{\"version\":7}", E_OK, E_OK },
		{ "*", "{\"version\":6}", E_STALE, E_STALE },
	};
	struct arena *a = arena_new(1 << 16);

	(void)state;
	for (size_t i = 0; i < COUNT(cases); i++) {
		char *envp[2] = { NULL, NULL };
		struct FCGX_Request fcgi = { .envp = envp };
		struct request r = { .fcgi = &fcgi };

		if (cases[i].header != NULL)
			envp[0] = arena_printf(
			    a, "HTTP_IF_MATCH=%s", cases[i].header);
		if (cases[i].body != NULL)
			r.in = json_tokener_parse(cases[i].body);
		if (request_check_version(&r, 7, true) != cases[i].needed ||
		    request_check_version(&r, 7, false) != cases[i].free)
			fail_msg("case %zu", i);
		json_object_put(r.in);
	}
	arena_free(a);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_path_is_matched_whole),
		cmocka_unit_test(a_change_names_the_version_it_is_based_on),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
