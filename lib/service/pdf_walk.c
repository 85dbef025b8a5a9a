#include "service/pdf_walk.h"

#include <stdio.h>
#include <string.h>

#include "service/pdf_private.h"

enum {
	OBJECTS_MOST = 200000, /* that a file may have */
	STEPS_MOST = 500000,
	STACK_MOST = 65536, /* handles that wait their turn */
	OTHERS_MOST = 1024  /* objects with a generation, see seen() */
};

struct walk {
	qpdf_data q;
	struct pdf_verdict *out;
	int objects; /* numbers below this */
	int steps;
	int waiting;
	qpdf_oh stack[STACK_MOST];
	uint8_t seen[OBJECTS_MOST / 8 + 1]; /* by number, generation 0 */
	int others;
	struct {
		int id, generation;
	} other[OTHERS_MOST];
};

struct rule {
	const char *word;
	enum pdf_reason reason;
};

/* Keys that a file of mere pages does not have, whatever their value. */
static const struct rule keys[] = { { "/JS", PDF_SCRIPT },
	{ "/JavaScript", PDF_SCRIPT }, { "/AA", PDF_ACTION },
	{ "/EF", PDF_EMBEDDED }, { "/EmbeddedFiles", PDF_EMBEDDED },
	{ "/AF", PDF_EMBEDDED }, { "/Collection", PDF_EMBEDDED },
	{ "/XFA", PDF_XFA }, { "/RichMedia", PDF_MEDIA },
	{ "/RichMediaContent", PDF_MEDIA }, { "/FS", PDF_EXTERNAL } };

/* Values of /S: what an action does. */
static const struct rule actions[] = { { "/JavaScript", PDF_SCRIPT },
	{ "/Launch", PDF_ACTION }, { "/GoToR", PDF_EXTERNAL },
	{ "/GoToE", PDF_EMBEDDED }, { "/GoToDp", PDF_ACTION },
	{ "/SubmitForm", PDF_ACTION }, { "/ImportData", PDF_EXTERNAL },
	{ "/ResetForm", PDF_ACTION }, { "/SetOCGState", PDF_ACTION },
	{ "/Thread", PDF_EXTERNAL }, { "/Rendition", PDF_MEDIA },
	{ "/Movie", PDF_MEDIA }, { "/Sound", PDF_MEDIA },
	{ "/RichMediaExecute", PDF_MEDIA }, { "/GoTo3DView", PDF_MEDIA } };

/* Values of /Type and /Subtype. */
static const struct rule types[] = { { "/FileAttachment", PDF_EMBEDDED },
	{ "/EmbeddedFile", PDF_EMBEDDED }, { "/RichMedia", PDF_MEDIA },
	{ "/Screen", PDF_MEDIA }, { "/Movie", PDF_MEDIA },
	{ "/Sound", PDF_MEDIA }, { "/3D", PDF_MEDIA } };

static enum pdf_reason
look_up(const struct rule *rule, size_t n, const char *word)
{
	for (size_t i = 0; i < n; i++)
		if (strcmp(rule[i].word, word) == 0)
			return rule[i].reason;
	return PDF_GOOD;
}

static enum pdf_reason
too_complex(struct walk *w, const char *what)
{
	return pdf_refuse(w->out, PDF_TOO_COMPLEX, what);
}

/* Takes the handle over. */
static enum pdf_reason
push(struct walk *w, qpdf_oh oh)
{
	if (w->waiting == STACK_MOST)
		return too_complex(w, "too much at once");
	w->stack[w->waiting++] = oh;
	return PDF_GOOD;
}

/* Whether an object was looked at before; it counts as looked at now. Old
 * tools give a few objects a generation other than 0. */
static bool
seen(struct walk *w, int id, int generation)
{
	uint8_t bit = (uint8_t)(1 << id % 8);

	if (generation == 0) {
		bool was = (w->seen[id / 8] & bit) != 0;

		w->seen[id / 8] |= bit;
		return was;
	}
	for (int i = 0; i < w->others; i++)
		if (w->other[i].id == id &&
		    w->other[i].generation == generation)
			return true;
	if (w->others < OTHERS_MOST) {
		w->other[w->others].id = id;
		w->other[w->others++].generation = generation;
	}
	return false;
}

/* http, https and mailto; a name without any of them is a web site. */
static bool
is_plain_link(const char *uri)
{
	static const char *const good[] = { "http://", "https://",
		"mailto:", "www." };

	for (size_t i = 0; i < COUNT(good); i++)
		if (strncasecmp(uri, good[i], strlen(good[i])) == 0)
			return true;
	return false;
}

/* The string of a link, or the base of all of them. */
static enum pdf_reason
check_uri(struct walk *w, qpdf_oh value)
{
	qpdf_oh text = qpdf_oh_is_dictionary(w->q, value)
			   ? qpdf_oh_get_key(w->q, value, "/Base")
			   : qpdf_oh_new_object(w->q, value);
	enum pdf_reason reason = PDF_GOOD;

	if (qpdf_oh_get_type_code(w->q, text) == ot_string &&
	    !is_plain_link(qpdf_oh_get_string_value(w->q, text)))
		reason = pdf_refuse(w->out, PDF_LINK, "/URI");
	qpdf_oh_release(w->q, text);
	return reason;
}

/* CVE-2024-4367: a reader that makes code of it took text for numbers. */
static enum pdf_reason
check_font_matrix(struct walk *w, qpdf_oh value)
{
	bool ok = qpdf_oh_is_array(w->q, value) &&
		  qpdf_oh_get_array_n_items(w->q, value) == 6;

	for (int i = 0; ok && i < 6; i++) {
		qpdf_oh item = qpdf_oh_get_array_item(w->q, value, i);

		ok = qpdf_oh_is_number(w->q, item);
		qpdf_oh_release(w->q, item);
	}
	return ok ? PDF_GOOD : pdf_refuse(w->out, PDF_FONT, "/FontMatrix");
}

/* To open at a page is fine, to do something is not. */
static enum pdf_reason
check_open_action(struct walk *w, qpdf_oh value)
{
	enum pdf_reason reason = PDF_GOOD;
	qpdf_oh kind;

	if (!qpdf_oh_is_dictionary(w->q, value))
		return PDF_GOOD;
	kind = qpdf_oh_get_key(w->q, value, "/S");
	if (qpdf_oh_is_name_and_equals(w->q, kind, "/JavaScript"))
		reason = pdf_refuse(w->out, PDF_SCRIPT, "/OpenAction");
	else if (!qpdf_oh_is_name_and_equals(w->q, kind, "/GoTo"))
		reason = pdf_refuse(w->out, PDF_ACTION, "/OpenAction");
	qpdf_oh_release(w->q, kind);
	return reason;
}

static enum pdf_reason
check_name(struct walk *w, const char *key, qpdf_oh value)
{
	enum pdf_reason reason = PDF_GOOD;
	char name[40];

	if (!qpdf_oh_is_name(w->q, value))
		return PDF_GOOD;
	/* What does not fit is none of the words. */
	snprintf(name, sizeof(name), "%s", qpdf_oh_get_name(w->q, value));
	if (strcmp(key, "/S") == 0)
		reason = look_up(actions, COUNT(actions), name);
	else if (strcmp(key, "/Type") == 0 || strcmp(key, "/Subtype") == 0)
		reason = look_up(types, COUNT(types), name);
	return reason == PDF_GOOD ? reason : pdf_refuse(w->out, reason, name);
}

static enum pdf_reason
check_entry(struct walk *w, const char *key, qpdf_oh value)
{
	enum pdf_reason reason = look_up(keys, COUNT(keys), key);

	if (qpdf_oh_is_null(w->q, value))
		return PDF_GOOD;
	if (reason != PDF_GOOD)
		return pdf_refuse(w->out, reason, key);
	if (strcmp(key, "/URI") == 0)
		return check_uri(w, value);
	if (strcmp(key, "/FontMatrix") == 0)
		return check_font_matrix(w, value);
	if (strcmp(key, "/OpenAction") == 0)
		return check_open_action(w, value);
	return check_name(w, key, value);
}

static bool
has_name(struct walk *w, qpdf_oh dict, const char *key, const char *name)
{
	qpdf_oh value = qpdf_oh_get_key(w->q, dict, key);
	bool is = qpdf_oh_is_name_and_equals(w->q, value, name);

	qpdf_oh_release(w->q, value);
	return is;
}

/* Data that stands in another file, and programs in PostScript. */
static enum pdf_reason
check_stream(struct walk *w, qpdf_oh dict)
{
	if (qpdf_oh_has_key(w->q, dict, "/F") ||
	    qpdf_oh_has_key(w->q, dict, "/FFilter"))
		return pdf_refuse(w->out, PDF_EXTERNAL, "stream /F");
	if (has_name(w, dict, "/Subtype", "/PS") ||
	    has_name(w, dict, "/Subtype2", "/PS"))
		return pdf_refuse(w->out, PDF_SCRIPT, "PostScript");
	if (has_name(w, dict, "/Subtype", "/Form") &&
	    qpdf_oh_has_key(w->q, dict, "/Ref"))
		return pdf_refuse(w->out, PDF_EXTERNAL, "/Ref");
	return PDF_GOOD;
}

static enum pdf_reason
walk_dict(struct walk *w, qpdf_oh dict)
{
	/* The iterator is the only one, and nothing below begins another. */
	qpdf_oh_begin_dict_key_iter(w->q, dict);
	while (qpdf_oh_dict_more_keys(w->q)) {
		const char *key = qpdf_oh_dict_next_key(w->q);
		qpdf_oh value = qpdf_oh_get_key(w->q, dict, key);

		if (check_entry(w, key, value) != PDF_GOOD ||
		    push(w, value) != PDF_GOOD)
			return w->out->reason;
	}
	return PDF_GOOD;
}

static enum pdf_reason
walk_array(struct walk *w, qpdf_oh array)
{
	int n = qpdf_oh_get_array_n_items(w->q, array);

	for (int i = 0; i < n; i++)
		if (push(w, qpdf_oh_get_array_item(w->q, array, i)) != PDF_GOOD)
			return w->out->reason;
	return PDF_GOOD;
}

static enum pdf_reason
walk_stream(struct walk *w, qpdf_oh stream)
{
	qpdf_oh dict = qpdf_oh_get_dict(w->q, stream);
	enum pdf_reason reason = check_stream(w, dict);

	if (reason == PDF_GOOD)
		reason = walk_dict(w, dict);
	qpdf_oh_release(w->q, dict);
	return reason;
}

static enum pdf_reason
visit(struct walk *w, qpdf_oh oh)
{
	int id = qpdf_oh_get_object_id(w->q, oh);

	if (++w->steps > STEPS_MOST)
		return too_complex(w, "too many steps");
	if (id < 0 || id > OBJECTS_MOST)
		return too_complex(w, "object number");
	if (id != 0 && seen(w, id, qpdf_oh_get_generation(w->q, oh)))
		return PDF_GOOD;
	switch (qpdf_oh_get_type_code(w->q, oh)) {
	case ot_dictionary:
		return walk_dict(w, oh);
	case ot_array:
		return walk_array(w, oh);
	case ot_stream:
		return walk_stream(w, oh);
	default:
		return PDF_GOOD;
	}
}

static enum pdf_reason
walk_from(struct walk *w, qpdf_oh oh)
{
	push(w, oh);
	while (w->waiting > 0) {
		qpdf_oh next = w->stack[--w->waiting];
		enum pdf_reason reason = visit(w, next);

		qpdf_oh_release(w->q, next);
		if (reason != PDF_GOOD)
			return reason;
	}
	return PDF_GOOD;
}

static enum pdf_reason
count_objects(struct walk *w, qpdf_oh trailer)
{
	qpdf_oh size = qpdf_oh_get_key(w->q, trailer, "/Size");

	w->objects = qpdf_oh_get_int_value_as_int(w->q, size);
	qpdf_oh_release(w->q, size);
	return w->objects <= OBJECTS_MOST ? PDF_GOOD
					  : too_complex(w, "too many objects");
}

enum pdf_reason
pdf_walk_check(qpdf_data q, struct pdf_verdict *out)
{
	static struct walk w; /* large, and one at a time */
	qpdf_oh trailer = qpdf_get_trailer(q);

	w.q = q;
	w.out = out;
	w.steps = w.waiting = w.others = 0;
	memset(w.seen, 0, sizeof(w.seen));
	if (count_objects(&w, trailer) != PDF_GOOD ||
	    walk_from(&w, trailer) != PDF_GOOD)
		return out->reason;
	for (int id = 1; id < w.objects; id++)
		if (walk_from(&w, qpdf_get_object_by_id(q, id, 0)) != PDF_GOOD)
			return out->reason;
	return PDF_GOOD;
}
