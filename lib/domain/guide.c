#include "domain/guide.h"

#include "base/arena.h"
#include "domain/activation.h"
#include "domain/application.h"
#include "domain/carrier.h"
#include "domain/delivery.h"
#include "domain/message_text.h"
#include "domain/open_type.h"
#include "domain/reminder.h"
#include "domain/status.h"
#include "format/json.h"

enum { KILOBYTE = 1024, MEGABYTE = 1024 * KILOBYTE };

/* As 支付平台、系统. */
static const char *
takers(struct arena *a, unsigned by)
{
	const char *text = "";

	for (unsigned role = 1; role <= by; role <<= 1)
		if ((by & role) != 0)
			text = arena_printf(a, "%s%s%s", text,
			    *text != '\0' ? "、" : "",
			    role_title((enum role)role));
	return text;
}

static void
ways_json(struct arena *a, enum state state, struct json_object *list)
{
	for (size_t i = 0; i < state_machine.moves; i++) {
		const struct machine_move *m = &state_machine.move[i];
		struct json_object *item;

		if (m->from != (int)state)
			continue;
		item = json_item(list);
		json_str(item, "step", state_machine.event[m->event].title);
		json_str(item, "by", takers(a, m->by));
	}
}

static void
states_json(struct arena *a, struct json_object *list)
{
	for (int s = 0; s < STATE__N; s++) {
		const struct state_row *row = state_row((enum state)s);
		struct json_object *item;

		if (row->status == NULL)
			continue;
		item = json_item(list);
		json_str(item, "state", row->word);
		json_str(item, "title", row->title);
		json_str(item, "status_title", row->status_title);
		json_str(item, "next", row->next);
		ways_json(a, (enum state)s, json_list(item, "ways"));
	}
}

static void
file_json(struct env *env, struct json_object *o)
{
	int64_t n = env->cfg->file_max_bytes;
	bool is_mega = n % MEGABYTE == 0;

	json_str(o, "max_size",
	    arena_printf(env->a, "%lld %s",
		(long long)(n / (is_mega ? MEGABYTE : KILOBYTE)),
		is_mega ? "MB" : "KB"));
	json_int(o, "max_files", env->cfg->files_a_kind);
	json_int(o, "max_pages", env->cfg->file_max_pages);
}

static void
periods_json(const struct config *cfg, struct json_object *o)
{
	json_int(o, "promise_days", cfg->promise_days);
	json_int(o, "cancel_days", cfg->cancel_days);
	json_int(o, "order_minutes", cfg->order_minutes);
	json_int(o, "renewal_opens_days", cfg->renewal_opens_days);
	json_int(o, "renewal_closes_days", cfg->renewal_closes_days);
	json_int(o, "reminder_days", REMINDER_DAYS);
	json_int(o, "session_minutes", cfg->session_idle_minutes);
	json_int(o, "code_minutes", STATUS_CODE_MINUTES);
}

/* What is filled in by the applicant, and how. */
static void
fields_json(struct json_object *list)
{
	for (int f = 0; f < FIELD__N; f++) {
		const struct field_row *row = field_row((enum field)f);
		struct json_object *item;

		if (!field_is_input((enum field)f))
			continue;
		item = json_item(list);
		json_str(item, "label", row->label);
		json_str(item, "help", row->help);
		json_flag(item, "required", row->need != NEED_NEVER);
	}
}

/* As they read by now, with a sample of each value. */
static enum err
messages_json(struct env *env, struct json_object *list)
{
	for (int i = 0; i < MESSAGE__N; i++) {
		struct json_object *item = json_item(list);
		struct message_text text;

		TRY(message_text_current(env, (enum message_word)i, &text));
		json_str(item, "title", text.title);
		json_str(item, "text", message_text_preview(env->a, text.text));
	}
	return E_OK;
}

/* How a new lock comes to its owner, and who carries it. */
static void
ways_to_owner(const struct config *cfg, struct json_object *o)
{
	struct json_object *states = json_list(o, "states"),
			   *carriers = json_list(o, "carriers");

	for (int s = 0; s < DELIVERY__N; s++) {
		struct json_object *item = json_item(states);

		json_str(item, "title", delivery_machine.state[s].title);
		json_str(item, "next", delivery_next((enum delivery_state)s));
	}
	carrier_names_json(carriers);
	json_str(o, "service_phone",
	    *cfg->service_phone != '\0' ? cfg->service_phone : NULL);
}

static void
activations_json(struct json_object *list)
{
	static const struct {
		const char *title, *category, *pickup;
	} kinds[] = {
		{ "续期", "renewal", "onsite" },
		{ "新办，现场取领", "new", "onsite" },
		{ "新办，邮寄取领", "new", "mail" },
	};

	for (size_t i = 0; i < COUNT(kinds); i++) {
		struct json_object *item = json_item(list);

		json_str(item, "title", kinds[i].title);
		activation_steps_json(kinds[i].category, kinds[i].pickup,
		    json_list(item, "steps"));
	}
}

enum err
guide_json(struct env *env, struct json_object *o)
{
	states_json(env->a, json_list(o, "states"));
	fields_json(json_list(o, "fields"));
	application_kinds_json(env->cfg, json_list(o, "attachments"));
	file_json(env, json_sub(o, "file"));
	periods_json(env->cfg, json_sub(o, "periods"));
	TRY(messages_json(env, json_list(o, "messages")));
	ways_to_owner(env->cfg, json_sub(o, "delivery"));
	activations_json(json_list(o, "activations"));
	json_str(o, "tool_url", env->cfg->activation_url);
	json_int(o, "invoice_corrections", env->cfg->invoice_corrections);
	return application_fees_json(
	    env, TYPE_ENTERPRISE, json_list(o, "fees"));
}
