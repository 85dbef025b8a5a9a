#pragma once
/* What the parts of the frame share: serve.c, serve_parent.c, serve_worker.c. */
#include "web/serve.h"

struct options {
	const char *config;  /* path or NULL */
	const char *command; /* "--check" …, or NULL to serve */
	int worker_fd;	     /* >= 0: this is a worker with that listener */
};

/* Holds the socket and the workers until SIGTERM. */
int serve_parent(const struct options *opt, const struct config *cfg,
    enum program program, int64_t workers);

/* Serves requests from the listener until SIGTERM or its share is done. */
int serve_worker(
    int fd, const struct config *cfg, const struct program_def *def);

/* Blocks the signals that end or reload a program, and gives their fd. */
int serve_signals(void);

/* The database user of a program: "calock_review". */
const char *serve_user(enum program program);
