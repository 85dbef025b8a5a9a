/*
 * What who keeps the machine does to accounts; the password is one line of
 * standard input:
 *
 *   account --new-account FILE ROLE LOGIN NAME [UNIT ORG_CODE]
 *	how the first administrators come to be
 *   account --recover-account FILE LOGIN
 *	for when no second person is left to reset it
 */
#include <stdio.h>
#include <string.h>

#include "account/handlers.h"
#include "base/arena.h"
#include "domain/account.h"
#include "domain/account_office.h"
#include "domain/sql.h"

static enum err
add(struct env *env, int argc, char **argv, const char *password)
{
	return account_add(&(struct account_new){ .env = env,
	    .role = argv[3],
	    .login = argv[4],
	    .name = argv[5],
	    .password = password,
	    .unit = argc == 8 ? argv[6] : NULL,
	    .org_code = argc == 8 ? argv[7] : NULL });
}

static enum err
recover(struct env *env, int argc, char **argv, const char *password)
{
	(void)argc;
	return account_recover(env, argv[3], password);
}

static const struct tool {
	const char *option, *usage;
	int least, most; /* of argc */
	enum err (*run)(
	    struct env *env, int argc, char **argv, const char *password);
} tools[] = {
	{ "--new-account", "CONFIG ROLE LOGIN NAME [UNIT ORG_CODE]", 6, 8,
	    add },
	{ "--recover-account", "CONFIG LOGIN", 4, 4, recover },
};

static const struct tool *
tool_of(int argc, char **argv)
{
	for (size_t i = 0; argc > 1 && i < COUNT(tools); i++)
		if (strcmp(argv[1], tools[i].option) == 0)
			return &tools[i];
	return NULL;
}

bool
account_tool_is(int argc, char **argv)
{
	return tool_of(argc, argv) != NULL;
}

static int
report(const struct env *env)
{
	for (size_t i = 0; i < env->errors.n; i++)
		fprintf(stderr, "%s: %s\n", env->errors.item[i].field,
		    env->errors.item[i].message);
	fprintf(stderr, "not done: %s\n", err_fault()->cause);
	return 1;
}

int
account_tool(int argc, char **argv)
{
	const struct tool *tool = tool_of(argc, argv);
	struct arena *a = arena_new(1 << 22);
	char password[256] = "";
	struct config cfg;
	struct env env;
	const char *errors;

	if (argc != tool->least && argc != tool->most) {
		fprintf(stderr, "usage: %s %s %s\n", argv[0], tool->option,
		    tool->usage);
		return 2;
	}
	if (config_load(a, P_ACCOUNT, *argv[2] != '\0' ? argv[2] : NULL, &cfg,
		&errors) != E_OK) {
		fputs(errors, stderr);
		return 1;
	}
	if (fgets(password, sizeof(password), stdin) != NULL)
		password[strcspn(password, "\n")] = '\0';
	env_init(&env, a,
	    db_new(&cfg, "calock_account", sql_statements, SQL_AUDIT_SEEN),
	    &cfg, P_ACCOUNT);
	env.who = (struct actor){ .role = ROLE_WORKER, .name = "operator" };
	return tool->run(&env, argc, argv, password) == E_OK ? 0 : report(&env);
}
