#pragma once
/*
 * 查询办理进度: what a case's state is, for who names its batch number and its
 * handler's mobile and types the code that goes there by message. Nobody
 * learns here whether there is such a pair: what is done and answered is the
 * same of one that there is not.
 */
#include "domain/env.h"

struct json_object;

/* What is asked about; mobile as stored, of 11 digits. */
struct status_pair {
	const char *batch_no, *mobile;
};

/* How long a code is good for; how long before another may be asked for. */
enum { STATUS_CODE_MINUTES = 10, STATUS_CODE_AGAIN = 60 /* seconds */ };

/* As typed; E_INVALID with env->errors filled when it cannot be one. */
MUST_USE enum err status_read_pair(struct env *env, const char *batch_no,
    const char *mobile, struct status_pair *out);

/*
 * Sends a code, where there is such a pair. E_THROTTLED when so many were
 * asked for of the number, the case or from the address; *retry_after then is
 * in seconds.
 */
MUST_USE enum err status_ask(
    struct env *env, const struct status_pair *pair, int64_t *retry_after);

/*
 * For the code: the state, the dates of its steps, what to do next, the unit
 * masked; nothing that opens anything. It is good once. E_STATUS for every
 * reason not to.
 */
MUST_USE enum err status_json(struct env *env, const struct status_pair *pair,
    const char *code, struct json_object *o);

/*
 * For the worker: the code that the message of this id is to carry to the
 * mobile. E_STATE when it is no longer good, or another's.
 */
MUST_USE enum err status_code_of_message(
    struct env *env, const char *id, const char *mobile, const char **code);
