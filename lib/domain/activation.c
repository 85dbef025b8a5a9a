#include "domain/activation.h"

#include <string.h>

#include "base/arena.h"
#include "base/clock.h"
#include "base/utf8.h"
#include "domain/delivery.h"
#include "domain/lock_office.h"
#include "domain/sql.h"
#include "format/ident.h"
#include "format/json.h"

static const char *
said(struct arena *a, const char *typed)
{
	const char *text = typed != NULL ? ident_trim(a, typed) : "";

	return *text != '\0' ? text : NULL;
}

enum err
activation_prepare(struct activation *a)
{
	struct env *env = a->env;
	int64_t day;

	if (!application_allows(env, a->app, ACTION_ACTIVATE) ||
	    a->app->activated_at != 0)
		return FAIL(E_STATE, "activate");
	a->valid_to = said(env->a, a->valid_to);
	a->serial = said(env->a, a->serial);
	if (a->valid_to != NULL && !clock_parse_day(a->valid_to, &day))
		problem_add(&env->errors, "valid_to", "date",
		    "请填写证书工具中显示的到期日，如 2027-01-30。");
	if (a->serial != NULL && (utf8_length(a->serial) > LOCK_SERIAL_MAX ||
				     utf8_has_control(a->serial)))
		problem_add(&env->errors, "serial", "too_long",
		    "锁序列号不能超过 %d 个字符。", LOCK_SERIAL_MAX);
	return env->errors.n == 0 ? E_OK : FAIL(E_INVALID, "activation");
}

static bool
differs(const char *told, const char *ours)
{
	return told != NULL && (ours == NULL || strcmp(told, ours) != 0);
}

static bool
is_different(
    const struct application *app, const char *valid_to, const char *serial)
{
	return differs(valid_to, app->valid_to) ||
	       differs(serial, app->value[FIELD_LOCK_SERIAL]);
}

enum err
activation_confirm(void *arg)
{
	const struct activation *a = arg;
	const struct application *app = a->app;
	struct state_of from = application_state_of(app);
	struct env *env = a->env;

	TRY(db_change(
	    env->db, SQL_ACTIVATION_SET, ARGS(S(app->id), I(app->version))));
	TRY(db_exec(env->db, SQL_ACTIVATION_ADD,
	    ARGS(S(app->id), S(env->who.id), S(a->valid_to), S(a->serial),
		I(is_different(app, a->valid_to, a->serial)))));
	return state_move(env, &from, ACTION_ACTIVATE, "");
}

/* -- for its owner -- */

static void
difference_json(
    struct json_object *list, const char *field, const char *message)
{
	struct json_object *o = json_item(list);

	json_str(o, "field", field);
	json_str(o, "code", "differs");
	json_str(o, "message", message);
}

static void
differences_json(struct arena *a, const struct application *app,
    const char *valid_to, const char *serial, struct json_object *list)
{
	const char *ours = app->value[FIELD_LOCK_SERIAL];

	if (differs(valid_to, app->valid_to))
		difference_json(list, "valid_to",
		    arena_printf(a,
			"您看到的到期日 %s 与登记的 %s 不同，"
			"工作人员会核对并联系经办人。",
			valid_to, app->valid_to));
	if (differs(serial, ours))
		difference_json(list, "serial",
		    ours != NULL
			? arena_printf(a,
			      "您填写的锁序列号 %s 与登记的 %s 不同，"
			      "工作人员会核对并联系经办人。",
			      serial, ours)
			: arena_printf(a,
			      "系统还没有登记这把锁的序列号，您填写的 %s "
			      "已转给工作人员核对。",
			      serial));
}

/* What was said when it was confirmed. */
static enum err
said_json(struct env *env, const struct application *app, struct json_object *o)
{
	struct json_object *list = json_list(o, "differences");
	const char *valid_to = NULL, *serial = NULL;
	struct cell *c;
	enum err e = E_NOT_FOUND;

	if (app->activated_at != 0)
		e = db_one(
		    env->db, env->a, SQL_ACTIVATION_GET, &c, ARGS(S(app->id)));
	if (e != E_NOT_FOUND) {
		TRY(e);
		valid_to = c[0].s;
		serial = c[1].s;
	}
	json_str(o, "said_valid_to", valid_to);
	json_str(o, "said_serial", serial);
	differences_json(env->a, app, valid_to, serial, list);
	return E_OK;
}

const char *
activation_next(
    enum state state, bool is_activated, const struct deliveries *all)
{
	if (state != STATE_COMPLETED)
		return state_row(state)->next;
	if (is_activated)
		return "CA 锁已启用；需要发票的，现在可以申请。";
	return all->n > 0 ? delivery_next(all->item[0].state)
			  : state_row(state)->next;
}

#define FRESH_STEPS                                                            \
	"下载并安装 e签宝 证书工具。",                                         \
	    "将 CA 锁插入电脑的 USB 接口，按提示修改初始密码。",               \
	    "在证书工具中核对单位名称和到期日，无误后即可使用。"

void
activation_steps_json(
    const char *category, const char *pickup, struct json_object *steps)
{
	static const char *const renewal[] = {
		"先处理用原证书加密的投标文件：激活后可能无法解密。",
		"下载并安装 e签宝 证书工具。",
		"将原来的 CA 锁插入电脑的 USB 接口。",
		"打开证书工具，选择“证书延期”，按提示输入锁的密码。",
		"看到新的到期日后拔出，原锁即可继续使用，无需到场领取。",
		NULL,
	};
	static const char *const by_mail[] = {
		"收到邮寄的 CA 锁后，在本页确认收到。",
		FRESH_STEPS,
		NULL,
	};
	static const char *const on_site[] = {
		"经办人携带本人身份证，到现场领取 CA 锁。",
		FRESH_STEPS,
		NULL,
	};
	bool is_new = strcmp(category, "new") == 0;
	bool is_mail = strcmp(pickup, "mail") == 0;

	for (const char *const *step = !is_new	 ? renewal
				       : is_mail ? by_mail
						 : on_site;
	     *step != NULL; step++)
		json_item_str(steps, *step);
}

enum err
activation_json(
    struct env *env, const struct application *app, struct json_object *o)
{
	struct json_object *activation;

	if (app->state != STATE_COMPLETED) {
		json_null(o, "activation");
		return E_OK;
	}
	activation = json_sub(o, "activation");
	activation_steps_json(app->value[FIELD_CATEGORY],
	    app->value[FIELD_PICKUP], json_list(activation, "steps"));
	json_str(activation, "tool_url", env->cfg->activation_url);
	json_str(activation, "valid_from", app->valid_from);
	json_str(activation, "valid_to", app->valid_to);
	json_time(activation, "activated_at", app->activated_at);
	return said_json(env, app, activation);
}
