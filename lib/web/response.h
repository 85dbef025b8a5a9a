#pragma once
/* Answers. A handler makes one; the walk turns errors into another. */
#include "web/request.h"

/* JSON with a status; the object lives in the arena. */
MUST_USE enum err respond_json(
    struct request *r, int status, struct json_object *o);

/* 204. */
MUST_USE enum err respond_nothing(struct request *r);

/* Text of a type, e.g. an SVG. */
MUST_USE enum err respond_text(
    struct request *r, int status, const char *type, const char *text);

/* n bytes that live as long as the request, e.g. a picture. */
MUST_USE enum err respond_bytes(
    struct request *r, const char *type, const char *bytes, size_t n);

/* ETag: tag, which is in quotes; whether the browser has it already, for a
 * 304. */
bool respond_is_known(struct request *r, const char *tag);
MUST_USE enum err respond_not_modified(struct request *r);

/* 303 to a page of the same surface, after a POST. */
MUST_USE enum err respond_see_other(struct request *r, const char *path);

/* With a 429: when to try again. */
void respond_retry_after(struct request *r, int64_t seconds);

/* An HTML page from the program's templates (respond_use_templates). */
MUST_USE enum err respond_page(
    struct request *r, int status, const char *name, struct json_object *data);

/*
 * A file to save: attachment disposition with its (any) name, a sandbox CSP;
 * n bytes that live as long as the answer.
 */
MUST_USE enum err respond_download(struct request *r, const char *bytes,
    size_t n, const char *type, const char *name);

/* The same, of size bytes that come piece by piece as they are sent. */
MUST_USE enum err respond_stream(struct request *r, next_piece *next,
    void *from, int64_t size, const char *type, const char *name);

/* The same, of a file that is open at its start and that the arena closes. */
MUST_USE enum err respond_file(struct request *r, int fd, int64_t size,
    const char *type, const char *name);

/* Adds a header; name is a literal, value lives in the arena. */
void respond_header(struct request *r, const char *name, const char *value);

/* ETag: "version". */
void respond_etag(struct request *r, int64_t version);

/*
 * Turns an error into the surface's answer: problem+json, a page, or for a
 * page that needs signing in the way there.
 */
void respond_error(struct request *r, enum err e);

/* The bytes of the answer's body. */
int64_t respond_size(const struct request *r);

/* Writes the answer to the FastCGI stream. */
void respond_send(struct request *r);

/* The templates that respond_page knows, NULL-name-ended; before serving. */
void respond_use_templates(const struct template *list);
