/* The files of WeChat Pay's invoices, which come from a host of their own. */
#include "wechat_fapiao_kit.h"

#define PDF "%PDF-1.4\n%\xe2\xe3\xcf\xd3\n1 0 obj\n<<>>\nendobj\n"
#define OFD "PK\x03\x04\x14....OFD.xml<ofd:OFD/>"
#define XML "<?xml version=\"1.0\" encoding=\"utf-8\"?><EInvoice/>"

static void
bytes_tell_their_kind(void **state)
{
	static const struct {
		const char *p;
		size_t n;
		enum invoice_kind kind;
	} cases[] = {
		{ PDF, sizeof(PDF) - 1, INVOICE_PDF },
		{ OFD, sizeof(OFD) - 1, INVOICE_OFD },
		{ XML, sizeof(XML) - 1, INVOICE_XML },
		{ "\xef\xbb\xbf" XML, sizeof(XML) + 2, INVOICE_XML },
		{ "", 0, INVOICE_FILES },
		{ "<html>", 6, INVOICE_FILES },
		{ "{\"code\":\"x\"}", 12, INVOICE_FILES },
		{ "PK\x03\x04word/document.xml", 21, INVOICE_FILES },
		{ "<?xml \xff?>", 9, INVOICE_FILES },
		{ "<?xml \0 ?>", 10, INVOICE_FILES },
		{ " %PDF-1.4", 9, INVOICE_FILES },
	};

	(void)state;
	assert_int_equal(invoice_wechatpay.open(&cfg), E_OK);
	for (size_t i = 0; i < COUNT(cases); i++)
		if (fapiao_kind(cases[i].p, cases[i].n) != cases[i].kind)
			fail_msg("bytes %zu", i);
}

static const char *
sm3_of(const char *text)
{
	unsigned char is[32];
	char *hex = arena_alloc(a, 65);

	assert_int_equal(
	    EVP_Digest(text, strlen(text), is, NULL, EVP_sm3(), NULL), 1);
	for (size_t i = 0; i < sizeof(is); i++)
		snprintf(hex + 2 * i, 3, "%02X", is[i]);
	return hex;
}

static struct tiny_step
file_answer(int status, const char *body, const char *digest_of)
{
	return (struct tiny_step){ TINY_ANSWER,
		arena_printf(a,
		    "HTTP/1.1 %d X\r\n%sContent-Length: %zu\r\n\r\n%s", status,
		    digest_of == NULL ? ""
				      : arena_printf(a, "SM3-Digest: %s\r\n",
					    sm3_of(digest_of)),
		    strlen(body), body) };
}

/* A list of one file for each of n, on the server at port. */
static const char *
listed(int n, int port, const char *id)
{
	const char *items = "";

	for (int i = 0; i < n; i++)
		items = arena_printf(a,
		    "%s%s{\"fapiao_id\":\"%s\",\"status\":\"ISSUED\","
		    "\"download_url\":\"http://127.0.0.1:%d/f?token=t%d\"}",
		    items, i > 0 ? "," : "", id, port, i);
	return arena_printf(a, "{\"fapiao_download_info_list\":[%s]}", items);
}

#define CARD "\"card_information\":{\"card_openid\":\"oA b\"},"

/* Both servers, and what files() says to them. */
static enum err
fetch(const struct tiny_step *file, size_t n, int list_n, const char *list,
    struct invoice_file out[INVOICE_FILES])
{
	struct tiny files = tiny_start(file, n), t;
	struct tiny_step steps[2];
	enum err e;

	steps[0] = wechat_answer(200, TOLD("ISSUED", BLUE CARD SUM), PUBLIC);
	steps[1] = wechat_answer(
	    200, list != NULL ? list : listed(list_n, files.port, ID), PUBLIC);
	t = begin(steps, 2);
	err_clear();
	e = invoice_wechatpay.files(a, &order, out);
	tiny_stop(&t, seen, sizeof(seen));
	tiny_stop(&files, seen, sizeof(seen));
	return e;
}

static void
files_are_fetched_where_the_answer_says(void **state)
{
	struct tiny_step file[] = { file_answer(200, OFD, OFD),
		file_answer(200, PDF, PDF), file_answer(200, XML, NULL) };
	struct invoice_file out[INVOICE_FILES];

	(void)state;
	assert_int_equal(fetch(file, 3, 3, NULL, out), E_OK);
	assert_int_equal(out[INVOICE_PDF].n, sizeof(PDF) - 1);
	assert_memory_equal(out[INVOICE_PDF].bytes, PDF, sizeof(PDF) - 1);
	assert_memory_equal(out[INVOICE_OFD].bytes, OFD, sizeof(OFD) - 1);
	assert_memory_equal(out[INVOICE_XML].bytes, XML, sizeof(XML) - 1);
	/* Unsigned; what it is of stands behind the token. */
	assert_null(strstr(seen, "Authorization"));
	assert_non_null(strstr(seen,
	    "GET /f?token=t0&mchid=" KIT_MCHID
	    "&openid=oA%20b&invoice_code=&invoice_no=26332000000012345678"
	    "&fapiao_id=" ID " HTTP"));
	assert_int_equal(fetch(&file[1], 1, 1, NULL, out), E_OK);
	assert_null(out[INVOICE_OFD].bytes);
	assert_null(out[INVOICE_XML].bytes);
}

static void
a_file_that_is_not_right_is_not_taken(void **state)
{
	struct invoice_file out[INVOICE_FILES] = { { "kept", 4 } };
	struct tiny_step bad[] = {
		file_answer(200, "<html></html>", NULL),
		file_answer(200, PDF, "another"),
		file_answer(404, PDF, NULL),
		file_answer(302, "", NULL),
		file_answer(200, "", NULL),
		file_answer(200, OFD, OFD), /* and no PDF */
		{ TINY_ANSWER, "HTTP/1.1 200 X\r\nSM3-Digest: 12\r\n"
			       "Content-Length: 9\r\n\r\n%PDF-1.4\n" },
		{ TINY_DROP, NULL },
	};
	static const char *const lists[] = { "{}", "[]",
		"{\"fapiao_download_info_list\":[]}",
		"{\"fapiao_download_info_list\":[{\"fapiao_id\":\"" ID "\"}]}",
		"{\"fapiao_download_info_list\":[{\"fapiao_id\":\"" ID
		"\",\"download_url\":\"http://192.0.2.1/f\"}]}",
		"{\"fapiao_download_info_list\":[{\"fapiao_id\":\"" ID
		"\",\"download_url\":\"file:///etc/passwd\"}]}" };

	(void)state;
	for (size_t i = 0; i < COUNT(bad); i++)
		if (fetch(&bad[i], 1, 1, NULL, out) == E_OK)
			fail_msg("file %zu is taken", i);
	for (size_t i = 0; i < COUNT(lists); i++)
		if (fetch(bad, 0, 0, lists[i], out) != E_PROVIDER)
			fail_msg("list %zu is taken", i);
	assert_int_equal(fetch(bad, 0, 4, NULL, out), E_PROVIDER);
	assert_int_equal(
	    fetch(bad, 0, 0, listed(1, 1, "01kr9"), out), E_PROVIDER);
	assert_string_equal(out[INVOICE_PDF].bytes, "kept");
}

int
main(void)
{
#define TEST(f) cmocka_unit_test_setup_teardown(f, setup, teardown)
	const struct CMUnitTest tests[] = {
		TEST(bytes_tell_their_kind),
		TEST(files_are_fetched_where_the_answer_says),
		TEST(a_file_that_is_not_right_is_not_taken),
	};

	return cmocka_run_group_tests(tests, kit_open, kit_close);
}
