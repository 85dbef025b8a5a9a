/* What no request waits for. Several may run: work is claimed in the database.
 */
#include <string.h>

#include "base/arena.h"
#include "base/clock.h"
#include "base/log.h"
#include "domain/attachment.h"
#include "domain/audit_check.h"
#include "domain/audit_seal.h"
#include "domain/figure_count.h"
#include "domain/invoice.h"
#include "domain/lapse.h"
#include "domain/ledger.h"
#include "domain/message_limit.h"
#include "domain/message_receipt.h"
#include "domain/message_send.h"
#include "domain/order.h"
#include "domain/reconcile.h"
#include "domain/refund.h"
#include "domain/reminder.h"
#include "domain/retention.h"
#include "domain/rotation.h"
#include "domain/sql.h"
#include "domain/work_order_import.h"
#include "format/charset.h"
#include "service/http.h"
#include "service/pdf_inspect.h"
#include "service/seal.h"
#include "service/store.h"
#include "service/unpack.h"
#include "web/serve.h"

enum { PAUSE_MS = 500, SWEEP_AGE = 86400, SWEEP_ARENA = 1 << 20, BATCHES = 10 };

/* Set by start, for as long as the program runs. */
static const struct invoice_provider *invoice;

static enum err
invoices(struct env *env)
{
	return invoice_watch(env, invoice);
}

/* In small batches: a transaction over many rows would hold up others. */
static enum err
purge_all(struct env *env, enum sql stmt, const struct arg *args, size_t n)
{
	for (int i = 0; i < BATCHES; i++) {
		TRY(db_exec(env->db, (int)stmt, args, n));
		if (db_changed(env->db) == 0)
			break;
		log_line(LOG_INFO, "purge", "stmt=%s rows=%lld",
		    sql_statements[stmt].name, (long long)db_changed(env->db));
	}
	return E_OK;
}

static enum err
purge(struct env *env)
{
	const struct config *cfg = env->cfg;

	TRY(purge_all(env, SQL_SESSION_PURGE,
	    ARGS(I(cfg->session_idle_minutes), I(cfg->session_hours))));
	TRY(purge_all(
	    env, SQL_IDEMPOTENCY_PURGE, ARGS(I(cfg->idempotency_days))));
	TRY(purge_all(env, SQL_STATUS_PURGE, NULL, 0));
	TRY(message_limit_purge(env));
	return work_order_import_purge(env);
}

struct sweep {
	struct db *db;
	struct arena *a; /* reset for each object: there may be very many */
	int64_t removed;
};

static enum err
sweep_object(void *arg, const char *key)
{
	struct sweep *s = arg;
	struct cell *used;

	arena_reset(s->a);
	TRY(db_one(
	    s->db, s->a, SQL_STORE_KEY_USED, &used, ARGS(S(key), S(key))));
	if (used->i != 0)
		return E_OK;
	TRY(store_remove(key));
	s->removed++;
	return E_OK;
}

/* Files whose row never came: an upload that ended half-way. */
static enum err
sweep(struct env *env)
{
	struct sweep s = { .db = env->db, .a = arena_new(SWEEP_ARENA) };
	enum err e = store_each(SWEEP_AGE, sweep_object, &s);

	arena_free(s.a);
	log_line(LOG_INFO, "sweep", "removed=%lld", (long long)s.removed);
	return e;
}

struct job {
	const char *name;
	enum err (*run)(struct env *env);
	int64_t every;	/* microseconds */
	int64_t due_at; /* by clock_span */
};

/* Seals are overdue soon: nothing comes before them. */
enum { SEALS, FIGURES };

static struct job jobs[] = {
	[SEALS] = { "seals", audit_seal_due, 0, 0 },
	[FIGURES] = { "look", figure_look, 0, 0 },
	{ "figures", figure_count_due, 0, 0 },
	{ "orders", order_watch, 0, 0 },
	{ "refunds", refund_watch, 0, 0 },
	{ "invoices", invoices, 0, 0 },
	{ "rules", refund_by_rule, 5 * CLOCK_SECOND, 0 },
	{ "reminders", reminder_due, 60 * CLOCK_SECOND, 0 },
	{ "messages", message_send_due, 0, 0 },
	{ "receipts", message_receipt_ask, 10 * CLOCK_SECOND, 0 },
	{ "files", attachment_inspect_due, 0, 0 },
	{ "checks", audit_check_due, 0, 0 },
	{ "bills", reconcile_due, 2 * CLOCK_SECOND, 0 },
	{ "ledger", ledger_check_due, 60 * CLOCK_SECOND, 0 },
	{ "rotation", rotation_due, 2 * CLOCK_SECOND, 0 },
	{ "retention", retention_due, 60 * CLOCK_SECOND, 0 },
	{ "lapse", lapse_due, 60 * CLOCK_SECOND, 0 },
	{ "purge", purge, 300 * CLOCK_SECOND, 0 },
	{ "sweep", sweep, 3600 * CLOCK_SECOND, 0 },
};

/* One that fails leaves the others to run, and is tried again in its turn. */
static enum err
step(struct env *env)
{
	for (size_t i = 0; i < COUNT(jobs); i++) {
		enum err e;

		if (clock_span() < jobs[i].due_at)
			continue;
		jobs[i].due_at = clock_span() + jobs[i].every;
		err_clear();
		e = jobs[i].run(env);
		if (e != E_OK)
			log_fault(LOG_ERROR, "job", "name", jobs[i].name);
	}
	return E_OK;
}

static enum err
start(struct arena *a, const struct config *cfg)
{
	TRY(reminder_open(cfg));
	TRY(message_open(a, cfg));
	TRY(pdf_inspect_open(cfg->pdf_seconds));
	TRY(seal_open(a, cfg->field_key_file));
	TRY(audit_seal_open(a, cfg));
	jobs[SEALS].every = cfg->audit_seal_seconds * CLOCK_SECOND;
	jobs[FIGURES].every = cfg->figures_seconds * CLOCK_SECOND;
	TRY(store_open(cfg->store));
	TRY(http_open());
	unpack_open();
	charset_open();
	TRY(invoice_provider_open(cfg, &invoice));
	return payment_open(cfg);
}

int
main(int argc, char **argv)
{
	static const struct job_def def = { P_WORKER, start, step, PAUSE_MS };

	if (argc == 2 && strcmp(argv[1], "--messages") == 0) {
		message_print();
		return 0;
	}
	return serve_job_main(argc, argv, &def);
}
