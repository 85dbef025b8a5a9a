#pragma once
/*
 * A table of states, what happens, and the only ways between them: what
 * state.def and all the others named …_state.def have in common.
 */
#include "base/word.h"
#include "domain/env.h"

/* Before its first state. */
enum { MACHINE_START = -1 };

struct machine_move {
	int from, event;
	unsigned by; /* bits of enum role */
	int to;
};

struct machine {
	const char *name; /* "order" */
	const struct word *state, *event;
	size_t states, events;
	const struct machine_move *move;
	size_t moves;
	/* How one comes to be; other ways are moves from MACHINE_START. */
	struct machine_move birth;
};

/* The way that event takes from a state, or NULL when there is none. */
const struct machine_move *machine_find(
    const struct machine *m, int from, int event);

/* The same; E_STATE when there is none or the actor may not take it. */
MUST_USE enum err machine_take(const struct machine *m, int from, int event,
    enum role actor, const struct machine_move **out);

/* The state called word; m->states when there is none. */
int machine_state(const struct machine *m, const char *word);

/* Draws it in Graphviz's language to standard output. */
void machine_print_dot(const struct machine *m);
