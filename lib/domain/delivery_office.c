/* What has to be sent, is under way, came back, waits to be collected. */
#include "domain/delivery_office.h"

#include <string.h>

#include "base/arena.h"
#include "base/clock.h"
#include "domain/application_private.h"
#include "domain/carrier.h"
#include "domain/delivery_private.h"
#include "domain/keyset.h"
#include "domain/sql.h"
#include "format/ident.h"
#include "format/json.h"

enum { PAGE = 50 };

/* As DELIVERY_OFFICE has them. */
enum {
	ID,
	DELIVERY_ID,
	STATE_WORD,
	VERSION,
	ENTERED_AT,
	CARRIER_WORD,
	NUMBER,
	ATTEMPT,
	BATCH_NO,
	UNIT,
	RECIPIENT,
	HANDLER = RECIPIENT + 3,
	IS_REFUNDING,
	NOTE
};

static enum err
parcel_json(struct env *env, const struct cell *c, struct json_object *o)
{
	struct application app = { .id = c[ID].s };
	int column = RECIPIENT;

	for (int i = 0; i < FIELD__N; i++) {
		enum field f = (enum field)i;

		if (!field_is_of_parcel(f))
			continue;
		TRY(application_unseal(env, &app, f, &c[column++]));
		json_str(
		    o, field_row(f)->name, field_mask(env->a, f, app.value[f]));
	}
	return E_OK;
}

static bool
is_done(enum delivery_state state)
{
	return state == DELIVERY_RECEIVED || state == DELIVERY_COLLECTED;
}

static enum err
row_json(struct env *env, const struct cell *c, struct json_object *o)
{
	int state = machine_state(&delivery_machine, c[STATE_WORD].s);
	const struct carrier *carrier =
	    c[CARRIER_WORD].s != NULL ? carrier_find(c[CARRIER_WORD].s) : NULL;

	json_str(o, "id", c[ID].s);
	json_str(o, "state", c[STATE_WORD].s);
	json_str(o, "state_title", delivery_machine.state[state].title);
	json_flag(o, "is_to_send", state == DELIVERY_TO_SEND);
	json_flag(o, "is_open", !is_done((enum delivery_state)state));
	json_int(o, "version", c[VERSION].i);
	json_time(o, "entered_at", c[ENTERED_AT].i);
	json_str(o, "carrier", carrier != NULL ? carrier->name : NULL);
	json_str(o, "number", c[NUMBER].s);
	json_int(o, "attempt", c[ATTEMPT].i);
	json_flag(o, "is_again", c[ATTEMPT].i > 1);
	json_str(o, "batch_no", c[BATCH_NO].s);
	json_str(o, "unit", c[UNIT].s);
	json_str(o, "handler", c[HANDLER].s);
	json_flag(o, "is_refunding", c[IS_REFUNDING].i != 0);
	json_str(o, "note", c[NOTE].s);
	return parcel_json(env, c, o);
}

static enum err
read_page(struct env *env, const struct delivery_filter *f, struct rows *rows)
{
	const char *state = delivery_machine.state[f->state].word, *id = "";
	int64_t at = is_done(f->state) ? CLOCK_LAST : 0;

	if (f->batch_no != NULL)
		return db_all(env->db, env->a, SQL_DELIVERIES_OF, rows,
		    ARGS(S(f->batch_no)));
	TRY(keyset_time(env->a, f->cursor, &at, &id));
	return db_all(env->db, env->a,
	    is_done(f->state) ? SQL_DELIVERIES_DONE : SQL_DELIVERIES_OPEN, rows,
	    ARGS(S(state), T(at), T(at), S(id), I(PAGE + 1)));
}

enum err
delivery_office_json(
    struct env *env, const struct delivery_filter *f, struct json_object *o)
{
	struct json_object *list = json_list(o, "deliveries");
	struct rows rows;
	size_t n;

	/* What is none is not there. */
	if (f->batch_no != NULL && !application_is_batch_no(f->batch_no))
		return E_OK;
	TRY(read_page(env, f, &rows));
	n = keyset_by_time(env->a, &rows, PAGE, ENTERED_AT, DELIVERY_ID, o);
	for (size_t r = 0; r < n; r++)
		TRY(row_json(env, &CELL(&rows, r, 0), json_item(list)));
	return E_OK;
}

void
delivery_attempts_json(struct env *env, const struct deliveries *all,
    bool is_revealed, struct json_object *o)
{
	struct json_object *list = json_list(o, "attempts");

	for (size_t i = 0; i < all->n; i++) {
		const struct delivery *d = &all->item[i];
		struct json_object *item = json_item(list);

		delivery_attempt_json(d, item);
		json_str(item, "sent_by", d->sent_by);
		json_str(item, "done_by", d->done_by);
		json_flag(item, "is_id_checked", d->is_id_checked);
		if (d->collector != NULL && !is_revealed)
			json_str(item, "collector",
			    field_mask(env->a, FIELD_RECIPIENT, d->collector));
	}
}

/* -- what was pasted -- */

/* The cell that begins at *at, which goes behind it. */
static const char *
take_cell(struct arena *a, const char **at)
{
	static const char wide[] = "，";
	const char *from = *at, *end = from + strcspn(from, ",\t");
	const char *other = strstr(from, wide);
	size_t skip = *end != '\0' ? 1 : 0;

	if (other != NULL && other < end) {
		end = other;
		skip = sizeof(wide) - 1;
	}
	*at = end + skip;
	return ident_trim(a, arena_strndup(a, from, (size_t)(end - from)));
}

static bool
is_title(const char *batch_no)
{
	return strcmp(batch_no, "批次号") == 0 ||
	       strcmp(batch_no, "batch_no") == 0;
}

static enum err
find_case(struct env *env, struct delivery_line *line)
{
	struct cell *c;
	enum err e = E_NOT_FOUND;

	if (application_is_batch_no(line->batch_no))
		e = db_one(env->db, env->a, SQL_TRAIL_APPLICATION, &c,
		    ARGS(S(line->batch_no)));
	if (e == E_NOT_FOUND) {
		line->problem = arena_printf(env->a,
		    "没有批次号为“%.40s”的申请，请核对。", line->batch_no);
		return E_OK;
	}
	TRY(e);
	line->id = c->s;
	return E_OK;
}

static enum err
read_line(struct env *env, const char *text, struct delivery_line *line)
{
	line->batch_no = ident_fold(env->a, take_cell(env->a, &text));
	line->carrier = take_cell(env->a, &text);
	line->tracking_no = take_cell(env->a, &text);
	if (*line->tracking_no == '\0' || *text != '\0') {
		line->problem = "每行应是三项：批次号,快递公司,单号。";
		return E_OK;
	}
	return find_case(env, line);
}

enum err
delivery_read_lines(
    struct env *env, const char *text, struct delivery_line **out, size_t *n)
{
	struct delivery_line *line = arena_alloc(
	    env->a, DELIVERY_LINES_MAX * sizeof(struct delivery_line));

	*out = line;
	*n = 0;
	for (size_t number = 1; *text != '\0'; number++) {
		size_t length = strcspn(text, "\r\n");
		const char *copy =
		    ident_trim(env->a, arena_strndup(env->a, text, length));
		const char *first = copy;

		text += length;
		text += text[0] == '\r' && text[1] == '\n' ? 2
			: *text != '\0'			   ? 1
							   : 0;
		if (*copy == '\0' || is_title(take_cell(env->a, &first)))
			continue;
		if (*n == DELIVERY_LINES_MAX) {
			problem_add(&env->errors, "lines", "too_many",
			    "一次最多粘贴 %d 行，请分几次。",
			    DELIVERY_LINES_MAX);
			return FAIL(E_INVALID, "lines");
		}
		line[*n] = (struct delivery_line){ .number = number };
		TRY(read_line(env, copy, &line[(*n)++]));
	}
	return E_OK;
}
