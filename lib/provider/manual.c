/* The invoice provider that an operator is: a number and a PDF come in. */

#include "format/ident.h"
#include "provider/invoice.h"
#include "service/config.h"
#include "service/pdf_head.h"

static void
check_number(const char *number, struct problems *errors)
{
	if (*number == '\0')
		problem_add(errors, "number", "required", "请填写发票号码。");
	else if (!invoice_is_number(number))
		problem_add(errors, "number", "format",
		    "发票号码应为 %d 到 %d 位数字（数电发票为 20 位），"
		    "请对照发票重新填写。",
		    INVOICE_NUMBER_MIN, INVOICE_NUMBER_MAX);
}

/* E_INTERNAL alone comes back: that libmagic cannot be asked. */
static enum err
check_pdf(const struct config *cfg, const struct invoice_document *doc,
    struct problems *errors)
{
	enum err e;

	if (doc->pdf == NULL) {
		problem_add(
		    errors, "pdf", "required", "请选择发票的 PDF 文件。");
		return E_OK;
	}
	if (doc->n > (size_t)cfg->file_max_bytes) {
		problem_add(errors, "pdf", err_row(E_TOO_LARGE)->code,
		    "文件不能超过 %lld 字节，请压缩后重新上传。",
		    (long long)cfg->file_max_bytes);
		return E_OK;
	}
	e = pdf_head_check(doc->pdf, doc->n);
	if (e != E_EMPTY_FILE && e != E_NOT_PDF)
		return e;
	problem_add(errors, "pdf", err_row(e)->code, "%s", err_row(e)->advice);
	return E_OK;
}

static enum err
take(struct arena *a, const struct config *cfg, struct invoice_document *doc,
    struct problems *errors)
{
	size_t before = errors->n;

	doc->number = ident_fold(a, doc->number);
	check_number(doc->number, errors);
	TRY(check_pdf(cfg, doc, errors));
	return errors->n == before ? E_OK : FAIL(E_INVALID, "document");
}

const struct invoice_provider invoice_manual = {
	.name = "manual",
	.take = take,
};
