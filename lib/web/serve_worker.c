/* A worker: the accept loop that STYLE's measurements left standing. */
#include <errno.h>
#include <fcgiapp.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/arena.h"
#include "base/log.h"
#include "base/num.h"
#include "domain/sql.h"
#include "web/response.h"
#include "web/route.h"
#include "web/serve_private.h"

enum { ARENA_BASE = 8 << 20 };

struct service {
	const struct config *cfg;
	const struct program_def *def;
	struct arena *a;
	struct db *db;
	FCGX_Request fcgi;
	int signals;
};

static enum method
method_of(const char *name, bool *is_head)
{
	*is_head = strcmp(name, "HEAD") == 0;
	if (*is_head || strcmp(name, "GET") == 0)
		return M_GET;
	if (strcmp(name, "POST") == 0)
		return M_POST;
	if (strcmp(name, "PUT") == 0)
		return M_PUT;
	if (strcmp(name, "DELETE") == 0)
		return M_DELETE;
	return strcmp(name, "OPTIONS") == 0 ? M_OPTIONS : 0;
}

static const char *
param(const FCGX_Request *fcgi, const char *name)
{
	const char *value = FCGX_GetParam(name, fcgi->envp);

	return value != NULL ? value : "";
}

static void
fill_request(struct service *s, struct request *r)
{
	const FCGX_Request *fcgi = &s->fcgi;

	env_init(&r->env, s->a, s->db, s->cfg, s->def->program);
	r->fcgi = &s->fcgi;
	r->out.fd = -1;
	r->env.ip = arena_strdup(s->a, param(fcgi, "REMOTE_ADDR"));
	r->env.request_id = arena_strdup(s->a, param(fcgi, "REQUEST_ID"));
	r->method = method_of(param(fcgi, "REQUEST_METHOD"), &r->is_head);
	r->is_admin = strcmp(param(fcgi, "SURFACE"), "admin") == 0;
	r->path = arena_strdup(s->a, param(fcgi, "DOCUMENT_URI"));
	r->query_text = arena_strdup(s->a, param(fcgi, "QUERY_STRING"));
	/* nginx has seen that it is a number. */
	if (!num_int(param(fcgi, "CONTENT_LENGTH"), 0, INT64_MAX,
		&r->content_length))
		r->content_length = 0;
}

static void
serve_one(struct service *s)
{
	struct request *r = ARENA_NEW(s->a, struct request);

	err_clear();
	fill_request(s, r);
	log_request(r->env.request_id);
	if (strlen(r->env.ip) > 45 || strlen(r->env.request_id) > 64)
		respond_error(r, E_MALFORMED);
	else
		route_serve(r, s->def->routes, s->def->n);
	respond_send(r);
	FCGX_Finish_r(&s->fcgi);
	log_request(NULL);
	arena_reset(s->a);
}

/* Waits for a connection; false when it is time to leave. */
static bool
wait_connection(const struct service *s, int fd)
{
	struct pollfd p[2] = { { .fd = s->signals, .events = POLLIN },
		{ .fd = fd, .events = POLLIN } };

	while (poll(p, 2, -1) < 0)
		if (errno != EINTR)
			return false;
	/* Every signal that is not blocked elsewhere means: leave. */
	return (p[0].revents & POLLIN) == 0;
}

static void
loop(struct service *s, int fd)
{
	int64_t served = 0;

	while (served < s->cfg->worker_requests && wait_connection(s, fd)) {
		int e = FCGX_Accept_r(&s->fcgi);

		if (e == -EAGAIN || e == -EWOULDBLOCK)
			continue; /* another worker was faster */
		if (e < 0)
			break;
		serve_one(s);
		served++;
	}
}

/* The arena holds the largest body that is not streamed, twice. */
static size_t
arena_cap(const struct program_def *def)
{
	int64_t most = 0;

	for (size_t i = 0; i < def->n; i++)
		if (def->routes[i].body != BODY_STREAM &&
		    def->routes[i].limit > most)
			most = def->routes[i].limit;
	return ARENA_BASE + 2 * (size_t)most;
}

int
serve_worker(int fd, const struct config *cfg, const struct program_def *def)
{
	struct service s = { .cfg = cfg, .def = def };
	struct arena *keep = arena_new(ARENA_BASE);

	/* libfcgi waits 2 s for silent peers where these are not set. */
	setenv("LIBFCGI_IS_AF_UNIX_KEEPER_POLL_TIMEOUT", "200", 1);
	setenv("LIBFCGI_OS_CLOSE_POLL_TIMEOUT", "200", 1);
	FCGX_Init();
	s.signals = serve_signals();
	if (def->start != NULL && def->start(keep, cfg) != E_OK) {
		log_line(LOG_ERROR, "start", "at=%s:%d cause=\"%s\"",
		    err_fault()->file, err_fault()->line, err_fault()->cause);
		return 1;
	}
	if (FCGX_InitRequest(&s.fcgi, fd, FCGI_FAIL_ACCEPT_ON_INTR) != 0)
		return 1;
	s.a = arena_new(arena_cap(def));
	s.db = db_new(cfg, serve_user(def->program), sql_statements, SQL__N,
	    SQL_AUDIT_SEEN);
	loop(&s, fd);
	FCGX_Free(&s.fcgi, 1);
	db_free(s.db);
	arena_free(s.a);
	arena_free(keep);
	return 0;
}
