#pragma once
/* The state machine of an application, made from state.def. */
#include "domain/machine.h"

enum state {
#define STATE(name, ...) STATE_##name,
#include "domain/state.def"
#undef STATE
	STATE__N
};

enum action {
#define ACTION(name, ...) ACTION_##name,
#include "domain/state.def"
#undef ACTION
	ACTION__N
};

struct state_row {
	const char *word, *title;	   /* "pending", 待审核 */
	const char *status, *status_title; /* the tab; NULL for none */
	const char *next; /* what the applicant does now; NULL for none */
};

struct action_row {
	const char *word, *step; /* "approve", 审核通过 */
	unsigned
	    tells; /* bits of enum role: who does it has the applicant told */
};

/* The row of a state, of an action. */
const struct state_row *state_row(enum state s);
const struct action_row *action_row(enum action a);

/* The state called word, or STATE__N. */
enum state state_by_word(const char *word);

/* The action called word, or ACTION__N. */
enum action action_by_word(const char *word);

/* The ways between them; an event is an action. */
extern const struct machine state_machine;

/* An application at the moment a change is based on. */
struct state_of {
	const char *id;
	enum state state;
	int64_t version;
	int64_t entered_at; /* when it came to whoever takes the step */
};

/*
 * Inside db_tx: moves an application, compare-and-set on its version and
 * state, with its history, audit and (where state.def says so) message rows.
 * opinion (may be "") goes into the history. E_STATE when the table has no
 * such way, when the actor may not, or when somebody else was faster.
 */
MUST_USE enum err state_move(struct env *env, const struct state_of *from,
    enum action action, const char *opinion);
