#include "domain/env.h"

#include <string.h>

static const struct {
	enum role role;
	const char *name, *title;
} roles[] = {
	{ ROLE_APPLICANT, "applicant", "经办人" },
	{ ROLE_REVIEWER, "reviewer", "审核员" },
	{ ROLE_OPERATOR, "operator", "制证员" },
	{ ROLE_MANAGER, "manager", "管理员" },
	{ ROLE_AUDITOR, "auditor", "审计员" },
	{ ROLE_WORKER, "worker", "系统" },
	{ ROLE_PROVIDER, "provider", "支付平台" },
};

const char *
role_name(enum role role)
{
	for (size_t i = 0; i < COUNT(roles); i++)
		if (roles[i].role == role)
			return roles[i].name;
	return "nobody";
}

enum role
role_by_name(const char *name)
{
	for (size_t i = 0; i < COUNT(roles); i++)
		if (strcmp(roles[i].name, name) == 0)
			return roles[i].role;
	return 0;
}

const char *
role_title(enum role role)
{
	for (size_t i = 0; i < COUNT(roles); i++)
		if (roles[i].role == role)
			return roles[i].title;
	return "";
}

void
env_init(struct env *env, struct arena *a, struct db *db,
    const struct config *cfg, enum program program)
{
	*env = (struct env){ .a = a,
		.db = db,
		.cfg = cfg,
		.program = program,
		.ip = "",
		.request_id = "" };
	env->errors.a = a;
	env->warnings.a = a;
}
