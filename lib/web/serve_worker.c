/* A worker: one process, one connection after the other. */
#include <errno.h>
#include <fcgiapp.h>
#include <fcntl.h>
#include <link.h>
#include <malloc.h>
#include <openssl/crypto.h>
#include <poll.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/socket.h>
#include <sys/time.h>
#include <unistd.h>

#include "base/arena.h"
#include "base/log.h"
#include "base/num.h"
#include "domain/sql.h"
#include "web/patience.h"
#include "web/response.h"
#include "web/route.h"
#include "web/serve_private.h"

/* How long a peer may take for the parameters, which nginx sends in the moment
 * it connects, and how long it may stand still then: nginx has the body already
 * and takes the answer whole. What it may take in all: web/patience.h. */
enum { HEAD_MS = 250, STILL_MS = 3000 };

enum {
	ARENA_BASE = 8 << 20,
	MEMORY_EVERY = 64,	 /* requests between two looks at it */
	IDLE_MS = 1000,		 /* then free memory goes back as well */
	MALLOC_MAPS = 256 << 10, /* what is larger goes back at once */
	MALLOC_KEEPS = 16 << 10, /* free memory for what comes next */
	MALLOC_MORE = 8 << 10	 /* asked for beyond what is needed */
};

struct service {
	const struct config *cfg;
	const struct program_def *def;
	struct arena *a;
	struct db *db;
	FCGX_Request fcgi;
	int listener, signals;
	int statm; /* opened before the wall is raised */
};

static enum method
method_of(const char *name, bool *is_head)
{
	*is_head = strcmp(name, "HEAD") == 0;
	return *is_head ? M_GET : method_by_name(name);
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
	r->patience_ms = patience_for(r->content_length);
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
	patience_begin(s->fcgi.ipcFd, SHUT_RDWR, patience_for(respond_size(r)));
	respond_send(r);
	/* Waits until the peer has hung up, or sends nothing more. */
	FCGX_Finish_r(&s->fcgi);
	patience_end();
	log_request(NULL);
	arena_reset(s->a);
}

/*
 * Waits for a connection; false when it is time to leave. What the largest
 * request needed lies in pieces all over the heap, so that free() alone does
 * not give it back.
 */
static bool
wait_connection(const struct service *s)
{
	struct pollfd p[2] = { { .fd = s->signals, .events = POLLIN },
		{ .fd = s->listener, .events = POLLIN } };
	int n, ms = IDLE_MS;

	while ((n = poll(p, 2, ms)) <= 0) {
		if (n < 0 && errno != EINTR)
			return false;
		if (n == 0) {
			serve_trim();
			ms = -1;
		}
	}
	/* Every signal that is not blocked elsewhere means: leave. */
	return (p[0].revents & POLLIN) == 0;
}

static void
limit_stand(int fd)
{
	struct timeval most = { .tv_sec = STILL_MS / 1000,
		.tv_usec = STILL_MS % 1000 * 1000 };

	setsockopt(fd, SOL_SOCKET, SO_RCVTIMEO, &most, sizeof(most));
	setsockopt(fd, SOL_SOCKET, SO_SNDTIMEO, &most, sizeof(most));
}

/*
 * Reads the head of a request from a connection that was just accepted;
 * false when none came. libfcgi would accept by itself, but then a peer that
 * falls silent in the middle of a record would have this worker for good. It
 * keeps a connection that is marked as kept, and with no listener of its own
 * it cannot go on to another one behind our back.
 */
static bool
read_head(struct service *s, int fd)
{
	bool ok;

	limit_stand(fd);
	s->fcgi.ipcFd = fd;
	s->fcgi.keepConnection = 1;
	patience_begin(fd, SHUT_RD, HEAD_MS);
	ok = FCGX_Accept_r(&s->fcgi) >= 0;
	patience_end();
	/* Whatever the peer asked for: a worker that waits on a connection
	 * it has kept takes nobody else. */
	s->fcgi.keepConnection = 0;
	return ok;
}

/* Megabytes that are this process's alone; 0 when nobody can tell. */
static int64_t
own_memory(const struct service *s)
{
	char text[128], *rest = text;
	int64_t page[3] = { 0 };
	ssize_t n = pread(s->statm, text, sizeof(text) - 1, 0);

	text[n > 0 ? n : 0] = '\0';
	for (int i = 0; i < 3; i++) /* size, resident, shared */
		if (!num_int(strsep(&rest, " "), 0, INT64_MAX, &page[i]))
			return 0;
	return (page[1] - page[2]) * sysconf(_SC_PAGESIZE) >> 20;
}

/* Whether it has had its share of requests or memory. */
static bool
is_worn(const struct service *s, int64_t served)
{
	int64_t mb;

	if (served >= s->cfg->worker_requests)
		return true;
	if (served % MEMORY_EVERY != 0)
		return false;
	serve_trim();
	if ((mb = own_memory(s)) < s->cfg->worker_memory_mb)
		return false;
	log_line(LOG_WARN, "worker_memory", "mb=%lld requests=%lld",
	    (long long)mb, (long long)served);
	return true;
}

/* Serves until it is told to leave or is worn; false when it cannot go on. */
static bool
loop(struct service *s)
{
	int64_t served = 0;
	int fd;

	while (wait_connection(s)) {
		fd = accept4(s->listener, NULL, NULL, SOCK_CLOEXEC);
		if (fd < 0 && (errno == EAGAIN || errno == ECONNABORTED))
			continue; /* another worker was faster */
		if (fd < 0) {
			log_line(LOG_ERROR, "accept", "errno=%d", errno);
			return false;
		}
		if (!read_head(s, fd))
			continue;
		serve_one(s);
		if (is_worn(s, ++served))
			return true;
	}
	return true;
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

/* libfcgi would wait 2 s when it closes, and takes signals for itself. */
static bool
open_fastcgi(struct service *s)
{
	setenv("LIBFCGI_OS_CLOSE_POLL_TIMEOUT", "100", 1);
	if (FCGX_Init() != 0 || FCGX_InitRequest(&s->fcgi, -1, 0) != 0)
		return false;
	s->signals = serve_signals();
	return s->signals >= 0 && patience_open();
}

/* The parent replaces nobody before it has heard this. */
static void
say_ready(int fd)
{
	pid_t pid = getpid();

	if (fd >= 0 && write(fd, &pid, sizeof(pid)) != sizeof(pid))
		log_line(LOG_WARN, "ready", "errno=%d", errno);
	if (fd >= 0)
		close(fd);
}

static int
run(struct service *s)
{
	bool ok;

	s->a = arena_new(arena_cap(s->def));
	s->db = db_new(s->cfg, serve_user(s->def->program), sql_statements,
	    SQL_AUDIT_SEEN);
	ok = loop(s);
	db_free(s->db);
	arena_free(s->a);
	return ok ? 0 : 1;
}

void
serve_small(void)
{
	mallopt(M_MMAP_THRESHOLD, MALLOC_MAPS);
	mallopt(M_TRIM_THRESHOLD, MALLOC_KEEPS);
	mallopt(M_TOP_PAD, MALLOC_MORE);
	/* Its words for errors are 56 KB, and read by nobody: logs give
	 * numbers. It loads them as soon as anything else is asked of it. */
	OPENSSL_init_crypto(OPENSSL_INIT_NO_LOAD_CRYPTO_STRINGS, NULL);
}

/* What a request has freed often lies below a statement that it prepared, and
 * does not go back by itself. */
void
serve_trim(void)
{
	malloc_trim(MALLOC_KEEPS);
}

/* Nothing writes to these segments: the files have all that is in them. */
static int
shed_read_only(struct dl_phdr_info *info, size_t size, void *arg)
{
	uintptr_t page = (uintptr_t)sysconf(_SC_PAGESIZE);

	(void)size;
	(void)arg;
	for (const ElfW(Phdr) *h = info->dlpi_phdr;
	     h < info->dlpi_phdr + info->dlpi_phnum; h++) {
		uintptr_t begin = info->dlpi_addr + h->p_vaddr,
			  from = begin & ~(page - 1);

		if (h->p_type == PT_LOAD && (h->p_flags & PF_W) == 0)
			madvise((void *)from, begin + h->p_memsz - from,
			    MADV_DONTNEED);
	}
	return 0;
}

void
serve_shed(void)
{
	dl_iterate_phdr(shed_read_only, NULL);
}

int
serve_worker(const struct options *opt, const struct config *cfg,
    const struct program_def *def)
{
	struct service s = { .cfg = cfg,
		.def = def,
		.listener = opt->worker_fd,
		.statm = open("/proc/self/statm", O_RDONLY | O_CLOEXEC) };
	struct arena *keep = arena_new(ARENA_BASE);
	int status = 1;

	serve_small();
	if (!open_fastcgi(&s)) {
		log_line(LOG_ERROR, "start", "msg=\"libfcgi\"");
	} else if ((def->start != NULL && def->start(keep, cfg) != E_OK) ||
		   serve_wall(cfg) != E_OK) {
		log_fault(LOG_ERROR, "start", NULL, NULL);
	} else {
		serve_shed();
		say_ready(opt->ready_fd);
		status = run(&s);
	}
	arena_free(keep);
	return status;
}
