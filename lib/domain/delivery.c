#include "domain/delivery.h"

#include <string.h>

#include "base/arena.h"
#include "base/utf8.h"
#include "domain/application_private.h"
#include "domain/carrier.h"
#include "domain/message.h"
#include "domain/sql.h"
#include "format/ident.h"
#include "service/seal.h"

#define MACHINE_DEF	    "domain/delivery_state.def"
#define MACHINE_STATE(name) DELIVERY_##name
#define MACHINE_EVENT(name) DELIVERY_EVENT_##name
#include "domain/machine_tables.def"

const struct machine delivery_machine = { .name = "delivery",
	MACHINE_TABLES,
	.birth = {
	    .event = DELIVERY_EVENT_BEGIN,
	    .by = ROLE_OPERATOR,
	    .to = DELIVERY_TO_SEND,
	} };

bool
delivery_has_event(const char *word)
{
	for (size_t i = 0; i < COUNT(events); i++)
		if (strcmp(events[i].word, word) == 0)
			return true;
	return false;
}

static const char *
bound_to(struct arena *a, const char *id)
{
	return arena_printf(a, "%s/collector", id);
}

static enum err
of_row(struct env *env, const struct cell *c, struct delivery *d)
{
	*d = (struct delivery){ .id = c[0].s,
		.attempt = c[1].i,
		.way = c[2].s,
		.state = (enum delivery_state)machine_state(
		    &delivery_machine, c[3].s),
		.version = c[4].i,
		.entered_at = c[5].i,
		.carrier = c[6].s != NULL ? carrier_find(c[6].s) : NULL,
		.tracking_no = c[7].s,
		.sent_by = c[8].s,
		.sent_at = c[9].i,
		.done_at = c[10].i,
		.done_by = c[11].s,
		.note = c[12].s,
		.relation = c[13].s,
		.is_id_checked = c[15].i != 0 };
	return unseal_text(
	    env->a, bound_to(env->a, d->id), c[14].s, c[14].n, &d->collector);
}

enum err
delivery_list(
    struct env *env, const struct application *app, struct deliveries *out)
{
	struct rows rows;

	TRY(db_all(
	    env->db, env->a, SQL_DELIVERY_LIST, &rows, ARGS(S(app->id))));
	out->n = rows.n;
	out->item = arena_alloc(env->a, (rows.n + 1) * sizeof(*out->item));
	for (size_t r = 0; r < rows.n; r++)
		TRY(of_row(env, &CELL(&rows, r, 0), &out->item[r]));
	return E_OK;
}

static enum err
add(struct env *env, const struct application *app, const char *way,
    enum delivery_state state, int64_t attempt)
{
	return db_exec(env->db, SQL_DELIVERY_ADD,
	    ARGS(S(id_make(env->a)), S(app->id), S(way), S(states[state].word),
		I(attempt)));
}

enum err
delivery_begin(struct env *env, const struct application *app)
{
	bool is_mail = field_is(app->value, FIELD_PICKUP, "mail");

	if (!field_is(app->value, FIELD_CATEGORY, "new"))
		return E_OK;
	return add(env, app, app->value[FIELD_PICKUP],
	    is_mail ? DELIVERY_TO_SEND : DELIVERY_READY, 1);
}

bool
delivery_allows(const struct env *env, const struct application *app,
    const struct delivery *d, enum delivery_event event)
{
	const struct machine_move *move =
	    machine_find(&delivery_machine, (int)d->state, (int)event);

	return move != NULL && (move->by & env->who.role) != 0 &&
	       app->state == STATE_COMPLETED;
}

/* -- what is said with a change -- */

static void
read_sending(struct delivery_change *c)
{
	struct problems *errors = &c->env->errors;
	const char *typed = ident_trim(c->env->a, c->carrier), *number;
	const struct carrier *carrier = carrier_find(typed);

	if (carrier == NULL && *typed == '\0') {
		problem_add(errors, "carrier", "option", "请选择快递公司。");
		return;
	}
	if (carrier == NULL) {
		problem_add(errors, "carrier", "option",
		    "没有名为“%.40s”的快递公司，请写名称（如 顺丰速运）"
		    "或代码（如 SF）。",
		    typed);
		return;
	}
	number = carrier_number(c->env->a, carrier, c->tracking_no);
	if (number == NULL)
		problem_add(errors, "tracking_no", "format",
		    "单号不像是%s的，请核对快递公司和单号。", carrier->name);
	c->carrier = carrier->word;
	c->tracking_no = number;
}

static void
read_hand_over(struct delivery_change *c)
{
	struct problems *errors = &c->env->errors;
	struct verdict name;

	if (delivery_relation_title(c->relation) == NULL)
		problem_add(errors, "relation", "option",
		    "请选择是经办人本人领取还是代领。");
	else if (strcmp(c->relation, "self") == 0)
		c->collector = c->app.value[FIELD_HANDLER_NAME];
	if (c->collector == NULL || *c->collector == '\0') {
		problem_add(errors, "collector", "required",
		    "代领的请填写领取人的姓名。");
		return;
	}
	name = ident_name(c->env->a, ident_trim(c->env->a, c->collector));
	c->collector = name.value;
	if (name.code != NULL && !name.is_warning)
		problem_add(errors, "collector", name.code, "%s", name.message);
	else if (utf8_length(name.value) > DELIVERY_NAME_MAX)
		problem_add(errors, "collector", "too_long",
		    "姓名不能超过 %d 个字符。", DELIVERY_NAME_MAX);
	if (!c->is_id_checked)
		problem_add(errors, "id_checked", "required",
		    "交付前请核对领取人的身份证件并勾选。");
}

/* The other fields are as they were approved: not looked at again. */
static enum err
check_parcel(struct delivery_change *c)
{
	struct problems *errors = &c->env->errors;
	size_t n = 0;

	TRY(application_check_fields(c->env, &c->app));
	for (size_t i = 0; i < errors->n; i++)
		if (field_is_of_parcel(field_by_name(errors->item[i].field)))
			errors->item[n++] = errors->item[i];
	errors->n = n;
	c->env->warnings.n = 0;
	return E_OK;
}

static bool
differs(const char *a, const char *b)
{
	return a == NULL || b == NULL ? a != b : strcmp(a, b) != 0;
}

static enum err
read_address(struct delivery_change *c)
{
	struct application_input in = { 0 };

	TRY(application_read_input(c->env, c->address, &in));
	for (int f = 0; f < FIELD__N; f++)
		if (in.is_given[f] && field_is_of_parcel((enum field)f) &&
		    differs(c->app.value[f], in.value[f])) {
			c->app.value[f] = in.value[f];
			c->is_readdressed = true;
		}
	return check_parcel(c);
}

static enum err
read_event(struct delivery_change *c)
{
	switch (c->event) {
	case DELIVERY_EVENT_SEND:
	case DELIVERY_EVENT_CORRECT:
		read_sending(c);
		return E_OK;
	case DELIVERY_EVENT_RETURN:
		problem_prose(&c->env->errors, "note", c->note,
		    DELIVERY_NOTE_MAX, "请写明退回的原因。");
		return E_OK;
	case DELIVERY_EVENT_HAND_OVER:
		read_hand_over(c);
		return E_OK;
	case DELIVERY_EVENT_READDRESS:
		return read_address(c);
	default:
		return E_OK;
	}
}

enum err
delivery_prepare(struct delivery_change *c)
{
	struct deliveries all;

	TRY(delivery_list(c->env, &c->app, &all));
	if (all.n == 0)
		return FAIL(E_NOT_FOUND, "no delivery of %s", c->app.id);
	c->now = all.item[0];
	if (!delivery_allows(c->env, &c->app, &c->now, c->event))
		return FAIL(E_STATE, "%s", states[c->now.state].word);
	if (c->version != 0 && c->version != c->now.version)
		return FAIL(E_STALE, "delivery");
	TRY(read_event(c));
	return c->env->errors.n == 0 ? E_OK : FAIL(E_INVALID, "delivery");
}

/* -- inside the transaction -- */

/* What the step's line in 处理历史 says besides its name. */
static const char *
opinion_of(const struct delivery_change *c)
{
	struct arena *a = c->env->a;

	switch (c->event) {
	case DELIVERY_EVENT_SEND:
	case DELIVERY_EVENT_CORRECT:
		return arena_printf(
		    a, "%s %s", carrier_find(c->carrier)->name, c->tracking_no);
	case DELIVERY_EVENT_RETURN:
		return c->note;
	case DELIVERY_EVENT_HAND_OVER:
		return arena_printf(a, "%s领取，已核对身份证件",
		    delivery_relation_title(c->relation));
	default:
		return "";
	}
}

/* What the applicant is told of it, if anything. */
static enum err
tell(const struct delivery_change *c)
{
	struct message_new m = { .application_id = c->app.id };

	if (c->event == DELIVERY_EVENT_RETURN)
		m.event = message_template(MESSAGE_DELIVERY_RETURNED)->word;
	else if (c->event != DELIVERY_EVENT_SEND &&
		 c->event != DELIVERY_EVENT_CORRECT)
		return E_OK;
	else {
		m.event = message_template(MESSAGE_DELIVERY_SENT)->word;
		m.value[VALUE_CARRIER] = carrier_find(c->carrier)->name;
		m.value[VALUE_TRACKING_NO] = c->tracking_no;
	}
	return message_add(c->env, &m);
}

static enum err
set_sent(const struct delivery_change *c)
{
	return db_exec(c->env->db, SQL_DELIVERY_SENT,
	    ARGS(S(c->carrier), S(c->tracking_no), S(c->env->who.id),
		S(c->now.id)));
}

static enum err
set_done(const struct delivery_change *c)
{
	struct env *env = c->env;
	bool is_handed = c->event == DELIVERY_EVENT_HAND_OVER;
	bool is_back = c->event == DELIVERY_EVENT_RETURN;
	const uint8_t *sealed;
	size_t n;

	TRY(seal_text(env->a, bound_to(env->a, c->now.id),
	    is_handed ? c->collector : NULL, &sealed, &n));
	return db_exec(env->db, SQL_DELIVERY_DONE,
	    ARGS(S(env->who.id), S(is_back ? c->note : ""), B(sealed, n),
		S(is_handed ? c->relation : NULL),
		is_handed ? I(c->is_id_checked) : NONE, S(c->now.id)));
}

/* Private fields alone, sealed anew, on the row that was looked at. */
static enum err
set_address(const struct delivery_change *c)
{
	struct arg args[FIELD_ARGS + 2];
	size_t n;

	TRY(application_args(c->env, &c->app, false, args, &n));
	args[n++] = S(c->app.id);
	args[n++] = I(c->app.version);
	return db_change(c->env->db, SQL_APPLICATION_PRIVATE, args, n);
}

/* The first comes before the step, which makes the row another version. */
static enum err
set_event(const struct delivery_change *c)
{
	switch (c->event) {
	case DELIVERY_EVENT_SEND:
	case DELIVERY_EVENT_CORRECT:
		return set_sent(c);
	case DELIVERY_EVENT_RECEIVE:
	case DELIVERY_EVENT_RETURN:
	case DELIVERY_EVENT_HAND_OVER:
		return set_done(c);
	case DELIVERY_EVENT_AGAIN:
		return add(c->env, &c->app, c->now.way, DELIVERY_TO_SEND,
		    c->now.attempt + 1);
	default:
		return E_OK;
	}
}

enum err
delivery_change(void *arg)
{
	const struct delivery_change *c = arg;
	struct env *env = c->env;
	struct state_of from = application_state_of(&c->app);
	const struct machine_move *move;
	const char *to;

	TRY(machine_take(&delivery_machine, (int)c->now.state, (int)c->event,
	    env->who.role, &move));
	if (c->event == DELIVERY_EVENT_READDRESS)
		TRY(set_address(c));
	from.entered_at = c->now.entered_at;
	TRY(state_move(
	    env, &from, action_by_word(events[c->event].word), opinion_of(c)));
	TRY(set_event(c));
	TRY(tell(c));
	to = states[move->to].word;
	return db_change(env->db, SQL_DELIVERY_MOVE,
	    ARGS(S(to), S(to), S(c->now.id), I(c->now.version),
		S(states[c->now.state].word)));
}

/* As ROTATION_DELIVERIES has it: id, version, collector. */
enum err
delivery_reseal(struct env *env, const struct cell *c)
{
	const char *bound = bound_to(env->a, c[0].s), *collector;
	const uint8_t *sealed;
	size_t n;

	TRY(unseal_text(env->a, bound, c[2].s, c[2].n, &collector));
	TRY(seal_text(env->a, bound, collector, &sealed, &n));
	return db_exec(env->db, SQL_ROTATION_DELIVERY,
	    ARGS(B(sealed, n), S(c[0].s), I(c[1].i)));
}
