/* Lang, DisplayDocTitle, Marked and Alt, for which cairo has no words. */
#include <qpdf/qpdf-c.h>

#include "base/arena.h"
#include "service/page_private.h"

enum { DEPTH = 8 };

static void
close_qpdf(void *arg)
{
	qpdf_data q = arg;

	qpdf_cleanup(&q);
}

/* Gives each Figure below a node of the structure its words, in order. */
static void
add_alternatives(
    struct page *p, qpdf_data q, qpdf_oh node, size_t *used, int depth)
{
	qpdf_oh kids = qpdf_oh_get_key(q, node, "/K");
	int n =
	    qpdf_oh_is_array(q, kids) ? qpdf_oh_get_array_n_items(q, kids) : 0;
	qpdf_oh name = qpdf_oh_get_key(q, node, "/S");

	if (qpdf_oh_is_name_and_equals(q, name, "/Figure") &&
	    *used < p->pictures)
		qpdf_oh_replace_key(q, node, "/Alt",
		    qpdf_oh_new_unicode_string(q, p->alt[(*used)++]));
	if (depth == DEPTH)
		return;
	for (int i = 0; i < n; i++) {
		qpdf_oh kid = qpdf_oh_get_array_item(q, kids, i);

		if (qpdf_oh_is_dictionary(q, kid))
			add_alternatives(p, q, kid, used, depth + 1);
	}
	if (qpdf_oh_is_dictionary(q, kids))
		add_alternatives(p, q, kids, used, depth + 1);
}

static void
complete_catalog(struct page *p, qpdf_data q)
{
	qpdf_oh root = qpdf_get_root(q);
	qpdf_oh view = qpdf_oh_new_dictionary(q);
	qpdf_oh mark = qpdf_oh_new_dictionary(q);
	size_t used = 0;

	qpdf_oh_replace_key(q, root, "/Lang", qpdf_oh_new_string(q, "zh-CN"));
	qpdf_oh_replace_key(
	    q, view, "/DisplayDocTitle", qpdf_oh_new_bool(q, QPDF_TRUE));
	qpdf_oh_replace_key(q, root, "/ViewerPreferences", view);
	qpdf_oh_replace_key(q, mark, "/Marked", qpdf_oh_new_bool(q, QPDF_TRUE));
	qpdf_oh_replace_key(q, root, "/MarkInfo", mark);
	add_alternatives(
	    p, q, qpdf_oh_get_key(q, root, "/StructTreeRoot"), &used, 0);
}

enum err
page_finish(struct page *p, const char **bytes, size_t *n)
{
	qpdf_data q = qpdf_init();

	arena_defer(p->a, close_qpdf, q);
	qpdf_silence_errors(q);
	if ((qpdf_read_memory(q, "page", p->out.p, p->out.n, NULL) &
		QPDF_ERRORS) != 0)
		return FAIL(E_INTERNAL, "qpdf: read");
	complete_catalog(p, q);
	qpdf_init_write_memory(q);
	qpdf_set_object_stream_mode(q, qpdf_o_generate);
	qpdf_set_deterministic_ID(q, QPDF_TRUE);
	if ((qpdf_write(q) & QPDF_ERRORS) != 0 || qpdf_has_error(q))
		return FAIL(E_INTERNAL, "qpdf: write");
	*n = qpdf_get_buffer_length(q);
	*bytes = arena_strndup(p->a, (const char *)qpdf_get_buffer(q), *n);
	return E_OK;
}
