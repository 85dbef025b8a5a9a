#include "service/chain.h"

#include <openssl/core_names.h>
#include <openssl/evp.h>
#include <stdlib.h>
#include <string.h>

#include "base/arena.h"
#include "base/buf.h"
#include "base/num.h"
#include "service/config.h"

const char chain_start[SHA256_HEX] = "00000000000000000000000000000000"
				     "00000000000000000000000000000000";

static uint8_t key[CHAIN_KEY];

static const struct {
	const char *name, *title;
} faults[CHAIN_FAULT__N] = {
	[CHAIN_WHOLE] = { "whole", "完整" },
	[CHAIN_CHANGED] = { "changed", "记录被改动" },
	[CHAIN_REMOVED] = { "removed", "记录被删除或移动" },
	[CHAIN_INSERTED] = { "inserted", "有事后插入的记录" },
	[CHAIN_REORDERED] = { "reordered", "记录的顺序被改动" },
	[CHAIN_SEAL_BAD] = { "seal_changed", "封存被改动" },
	[CHAIN_SEAL_GONE] = { "seal_removed", "封存被删除" },
	[CHAIN_CUT] = { "cut_off", "末尾的封存被删除" },
	[CHAIN_ANCHOR_BAD] = { "anchor_differs", "封存与锚点不一致" },
};

const char *
chain_fault_name(enum chain_fault fault)
{
	return faults[fault].name;
}

const char *
chain_fault_title(const char *name)
{
	for (int i = 0; i < CHAIN_FAULT__N; i++)
		if (strcmp(faults[i].name, name) == 0)
			return faults[i].title;
	return name;
}

enum err
chain_open(struct arena *a, const char *path)
{
	const char *text;
	unsigned long n;

	TRY(config_read_file(a, path, 2 * CHAIN_KEY + 1, &text, &n));
	if (strlen(text) != n || !hex_decode(text, key, sizeof(key)))
		return FAIL(E_INTERNAL, "audit key file: not 64 digits");
	return E_OK;
}

struct cell
chain_cell(const char *s)
{
	return (struct cell){
		.is_null = s == NULL, .s = s, .n = s == NULL ? 0 : strlen(s)
	};
}

static void
must(int ok)
{
	if (ok != 1)
		abort();
}

static EVP_MAC_CTX *
mac_begin(void)
{
	char digest[] = "SHA256";
	OSSL_PARAM params[] = { OSSL_PARAM_construct_utf8_string(
				    OSSL_MAC_PARAM_DIGEST, digest, 0),
		OSSL_PARAM_construct_end() };
	static EVP_MAC *hmac;
	EVP_MAC_CTX *ctx;

	if (hmac == NULL && (hmac = EVP_MAC_fetch(NULL, "HMAC", NULL)) == NULL)
		abort();
	if ((ctx = EVP_MAC_CTX_new(hmac)) == NULL)
		abort();
	must(EVP_MAC_init(ctx, key, sizeof(key), params));
	return ctx;
}

static void
mac_value(EVP_MAC_CTX *ctx, const struct cell *c)
{
	uint32_t n = c->is_null ? UINT32_MAX : (uint32_t)c->n;
	uint8_t length[] = { (uint8_t)(n >> 24), (uint8_t)(n >> 16),
		(uint8_t)(n >> 8), (uint8_t)n };

	must(EVP_MAC_update(ctx, length, sizeof(length)));
	if (!c->is_null)
		must(EVP_MAC_update(ctx, (const uint8_t *)c->s, c->n));
}

static void
mac_of(
    const char *label, const struct cell *cells, size_t n, char out[SHA256_HEX])
{
	struct cell name = chain_cell(label);
	EVP_MAC_CTX *ctx = mac_begin();
	uint8_t mac[SHA256_LEN];
	size_t length;

	mac_value(ctx, &name);
	for (size_t i = 0; i < n; i++)
		mac_value(ctx, &cells[i]);
	must(EVP_MAC_final(ctx, mac, &length, sizeof(mac)));
	EVP_MAC_CTX_free(ctx);
	hex_encode(mac, sizeof(mac), out);
}

void
chain_row_mac(const struct cell *row, char out[SHA256_HEX])
{
	mac_of("calock audit row 1", row, ROW__N, out);
}

void
chain_seal_mac(const struct cell *seal, char out[SHA256_HEX])
{
	mac_of("calock audit seal 1", seal, SEAL_MAC, out);
}

int
chain_compare(
    const char *a_at, const char *a_id, const char *b_at, const char *b_id)
{
	int order = strcmp(a_at, b_at);

	return order != 0 ? order : strcmp(a_id, b_id);
}

/* The number of items in a seal; false when it contradicts itself. */
static bool
count_items(const struct cell *seal, size_t *n)
{
	int64_t rows;

	if (seal[SEAL_ROWS].s == NULL || seal[SEAL_ROW_MACS].s == NULL ||
	    !num_int(seal[SEAL_ROWS].s, 1, INT32_MAX, &rows) ||
	    strlen(seal[SEAL_ROW_MACS].s) != (size_t)rows * CHAIN_ITEM)
		return false;
	*n = (size_t)rows;
	return true;
}

bool
chain_seal_is_whole(const struct cell *seal)
{
	char mac[SHA256_HEX];
	size_t n;

	for (size_t i = 0; i < SEAL__N; i++)
		if (seal[i].is_null)
			return false;
	chain_seal_mac(seal, mac);
	return secret_equal(mac, seal[SEAL_MAC].s) && count_items(seal, &n);
}

static const char *
item(const struct cell *seal, size_t i)
{
	return seal[SEAL_ROW_MACS].s + i * CHAIN_ITEM;
}

/* Whatever the id of a row is that somebody else wrote. */
static size_t
item_id_length(const char *it)
{
	size_t n = ID_TEXT - 1;

	while (n > 0 && it[n - 1] == ' ')
		n--;
	return n;
}

static bool
item_is_of(const char *it, const struct cell *row)
{
	size_t n = item_id_length(it);

	return row[ROW_ID].n == n && memcmp(it, row[ROW_ID].s, n) == 0;
}

void
chain_add_item(struct buf *row_macs, const struct cell *row)
{
	char mac[SHA256_HEX];

	chain_row_mac(row, mac);
	buf_printf(row_macs, "%-*s%s", ID_TEXT - 1, row[ROW_ID].s, mac);
}

static bool
item_has_mac(const char *it, const struct cell *row)
{
	char mac[SHA256_HEX];

	chain_row_mac(row, mac);
	return memcmp(it + ID_TEXT - 1, mac, SHA256_HEX - 1) == 0;
}

bool
chain_names(const struct cell *seal, const struct cell *row, bool *is_same)
{
	size_t n;

	if (!count_items(seal, &n))
		return false;
	for (size_t i = 0; i < n; i++)
		if (item_is_of(item(seal, i), row)) {
			*is_same = item_has_mac(item(seal, i), row);
			return true;
		}
	return false;
}

void
chain_check_begin(struct chain_check *c, const struct cell *last)
{
	int64_t seq = 0;

	*c = (struct chain_check){ 0 };
	memcpy(c->previous, chain_start, sizeof(c->previous));
	if (last == NULL)
		return;
	if (!chain_seal_is_whole(last) ||
	    !num_int(last[SEAL_SEQ].s, 1, INT64_MAX, &seq))
		c->fault = CHAIN_SEAL_BAD;
	else
		memcpy(c->previous, last[SEAL_MAC].s, sizeof(c->previous));
	c->seq = seq;
}

static bool
fault(struct chain_check *c, enum chain_fault what, const char *id, size_t n)
{
	if (c->fault != CHAIN_WHOLE)
		return false;
	c->fault = what;
	memcpy(c->id, id, n < ID_TEXT ? n : ID_TEXT - 1);
	return false;
}

bool
chain_check_seal(struct chain_check *c, const struct cell *seal)
{
	int64_t seq;

	if (c->fault != CHAIN_WHOLE)
		return false;
	c->seal = seal;
	c->at = 0;
	if (!num_int(seal[SEAL_SEQ].s, 1, INT64_MAX, &seq))
		return fault(c, CHAIN_SEAL_BAD, "", 0);
	if (seq != c->seq + 1) {
		c->seq++;
		return fault(c, CHAIN_SEAL_GONE, "", 0);
	}
	c->seq = seq;
	if (!chain_seal_is_whole(seal) ||
	    strcmp(seal[SEAL_PREVIOUS].s, c->previous) != 0)
		return fault(c, CHAIN_SEAL_BAD, "", 0);
	memcpy(c->previous, seal[SEAL_MAC].s, sizeof(c->previous));
	c->seals++;
	return true;
}

static bool
missing(struct chain_check *c)
{
	const char *it = item(c->seal, c->at);

	return fault(c, CHAIN_REMOVED, it, item_id_length(it));
}

/* Behind the expected item: the row is another one, and why. */
static bool
judge_other(struct chain_check *c, const struct cell *row, size_t n)
{
	for (size_t i = 0; i < n; i++) {
		const char *it = item(c->seal, i);

		if (!item_is_of(it, row))
			continue;
		if (!item_has_mac(it, row))
			return fault(
			    c, CHAIN_CHANGED, row[ROW_ID].s, row[ROW_ID].n);
		/* It is itself, so it is others that do not stand where they
		 * stood: before it they are missing. */
		return i < c->at
			   ? fault(c, CHAIN_REORDERED, it, item_id_length(it))
			   : missing(c);
	}
	return fault(c, CHAIN_INSERTED, row[ROW_ID].s, row[ROW_ID].n);
}

bool
chain_check_row(struct chain_check *c, const struct cell *row)
{
	size_t n;

	if (c->fault != CHAIN_WHOLE || !count_items(c->seal, &n))
		return false;
	if (c->at == n || !item_is_of(item(c->seal, c->at), row))
		return judge_other(c, row, n);
	if (!item_has_mac(item(c->seal, c->at), row))
		return fault(c, CHAIN_CHANGED, row[ROW_ID].s, row[ROW_ID].n);
	c->at++;
	c->rows++;
	return true;
}

bool
chain_check_end(struct chain_check *c)
{
	size_t n;

	if (c->fault != CHAIN_WHOLE || !count_items(c->seal, &n))
		return false;
	return c->at == n ? true : missing(c);
}
