#pragma once
/*
 * Sessions: a random 256-bit token in a cookie, stored hashed, bound to one
 * surface; idle and absolute limits by the database's clock.
 */
#include "web/request.h"

/* The cookie's name on a surface. */
const char *session_cookie(enum surface surface);

/*
 * Finds who asks: fills env.who, token, csrf, session_expires. Extends the
 * session unless the route is quiet. E_SIGNED_OUT without a live session.
 */
MUST_USE enum err session_load(struct request *r);

/*
 * Begins one in the running transaction; session_send sets its cookie. An
 * administrator's that is not whole opens nothing but ROUTE_FIRST_STEP; a
 * password that is due is asked for in one that began by the password.
 */
struct session_new {
	const char *account_id, *token;
	const char *way; /* "password", or what was in its place */
	bool is_whole;
};
MUST_USE enum err session_begin(struct request *r, const struct session_new *s);

/* Whether a surface is reached over TLS, so that its cookies are Secure. */
bool session_is_secure(const struct request *r);

/* Sets the cookie to a token, or (NULL) takes it away. */
void session_send(struct request *r, const char *token);

/* Ends the session of this request, in the running transaction. */
MUST_USE enum err session_end(struct request *r);

/* Ends all other sessions of an account, in the running transaction. */
MUST_USE enum err session_end_others(struct request *r);

/* What the database knows this request's session by. */
const char *session_hash(struct request *r);

/* The token that an HTML form of this session must carry. */
const char *session_csrf(struct request *r, const char *token);
