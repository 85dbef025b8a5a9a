/*
 * Sign-in by a certificate (a CA lock): TLS has shown that who asks has its
 * key, and nginx that a CA of the centre's has issued it.
 */
#include <string.h>

#include "account/handlers.h"
#include "domain/account_certificate.h"
#include "domain/audit.h"
#include "format/json.h"
#include "format/url.h"
#include "review/layout.h"
#include "web/response.h"

/* nginx writes the PEM text percent-encoded into one line. */
static enum err
read_pem(struct request *r, const char *encoded, struct certificate *out)
{
	const char *pem;

	TRY(url_decode(r->env.a, encoded, &pem));
	return certificate_read(r->env.a, pem, out);
}

/* The certificate of this connection; E_CERTIFICATE without a good one. */
static enum err
shown(struct request *r, struct certificate *out)
{
	const char *verdict = request_param(r, "SSL_CLIENT_VERIFY");
	const char *encoded = request_param(r, "SSL_CLIENT_CERT");

	if (r->env.cfg->certificates == 0)
		return FAIL(E_CERTIFICATE, "not switched on");
	if (verdict == NULL || strcmp(verdict, "SUCCESS") != 0 ||
	    encoded == NULL || read_pem(r, encoded, out) != E_OK)
		return FAIL(E_CERTIFICATE, "nginx says %s",
		    verdict != NULL ? verdict : "nothing");
	return E_OK;
}

static enum err
enter_by_certificate(struct request *r, unsigned roles)
{
	struct certificate certificate;
	struct account account;
	enum err e = shown(r, &certificate);

	if (e == E_CERTIFICATE)
		audit_refusal(&r->env, "sign_in", err_row(e)->code);
	TRY(e);
	TRY(account_of_certificate(&r->env, &certificate, roles, &account));
	return enter(&(struct entry){
	    .r = r, .account = &account, .way = "certificate" });
}

enum err
certificate_show(struct request *r)
{
	struct json_object *o = json_object_in(r->env.a);
	struct certificate certificate;

	TRY(shown(r, &certificate));
	certificate_json(&certificate, o);
	return respond_json(r, 200, o);
}

enum err
certificate_sign_in(struct request *r)
{
	TRY(enter_by_certificate(r, ROLE_APPLICANT));
	return session_answer(r);
}

static enum err
page(struct request *r, enum err refused)
{
	struct json_object *o = json_object_in(r->env.a), *item;
	struct certificate certificate;

	if (shown(r, &certificate) == E_OK) {
		item = json_sub(o, "certificate");
		certificate_json(&certificate, item);
		layout_day(r->env.a, item, "valid_from");
		layout_day(r->env.a, item, "valid_to");
	}
	if (refused == E_OK)
		return respond_page(r, 200, "certificate", o);
	json_str(o, "error", err_row(refused)->advice);
	return respond_page(r, err_row(refused)->status, "certificate", o);
}

enum err
certificate_page(struct request *r)
{
	return page(r, E_OK);
}

enum err
certificate_admin_sign_in(struct request *r)
{
	enum err e = enter_by_certificate(r, ROLE_ADMIN);

	if (e == E_CERTIFICATE || e == E_CERTIFICATE_UNBOUND)
		return page(r, e);
	TRY(e);
	return respond_see_other(r, "/admin/");
}
