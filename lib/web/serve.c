#include "web/serve.h"

#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/signalfd.h>
#include <unistd.h>

#include "base/arena.h"
#include "base/log.h"
#include "base/num.h"
#include "domain/delivery.h"
#include "domain/invoice.h"
#include "domain/order.h"
#include "domain/refund.h"
#include "domain/sql.h"
#include "domain/state.h"
#include "web/openapi.h"
#include "web/route.h"
#include "web/serve_private.h"

enum { JOB_ARENA = 32 << 20 };

int
serve_signals(void)
{
	sigset_t set;

	sigemptyset(&set);
	sigaddset(&set, SIGTERM);
	sigaddset(&set, SIGINT);
	sigaddset(&set, SIGHUP);
	sigaddset(&set, SIGCHLD);
	sigprocmask(SIG_BLOCK, &set, NULL);
	signal(SIGPIPE, SIG_IGN);
	return signalfd(-1, &set, SFD_CLOEXEC | SFD_NONBLOCK);
}

const char *
serve_user(enum program program)
{
	static char user[32];

	snprintf(user, sizeof(user), "calock_%s", program_name(program));
	return user;
}

static bool
take_fd(const char *option, const char *text, struct options *opt)
{
	int *fd = strcmp(option, "--worker") == 0  ? &opt->worker_fd
		  : strcmp(option, "--ready") == 0 ? &opt->ready_fd
						   : NULL;
	int64_t n;

	if (fd == NULL || !num_int(text, 0, 65535, &n))
		return false;
	*fd = (int)n;
	return true;
}

static bool
parse_options(int argc, char **argv, struct options *opt)
{
	*opt = (struct options){ .worker_fd = -1, .ready_fd = -1 };
	for (int i = 1; i < argc; i++) {
		if (strcmp(argv[i], "--config") == 0 && i + 1 < argc) {
			opt->config = argv[++i];
		} else if (i + 1 < argc && take_fd(argv[i], argv[i + 1], opt)) {
			i++;
		} else if (opt->command == NULL &&
			   strncmp(argv[i], "--", 2) == 0) {
			opt->command = argv[i];
		} else {
			return false;
		}
	}
	return true;
}

/* The commands that need no configuration; false when it is none of them. */
static bool
print_command(const char *command, enum program program,
    const struct route *routes, size_t n)
{
	if (strcmp(command, "--routes") == 0)
		route_print(routes, n, program);
	else if (strcmp(command, "--openapi") == 0)
		openapi_print_paths(routes, n, program);
	else if (strcmp(command, "--openapi-head") == 0)
		openapi_print_head();
	else if (strcmp(command, "--grants") == 0)
		sql_print_grants(program);
	else if (strcmp(command, "--config-table") == 0)
		config_print_table();
	else if (strcmp(command, "--sample") == 0)
		config_print_sample();
	else if (strcmp(command, "--states") == 0)
		machine_print_dot(&state_machine);
	else if (strcmp(command, "--order-states") == 0)
		machine_print_dot(&order_machine);
	else if (strcmp(command, "--refund-states") == 0)
		machine_print_dot(&refund_machine);
	else if (strcmp(command, "--invoice-states") == 0)
		machine_print_dot(&invoice_machine);
	else if (strcmp(command, "--delivery-states") == 0)
		machine_print_dot(&delivery_machine);
	else
		return false;
	return true;
}

static void
print_warning(struct arena *a, const struct program_def *def,
    const struct config *cfg, struct db *db)
{
	const char *warning = NULL;
	struct env env;

	env_init(&env, a, db, cfg, def->program);
	if (def->warning != NULL)
		warning = def->warning(&env);
	if (warning != NULL)
		fprintf(stderr, "warning: %s\n", warning);
}

/* Prepares, as the program's own user, what the program may run. */
static int
check_database(
    struct arena *a, const struct config *cfg, const struct program_def *def)
{
	enum program program = def->program;
	struct db *db =
	    db_new(cfg, serve_user(program), sql_statements, SQL_AUDIT_SEEN);
	int checked = 0, failed = 0;
	enum err e = db_ping(db);

	if (e != E_OK)
		fprintf(stderr, "%s\n", err_fault()->cause);
	for (int i = 0; e == E_OK && i < SQL__N; i++) {
		if ((sql_statements[i].programs & program) == 0)
			continue;
		checked++;
		if (db_check(db, i) != E_OK) {
			fprintf(stderr, "%s\n", err_fault()->cause);
			failed++;
		}
	}
	if (e == E_OK && failed == 0)
		print_warning(a, def, cfg, db);
	db_free(db);
	if (e != E_OK || failed > 0)
		return 1;
	printf("%d statements\n", checked);
	return 0;
}

static bool
load_config(
    struct arena *a, enum program program, const char *path, struct config *cfg)
{
	const char *errors;

	if (config_load(a, program, path, cfg, &errors) == E_OK)
		return true;
	fputs(errors, stderr);
	return false;
}

/* What both kinds of programs do first; -1 to go on, else the exit status. */
static int
begin(int argc, char **argv, const struct program_def *def, struct arena *a,
    struct options *opt, struct config *cfg)
{
	log_open(program_name(def->program));
	if (!parse_options(argc, argv, opt)) {
		fprintf(stderr,
		    "usage: %s [--config FILE] [--check | "
		    "--check-database | --routes | --grants | "
		    "--config-table | --sample | --states | "
		    "--order-states | --refund-states | "
		    "--invoice-states | --delivery-states]\n",
		    argv[0]);
		return 2;
	}
	if (opt->command != NULL &&
	    print_command(opt->command, def->program, def->routes, def->n))
		return 0;
	if (!load_config(a, def->program, opt->config, cfg))
		return 1;
	if (opt->command == NULL)
		return -1;
	if (strcmp(opt->command, "--check-database") == 0)
		return check_database(a, cfg, def);
	if (strcmp(opt->command, "--check") != 0) {
		fprintf(stderr, "unknown option %s\n", opt->command);
		return 2;
	}
	config_print(cfg, def->program);
	print_warning(a, def, cfg, NULL);
	return 0;
}

int
serve_main(int argc, char **argv, const struct program_def *def)
{
	struct arena *a = arena_new(1 << 20);
	struct options opt;
	struct config cfg;
	int status = begin(argc, argv, def, a, &opt, &cfg);

	if (status < 0 && opt.worker_fd >= 0)
		status = serve_worker(&opt, &cfg, def);
	else if (status < 0)
		status = serve_parent(&opt, &cfg, def->program,
		    def->workers != NULL ? def->workers(&cfg) : cfg.workers);
	arena_free(a);
	return status;
}

/* Waits for the next round; false when it is time to stop. SIGHUP is, too:
 * behind its wall this process can read neither configuration nor keys again,
 * so that whoever keeps it starts it anew. */
static bool
wait_round(int signals, int ms)
{
	struct pollfd p = { .fd = signals, .events = POLLIN };
	struct signalfd_siginfo info;

	if (poll(&p, 1, ms) <= 0)
		return true;
	if (read(signals, &info, sizeof(info)) != sizeof(info))
		return true;
	if (info.ssi_signo == SIGHUP)
		log_line(
		    LOG_INFO, "reload", "msg=\"leaves to be started anew\"");
	return info.ssi_signo == SIGCHLD;
}

static void
run_job(const struct job_def *def, const struct config *cfg, int signals)
{
	struct arena *a = arena_new(JOB_ARENA);
	struct db *db = db_new(
	    cfg, serve_user(def->program), sql_statements, SQL_AUDIT_SEEN);
	struct env env;

	do {
		env_init(&env, a, db, cfg, def->program);
		env.who = (struct actor){ .role = ROLE_WORKER,
			.name = role_title(ROLE_WORKER) };
		err_clear();
		if (def->step(&env) != E_OK)
			log_fault(LOG_ERROR, "round", NULL, NULL);
		arena_reset(a);
		serve_trim();
	} while (wait_round(signals, def->pause_ms));
	db_free(db);
	arena_free(a);
}

int
serve_job_main(int argc, char **argv, const struct job_def *def)
{
	struct arena *a = arena_new(1 << 20);
	struct options opt;
	struct config cfg;
	const struct program_def program = { .program = def->program };
	int status = begin(argc, argv, &program, a, &opt, &cfg);

	if (status < 0) {
		int signals = serve_signals();

		serve_small();
		serve_note_wall();
		status = def->start(a, &cfg) == E_OK && serve_wall(&cfg) == E_OK
			     ? 0
			     : 1;
		if (status == 0) {
			serve_shed();
			run_job(def, &cfg, signals);
		} else {
			log_fault(LOG_ERROR, "start", NULL, NULL);
		}
	}
	arena_free(a);
	return status;
}
