/*
 * The PDFs made for people: the form filled in, blank templates, the manual;
 * and the pictures of uploaded pages that reviewers see.
 */
#include <malloc.h>
#include <string.h>

#include "base/arena.h"
#include "base/buf.h"
#include "base/clock.h"
#include "base/embed.h"
#include "base/num.h"
#include "domain/application.h"
#include "domain/audit.h"
#include "domain/guide.h"
#include "format/json.h"
#include "format/prose.h"
#include "format/template.h"
#include "review/pages.h"
#include "service/page.h"
#include "service/pdf_image.h"
#include "service/seal.h"
#include "service/store.h"
#include "web/response.h"
#include "web/serve.h"

static enum err form(struct request *r);
static enum err blank(struct request *r);
static enum err manual(struct request *r);
static enum err page_image(struct request *r);

#define FOLDER "cgi-bin/document/"

EMBED(text_application_form, FOLDER "application_form.md");
EMBED(text_risk_notice, FOLDER "risk_notice.md");
EMBED(text_manual, FOLDER "manual.md");
EMBEDDED(text_application_form);
EMBEDDED(text_risk_notice);
EMBEDDED(text_manual);

#define PICTURE(name)                                                          \
	EMBED(picture_##name, FOLDER #name ".jpg");                            \
	EMBEDDED(picture_##name);
#include "document/pictures.def"
#undef PICTURE

#define SERVICE	 "CA锁在线办理"
#define MANUAL	 SERVICE "操作手册"
#define SAMPLE	 "示例文本"   /* in a text that is still the project's */
#define TEXTS_OF "2026-11-25" /* the day of the texts in FOLDER */
#define SIGN_ROW (43 * PAGE_MM)
#define ROW	 20
#define LABEL	 0.19

/* Of a picture; and the last page that one can be asked for. */
enum { PICTURE_WIDTH = 1000, LAST_PAGE = 1000 };

enum { MANUAL_MAX = 256 << 10 };

/* clang-format off */
static const struct route routes[] = {
	{ M_GET, "/api/applications/{id}/form.pdf", SURFACE_PORTAL, ROLE_APPLICANT, BODY_NONE, 0,
	    NULL, NULL, 0, form, "下载填好的申请表",
	    "200 application/pdf" },
	{ M_GET, "/api/templates/{kind}.pdf", SURFACE_PORTAL, 0, BODY_NONE, 0,
	    NULL, NULL, 0, blank, "下载空白模板",
	    "200 application/pdf" },
	{ M_GET, "/api/manual.pdf", SURFACE_PORTAL, 0, BODY_NONE, 0,
	    NULL, NULL, 0, manual, "下载操作手册",
	    "200 application/pdf, 503" },
	{ M_GET, "/admin/applications/{id}/attachments/{attachment_id}/pages/{page}.png",
	    SURFACE_ADMIN, ROLE_ADMIN, BODY_NONE, 0,
	    NULL, NULL, 0, page_image, "电子件的一页",
	    "200 image/png, 304, 422" },
};
/* clang-format on */

/* -- the form -- */

/* A form that is being filled in; app is NULL for a blank one. */
struct filling {
	struct arena *a;
	struct page *page;
	const struct application *app;
	struct page_cell cell[4]; /* of the row that is being put together */
	size_t cells;
};

/* The choices of a blank form: "□ 新办　□ 续期". */
static const char *
choices(struct arena *a, enum field f)
{
	const char *text = "";
	size_t n;
	const struct option_row *rows = field_options(&n);

	for (size_t i = 0; i < n; i++)
		if (rows[i].field == f)
			text = arena_printf(a, "%s%s□ %s", text,
			    *text == '\0' ? "" : "　", rows[i].label);
	return text;
}

static const char *
value_of(const struct filling *form, enum field f)
{
	const char *value;

	if (form->app == NULL)
		return choices(form->a, f);
	value = field_shown(form->a, f, form->app->value[f]);
	return value != NULL ? value : "—";
}

/* Two to a row, but what can be long has a row of its own. */
static bool
is_wide(enum field f)
{
	return field_row(f)->max >= 100;
}

static void
end_row(struct filling *form)
{
	if (form->cells == 0)
		return;
	if (form->cells == 2)
		form->cell[1].share = 1 - LABEL;
	page_row(form->page, form->cell, form->cells, ROW);
	form->cells = 0;
}

static void
add_field(struct filling *form, enum field f)
{
	if (is_wide(f))
		end_row(form);
	form->cell[form->cells++] =
	    (struct page_cell){ PAGE_LABEL, LABEL, field_row(f)->label };
	form->cell[form->cells++] =
	    (struct page_cell){ PAGE_VALUE, 0.5 - LABEL, value_of(form, f) };
	if (is_wide(f) || form->cells == 4)
		end_row(form);
}

static void
add_bar(struct page *page, const char *text)
{
	page_row(page, &(struct page_cell){ PAGE_BAR, 1, text }, 1, ROW);
}

static void
add_sections(struct filling *form)
{
	for (int section = 1; section <= FIELD_SECTIONS; section++) {
		add_bar(form->page, field_section_title(section));
		for (int f = 0; f < FIELD__N; f++)
			if (field_row((enum field)f)->section == section)
				add_field(form, (enum field)f);
		end_row(form);
	}
}

/* The declaration as one cell, its paragraphs parted by line ends. */
/* What the form says of itself is a note, all else of its text is declared. */
static const char *
declared(struct arena *a, bool is_note)
{
	const char *source = text_application_form, *text = "";
	struct prose block = { 0 };

	while (prose_next(a, &source, &block))
		if ((block.kind == PROSE_NOTE) == is_note)
			text = arena_printf(a, "%s%s%s", text,
			    *text == '\0' ? "" : "\n", block.text);
	return text;
}

/* Where hand and seal go; what they confirm stays with them. */
static void
add_signing(struct page *page)
{
	const struct page_cell cells[] = {
		{ PAGE_SIGN, 0.55,
		    "法定代表人或授权代理人（签字）：\n\n\n"
		    "经办人（签字）：\n\n\n"
		    "日期：　　　　年　　　月　　　日" },
		{ PAGE_SEAL, 0.45, "申请单位（盖章）" },
	};

	page_keep(page);
	page_row(page, cells, COUNT(cells), SIGN_ROW);
}

static void
add_declaration(struct filling *form)
{
	add_bar(form->page, "申请单位声明");
	page_row(form->page,
	    &(struct page_cell){ PAGE_PROSE, 1, declared(form->a, false) }, 1,
	    ROW);
	add_signing(form->page);
}

/* What submitting would refuse, as "申请人、办理年限". */
static const char *
missing(struct arena *a, const struct problems *errors)
{
	const char *text = "";

	for (size_t i = 0; i < errors->n; i++) {
		enum field f = field_by_name(errors->item[i].field);

		text =
		    arena_printf(a, "%s%s%s", text, *text == '\0' ? "" : "、",
			f != FIELD__N ? field_row(f)->label
				      : errors->item[i].field);
	}
	return text;
}

static const char *
form_title(void)
{
	return attachment_kind("application_form")->label;
}

static enum err
make_form(struct arena *a, const struct application *app,
    const struct page_about *about, const char *under, const char *note,
    const char **bytes, size_t *n)
{
	struct filling filling = {
		.a = a, .page = page_begin(a, about), .app = app
	};
	const char *said = declared(a, true);

	page_text(filling.page, PAGE_TITLE, NULL, about->title);
	page_text(filling.page, PAGE_UNDER_TITLE, NULL, under);
	if (*said != '\0')
		page_text(filling.page, PAGE_UNDER_TITLE, NULL, said);
	add_sections(&filling);
	add_declaration(&filling);
	if (note != NULL)
		page_text(filling.page, PAGE_NOTE, NULL, note);
	return page_end(filling.page, bytes, n);
}

/* A draft is marked as one until it could be submitted. */
static enum err
fill_form(struct request *r, const struct application *app, const char **bytes,
    size_t *n)
{
	struct arena *a = r->env.a;
	struct page_about about = { .title = form_title(),
		.subject = app->batch_no,
		.head = { SERVICE,
		    arena_printf(a, "批次号 %s", app->batch_no) },
		.foot = "请核对无误后签字、盖章，扫描为 PDF 上传",
		.code = app->batch_no,
		.made_at = app->touched_at };
	const char *note = NULL;
	char day[CLOCK_TEXT];

	if (application_allows(&r->env, app, ACTION_SAVE))
		TRY(application_check_fields(&r->env, app));
	if (r->env.errors.n > 0) {
		about.mark = "草稿";
		about.foot = "草稿：请填写完整后重新下载，再签字、盖章";
		note = arena_printf(a, "草稿，提交前还要填写或改正：%s。",
		    missing(a, &r->env.errors));
	}
	return make_form(a, app, &about,
	    arena_printf(a, "批次号 %s　　申请日期 %s", app->batch_no,
		clock_day(day, app->created_at)),
	    note, bytes, n);
}

static enum err
form(struct request *r)
{
	struct application app;
	const char *bytes;
	size_t n;

	TRY(application_load(&r->env, r->param[0], &app));
	TRY(fill_form(r, &app, &bytes, &n));
	return respond_download(r, bytes, n, "application/pdf",
	    arena_printf(r->env.a, "申请表_%s.pdf", app.batch_no));
}

static enum err
make_blank_form(
    struct arena *a, const char *title, const char **bytes, size_t *n)
{
	struct page_about about = { .title = title,
		.subject = SERVICE,
		.head = { SERVICE, title },
		.foot = "请填写后签字、盖章，扫描为 PDF 上传" };

	clock_parse_day(TEXTS_OF, &about.made_at);
	return make_form(a, NULL, &about, "也可以在线填写后下载填好的申请表",
	    NULL, bytes, n);
}

/* -- prose: the letter and the manual -- */

static enum page_style
style_of(enum prose_kind kind, enum prose_kind before)
{
	switch (kind) {
	case PROSE_TITLE:
		return PAGE_TITLE;
	case PROSE_CHAPTER:
		return PAGE_CHAPTER;
	case PROSE_SECTION:
		return PAGE_SECTION;
	case PROSE_STEP:
	case PROSE_ITEM:
		return PAGE_STEP;
	case PROSE_NOTE:
		return before == PROSE_TITLE ? PAGE_UNDER_TITLE : PAGE_NOTE;
	default:
		return PAGE_TEXT;
	}
}

/* What stands before one of a list. */
static const char *
marker_of(struct arena *a, const struct prose *block)
{
	if (block->kind == PROSE_STEP)
		return arena_printf(a, "%d.", block->number);
	return block->kind == PROSE_ITEM ? "·" : NULL;
}

static void
add_picture(struct page *page, const struct prose *block)
{
	static const struct {
		const char *file, *bytes, *end;
	} pictures[] = {
#define PICTURE(name) { #name ".jpg", picture_##name, picture_##name##_end },
#include "document/pictures.def"
#undef PICTURE
	};

	for (size_t i = 0; i < COUNT(pictures); i++)
		if (strcmp(pictures[i].file, block->file) == 0)
			page_picture(page, pictures[i].bytes,
			    (size_t)(pictures[i].end - pictures[i].bytes),
			    block->text);
	page_keep(page);
	page_text(page, PAGE_CAPTION, NULL, block->text);
}

static void
add_prose(struct arena *a, struct page *page, const char *source)
{
	enum prose_kind before = PROSE_TEXT;
	struct prose block = { 0 };

	for (; prose_next(a, &source, &block); before = block.kind)
		if (block.kind == PROSE_PICTURE)
			add_picture(page, &block);
		else
			page_text(page, style_of(block.kind, before),
			    marker_of(a, &block), block.text);
}

static enum err
make_risk_notice(
    struct arena *a, const char *title, const char **bytes, size_t *n)
{
	struct page_about about = { .title = title,
		.subject = SERVICE,
		.head = { SERVICE, title },
		.foot = "请阅读后签字、盖章，扫描为 PDF 上传" };
	struct page *page;

	clock_parse_day(TEXTS_OF, &about.made_at);
	page = page_begin(a, &about);
	add_prose(a, page, text_risk_notice);
	add_signing(page);
	return page_end(page, bytes, n);
}

/* -- what is the same for everybody -- */

/* Made when it is first asked for, and kept as long as the worker lives. */
static struct fixed {
	const char *name; /* a kind of attachment */
	enum err (*make)(
	    struct arena *a, const char *title, const char **bytes, size_t *n);
	const char *bytes; /* NULL: not made yet */
	size_t n;
} fixed[] = {
	{ .name = "application_form", .make = make_blank_form },
	{ .name = "risk_notice", .make = make_risk_notice },
};

static struct arena *kept;

static struct fixed *
fixed_by_name(const char *name)
{
	for (size_t i = 0; i < COUNT(fixed); i++)
		if (strcmp(fixed[i].name, name) == 0)
			return &fixed[i];
	return NULL;
}

static enum err
answer_fixed(struct request *r, struct fixed *f)
{
	const char *title = attachment_kind(f->name)->label;
	const char *bytes;

	if (f->bytes == NULL) {
		TRY(f->make(r->env.a, title, &bytes, &f->n));
		f->bytes = arena_strndup(kept, bytes, f->n);
	}
	return respond_download(r, f->bytes, f->n, "application/pdf",
	    arena_printf(r->env.a, "%s.pdf", title));
}

static enum err
blank(struct request *r)
{
	const struct attachment_kind *kind = attachment_kind(r->param[0]);

	if (kind == NULL || !kind->has_template)
		return FAIL(E_NOT_FOUND, "no such template");
	return answer_fixed(r, fixed_by_name(kind->name));
}

/* -- the manual -- */

/* Kept until what it says has changed. */
static struct {
	struct arena *a;  /* NULL: not made yet */
	const char *text; /* that it was made of */
	const char *bytes;
	size_t n;
} made;

/* Its text as the system is now: fees, periods, states, messages. */
static enum err
manual_text(struct request *r, const char **text)
{
	const struct template list[] = {
		{ "manual", text_manual, strlen(text_manual) },
		{ 0 },
	};
	struct json_object *o = json_object_in(r->env.a);
	struct buf b;

	TRY(guide_json(&r->env, o));
	buf_init(&b, r->env.a, MANUAL_MAX);
	TRY(template_text(list, "manual", o, &b));
	*text = arena_strndup(r->env.a, b.p, b.n);
	return E_OK;
}

static enum err
make_manual(struct arena *a, const char *text, const char **bytes, size_t *n)
{
	struct page_about about = { .title = MANUAL,
		.subject = SERVICE,
		.head = { SERVICE, "操作手册" },
		.foot = "页面以实际显示为准" };
	struct page *page;

	clock_parse_day(TEXTS_OF, &about.made_at);
	page = page_begin(a, &about);
	add_prose(a, page, text);
	return page_end(page, bytes, n);
}

static enum err
keep_manual(struct request *r, const char *text)
{
	const char *bytes;
	size_t n;

	TRY(make_manual(r->env.a, text, &bytes, &n));
	if (made.a != NULL)
		arena_free(made.a);
	made.a = arena_new(MANUAL_MAX * 4);
	made.text = arena_strdup(made.a, text);
	made.bytes = arena_strndup(made.a, bytes, n);
	made.n = n;
	return E_OK;
}

static enum err
manual(struct request *r)
{
	const char *text;

	TRY(manual_text(r, &text));
	if (made.a == NULL || strcmp(made.text, text) != 0)
		TRY(keep_manual(r, text));
	return respond_download(
	    r, made.bytes, made.n, "application/pdf", MANUAL ".pdf");
}

/* -- pages of the attachments, beside the fields that they prove -- */

/* Scans show people's papers, so each look is on record. */
static enum err
draw_page(struct request *r, const struct application *app,
    const struct attachment *file, int page)
{
	const char *png;
	const void *p;
	size_t n, png_n;

	TRY(store_load(r->env.a, file->store_key, &p, &n));
	TRY(pdf_image_page(r->env.a, p, n, page, PICTURE_WIDTH,
	    r->env.cfg->pdf_seconds, &png, &png_n));
	TRY(audit_note(&r->env, "view_page", app->id,
	    arena_printf(r->env.a, "%s %s %d", file->kind, file->id, page)));
	return respond_bytes(r, "image/png", png, png_n);
}

static enum err
page_image(struct request *r)
{
	struct application app;
	struct attachment file;
	const char *tag;
	int64_t page;

	TRY(application_load(&r->env, r->param[0], &app));
	TRY(attachment_find(&r->env, app.id, r->param[1], &file));
	if (!num_int(r->param[2], 1, LAST_PAGE, &page))
		return FAIL(E_NOT_FOUND, "no page number");
	/* A file is never changed, so its pages are what they were. */
	tag =
	    arena_printf(r->env.a, "\"%s-%lld\"", file.sha256, (long long)page);
	respond_header(r, "Cache-Control", "private, no-cache");
	if (respond_is_known(r, tag))
		return respond_not_modified(r);
	return draw_page(r, &app, &file, (int)page);
}

/*
 * cairo copies the font's outlines, 16 MB, for each document. That memory is
 * kept from one to the next: to get it from the system anew takes longer than
 * all the rest.
 */
static void
keep_memory(void)
{
	mallopt(M_MMAP_THRESHOLD, 32 << 20);
	mallopt(M_TRIM_THRESHOLD, 64 << 20);
}

static enum err
start(struct arena *a, const struct config *cfg)
{
	keep_memory();
	respond_use_templates(pages_templates());
	TRY(seal_open(a, cfg->field_key_file));
	kept = a;
	TRY(page_open_fonts());
	TRY(pdf_image_open(cfg->pdf_seconds));
	return store_open(cfg->store);
}

/* Whether a text of the PDFs is still the sample that this tree has. */
static const char *
warning(struct env *env)
{
	(void)env;
	return strstr(text_risk_notice, SAMPLE) != NULL ||
		       strstr(text_application_form, SAMPLE) != NULL
		   ? "cgi-bin/document/*.md: samples (示例文本), to be replaced "
		     "by the centre's own texts"
		   : NULL;
}

int
main(int argc, char **argv)
{
	static const struct program_def def = { P_DOCUMENT, routes,
		COUNT(routes), start, NULL, warning };

	return serve_main(argc, argv, &def);
}
