/* How a delivery is shown to its owner. */
#include <string.h>

#include "base/arena.h"
#include "domain/carrier.h"
#include "domain/delivery_private.h"
#include "format/json.h"

static const struct word relations[] = {
	{ "self", "经办人本人" },
	{ "agent", "代领" },
};

const char *
delivery_relation_title(const char *relation)
{
	for (size_t i = 0; i < COUNT(relations) && relation != NULL; i++)
		if (strcmp(relations[i].word, relation) == 0)
			return relations[i].title;
	return NULL;
}

void
delivery_relations_json(struct json_object *list)
{
	json_words(list, relations, COUNT(relations));
}

static const char *const nexts[] = {
	[DELIVERY_TO_SEND] = "CA 锁已制好，等待寄出，寄出后短信告知快递公司"
			     "和单号；寄出前可以更改收件信息。",
	[DELIVERY_SENT] =
	    "CA 锁已寄出，收到后请在申请页面上确认，并按步骤启用。",
	[DELIVERY_RECEIVED] = "CA 锁已收到，请按申请页面上的步骤启用。",
	[DELIVERY_RETURNED] = "邮件被退回，工作人员会安排重新寄送，"
			      "请在申请页面上核对收件信息。",
	[DELIVERY_RESENT] = "退回的已经另行寄送，请看最近一次寄送。",
	[DELIVERY_READY] = "CA 锁已制好，请经办人携带本人身份证到现场领取；"
			   "代领的，带代领人的身份证。",
	[DELIVERY_COLLECTED] = "CA 锁已领取，请按申请页面上的步骤启用。",
};

const char *
delivery_next(enum delivery_state s)
{
	return nexts[s];
}

void
delivery_attempt_json(const struct delivery *d, struct json_object *o)
{
	const struct word *state = &delivery_machine.state[d->state];
	bool is_carried = d->carrier != NULL;

	json_int(o, "attempt", d->attempt);
	json_str(o, "state", state->word);
	json_str(o, "state_title", state->title);
	json_str(o, "carrier", is_carried ? d->carrier->word : NULL);
	json_str(o, "carrier_title", is_carried ? d->carrier->name : NULL);
	json_str(o, "query_url", is_carried ? d->carrier->url : NULL);
	json_str(o, "tracking_no", d->tracking_no);
	json_time(o, "sent_at", d->sent_at);
	json_time(o, "done_at", d->done_at);
	json_str(o, "note", d->note[0] != '\0' ? d->note : NULL);
	json_str(o, "collector", d->collector);
	json_str(o, "relation_title", delivery_relation_title(d->relation));
}

static void
actions_json(const struct env *env, const struct application *app,
    const struct delivery *d, struct json_object *o)
{
	struct json_object *list = json_list(o, "actions");

	for (int e = 0; e < DELIVERY_EVENT__N; e++)
		if (delivery_allows(env, app, d, (enum delivery_event)e))
			json_item_str(list, delivery_machine.event[e].word);
}

void
delivery_json(const struct env *env, const struct application *app,
    const struct deliveries *all, struct json_object *o)
{
	struct json_object *delivery, *earlier;

	if (all->n == 0) {
		json_null(o, "delivery");
		return;
	}
	delivery = json_sub(o, "delivery");
	delivery_attempt_json(&all->item[0], delivery);
	json_str(delivery, "way", all->item[0].way);
	json_str(delivery, "service_phone",
	    env->cfg->service_phone[0] != '\0' ? env->cfg->service_phone
					       : NULL);
	actions_json(env, app, &all->item[0], delivery);
	earlier = json_list(delivery, "earlier");
	for (size_t i = 1; i < all->n; i++)
		delivery_attempt_json(&all->item[i], json_item(earlier));
}
