#include "domain/state.h"

#include <string.h>

#include "base/arena.h"
#include "domain/audit.h"
#include "domain/sql.h"

static const struct state_row states[] = {
#define STATE(name, word, title, tab, tab_title)                               \
	[STATE_##name] = { word, title, tab, tab_title },
#include "domain/state.def"
#undef STATE
};

static const struct action_row actions[] = {
#define ACTION(name, word, step, tells) [ACTION_##name] = { word, step, tells },
#include "domain/state.def"
#undef ACTION
};

static const struct move_row moves[] = {
#define MOVE(from, action, by, to)                                             \
	{ STATE_##from, ACTION_##action, by, STATE_##to },
#include "domain/state.def"
#undef MOVE
};

const struct state_row *
state_row(enum state s)
{
	return &states[s];
}

const struct action_row *
action_row(enum action a)
{
	return &actions[a];
}

enum state
state_by_word(const char *word)
{
	for (int i = 0; i < STATE__N; i++)
		if (strcmp(states[i].word, word) == 0)
			return (enum state)i;
	return STATE__N;
}

const struct move_row *
state_moves(size_t *n)
{
	*n = COUNT(moves);
	return moves;
}

const struct move_row *
state_find(enum state from, enum action action)
{
	for (size_t i = 0; i < COUNT(moves); i++)
		if (moves[i].from == from && moves[i].action == action)
			return &moves[i];
	return NULL;
}

static const struct machine_word state_words[] = {
#define STATE(name, word, title, ...) [STATE_##name] = { word, title },
#include "domain/state.def"
#undef STATE
};

static const struct machine_word action_words[] = {
#define ACTION(name, word, step, tells) [ACTION_##name] = { word, step },
#include "domain/state.def"
#undef ACTION
};

static const struct machine_move machine_moves[] = {
#define MOVE(from, action, by, to)                                             \
	{ STATE_##from, ACTION_##action, by, STATE_##to },
#include "domain/state.def"
#undef MOVE
};

const struct machine state_machine = { .name = "application",
	.state = state_words,
	.states = COUNT(state_words),
	.event = action_words,
	.events = COUNT(action_words),
	.move = machine_moves,
	.moves = COUNT(machine_moves),
	.birth = {
	    .event = ACTION_CREATE,
	    .by = ROLE_APPLICANT,
	    .to = STATE_EDITING,
	} };

enum err
state_move(struct env *env, const struct state_of *from, enum action action,
    const char *opinion)
{
	const struct move_row *move = state_find(from->state, action);
	const char *word = actions[action].word;

	if (move == NULL || (move->by & env->who.role) == 0)
		return FAIL(E_STATE, "no %s from %s by %s", word,
		    states[from->state].word, role_name(env->who.role));
	TRY(db_change(env->db, SQL_STATE_MOVE,
	    ARGS(S(states[move->to].word), S(from->id), I(from->version),
		S(states[from->state].word))));
	TRY(db_exec(env->db, SQL_HISTORY_ADD,
	    ARGS(S(id_make(env->a)), S(from->id), I(from->version + 1), S(word),
		S(env->who.id), S(env->who.name), T(from->entered_at),
		S(opinion))));
	if (actions[action].tells)
		TRY(db_exec(env->db, SQL_MESSAGE_ADD,
		    ARGS(S(id_make(env->a)), S(from->id), S(word))));
	return audit_add(env, word, from->id,
	    arena_printf(env->a, "%s -> %s version %lld",
		states[from->state].word, states[move->to].word,
		(long long)from->version + 1));
}
