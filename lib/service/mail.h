#pragma once
/*
 * E-mail by one server (SMTP, RFC 5321) over libcurl. What is sent is plain
 * text in UTF-8; a name or subject of any letters is encoded (RFC 2047).
 */
#include <stddef.h>

#include "base/err.h"

struct arena;
struct config;

/* A file that goes with it; bytes NULL: none does. name and type are ASCII
 * without quotes. */
struct mail_file {
	const char *name, *type;
	const void *bytes;
	size_t n; /* to MAIL_FILE_MAX */
};

enum { MAIL_FILE_MAX = 1 << 20 };

struct mail {
	const char *key;     /* its own id: the receiver can tell a repeat */
	const char *to;	     /* an address, ASCII */
	const char *subject; /* without line ends */
	const char *text;    /* lines end in \n */
	struct mail_file file;
};

/* How far a mail came that was not taken. */
enum mail_step {
	MAIL_CONNECT,
	MAIL_TLS,   /* not offered, or not by whom it should be */
	MAIL_HELLO, /* no mail from us at all */
	MAIL_AUTH,
	MAIL_SENDER,
	MAIL_RECIPIENT,
	MAIL_DATA
};

struct mail_answer {
	enum mail_step step;
	int status;	  /* of the server's last reply at that step; 0: none */
	const char *code; /* "550 5.1.1", "" without a reply */
};

/*
 * Reads the settings mail_url, mail_from, mail_return, mail_name, mail_user
 * and mail_password_file, once, after the fork; cfg has to stay. E_INTERNAL
 * with a cause when they are bad or half there.
 */
MUST_USE enum err mail_open(const struct config *cfg);

/*
 * Hands it to the server. E_PROVIDER with *out when it surely was not taken;
 * E_PROVIDER_UNKNOWN when the connection broke between its end and the reply.
 * The cause names neither address nor text.
 */
MUST_USE enum err mail_send(
    struct arena *a, const struct mail *m, struct mail_answer *out);

/* The message as it is sent, lines ending in CRLF; at is its time. */
const char *mail_text(struct arena *a, const struct config *cfg,
    const struct mail *m, long long at);
