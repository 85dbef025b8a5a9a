/* 电子件: upload with the PDF check, download, remove. No states. */
#include <string.h>
#include <strings.h>

#include "base/arena.h"
#include "base/hash.h"
#include "base/utf8.h"
#include "domain/application.h"
#include "domain/audit.h"
#include "format/ident.h"
#include "format/json.h"
#include "service/clamd.h"
#include "service/pdf_check.h"
#include "service/seal.h"
#include "service/store.h"
#include "web/change.h"
#include "web/response.h"
#include "web/serve.h"
#include "web/stored.h"

static enum err upload(struct request *r);
static enum err download(struct request *r);
static enum err remove_file(struct request *r);
static enum err healthz(struct request *r);
static enum err readyz(struct request *r);

/* nginx and the walk refuse more than any setting allows; the setting rules. */
enum { NAME_MAX_CHARS = 100, PIECE = 65536 };

static const struct member upload_query[] = {
	{ "name", MEMBER_TEXT, 255, false },
	{ 0 },
};

#define FILES "/api/applications/{id}/attachments/{kind}"

/* clang-format off */
static const struct route routes[] = {
	{ M_POST, FILES, SURFACE_PORTAL, ROLE_APPLICANT, BODY_STREAM, FILE_BYTES_MOST,
	    NULL, upload_query, ROUTE_UPLOAD, upload, "上传电子件",
	    "201 Attachment, 409" },
	{ M_GET, FILES "/{attachment}", SURFACE_PORTAL, ROLE_APPLICANT, BODY_NONE, 0,
	    NULL, NULL, 0, download, "下载电子件",
	    "200 application/pdf" },
	{ M_DELETE, FILES "/{attachment}", SURFACE_PORTAL, ROLE_APPLICANT, BODY_NONE, 0,
	    NULL, NULL, 0, remove_file, "删除电子件",
	    "204, 409" },
	{ M_GET, "/healthz", SURFACE_PORTAL, 0, BODY_NONE, 0,
	    NULL, NULL, ROUTE_QUIET, healthz, "程序在运行",
	    "200 Health" },
	{ M_GET, "/readyz", SURFACE_PORTAL, 0, BODY_NONE, 0,
	    NULL, NULL, ROUTE_QUIET, readyz, "数据库与存储可用",
	    "200 Readiness, 503" },
};
/* clang-format on */

/* The application and kind of the path, as their owner. */
static enum err
load(struct request *r, struct application *app,
    const struct attachment_kind **kind)
{
	TRY(application_load(&r->env, r->param[0], app));
	*kind = attachment_kind(r->param[1]);
	return *kind != NULL ? E_OK : FAIL(E_NOT_FOUND, "no such kind");
}

/* The last part of a path. */
static const char *
last_part(const char *path)
{
	const char *p;

	if ((p = strrchr(path, '/')) != NULL)
		path = p + 1;
	return (p = strrchr(path, '\\')) != NULL ? p + 1 : path;
}

/*
 * A name for people, from the client: the last part of a path, without
 * control characters, at most NAME_MAX_CHARS characters. It ends in ".pdf",
 * whatever it was called: by that it is opened where it is saved.
 */
static const char *
display_name(struct request *r, const struct attachment_kind *kind)
{
	static const char ending[] = ".pdf";
	const char *given = request_query(r, "name"), *p, *end;
	const size_t most = NAME_MAX_CHARS - strlen(ending);
	char *out, *to;
	size_t n = 0;

	given = given != NULL ? last_part(ident_trim(r->env.a, given)) : "";
	end = given + strlen(given);
	if (end - given >= (ptrdiff_t)strlen(ending) &&
	    strcasecmp(end - strlen(ending), ending) == 0)
		end -= strlen(ending);
	out = to = arena_alloc(r->env.a, strlen(given) + 1);
	for (p = given; p < end && n < most;) {
		int32_t c = utf8_next(&p, end);

		if (c < 0)
			break;
		if (c < 0x20 || (c >= 0x7f && c < 0xa0))
			continue;
		to += utf8_put(to, c);
		n++;
	}
	*to = '\0';
	return arena_printf(
	    r->env.a, "%s%s", *out != '\0' ? out : kind->label, ending);
}

/* Fills piece as far as the body goes. */
static enum err
read_piece(struct request *r, char *piece, size_t *n)
{
	size_t got = 1;

	for (*n = 0; *n < PIECE && got > 0; *n += got)
		TRY(request_read(r, piece + *n, PIECE - *n, &got));
	return E_OK;
}

/* A limit that can be set is named with the reason. */
static const char *
extent(struct request *r, enum pdf_reason reason)
{
	return reason == PDF_TOO_MANY_PAGES
		   ? arena_printf(r->env.a, "每个文件最多 %lld 页。",
			 (long long)r->env.cfg->file_max_pages)
		   : "";
}

/* A refused file's reason stands beside its kind, as with a field. */
static enum err
tell(struct request *r, const struct attachment_kind *kind, enum err e,
    const struct pdf_verdict *v)
{
	const struct pdf_reason_row *row = pdf_reason_row(v->reason);

	if (v->reason != PDF_GOOD)
		problem_add(&r->env.errors, kind->name, row->code, "%s%s",
		    row->message, extent(r, v->reason));
	return e;
}

/* The body into the store, its beginning checked before anything is kept. */
static enum err
receive(struct request *r, const struct attachment_kind *kind,
    struct store_writer **out)
{
	char *piece = arena_pages(r->env.a, PIECE);
	char *sha256_text = arena_alloc(r->env.a, SHA256_HEX);
	struct pdf_verdict verdict;
	struct store_writer *w;
	size_t n;

	TRY(read_piece(r, piece, &n));
	TRY(tell(r, kind, pdf_check_begin(piece, n, &verdict), &verdict));
	TRY(store_begin(r->env.a, (size_t)r->content_length, &w));
	while (n > 0) {
		TRY(store_write(w, piece, n));
		TRY(read_piece(r, piece, &n));
	}
	TRY(store_digest(w, sha256_text));
	r->body_sha256 = sha256_text;
	*out = w;
	return E_OK;
}

/* A virus scanner, where there is one. Fails closed. */
static enum err
ask_scanner(struct request *r, const struct attachment_kind *kind,
    const void *p, size_t n)
{
	const struct config *cfg = r->env.cfg;
	enum err e;

	if (*cfg->clamd_socket == '\0')
		return E_OK;
	e = clamd_scan(cfg->clamd_socket, p, n, cfg->clamd_seconds);
	if (e == E_INFECTED)
		problem_add(&r->env.errors, kind->name, err_row(e)->code, "%s",
		    err_row(e)->advice);
	return e;
}

/* Looks into what was received, before it gets its name. */
static enum err
check(struct request *r, const struct attachment_kind *kind,
    struct store_writer *w, int64_t *pages)
{
	const struct pdf_limits limits = { r->env.cfg->file_max_pages,
		r->env.cfg->pdf_seconds };
	struct pdf_verdict verdict;
	const void *p;
	size_t n;

	p = store_written(w, &n);
	TRY(tell(r, kind, pdf_check(p, n, &limits, &verdict), &verdict));
	*pages = verdict.pages;
	return ask_scanner(r, kind, p, n);
}

static enum err
answer(struct request *r, int status, const char *application_id,
    const char *kind, const char *id)
{
	struct json_object *o = json_object_in(r->env.a);
	struct attachment file;

	TRY(attachment_get(&r->env, application_id, kind, id, &file));
	attachment_json(&file, o);
	respond_header(r, "Location",
	    arena_printf(r->env.a, "/api/applications/%s/attachments/%s/%s",
		application_id, kind, id));
	return respond_json(r, status, o);
}

static enum err
upload(struct request *r)
{
	const struct attachment_kind *kind;
	struct change_result done;
	struct attachment_new file;
	struct application app;
	struct store_writer *writer;
	struct stored stored;
	int64_t pages;
	bool is_open;

	TRY(load(r, &app, &kind));
	is_open = application_allows(&r->env, &app, ACTION_SAVE);
	if (!is_open && !change_is_keyed(r))
		return FAIL(E_STATE, "not editable");
	/* A repeat is known by its bytes, so they are read first. */
	TRY(receive(r, kind, &writer));
	TRY(change_find(r, &done));
	if (done.is_replay)
		return answer(r, done.status, app.id, kind->name, done.id);
	if (!is_open)
		return FAIL(E_STATE, "not editable");
	TRY(check(r, kind, writer, &pages));
	TRY(store_finish(writer, &stored));
	file = (struct attachment_new){ .env = &r->env,
		.application_id = app.id,
		.kind = kind->name,
		.name = display_name(r, kind),
		.store_key = stored.key,
		.sha256 = stored.sha256,
		.size = stored.size,
		.pages = pages,
		.sealed_by = stored.sealed_by,
		.id = id_make(r->env.a) };
	TRY(change(r, attachment_add, &file, 201, file.id, &done));
	return answer(r, done.status, app.id, kind->name, done.id);
}

static enum err
download(struct request *r)
{
	const struct attachment_kind *kind;
	struct application app;
	struct attachment file;

	TRY(load(r, &app, &kind));
	TRY(attachment_get(&r->env, app.id, kind->name, r->param[2], &file));
	return respond_stored(
	    r, file.store_key, file.size, "application/pdf", file.name);
}

static enum err
remove_file(struct request *r)
{
	const struct attachment_kind *kind;
	struct attachment_removal removal;
	struct application app;
	struct attachment file;

	TRY(load(r, &app, &kind));
	TRY(attachment_get(&r->env, app.id, kind->name, r->param[2], &file));
	removal = (struct attachment_removal){ &r->env, app.id, file.id };
	TRY(db_tx(r->env.db, attachment_remove, &removal));
	return respond_nothing(r);
}

static struct json_object *
ok(struct request *r)
{
	struct json_object *o = json_object_in(r->env.a);

	json_str(o, "status", "ok");
	return o;
}

static enum err
healthz(struct request *r)
{
	return respond_json(r, 200, ok(r));
}

/* Stalled seals take nothing from providers' notices: it is ready for them. */
static enum err
readyz(struct request *r)
{
	struct json_object *o = ok(r);
	enum err e;

	TRY(db_ping(r->env.db));
	TRY(store_ping());
	e = audit_check_sealed(&r->env);
	if (e != E_OK && e != E_AUDIT_STALLED)
		return e;
	json_str(o, "audit", e == E_OK ? "sealed" : "stalled");
	err_clear();
	return respond_json(r, 200, o);
}

static int64_t
workers(const struct config *cfg)
{
	return cfg->workers_attachment;
}

static enum err
start(struct arena *a, const struct config *cfg)
{
	TRY(pdf_check_open(cfg->pdf_seconds));
	TRY(seal_open(a, cfg->field_key_file));
	return store_open(cfg->store);
}

int
main(int argc, char **argv)
{
	static const struct program_def def = { P_ATTACHMENT, routes,
		COUNT(routes), start, workers, NULL };

	return serve_main(argc, argv, &def);
}
