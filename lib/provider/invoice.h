#pragma once
/*
 * Who makes the invoices: providers behind one small interface. A provider
 * knows no database.
 */
#include <stddef.h>
#include <stdint.h>

#include "base/err.h"
#include "base/problem.h"

struct arena;
struct config;

/* What an operator made elsewhere and brings; pdf NULL: no file was given. */
struct invoice_document {
	const char *number;
	const void *pdf;
	size_t n;
};

struct invoice_provider {
	const char *name; /* in the setting invoice_provider */

	/*
	 * Judges a document, and writes the number's canonical form. E_INVALID
	 * with a problem for each of `number` and `pdf` that is wrong.
	 */
	enum err (*take)(struct arena *a, const struct config *cfg,
	    struct invoice_document *doc, struct problems *errors);
};

/* The table of providers, NULL-ended. */
extern const struct invoice_provider *const invoice_providers[];

/* The one that the settings name; E_INTERNAL when there is none such. */
MUST_USE enum err invoice_provider(
    const struct config *cfg, const struct invoice_provider **out);

/* An operator, who issues in the tax authority's own system. */
extern const struct invoice_provider invoice_manual;
