#include "domain/rotation.h"

#include <string.h>

#include "base/arena.h"
#include "base/clock.h"
#include "base/log.h"
#include "domain/application.h"
#include "domain/delivery.h"
#include "domain/invoice.h"
#include "domain/message.h"
#include "domain/second_factor.h"
#include "domain/sql.h"
#include "domain/submission.h"
#include "format/json.h"
#include "service/seal.h"
#include "service/store.h"

enum { SCRATCH = 16 << 20 };

/* A file's key; its row notes which field key that is sealed by. */
static enum err
reseal_file(struct env *env, enum sql save, const struct cell *c)
{
	int sealed_by;

	TRY(store_reseal(env->a, c[1].s, c[2].s, &sealed_by));
	return db_exec(env->db, save, ARGS(I(sealed_by), S(c[0].s), S(c[1].s)));
}

static enum err
reseal_attachment(struct env *env, const struct cell *c)
{
	return reseal_file(env, SQL_ROTATION_ATTACHMENT, c);
}

static enum err
reseal_document(struct env *env, const struct cell *c)
{
	return reseal_file(env, SQL_ROTATION_DOCUMENT, c);
}

/* What is sealed, in the order of ROTATION_LEFT. Ids come first in a row. */
static const struct kind {
	const char *title;
	enum sql due;
	enum err (*reseal)(struct env *env, const struct cell *row);
} kinds[] = {
	{ "申请的私密信息", SQL_ROTATION_APPLICATIONS, application_reseal },
	{ "各次提交的内容", SQL_ROTATION_SUBMISSIONS, submission_reseal },
	{ "发票的抬头和接收信息", SQL_ROTATION_INVOICES, invoice_reseal },
	{ "两步验证", SQL_ROTATION_FACTORS, second_factor_reseal },
	{ "电子件", SQL_ROTATION_ATTACHMENTS, reseal_attachment },
	{ "发票文件", SQL_ROTATION_DOCUMENTS, reseal_document },
	{ "消息的内容", SQL_ROTATION_MESSAGES, message_reseal },
	{ "现场领取人", SQL_ROTATION_DELIVERIES, delivery_reseal },
};

struct work {
	struct env env; /* with an arena of its own, for a batch */
	int64_t until;
	size_t done, failed;
};

/* One that cannot be opened stays as it is, and is counted. */
static enum err
reseal(struct work *w, const struct kind *kind, const struct cell *row)
{
	enum err e = kind->reseal(&w->env, row);

	if (e == E_OK)
		w->done++;
	else if (e == E_DB || e == E_BUSY)
		return e;
	else if (w->failed++ == 0)
		log_fault(LOG_WARN, "not_resealed", "id", row[0].s);
	return E_OK;
}

static enum err
reseal_all(struct work *w, const struct kind *kind, int number)
{
	char after[ID_TEXT] = "";
	struct rows rows;

	do {
		arena_reset(w->env.a);
		TRY(db_all(w->env.db, w->env.a, (int)kind->due, &rows,
		    ARGS(I(number), S(after))));
		for (size_t r = 0; r < rows.n && clock_span() < w->until; r++)
			TRY(reseal(w, kind, &CELL(&rows, r, 0)));
		if (rows.n > 0)
			memccpy(after, CELL(&rows, rows.n - 1, 0).s, '\0',
			    sizeof(after));
	} while (rows.n > 0 && clock_span() < w->until);
	return E_OK;
}

/* 0 is what was never sealed so; of a number without a key nothing opens. */
static enum err
reseal_kinds(struct work *w)
{
	for (int number = 0; number < SEAL_KEYS; number++) {
		if (number == seal_number() ||
		    (number > 0 && !seal_knows(number)))
			continue;
		for (size_t k = 0; k < COUNT(kinds); k++)
			TRY(reseal_all(w, &kinds[k], number));
	}
	return E_OK;
}

enum err
rotation_due(struct env *env)
{
	struct work w = { .env = *env, .until = clock_span() + CLOCK_SECOND };
	enum err e;

	w.env.a = arena_new(SCRATCH);
	e = reseal_kinds(&w);
	arena_free(w.env.a);
	if (w.done + w.failed > 0)
		log_line(LOG_INFO, "resealed", "key=%d done=%zu failed=%zu",
		    seal_number(), w.done, w.failed);
	return e;
}

enum err
rotation_json(struct env *env, struct json_object *o)
{
	struct arg args[2 * COUNT(kinds)];
	struct json_object *list = json_list(o, "left");
	struct cell *c;
	int64_t all = 0;

	for (size_t i = 0; i < COUNT(args); i++)
		args[i] = I(seal_number());
	TRY(db_one(env->db, env->a, SQL_ROTATION_LEFT, &c, args, COUNT(args)));
	for (size_t k = 0; k < COUNT(kinds); k++) {
		struct json_object *item = json_item(list);

		json_str(item, "title", kinds[k].title);
		json_int(item, "n", c[k].i);
		all += c[k].i;
	}
	json_int(o, "key", seal_number());
	json_flag(o, "has_left", all > 0);
	return E_OK;
}
