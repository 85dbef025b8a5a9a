#pragma once
/*
 * What is wrong with an input, all at once: each problem names its field, a
 * stable code and a Chinese sentence that says what to do.
 */
#include <stdbool.h>
#include <stddef.h>

struct arena;

struct problem {
	const char *field, *code, *message;
};

enum { PROBLEMS_MAX = 64 };

/* Past PROBLEMS_MAX further ones are dropped: nobody reads that many. */
struct problems {
	struct arena *a;
	size_t n;
	struct problem item[PROBLEMS_MAX];
};

/* Adds one; field and code must outlive the arena, the message is printed. */
void problem_add(struct problems *ps, const char *field, const char *code,
    const char *fmt, ...) __attribute__((format(printf, 4, 5)));

/*
 * Whether a text that a person wrote can be taken. Adds what is wrong: it is
 * longer than most characters, or empty; required says what to write then,
 * NULL: it may be empty.
 */
bool problem_prose(struct problems *ps, const char *field, const char *text,
    size_t most, const char *required);

/* The message about a field, or NULL. */
const char *problem_message(const struct problems *ps, const char *field);
