#include "domain/state.h"

#include <string.h>

#include "base/arena.h"
#include "domain/audit.h"
#include "domain/message.h"
#include "domain/sql.h"

static const struct state_row states[] = {
#define STATE(name, ...) [STATE_##name] = { __VA_ARGS__ },
#include "domain/state.def"
#undef STATE
};

static const struct action_row actions[] = {
#define ACTION(name, word, step, tells) [ACTION_##name] = { word, step, tells },
#include "domain/state.def"
#undef ACTION
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
	return (enum state)machine_state(&state_machine, word);
}

enum action
action_by_word(const char *word)
{
	int i = 0;

	while (i < ACTION__N && strcmp(actions[i].word, word) != 0)
		i++;
	return (enum action)i;
}

static const struct word state_words[] = {
#define STATE(name, word, title, ...) [STATE_##name] = { word, title },
#include "domain/state.def"
#undef STATE
};

static const struct word action_words[] = {
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

/* A step within a state does not enter it anew. */
static enum err
change_row(struct env *env, const struct state_of *from, enum state to)
{
	const char *state = states[from->state].word;

	if (to == from->state)
		return db_change(env->db, SQL_STATE_STAY,
		    ARGS(S(from->id), I(from->version), S(state)));
	return db_change(env->db, SQL_STATE_MOVE,
	    ARGS(S(states[to].word), S(from->id), I(from->version), S(state)));
}

enum err
state_move(struct env *env, const struct state_of *from, enum action action,
    const char *opinion)
{
	const char *word = actions[action].word;
	const struct machine_move *move;

	TRY(machine_take(&state_machine, (int)from->state, (int)action,
	    env->who.role, &move));
	TRY(change_row(env, from, (enum state)move->to));
	TRY(db_exec(env->db, SQL_HISTORY_ADD,
	    ARGS(S(id_make(env->a)), S(from->id), I(from->version + 1), S(word),
		S(env->who.id), S(env->who.name), T(from->entered_at),
		S(opinion))));
	if ((actions[action].tells & env->who.role) != 0)
		TRY(message_add(
		    env, &(struct message_new){
			     .application_id = from->id, .event = word }));
	return audit_add(env, word, from->id,
	    arena_printf(env->a, "%s -> %s version %lld",
		states[from->state].word, states[move->to].word,
		(long long)from->version + 1));
}
