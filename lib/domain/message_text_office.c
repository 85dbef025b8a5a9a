/* The texts as managers see them, and a new version of one. */
#include "domain/message_text.h"

#include <string.h>

#include "base/arena.h"
#include "base/utf8.h"
#include "domain/confirmation.h"
#include "domain/sql.h"
#include "format/json.h"
#include "service/config.h"

enum { TITLE_LEAST = 2, TEXT_LEAST = 10 };
/* Characters of a short message, and of each part of a longer one. */
enum { SMS_ONE = 70, SMS_PART = 67, SMS_BRACKETS = 2 };

/* With the signature, which the vendor puts in front. */
static int64_t
parts(const struct config *cfg, const char *shown)
{
	size_t sign = utf8_length(cfg->sms_sign_name);
	size_t n = utf8_length(shown) + (sign > 0 ? sign + SMS_BRACKETS : 0);

	return n <= SMS_ONE ? 1 : (int64_t)((n + SMS_PART - 1) / SMS_PART);
}

static void
text_json(struct env *env, enum message_word word, const struct message_text *t,
    struct json_object *o)
{
	const char *shown = message_text_preview(env->a, t->text);

	json_int(o, "version", t->version);
	json_flag(o, "is_built_in", t->version == MESSAGE_TEXT_OWN);
	json_str(o, "title", t->title);
	json_str(o, "text", t->text);
	json_str(o, "code", message_text_code(env, word, t));
	json_str(o, "preview", shown);
	json_int(o, "length", (int64_t)utf8_length(shown));
	json_int(o, "sms_parts", parts(env->cfg, shown));
}

enum err
message_texts_json(struct env *env, struct json_object *o)
{
	struct json_object *list = json_list(o, "texts");

	for (int w = 0; w < MESSAGE__N; w++) {
		enum message_word word = (enum message_word)w;
		struct json_object *item = json_item(list);
		struct message_text t;

		TRY(message_text_current(env, word, &t));
		json_str(item, "word", message_template(word)->word);
		text_json(env, word, &t, item);
	}
	return E_OK;
}

/* Every value that its own text names, each of which a new one names too. */
static void
values_json(const char *text, struct json_object *o)
{
	struct json_object *list = json_list(o, "values");
	unsigned named = 0;

	if (!message_text_values(text, &named))
		return;
	for (int v = 0; v < VALUE__N; v++) {
		const struct message_value_row *row =
		    message_value_row((enum message_value)v);
		struct json_object *item;

		if ((named & 1U << v) == 0)
			continue;
		item = json_item(list);
		json_str(item, "word", row->word);
		json_str(item, "title", row->title);
		json_str(item, "sample", row->sample);
	}
}

static enum err
versions_json(struct env *env, enum message_word word, struct json_object *o)
{
	struct json_object *list = json_list(o, "versions"), *item;
	const struct message_template *t = message_template(word);
	const struct message_text own = { MESSAGE_TEXT_OWN, t->title, t->text,
		NULL };
	struct rows rows;

	TRY(db_all(
	    env->db, env->a, SQL_MESSAGE_TEXT_LIST, &rows, ARGS(S(t->word))));
	for (size_t r = 0; r < rows.n; r++) {
		const struct cell *c = &CELL(&rows, r, 0);

		item = json_item(list);
		text_json(env, word,
		    &(struct message_text){ c[0].i, c[1].s, c[2].s, c[3].s },
		    item);
		json_time(item, "created_at", c[4].i);
		json_flag(item, "is_current", r == 0);
	}
	item = json_item(list);
	text_json(env, word, &own, item);
	json_time(item, "created_at", 0);
	json_flag(item, "is_current", rows.n == 0);
	return E_OK;
}

enum err
message_text_json(struct env *env, const char *name, struct json_object *o)
{
	enum message_word word = message_word_named(name);
	struct message_text t;

	if (word == MESSAGE__N)
		return FAIL(E_NOT_FOUND, "no such text");
	TRY(message_text_current(env, word, &t));
	json_str(o, "word", name);
	text_json(env, word, &t, o);
	values_json(message_template(word)->text, o);
	return versions_json(env, word, o);
}

/* -- a new one -- */

/* What the event has is what its own text names: no more, and nothing may be
 * left out, for a vendor wants every value of its template. */
static void
check_values(const struct message_text_ask *ask, const char *own)
{
	unsigned wanted = 0, named = 0;

	if (!message_text_values(ask->text, &named) ||
	    !message_text_values(own, &wanted) || named != wanted)
		problem_add(&ask->env->errors, "text", "values",
		    "正文须包含变量表中的每一个变量，各一次，不能有其他的花括号。");
}

static bool
is_code(const char *code)
{
	return strspn(code,
		   "ABCDEFGHIJKLMNOPQRSTUVWXYZ"
		   "abcdefghijklmnopqrstuvwxyz0123456789_") == strlen(code) &&
	       strlen(code) <= MESSAGE_CODE_MAX;
}

/* The words are registered with the vendor under their code. */
static void
check_code(const struct message_text_ask *ask, const struct message_text *now)
{
	struct problems *errors = &ask->env->errors;
	const struct sms_provider *sms =
	    sms_provider(ask->env->cfg->sms_provider);
	bool is_needed = sms != NULL && sms->has_templates;

	if (!is_code(ask->code))
		problem_add(errors, "code", "alphabet",
		    "模板代码由字母、数字和下划线组成，请从短信平台复制。");
	else if (is_needed && *ask->code == '\0')
		problem_add(errors, "code", "required",
		    "请先在短信平台登记这段文字，再填写平台给出的模板代码。");
	else if (is_needed && now->code != NULL &&
		 strcmp(now->code, ask->code) == 0 &&
		 strcmp(now->text, ask->text) != 0)
		problem_add(errors, "code", "same",
		    "文字变了，模板代码也须是新登记的那一个。");
}

static enum err
check(const struct message_text_ask *ask, enum message_word word)
{
	struct problems *errors = &ask->env->errors;
	struct message_text now;

	TRY(message_text_current(ask->env, word, &now));
	now.code = message_text_code(ask->env, word, &now);
	if (now.version != ask->version)
		return FAIL(E_STALE, "another version");
	if (!utf8_is_within(ask->title, TITLE_LEAST, MESSAGE_TITLE_MAX) ||
	    utf8_has_control(ask->title))
		problem_add(errors, "title", "length",
		    "请填写标题，%d 到 %d 个字。", TITLE_LEAST,
		    MESSAGE_TITLE_MAX);
	if (!utf8_is_within(ask->text, TEXT_LEAST, MESSAGE_TEXT_MAX) ||
	    utf8_has_control(ask->text))
		problem_add(errors, "text", "length",
		    "请填写正文，%d 到 %d 个字，写成一段。", TEXT_LEAST,
		    MESSAGE_TEXT_MAX);
	else
		check_values(ask, message_template(word)->text);
	check_code(ask, &now);
	if (strcmp(now.title, ask->title) == 0 &&
	    strcmp(now.text, ask->text) == 0 &&
	    strcmp(now.code != NULL ? now.code : "", ask->code) == 0)
		problem_add(
		    errors, "text", "same", "与现行版本相同，不需要新的版本。");
	return errors->n > 0 ? FAIL(E_INVALID, "message text") : E_OK;
}

enum err
message_text_ask(struct message_text_ask *ask)
{
	enum message_word word = message_word_named(ask->word);
	struct json_object *payload = json_object_in(ask->env->a);
	struct confirmation_ask c = { .env = ask->env,
		.kind = CONFIRM_TEXT,
		.subject = ask->word,
		.payload = payload,
		.reason = ask->reason };

	if (word == MESSAGE__N)
		return FAIL(E_NOT_FOUND, "no such text");
	TRY(check(ask, word));
	json_str(payload, "word", ask->word);
	json_int(payload, "version", ask->version + 1);
	json_str(payload, "title", ask->title);
	json_str(payload, "text", ask->text);
	json_str(payload, "code", ask->code);
	TRY(confirmation_ask(&c));
	ask->id = c.id;
	return E_OK;
}

/* Of two on the same version, the key lets one through. */
enum err
message_text_apply(
    struct env *env, struct json_object *payload, const char *hash)
{
	int64_t version = 0;
	enum err e;

	(void)hash;
	json_get_int(payload, "version", &version);
	e = db_exec(env->db, SQL_MESSAGE_TEXT_ADD,
	    ARGS(S(confirmation_text(payload, "word")), I(version),
		S(confirmation_text(payload, "title")),
		S(confirmation_text(payload, "text")),
		S(confirmation_text(payload, "code"))));
	return e == E_DUPLICATE ? FAIL(E_STATE, "another version") : e;
}

void
message_text_show(
    struct arena *a, struct json_object *payload, struct json_object *facts)
{
	enum message_word word =
	    message_word_named(confirmation_text(payload, "word"));
	const char *text = confirmation_text(payload, "text");

	confirmation_fact(facts, "事项",
	    word != MESSAGE__N ? message_template(word)->title : "");
	confirmation_fact(facts, "标题", confirmation_text(payload, "title"));
	confirmation_fact(facts, "正文", text);
	confirmation_fact(facts, "示例", message_text_preview(a, text));
	confirmation_fact(
	    facts, "短信模板代码", confirmation_text(payload, "code"));
}
