#pragma once
/* The pages about accounts, a file an area; account.c has the table. */
#include "web/request.h"

struct account;

/*
 * enter.c: begins a session of an account under a new token and sends its
 * cookie. It is half way when an account that needs a second step comes by
 * password without one. before(arg) is done in the same transaction.
 */
struct entry {
	struct request *r;
	const struct account *account;
	const char *way;    /* "password", or what was in its place */
	const char *second; /* what was taken as the second step, or NULL */
	enum err (*before)(void *);
	void *arg;
};
MUST_USE enum err enter(const struct entry *entry);

/* oidc.c: sign-in through the trading system */
MUST_USE enum err oidc_ways(struct request *r);
MUST_USE enum err oidc_go(struct request *r);
MUST_USE enum err oidc_come_back(struct request *r);

/* account.c: {Session} of who has just signed in */
MUST_USE enum err session_answer(struct request *r);

/* certificate.c: sign-in by a CA lock */
MUST_USE enum err certificate_show(struct request *r);
MUST_USE enum err certificate_sign_in(struct request *r);
MUST_USE enum err certificate_page(struct request *r);
MUST_USE enum err certificate_admin_sign_in(struct request *r);

/* second.c: the second step of signing in */
MUST_USE enum err second_show(struct request *r);
MUST_USE enum err second_check(struct request *r);
MUST_USE enum err second_enrol(struct request *r);
MUST_USE enum err second_renew(struct request *r);

/* own.c: one's own password and sessions */
MUST_USE enum err own_show(struct request *r);
MUST_USE enum err own_password(struct request *r);
MUST_USE enum err own_end_session(struct request *r);

/* Takes the new password of r's account and ends its other sessions. */
MUST_USE enum err own_take_password(struct request *r, const char *old,
    const char *fresh, int status, bool *is_replay);

/* tool.c: what the keeper of the machine does, without being a server */
bool account_tool_is(int argc, char **argv);
int account_tool(int argc, char **argv);

/* office.c: what a manager does with the accounts of others */
MUST_USE enum err accounts_show(struct request *r);
MUST_USE enum err accounts_add(struct request *r);
MUST_USE enum err account_show(struct request *r);
MUST_USE enum err account_take_lock(struct request *r);
MUST_USE enum err account_take_unlock(struct request *r);
MUST_USE enum err account_take_reset(struct request *r);
MUST_USE enum err account_take_second_reset(struct request *r);
MUST_USE enum err account_take_role(struct request *r);
MUST_USE enum err account_take_subject(struct request *r);
MUST_USE enum err account_take_subject_end(struct request *r);
MUST_USE enum err account_take_certificate(struct request *r);
MUST_USE enum err account_take_certificate_end(struct request *r);
MUST_USE enum err account_take_end_sessions(struct request *r);
