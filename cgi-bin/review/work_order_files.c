/* 制证批次: what goes to the CA as a file, and what comes back as one. */
#include <string.h>

#include "base/arena.h"
#include "base/clock.h"
#include "domain/work_order_export.h"
#include "domain/work_order_import.h"
#include "format/csv.h"
#include "format/json.h"
#include "format/multipart.h"
#include "format/xlsx.h"
#include "review/batch.h"
#include "review/handlers.h"
#include "review/layout.h"
#include "web/response.h"

static const char *
file_name(struct request *r, const char *extension)
{
	char today[CLOCK_TEXT];

	return arena_printf(r->env.a, "制证批次_%s_%.10s.%s",
	    clock_day(today, clock_now()), r->param[0], extension);
}

static enum err
export_as(struct request *r, enum export_format format, const char *type,
    const char *extension)
{
	int64_t size;
	int fd;

	TRY(work_order_export(&r->env, r->param[0], format, &fd, &size));
	return respond_file(r, fd, size, type, file_name(r, extension));
}

enum err
work_order_give_xlsx(struct request *r)
{
	return export_as(r, EXPORT_XLSX, XLSX_TYPE, "xlsx");
}

enum err
work_order_give_csv(struct request *r)
{
	return export_as(r, EXPORT_CSV, CSV_TYPE, "csv");
}

enum err
work_order_give_json(struct request *r)
{
	struct json_object *o = json_object_in(r->env.a);
	const char *text;
	size_t n;

	TRY(work_order_export_json(&r->env, r->param[0], o));
	text = json_text(o, &n);
	return respond_download(
	    r, text, n, "application/json", file_name(r, "json"));
}

static const char *
import_path(struct request *r, const char *id)
{
	return arena_printf(
	    r->env.a, "%s/imports/%s", batch_path(r, r->param[0]), id);
}

enum err
work_order_take_file(struct request *r)
{
	const struct part *file = multipart_get(r->parts, "file");
	struct work_order_upload up = { .env = &r->env,
		.work_order_id = r->param[0],
		.name = file != NULL && file->filename != NULL ? file->filename
							       : "",
		.bytes = file != NULL ? file->data : "",
		.n = file != NULL ? file->n : 0 };
	enum err e = work_order_upload(&up);

	if (e == E_INVALID)
		return work_order_show_refused(r, e);
	TRY(e);
	return respond_see_other(r, import_path(r, up.id));
}

/* refused is E_OK, or why it was not asked for or gone on with. */
static enum err
show(struct request *r, enum err refused)
{
	struct json_object *o = layout_new(r);
	unsigned role = r->env.who.role;
	const char *state;
	int64_t ready = 0;

	TRY(work_order_import_json(&r->env, r->param[0], r->param[1], o));
	layout_times(r->env.a, json_get(o, "rows"), "done_at");
	layout_time(r->env.a, o, "uploaded_at");
	state = json_get_str(o, "state");
	json_get_int(o, "ready_n", &ready);
	json_str(o, "order_path", batch_path(r, r->param[0]));
	json_str(o, "path", import_path(r, r->param[1]));
	json_flag(o, "needs_second", r->env.cfg->four_eyes != 0);
	json_flag(o, "can_ask",
	    role == ROLE_OPERATOR && ready > 0 && strcmp(state, "draft") == 0 &&
		json_get_str(o, "waiting_id") == NULL);
	json_flag(o, "can_run",
	    (role & ROLE_OFFICE) != 0 && strcmp(state, "running") == 0);
	json_str(o, "typed", refused != E_OK ? request_form(r, "reason") : "");
	json_str(o, "reason_problem", layout_problem(&r->env, "reason"));
	return layout_page(r, refused, "work-order-import", o);
}

enum err
work_order_import_show_page(struct request *r)
{
	return show(r, E_OK);
}

static enum err
answer(struct request *r, enum err e)
{
	if (e == E_OK)
		return respond_see_other(r, import_path(r, r->param[1]));
	return layout_can_show(e) ? show(r, e) : e;
}

enum err
work_order_import_take_ask(struct request *r)
{
	return answer(r, work_order_import_ask(&r->env, r->param[0],
			     r->param[1], layout_typed(r, "reason")));
}

enum err
work_order_import_take_run(struct request *r)
{
	return answer(
	    r, work_order_import_run(&r->env, r->param[0], r->param[1]));
}
