/* What a program still needs to reach once it has started. */
#include <openssl/crypto.h>
#include <string.h>

#include "base/log.h"
#include "format/url.h"
#include "service/wall.h"
#include "web/serve_private.h"

enum { DNS_PORT = 53, HTTPS_PORT = 443 };

/* Libraries load parts of themselves late: character sets, plugins, fonts. */
static const char *const libraries[] = { "/usr", "/etc/ld.so.cache",
	"/etc/fonts", "/var/cache/fontconfig" };

/* To look a host's name up and to know its certificate. */
static const char *const network[] = { "/etc/gai.conf", "/etc/host.conf",
	"/etc/hosts", "/etc/nsswitch.conf", "/etc/resolv.conf", "/etc/services",
	"/etc/ssl", "/run/systemd/resolve" };

static void
add_path(const char **list, const char *path)
{
	while (*list != NULL)
		list++;
	*list = path;
}

static void
add_paths(const char **list, const char *const *paths, size_t n)
{
	for (size_t i = 0; i < n; i++)
		add_path(list, paths[i]);
}

static void
add_port(struct wall *w, uint16_t port)
{
	uint16_t *p = w->ports;

	if (*p == 0) {
		add_paths(w->reads, network, COUNT(network));
		*p++ = DNS_PORT;
	}
	while (*p != 0)
		p++;
	*p = port;
}

/* Of who sends mails. */
static void
add_mail(struct wall *w, const struct config *cfg)
{
	struct url_server server;

	if (cfg->mail_from == NULL || !url_mail_server(cfg->mail_url, &server))
		return;
	add_port(w, server.port);
	if (*cfg->mail_ca_file != '\0')
		add_path(w->reads, cfg->mail_ca_file);
}

/* The sanitizers read /proc and write their reports when the end comes. */
static bool
is_possible(void)
{
#ifdef __SANITIZE_ADDRESS__
	return false;
#else
	return wall_version() > 0;
#endif
}

enum err
serve_wall(const struct config *cfg)
{
	struct wall w = { 0 };

	if (!is_possible())
		return E_OK;
	add_paths(w.reads, libraries, COUNT(libraries));
	/* Read again at each connection: passwords change. */
	if (*cfg->db_password_dir != '\0')
		add_path(w.reads, cfg->db_password_dir);
	if (*cfg->db_socket == '\0')
		add_port(&w, (uint16_t)cfg->db_port);
	if (cfg->wechatpay_base_url != NULL)
		add_port(&w, url_base_port(cfg->wechatpay_base_url));
	if (cfg->alipay_base_url != NULL)
		add_port(&w, url_base_port(cfg->alipay_base_url));
	if (cfg->oidc_issuer != NULL && *cfg->oidc_issuer != '\0')
		add_port(&w, url_base_port(cfg->oidc_issuer));
	if (cfg->sms_base_url != NULL && strcmp(cfg->sms_provider, "log") != 0)
		add_port(&w, *cfg->sms_base_url != '\0'
				 ? url_base_port(cfg->sms_base_url)
				 : HTTPS_PORT);
	add_mail(&w, cfg);
	if (cfg->store != NULL)
		add_path(w.changes, cfg->store + strlen("file:"));
	if (cfg->temp_dir != NULL)
		add_path(w.changes, cfg->temp_dir);
	/* OpenSSL reads its configuration when it is first used. */
	if (OPENSSL_init_crypto(OPENSSL_INIT_LOAD_CONFIG, NULL) != 1)
		return FAIL(E_INTERNAL, "libcrypto does not start");
	return wall_raise(&w);
}

void
serve_note_wall(void)
{
	if (!is_possible())
		log_line(LOG_WARN, "no_wall",
		    "msg=\"this kernel has no Landlock, or has it off\"");
}
