#include "format/prose.h"

#include <string.h>

#include "base/arena.h"

static const struct {
	const char *mark;
	enum prose_kind kind;
} marks[] = {
	{ "### ", PROSE_SECTION },
	{ "## ", PROSE_CHAPTER },
	{ "# ", PROSE_TITLE },
	{ "1. ", PROSE_STEP },
	{ "- ", PROSE_ITEM },
	{ "> ", PROSE_NOTE },
	{ "![", PROSE_PICTURE },
};

enum { MARKS = sizeof(marks) / sizeof(marks[0]) };

/* The row of marks that a line begins with, or MARKS. */
static int
mark_of(const char *line)
{
	int i = 0;

	while (i < MARKS &&
	       strncmp(line, marks[i].mark, strlen(marks[i].mark)) != 0)
		i++;
	return i;
}

static bool
is_ascii(char c)
{
	return c > ' ' && (c & 0x80) == 0;
}

/* Whether the block goes on at a line. */
static bool
goes_on(const char *line)
{
	return *line != '\0' && *line != '\n' && mark_of(line) == MARKS;
}

/* Headings and pictures are one line. */
static bool
is_one_line(enum prose_kind kind)
{
	return kind <= PROSE_SECTION || kind == PROSE_PICTURE;
}

/* The lines from *source to the block's end, joined. */
static char *
take_lines(struct arena *a, const char **source, enum prose_kind kind)
{
	char *text = arena_alloc(a, strlen(*source) + 1), *to = text;

	do {
		size_t n = strcspn(*source, "\n");

		if (to > text && is_ascii(to[-1]) && is_ascii(**source))
			*to++ = ' ';
		memcpy(to, *source, n);
		to += n;
		*source += n;
		if (**source == '\n')
			(*source)++;
	} while (!is_one_line(kind) && goes_on(*source));
	return text;
}

/* "text](file)": cut into its two parts. */
static void
part_picture(char *text, struct prose *out)
{
	char *file = strstr(text, "](");

	out->text = text;
	out->file = "";
	if (file == NULL)
		return;
	*file = '\0';
	file += 2;
	file[strcspn(file, ")")] = '\0';
	out->file = file;
}

bool
prose_next(struct arena *a, const char **source, struct prose *out)
{
	int mark, number = out->kind == PROSE_STEP ? out->number : 0;
	enum prose_kind kind;
	char *text;

	*source += strspn(*source, "\n");
	if (**source == '\0')
		return false;
	mark = mark_of(*source);
	kind = mark < MARKS ? marks[mark].kind : PROSE_TEXT;
	if (mark < MARKS)
		*source += strlen(marks[mark].mark);
	text = take_lines(a, source, kind);
	*out = (struct prose){ .kind = kind, .text = text };
	if (out->kind == PROSE_STEP)
		out->number = number + 1;
	if (out->kind == PROSE_PICTURE)
		part_picture(text, out);
	return true;
}
