#include "review/pages.h"

#include "base/embed.h"
#include "base/err.h"
#include "format/template.h"

#define FOLDER "cgi-bin/review/pages/"

EMBED(pages_style, FOLDER "style.css");
EMBED(pages_script, FOLDER "comfort.mjs");

#define PAGE(symbol, name)                                                     \
	EMBED(page_##symbol, FOLDER name ".html");                             \
	EMBEDDED(page_##symbol);
#include "review/pages.def"
#undef PAGE

const struct template *
pages_templates(void)
{
	/* How long a file is, is known only once the program is linked. */
	static struct template list[] = {
#define PAGE(symbol, name) { name, page_##symbol, 0 },
#include "review/pages.def"
#undef PAGE
		{ 0 }
	};
	static const char *const end[] = {
#define PAGE(symbol, name) page_##symbol##_end,
#include "review/pages.def"
#undef PAGE
	};

	for (size_t i = 0; i < COUNT(end); i++)
		list[i].n = (unsigned long)(end[i] - list[i].text);
	return list;
}
