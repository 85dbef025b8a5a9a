#pragma once
/* The frame of a FastCGI program: command line, socket, workers, loop. */
#include "web/request.h"

struct program_def {
	enum program program;
	const struct route *routes;
	size_t n;
	/* Once in each worker, after the fork: keys, store, providers. */
	enum err (*start)(struct arena *a, const struct config *cfg);
	/* How many workers it asks for; NULL: as many as most do. */
	int64_t (*workers)(const struct config *cfg);
	/*
	 * What a centre still has to see to, a line, or NULL: printed by
	 * --check and --check-database. env->db is NULL for the first.
	 */
	const char *(*warning)(struct env *env);
};

/*
 * --config FILE, and one of --check, --check-database (prepares, as the
 * program's own user, every statement that the program may run, and prints
 * what the server refuses), --routes, --grants, --config-table, --sample,
 * --states and its like, --openapi, --openapi-head (openapi.h); without one of
 * them it serves until SIGTERM: a parent that holds
 * the socket <run_dir>/<program>.sock (or the one that systemd passes), and
 * workers that it starts again when they die. SIGHUP replaces them one by
 * one, with the binary and the configuration that are there then; the socket
 * and the number of workers stay. A replacement that cannot start is tried
 * again for good, and meanwhile those that serve go on.
 * Returns the exit status: 1 when it cannot start, 2 for a wrong command
 * line, 3 when another one serves on the socket already.
 */
int serve_main(int argc, char **argv, const struct program_def *def);

/*
 * The same without FastCGI: one process that calls step until SIGTERM, or
 * until SIGHUP, when systemd (Restart=always) starts it with the binary, the
 * configuration and the keys of then. A round is finished in either case.
 */
struct job_def {
	enum program program;
	enum err (*start)(struct arena *a, const struct config *cfg);
	/* One round of work; its arena and problems are fresh each time. */
	enum err (*step)(struct env *env);
	int pause_ms; /* between two rounds */
};
int serve_job_main(int argc, char **argv, const struct job_def *def);
