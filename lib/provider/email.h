#pragma once
/* E-mail: what came of one, as of a short message. */
#include "provider/sent.h"

struct arena;
struct mail;

/* Sends one (service/mail.h); the code is the server's, without a serial. */
struct sent email_send(struct arena *a, const struct mail *m);
