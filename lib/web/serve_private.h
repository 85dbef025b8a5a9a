#pragma once
/* What the parts of the frame share: serve.c, serve_socket.c,
 * serve_parent.c, serve_worker.c. */
#include "web/serve.h"

struct options {
	const char *config;  /* path or NULL */
	const char *command; /* "--check" …, or NULL to serve */
	int worker_fd;	     /* >= 0: this is a worker with that listener, */
	int ready_fd;	     /* which writes its pid there when it serves */
};

/* How a start went: the exit status. */
enum start { START_OK = 0, START_FAILED = 1, START_TAKEN = 3 };

/*
 * The listening socket of a program, non-blocking: what systemd passes, else
 * <run_dir>/<name>.sock, for as long as this process lives. The cause of a
 * failure is in the log.
 */
enum start serve_socket(const char *run_dir, const char *name, int *fd);

/* Holds the socket and the workers until SIGTERM; gives the exit status. */
int serve_parent(const struct options *opt, const struct config *cfg,
    enum program program, int64_t workers);

/* Serves requests until SIGTERM or its share is done; the exit status. */
int serve_worker(const struct options *opt, const struct config *cfg,
    const struct program_def *def);

/* Said first: bounds what this process keeps of the memory it has freed, and
 * leaves out what it needs none for. The second gives back the rest of what is
 * free, now and then. */
void serve_small(void);
void serve_trim(void);

/* Lets the pages of the libraries' code and names go: binding them has touched
 * them all, most for the last time, and what is used comes back by itself. */
void serve_shed(void);

/* Blocks the signals that end or reload a program, and gives their fd. */
int serve_signals(void);

/*
 * Closes the process in (service/wall.h), once it has read its keys, for what
 * its configuration names: the store, the database, the providers.
 */
MUST_USE enum err serve_wall(const struct config *cfg);

/* A line in the log when there is no wall on this machine. */
void serve_note_wall(void);

/* The database user of a program: "calock_review". */
const char *serve_user(enum program program);
