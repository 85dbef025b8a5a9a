#include "domain/machine.h"

#include <stdio.h>
#include <string.h>

const struct machine_move *
machine_find(const struct machine *m, int from, int event)
{
	for (size_t i = 0; i < m->moves; i++)
		if (m->move[i].from == from && m->move[i].event == event)
			return &m->move[i];
	return NULL;
}

enum err
machine_take(const struct machine *m, int from, int event, enum role actor,
    const struct machine_move **out)
{
	*out = machine_find(m, from, event);
	if (*out == NULL || ((*out)->by & actor) == 0)
		return FAIL(E_STATE, "no %s of %s from %s by %s",
		    m->event[event].word, m->name, m->state[from].word,
		    role_name(actor));
	return E_OK;
}

int
machine_state(const struct machine *m, const char *word)
{
	size_t i = 0;

	while (i < m->states && strcmp(m->state[i].word, word) != 0)
		i++;
	return (int)i;
}

static void
print_edge(const struct machine *m, const char *from, struct machine_move move)
{
	const char *sep = "";

	printf("\t%s -> %s [label=\"%s\\n", from, m->state[move.to].word,
	    m->event[move.event].word);
	for (unsigned r = ROLE_APPLICANT; r <= ROLE_PROVIDER; r <<= 1)
		if ((move.by & r) != 0) {
			printf("%s%s", sep, role_name(r));
			sep = ", ";
		}
	puts("\"];");
}

void
machine_print_dot(const struct machine *m)
{
	printf("digraph \"%s\" {\n\trankdir=LR;\n"
	       "\tnode [shape=box, style=rounded, fontname=\"sans-serif\"];\n"
	       "\tedge [fontname=\"sans-serif\", fontsize=10];\n"
	       "\tstart [shape=point];\n",
	    m->name);
	for (size_t i = 0; i < m->states; i++)
		printf("\t%s [label=\"%s\\n%s\"];\n", m->state[i].word,
		    m->state[i].word, m->state[i].title);
	print_edge(m, "start", m->birth);
	for (size_t i = 0; i < m->moves; i++)
		print_edge(m,
		    m->move[i].from == MACHINE_START
			? "start"
			: m->state[m->move[i].from].word,
		    m->move[i]);
	puts("}");
}
