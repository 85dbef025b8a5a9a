/* Pages of the attachments as pictures, beside the fields that they prove. */
#include <string.h>

#include "base/arena.h"
#include "base/num.h"
#include "domain/application.h"
#include "domain/audit.h"
#include "review/handlers.h"
#include "service/pdf_image.h"
#include "service/store.h"
#include "web/response.h"

enum { WIDTH = 1000, PAGE_LAST = 1000 };

/* Whether the browser has it already. */
static bool
is_known(const struct request *r, const char *tag)
{
	const char *known = request_param(r, "HTTP_IF_NONE_MATCH");

	return known != NULL && strstr(known, tag) != NULL;
}

/* Scans show people's papers, so each look is on record. */
static enum err
draw(struct request *r, const struct application *app,
    const struct attachment *file, int page)
{
	const char *png;
	const void *p;
	size_t n, png_n;

	TRY(store_load(r->env.a, file->store_key, &p, &n));
	TRY(pdf_image_page(r->env.a, p, n, page, WIDTH, r->env.cfg->pdf_seconds,
	    &png, &png_n));
	TRY(audit_note(&r->env, "view_page", app->id,
	    arena_printf(r->env.a, "%s %s %d", file->kind, file->id, page)));
	return respond_bytes(r, "image/png", png, png_n);
}

enum err
case_page_image(struct request *r)
{
	struct application app;
	struct attachment file;
	const char *tag;
	int64_t page;

	TRY(application_load(&r->env, r->param[0], &app));
	TRY(attachment_find(&r->env, app.id, r->param[1], &file));
	if (!num_int(r->param[2], 1, PAGE_LAST, &page))
		return FAIL(E_NOT_FOUND, "no page number");
	/* A file is never changed, so its pages are what they were. */
	tag =
	    arena_printf(r->env.a, "\"%s-%lld\"", file.sha256, (long long)page);
	respond_header(r, "ETag", tag);
	respond_header(r, "Cache-Control", "private, no-cache");
	if (is_known(r, tag))
		return respond_not_modified(r);
	return draw(r, &app, &file, (int)page);
}
