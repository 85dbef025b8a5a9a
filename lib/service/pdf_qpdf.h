#pragma once
/* libqpdf as what runs in the jail calls it: qpdf.init() is qpdf_init(). */
#include <qpdf/qpdf-c.h>
#include <stdbool.h>

struct pdf_qpdf {
#define LATE(name) __typeof__(qpdf_##name) *name;
#include "service/pdf_qpdf.def"
#undef LATE
};

extern struct pdf_qpdf qpdf;

/* Before anything of it is called, in this process; false: not to be had. */
bool pdf_qpdf_load(void);
