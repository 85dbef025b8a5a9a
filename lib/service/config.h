#pragma once
/*
 * Configuration: one `key = value` file, each key overridable by its
 * environment variable CALOCK_<KEY>. config.def declares every key once.
 */
#include <stdbool.h>
#include <stdint.h>

#include "base/err.h"

struct arena;

/* Programs, as bits: who may read a key, run a statement. */
enum program {
	P_ACCOUNT = 1 << 0,
	P_APPLICATION = 1 << 1,
	P_ATTACHMENT = 1 << 2,
	P_REVIEW = 1 << 3,
	P_PAYMENT = 1 << 4,
	P_CALLBACK = 1 << 5,
	P_INVOICE = 1 << 6,
	P_WORKER = 1 << 7,
	P_DOCUMENT = 1 << 8,
	P_EVERY = (1 << 9) - 1
};

/* "account" and so on; P_EVERY is "all". */
const char *program_name(enum program p);

/* The largest file that can be allowed; nginx's body limits follow it. */
enum { FILE_BYTES_MOST = 20 << 20 };

/* Every key by its name in config.def: cfg->db_socket, cfg->order_minutes. */
struct config {
#define TEXT(key, ...)	  const char *key;
#define URL(key, ...)	  const char *key;
#define ORIGINS(key, ...) const char *key;
#define SECRET(key, ...)  const char *key; /* the path of a file */
#define INT(key, ...)	  int64_t key;
#include "service/config.def"
#undef TEXT
#undef URL
#undef ORIGINS
#undef SECRET
#undef INT
};

/*
 * Reads the file (NULL: none) and the environment for one program. On
 * E_INVALID every mistake, one a line, is in *errors (in the arena).
 */
MUST_USE enum err config_load(struct arena *a, enum program p, const char *path,
    struct config *out, const char **errors);

/* Prints the effective values that p may read, paths of secrets masked. */
void config_print(const struct config *cfg, enum program p);

/* Prints the README's table: variable, default, who reads it, meaning. */
void config_print_table(void);

/* Prints a sample configuration file: every key, its meaning and default. */
void config_print_sample(void);

/*
 * The text of a file that a key names, without its last newline, at most max
 * bytes, in the arena; E_INTERNAL with a cause.
 */
MUST_USE enum err config_read_file(struct arena *a, const char *path,
    unsigned long max, const char **text, unsigned long *n);
