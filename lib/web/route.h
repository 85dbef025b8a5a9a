#pragma once
/*
 * The walk: from a URL and method to a handler, with every refusal in this
 * order: 404/405, 413, 415, 401, 403, 400, 422 members, and then
 * the handler's own.
 */
#include "web/request.h"

/* Serves one request: finds, checks, calls, and makes the answer. */
void route_serve(struct request *r, const struct route *routes, size_t n);

/* Whether path matches a pattern; fills param with the arena's copies. */
bool route_match(struct request *r, const char *pattern, const char *path);

/*
 * One line a route: method, path, roles, body limit, rate class, surface,
 * program, title; tab separated. nginx's locations come from it.
 */
void route_print(const struct route *routes, size_t n, enum program program);
