#pragma once
/*
 * Who makes the calls is said when a process opens HTTP: so a program that
 * decodes what providers send, and calls nobody, is linked without libcurl.
 */
#include "service/http.h"

/* As http_send. */
typedef enum err http_sender(
    struct arena *a, const struct http_request *req, struct http_answer **out);

/* From here on http_send calls how; NULL for nobody. */
void http_use(http_sender *how);
