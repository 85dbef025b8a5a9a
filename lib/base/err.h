#pragma once
/*
 * Errors: one enum made from err.def, and the last failure with its place
 * and cause, for the log. Programs have one thread, so the record is one.
 */
#include <stdbool.h>
#include <stddef.h>

enum err {
	E_OK = 0,
#define ERR(name, status, level, code, title, advice) E_##name,
#include "base/err.def"
#undef ERR
	E__N
};

struct err_row {
	const char *name;   /* NOT_FOUND */
	int status;	    /* HTTP status */
	bool is_ours;	    /* our failure, for the operator */
	const char *code;   /* stable, for programs */
	const char *title;  /* Chinese */
	const char *advice; /* Chinese: what to do */
};

/* Where and why the last failure happened; cause never holds personal data. */
struct fault {
	enum err err;
	const char *file;
	int line;
	char cause[192];
};

/* The row of an error other than E_OK. */
const struct err_row *err_row(enum err e);

/* The last failure recorded by FAIL; err is E_OK when there was none. */
const struct fault *err_fault(void);

/* Forgets the last failure: at the start of each request or job. */
void err_clear(void);

/*
 * Records a failure and returns e; use FAIL, which adds the place and gives e
 * itself, so that an analyser sees that it is not E_OK.
 */
enum err err_set(enum err e, const char *file, int line, const char *fmt, ...)
    __attribute__((format(printf, 4, 5)));

/* Records that failure again, behind what was done after it. Its err. */
enum err err_again(const struct fault *f);

/* return FAIL(E_STORE, "fsync: %s", strerror(errno)); */
#define FAIL(e, ...) (err_set((e), __FILE__, __LINE__, __VA_ARGS__), (e))

/* Leaves the function with the error of a call that failed. */
#define TRY(call)                                                              \
	do {                                                                   \
		enum err try_err_ = (call);                                    \
		if (try_err_ != E_OK)                                          \
			return try_err_;                                       \
	} while (0)

#define MUST_USE __attribute__((warn_unused_result))
#define COUNT(a) (sizeof(a) / sizeof((a)[0]))
