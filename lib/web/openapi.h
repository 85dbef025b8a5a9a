#pragma once
/*
 * OpenAPI 3.1 from the tables: each program prints its paths, any one of them
 * the rest. `make` puts the pieces together (Makefile, openapi.json).
 */
#include "service/config.h"
#include "web/request.h"

/* Everything before the paths: info, tags, security schemes, schemas. */
void openapi_print_head(void);

/* One member a path: "/api/session":{…}, with commas between, no braces. */
void openapi_print_paths(
    const struct route *routes, size_t n, enum program program);
