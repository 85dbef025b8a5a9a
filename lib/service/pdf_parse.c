/* Structure by libqpdf, without its repairs: is it whole, open, and sane? */
#include <string.h>

#include "service/pdf_private.h"
#include "service/pdf_walk.h"

enum {
	SIDE_LEAST = 10, /* points */
	SIDE_MOST = 14400
};

static enum pdf_reason
damaged(qpdf_data q, struct pdf_verdict *out)
{
	qpdf_error e = qpdf_get_error(q);

	if (e != NULL && qpdf_get_error_code(q, e) == qpdf_e_password)
		return pdf_refuse(out, PDF_ENCRYPTED, "password");
	return pdf_refuse(out, PDF_DAMAGED,
	    e != NULL ? qpdf_get_error_message_detail(q, e) : "structure");
}

static enum pdf_reason
check_open(qpdf_data q, const char *p, size_t n, struct pdf_verdict *out)
{
	qpdf_silence_errors(q);
	qpdf_set_suppress_warnings(q, QPDF_TRUE);
	qpdf_set_attempt_recovery(q, QPDF_FALSE);
	if ((qpdf_read_memory(q, "upload", p, n, NULL) & QPDF_ERRORS) != 0)
		return damaged(q, out);
	if (qpdf_is_encrypted(q))
		return pdf_refuse(out, PDF_ENCRYPTED, "encryption");
	return PDF_GOOD;
}

/* Four numbers that make a page of a size that can be printed. */
static bool
is_sane_box(qpdf_data q, qpdf_oh box)
{
	double v[4], wide, high;

	if (!qpdf_oh_is_array(q, box) || qpdf_oh_get_array_n_items(q, box) != 4)
		return false;
	for (int i = 0; i < 4; i++) {
		qpdf_oh item = qpdf_oh_get_array_item(q, box, i);
		QPDF_BOOL ok = qpdf_oh_get_value_as_number(q, item, &v[i]);

		qpdf_oh_release(q, item);
		if (!ok)
			return false;
	}
	wide = v[2] > v[0] ? v[2] - v[0] : v[0] - v[2];
	high = v[3] > v[1] ? v[3] - v[1] : v[1] - v[3];
	return wide >= SIDE_LEAST && wide <= SIDE_MOST && high >= SIDE_LEAST &&
	       high <= SIDE_MOST;
}

static enum pdf_reason
check_page_sizes(qpdf_data q, struct pdf_verdict *out)
{
	if ((qpdf_push_inherited_attributes_to_page(q) & QPDF_ERRORS) != 0)
		return damaged(q, out);
	for (int i = 0; i < out->pages; i++) {
		qpdf_oh page = qpdf_get_page_n(q, (size_t)i);
		qpdf_oh box = qpdf_oh_get_key(q, page, "/MediaBox");
		bool ok = is_sane_box(q, box);

		qpdf_oh_release(q, box);
		qpdf_oh_release(q, page);
		if (qpdf_has_error(q))
			return damaged(q, out);
		if (!ok)
			return pdf_refuse(out, PDF_PAGE_SIZE, "MediaBox");
	}
	return PDF_GOOD;
}

static enum pdf_reason
check_pages(
    qpdf_data q, const struct pdf_limits *limits, struct pdf_verdict *out)
{
	int pages = qpdf_get_num_pages(q);

	if (pages < 0 || qpdf_has_error(q))
		return damaged(q, out);
	if (pages == 0)
		return pdf_refuse(out, PDF_NO_PAGES, "no page");
	if (pages > limits->pages)
		return pdf_refuse(out, PDF_TOO_MANY_PAGES, "pages");
	out->pages = pages;
	return check_page_sizes(q, out);
}

/* Readers and scanners make these mistakes and every reader takes them. */
static bool
is_harmless(const char *detail)
{
	static const char *const known[] = { "reported number of objects",
		"object has offset 0",
		"extraneous whitespace seen before xref" };

	for (size_t i = 0; i < COUNT(known); i++)
		if (strstr(detail, known[i]) != NULL)
			return true;
	return false;
}

static enum pdf_reason
check_warnings(qpdf_data q, struct pdf_verdict *out)
{
	while (qpdf_more_warnings(q)) {
		qpdf_error w = qpdf_next_warning(q);
		const char *detail = qpdf_get_error_message_detail(q, w);

		if (!is_harmless(detail))
			return pdf_refuse(out, PDF_WARNED, detail);
	}
	return PDF_GOOD;
}

static enum pdf_reason
check_all(qpdf_data q, const char *p, size_t n, const struct pdf_limits *limits,
    struct pdf_verdict *out)
{
	if (check_open(q, p, n, out) != PDF_GOOD ||
	    check_pages(q, limits, out) != PDF_GOOD ||
	    pdf_walk_check(q, out) != PDF_GOOD)
		return out->reason;
	if (qpdf_has_error(q))
		return damaged(q, out);
	return check_warnings(q, out);
}

void
pdf_parse_check(const char *p, size_t n, const struct pdf_limits *limits,
    struct pdf_verdict *out)
{
	qpdf_data q = qpdf_init();

	check_all(q, p, n, limits, out);
	qpdf_cleanup(&q);
}
