#include "domain/message_text.h"

#include "domain/sql.h"
#include "service/config.h"

enum err
message_text_current(
    struct env *env, enum message_word word, struct message_text *out)
{
	const struct message_template *own = message_template(word);
	struct cell *c;
	enum err e = db_one(
	    env->db, env->a, SQL_MESSAGE_TEXT_CURRENT, &c, ARGS(S(own->word)));

	*out = (struct message_text){ MESSAGE_TEXT_OWN, own->title, own->text,
		NULL };
	if (e == E_NOT_FOUND) {
		err_clear();
		return E_OK;
	}
	TRY(e);
	*out = (struct message_text){ c[0].i, c[1].s, c[2].s,
		*c[3].s != '\0' ? c[3].s : NULL };
	return E_OK;
}

const char *
message_text_code(
    struct env *env, enum message_word word, const struct message_text *t)
{
	return t->version == MESSAGE_TEXT_OWN
		   ? sms_template(env->a, env->cfg->sms_templates,
			 message_template(word)->word)
		   : t->code;
}

const char *
message_text_preview(struct arena *a, const char *text)
{
	struct message_values samples;
	struct sms_message m;

	for (int v = 0; v < VALUE__N; v++)
		samples.value[v] =
		    message_value_row((enum message_value)v)->sample;
	return message_make(a, text, &samples, &m) ? m.text : text;
}
