#pragma once
/* What a piece of business runs with, whoever asks for it. */
#include <stddef.h>

#include "base/problem.h"
#include "service/config.h"
#include "service/db.h"

struct arena;

/* Who acts. The last two are programs, not accounts. */
enum role {
	ROLE_APPLICANT = 1 << 0,
	ROLE_REVIEWER = 1 << 1,
	ROLE_OPERATOR = 1 << 2,
	ROLE_MANAGER = 1 << 3,
	ROLE_AUDITOR = 1 << 4,
	ROLE_WORKER = 1 << 5,
	ROLE_PROVIDER = 1 << 6,
	ROLE_ADMIN =
	    ROLE_REVIEWER | ROLE_OPERATOR | ROLE_MANAGER | ROLE_AUDITOR,
	/* Who looks into what others did. */
	ROLE_OVERSEER = ROLE_MANAGER | ROLE_AUDITOR,
	/* Who deals with locks, money and invoices; who sees the money. */
	ROLE_OFFICE = ROLE_OPERATOR | ROLE_MANAGER,
	ROLE_MONEY = ROLE_OFFICE | ROLE_AUDITOR,
	/* Who talks to applicants. */
	ROLE_DESK = ROLE_REVIEWER | ROLE_OFFICE
};

struct actor {
	enum role role;
	const char *id;	     /* account; NULL for programs and strangers */
	const char *unit_id; /* applicants only */
	const char *name;    /* for the history */
};

struct env {
	struct arena *a; /* lives as long as the request or the job */
	struct db *db;
	const struct config *cfg;
	enum program program;
	struct actor who;
	const char *ip, *request_id;
	struct problems errors, warnings;
};

/* "reviewer"; the role of an account by that name, or 0. */
const char *role_name(enum role role);
enum role role_by_name(const char *name);

/* 审核员 */
const char *role_title(enum role role);

/* An env for one request or job; problems are empty. */
void env_init(struct env *env, struct arena *a, struct db *db,
    const struct config *cfg, enum program program);
