#pragma once
/* WeChat Pay's 电子发票, between its files. */
#include "provider/invoice.h"
#include "provider/wechatpay_private.h"

#define FAPIAO "/v3/new-tax-control-fapiao"

/*
 * The files of an issued invoice, of which the provider said what known has.
 * E_PROVIDER also when one is not what it should be.
 */
MUST_USE enum err fapiao_files(struct arena *a, const struct wechatpay *w,
    const struct invoice_order *o, struct json_object *known,
    struct invoice_file out[INVOICE_FILES]);

/* The kind that bytes are, judged by themselves; INVOICE_FILES: none. */
enum invoice_kind fapiao_kind(const char *p, size_t n);
