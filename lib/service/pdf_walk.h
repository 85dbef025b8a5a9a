#pragma once
/* The walk over all objects of a PDF, for what is more than pages. */
#include <qpdf/qpdf-c.h>

#include "service/pdf_check.h"

/*
 * Everything that the trailer leads to, then every object by its number, in
 * case nothing leads there. Names come decoded from libqpdf.
 */
enum pdf_reason pdf_walk_check(qpdf_data q, struct pdf_verdict *out);
