#pragma once
/* What the callers of libcurl share: a handle a process, made after the fork,
 * that never waits for ever and believes no other side unseen. */
#include <curl/curl.h>

#include "base/err.h"

struct arena;

/* A handle of one's own; E_INTERNAL when libcurl cannot start. */
MUST_USE enum err curl_open(CURL **easy);
void curl_close(CURL **easy);

/*
 * Forgets what the last call was set to, and bounds the next one: time-outs
 * (none may be 0: E_INTERNAL), a limit of silence, peer and host verified,
 * TLS 1.2 or better, no proxy, no signals.
 */
MUST_USE enum err curl_begin(CURL *easy, long connect_ms, long timeout_ms);

/* An empty list that goes with the arena, and a line at its end. libcurl does
 * not copy it: it has to outlive the call. */
struct curl_slist **curl_list(struct arena *a);
MUST_USE enum err curl_line(struct curl_slist **list, const char *line);
