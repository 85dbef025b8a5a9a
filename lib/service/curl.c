#include "service/curl.h"

#include "base/arena.h"

enum { STALL_SECONDS = 15 /* without one byte a second: given up */ };

enum err
curl_open(CURL **easy)
{
	if (curl_global_init(CURL_GLOBAL_DEFAULT) != CURLE_OK ||
	    (*easy = curl_easy_init()) == NULL)
		return FAIL(E_INTERNAL, "libcurl does not start");
	return E_OK;
}

void
curl_close(CURL **easy)
{
	curl_easy_cleanup(*easy);
	*easy = NULL;
	curl_global_cleanup();
}

enum err
curl_begin(CURL *easy, long connect_ms, long timeout_ms)
{
	/* libcurl takes zero as "for ever". */
	if (timeout_ms <= 0 || connect_ms <= 0)
		return FAIL(E_INTERNAL, "no time-out");
	/* Before the options: it forgets those of the last call, and only so
	 * may the lists of that call be gone by now. */
	curl_easy_reset(easy);
	curl_easy_setopt(easy, CURLOPT_NOSIGNAL, 1L);
	curl_easy_setopt(easy, CURLOPT_CONNECTTIMEOUT_MS, connect_ms);
	curl_easy_setopt(easy, CURLOPT_TIMEOUT_MS, timeout_ms);
	curl_easy_setopt(easy, CURLOPT_LOW_SPEED_LIMIT, 1L);
	curl_easy_setopt(easy, CURLOPT_LOW_SPEED_TIME, (long)STALL_SECONDS);
	curl_easy_setopt(easy, CURLOPT_SSL_VERIFYPEER, 1L);
	curl_easy_setopt(easy, CURLOPT_SSL_VERIFYHOST, 2L);
	curl_easy_setopt(
	    easy, CURLOPT_SSLVERSION, (long)CURL_SSLVERSION_TLSv1_2);
	/* Settings come from the configuration, never from http_proxy. */
	curl_easy_setopt(easy, CURLOPT_PROXY, "");
	return E_OK;
}

static void
list_free(void *arg)
{
	struct curl_slist **list = arg;

	curl_slist_free_all(*list);
}

struct curl_slist **
curl_list(struct arena *a)
{
	struct curl_slist **list = ARENA_NEW(a, struct curl_slist *);

	arena_defer(a, list_free, list);
	return list;
}

enum err
curl_line(struct curl_slist **list, const char *line)
{
	struct curl_slist *longer = curl_slist_append(*list, line);

	if (longer == NULL)
		return FAIL(E_INTERNAL, "out of memory");
	*list = longer;
	return E_OK;
}
