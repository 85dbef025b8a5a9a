#include "service/pdf_qpdf.h"

#include "base/err.h"
#include "service/late.h"

struct pdf_qpdf qpdf;

bool
pdf_qpdf_load(void)
{
	static const char *const names[] = {
#define LATE(name) "qpdf_" #name,
#include "service/pdf_qpdf.def"
#undef LATE
	};

	return qpdf.init != NULL ||
	       late_load(LATE_TEXT(SONAME_QPDF), names, COUNT(names), &qpdf);
}
