#pragma once
/* A server that plays WeChat: its answers are signed as it is told to. */
#include "tiny_server.h"
#include "wechatpay_kit.h"

static char seen[TINY_REQUEST];

/* How WeChat signs its answer. */
enum how { PUBLIC, BY_CERT, UNSIGNED, FORGED, OLD, OTHER_BODY };

#define CODE(code) "{\"code\":\"" code "\",\"message\":\"…\"}"

static const char *
signature_headers(enum how how, const char *body)
{
	int64_t now = clock_now() / CLOCK_SECOND - (how == OLD ? 400 : 0);
	const char *time = arena_printf(a, "%lld", (long long)now);
	EVP_PKEY *key = how == BY_CERT	? kit_cert_key
			: how == FORGED ? kit_other
					: kit_public;

	if (how == UNSIGNED)
		return "";
	return arena_printf(a,
	    "Wechatpay-Timestamp: %s\r\nWechatpay-Nonce: abc\r\n"
	    "Wechatpay-Serial: %s\r\nWechatpay-Signature: %s\r\n",
	    time, how == BY_CERT ? KIT_SERIAL : KIT_PUB_ID,
	    kit_sign(key, time, "abc", how == OTHER_BODY ? "{}" : body));
}

/* status 0: the connection ends without an answer. */
static struct tiny_step
wechat_answer(int status, const char *body, enum how how)
{
	struct tiny_step step = { TINY_DROP, NULL };

	if (status == 0)
		return step;
	step.act = TINY_ANSWER;
	step.answer =
	    arena_printf(a, "HTTP/1.1 %d X\r\n%sContent-Length: %zu\r\n\r\n%s",
		status, signature_headers(how, body), strlen(body), body);
	return step;
}

/* It answers so, in turn, to the programs that are opened from now on. */
static struct tiny
wechat_start(const struct tiny_step *steps, size_t n)
{
	struct tiny t = tiny_start(steps, n);

	cfg.wechatpay_base_url = arena_printf(a, "http://127.0.0.1:%d", t.port);
	return t;
}
