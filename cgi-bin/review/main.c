/*
 * review: the administrators' pages. A row here is everything about a URL;
 * a new area adds its rows, its handlers, its templates in pages.def and its
 * row in layout.c.
 */
#include <string.h>

#include "base/arena.h"
#include "base/hash.h"
#include "domain/consent.h"
#include "domain/reminder.h"
#include "domain/work_order_file.h"
#include "format/charset.h"
#include "format/xlsx.h"
#include "provider/invoice.h"
#include "review/confirmations.h"
#include "review/handlers.h"
#include "review/layout.h"
#include "review/pages.h"
#include "service/pdf_head.h"
#include "service/seal.h"
#include "service/store.h"
#include "web/response.h"
#include "web/serve.h"

/* FILTER_MAX: the 64 characters that a field takes, of four bytes at most. */
enum { FORM_LIMIT = 128 << 10, PIN_MAX = 32, FILTER_MAX = 256 };

/* Asked for by each page, so that none is shown with what another release had;
 * and sent once. */
static enum err
embedded(struct request *r, const char *type, const char *text)
{
	char digest[SHA256_HEX];

	sha256_hex(text, strlen(text), digest);
	respond_header(r, "Cache-Control", "public, no-cache");
	if (respond_is_known(r, arena_printf(r->env.a, "\"%s\"", digest)))
		return respond_not_modified(r);
	return respond_text(r, 200, type, text);
}

static enum err
style(struct request *r)
{
	return embedded(r, "text/css; charset=utf-8", pages_style);
}

static enum err
script(struct request *r)
{
	return embedded(r, "text/javascript; charset=utf-8", pages_script);
}

static const struct member worklist_query[] = {
	{ "status", MEMBER_TEXT, FILTER_MAX, false },
	{ "state", MEMBER_TEXT, FILTER_MAX, false },
	{ "type", MEMBER_TEXT, FILTER_MAX, false },
	{ "category", MEMBER_TEXT, FILTER_MAX, false },
	{ "batch_no", MEMBER_TEXT, FILTER_MAX, false },
	{ "handler", MEMBER_TEXT, FILTER_MAX, false },
	{ "claimed", MEMBER_TEXT, FILTER_MAX, false },
	{ "late", MEMBER_TEXT, FILTER_MAX, false },
	{ "sort", MEMBER_TEXT, FILTER_MAX, false },
	{ "cursor", MEMBER_TEXT, FILTER_MAX, false },
	{ 0 },
};

/* "id-version" of each that is ticked. */
static const struct member approve_fields[] = {
	{ "case", MEMBER_WORD, ID_TEXT + 20, false },
	{ 0 },
};

static const struct member holidays_query[] = {
	{ "year", MEMBER_WORD, 4, false },
	{ 0 },
};

static const struct member holiday_fields[] = {
	{ "from", MEMBER_TEXT, TYPED_MAX, false },
	{ "to", MEMBER_TEXT, TYPED_MAX, false },
	{ "kind", MEMBER_TEXT, FILTER_MAX, false },
	{ "title", MEMBER_TEXT, TYPED_MAX, false },
	{ 0 },
};

static const struct member day_fields[] = {
	{ "day", MEMBER_TEXT, FILTER_MAX, true },
	{ 0 },
};

static const struct member claim_fields[] = {
	{ "version", MEMBER_INT, INT64_MAX, false },
	{ 0 },
};

static const struct member decision_fields[] = {
	{ "version", MEMBER_INT, INT64_MAX, true },
	{ "opinion", MEMBER_TEXT, TYPED_MAX, false },
	{ "reason", MEMBER_TEXT, PIN_MAX, false },
	{ "pin", MEMBER_TEXT, PIN_MAX, false },
	{ 0 },
};

static const struct member find_fields[] = {
	{ "number", MEMBER_TEXT, FILTER_MAX, false },
	{ 0 },
};

static const struct member person_fields[] = {
	{ "number", MEMBER_TEXT, FILTER_MAX, false },
	{ "why", MEMBER_TEXT, FILTER_MAX, false },
	{ "note", MEMBER_TEXT, TYPED_MAX, false },
	{ 0 },
};

static const struct member why_fields[] = {
	{ "why", MEMBER_TEXT, FILTER_MAX, false },
	{ "note", MEMBER_TEXT, TYPED_MAX, false },
	{ 0 },
};

static const struct member cursor_query[] = {
	{ "cursor", MEMBER_TEXT, FILTER_MAX, false },
	{ 0 },
};

/* The dry run adds what it has shown: a row and version for each case. */
static const struct member dispatch_fields[] = {
	{ "application", MEMBER_TEXT, ID_TEXT, false },
	{ "row", MEMBER_TEXT, ID_TEXT, false },
	{ "version", MEMBER_INT, INT64_MAX, false },
	{ "order", MEMBER_TEXT, ID_TEXT, false },
	{ 0 },
};

/* row stands before the other fields of each row, ticked or not. */
static const struct member complete_fields[] = {
	{ "application", MEMBER_TEXT, ID_TEXT, false },
	{ "row", MEMBER_TEXT, ID_TEXT, false },
	{ "valid_from", MEMBER_TEXT, TYPED_MAX, false },
	{ "valid_to", MEMBER_TEXT, TYPED_MAX, false },
	{ "serial", MEMBER_TEXT, TYPED_MAX, false },
	{ 0 },
};

static const struct member fail_fields[] = {
	{ "application", MEMBER_TEXT, ID_TEXT, false },
	{ "opinion", MEMBER_TEXT, TYPED_MAX, false },
	{ 0 },
};

static const struct member deliveries_query[] = {
	{ "state", MEMBER_TEXT, FILTER_MAX, false },
	{ "batch_no", MEMBER_TEXT, FILTER_MAX, false },
	{ "cursor", MEMBER_WORD, 50, false },
	{ 0 },
};

/* row stands before the other fields of each row, ticked or not. */
static const struct member sending_fields[] = {
	{ "application", MEMBER_TEXT, ID_TEXT, false },
	{ "row", MEMBER_TEXT, ID_TEXT, false },
	{ "version", MEMBER_INT, INT64_MAX, false },
	{ "carrier", MEMBER_TEXT, FILTER_MAX, false },
	{ "tracking_no", MEMBER_TEXT, FILTER_MAX, false },
	{ "why", MEMBER_TEXT, FILTER_MAX, false },
	{ "note", MEMBER_TEXT, TYPED_MAX, false },
	{ 0 },
};

/* More than so many lines as are taken. */
static const struct member paste_fields[] = {
	{ "lines", MEMBER_TEXT, 32768, false },
	{ 0 },
};

static const struct member delivery_fields[] = {
	{ "version", MEMBER_INT, INT64_MAX, false },
	{ "carrier", MEMBER_TEXT, FILTER_MAX, false },
	{ "tracking_no", MEMBER_TEXT, FILTER_MAX, false },
	{ "note", MEMBER_TEXT, TYPED_MAX, false },
	{ "collector", MEMBER_TEXT, TYPED_MAX, false },
	{ "relation", MEMBER_TEXT, FILTER_MAX, false },
	{ "id_checked", MEMBER_TEXT, FILTER_MAX, false },
	{ 0 },
};

static const struct member activations_query[] = {
	{ "which", MEMBER_TEXT, FILTER_MAX, false },
	{ "cursor", MEMBER_WORD, 50, false },
	{ 0 },
};

static const struct member contact_fields[] = {
	{ "contact", MEMBER_TEXT, TYPED_MAX, false },
	{ "cleared", MEMBER_TEXT, FILTER_MAX, false },
	{ 0 },
};

/* A file of the CA, and the form around it. */
enum { IMPORT_LIMIT = WORK_ORDER_FILE_BYTES + 65536 };

static const struct member ask_fields[] = {
	{ "reason", MEMBER_TEXT, TYPED_MAX, false },
	{ 0 },
};

/* The largest file that the setting allows, and the form around it. */
enum { ISSUE_LIMIT = FILE_BYTES_MOST + 65536, NUMBER_TYPED = 64 };

static const struct member invoices_query[] = {
	{ "state", MEMBER_TEXT, FILTER_MAX, false },
	{ "after", MEMBER_TEXT, FILTER_MAX, false },
	{ "before", MEMBER_TEXT, FILTER_MAX, false },
	{ 0 },
};

static const struct member issue_fields[] = {
	{ "version", MEMBER_INT, INT64_MAX, true },
	{ "number", MEMBER_TEXT, NUMBER_TYPED, false },
	{ 0 },
};

static const struct member refund_fields[] = {
	{ "version", MEMBER_INT, INT64_MAX, false },
	{ "opinion", MEMBER_TEXT, TYPED_MAX, false },
	{ 0 },
};

static const struct member case_refund_fields[] = {
	{ "amount", MEMBER_TEXT, FILTER_MAX, false },
	{ "reason", MEMBER_TEXT, TYPED_MAX, false },
	{ 0 },
};

static const struct member invoice_end_fields[] = {
	{ "version", MEMBER_INT, INT64_MAX, false },
	{ "red_number", MEMBER_TEXT, NUMBER_TYPED, false },
	{ "kind", MEMBER_TEXT, FILTER_MAX, false },
	{ "reason", MEMBER_TEXT, TYPED_MAX, false },
	{ 0 },
};

static const struct member invoice_outcome_fields[] = {
	{ "version", MEMBER_INT, INT64_MAX, false },
	{ "kind", MEMBER_TEXT, FILTER_MAX, false },
	{ "issued_number", MEMBER_TEXT, NUMBER_TYPED, false },
	{ "day", MEMBER_TEXT, FILTER_MAX, false },
	{ "reason", MEMBER_TEXT, TYPED_MAX, false },
	{ 0 },
};

static const struct member audit_query[] = {
	{ "account", MEMBER_TEXT, FILTER_MAX, false },
	{ "object", MEMBER_TEXT, FILTER_MAX, false },
	{ "action", MEMBER_TEXT, FILTER_MAX, false },
	{ "from", MEMBER_TEXT, FILTER_MAX, false },
	{ "to", MEMBER_TEXT, FILTER_MAX, false },
	{ "cursor", MEMBER_TEXT, FILTER_MAX, false },
	{ 0 },
};

static const struct member period_fields[] = {
	{ "from", MEMBER_TEXT, FILTER_MAX, false },
	{ "to", MEMBER_TEXT, FILTER_MAX, false },
	{ 0 },
};

static const struct member reason_fields[] = {
	{ "version", MEMBER_INT, INT64_MAX, false },
	{ "text", MEMBER_TEXT, TYPED_MAX, false },
	{ "place", MEMBER_TEXT, FILTER_MAX, false },
	{ 0 },
};

/* A form's characters take up to nine bytes each. */
enum { TEXT_LIMIT = 256 << 10 };

static const struct member consent_fields[] = {
	{ "version", MEMBER_INT, INT64_MAX, false },
	{ "title", MEMBER_TEXT, TYPED_MAX, false },
	{ "body", MEMBER_TEXT, CONSENT_BODY_MAX + TYPED_MAX, false },
	{ 0 },
};

static const struct member message_text_fields[] = {
	{ "version", MEMBER_INT, INT64_MAX, false },
	{ "title", MEMBER_TEXT, TYPED_MAX, false },
	{ "text", MEMBER_TEXT, TYPED_MAX, false },
	{ "code", MEMBER_TEXT, FILTER_MAX, false },
	{ "reason", MEMBER_TEXT, TYPED_MAX, false },
	{ 0 },
};

static const struct member units_query[] = {
	{ "wanted", MEMBER_TEXT, FILTER_MAX, false },
	{ "cursor", MEMBER_WORD, ID_TEXT, false },
	{ 0 },
};

static const struct member lock_fields[] = {
	{ "version", MEMBER_INT, INT64_MAX, false },
	{ "serial", MEMBER_TEXT, TYPED_MAX, false },
	{ "holder", MEMBER_TEXT, TYPED_MAX, false },
	{ "kind", MEMBER_TEXT, FILTER_MAX, false },
	{ "valid_from", MEMBER_TEXT, FILTER_MAX, false },
	{ "valid_to", MEMBER_TEXT, FILTER_MAX, false },
	{ 0 },
};

static const struct member expiring_query[] = {
	{ "days", MEMBER_INT, REMINDER_DAYS, false },
	{ "cursor", MEMBER_WORD, 40, false },
	{ 0 },
};

static const struct member messages_query[] = {
	{ "state", MEMBER_TEXT, FILTER_MAX, false },
	{ "channel", MEMBER_TEXT, FILTER_MAX, false },
	{ "batch_no", MEMBER_TEXT, FILTER_MAX, false },
	{ "cursor", MEMBER_WORD, ID_TEXT, false },
	{ 0 },
};

static const struct member again_fields[] = {
	{ "state", MEMBER_TEXT, FILTER_MAX, false },
	{ "checked", MEMBER_TEXT, FILTER_MAX, false },
	{ 0 },
};

static const struct member settle_fields[] = {
	{ "difference", MEMBER_WORD, ID_TEXT, true },
	{ "opinion", MEMBER_TEXT, TYPED_MAX, false },
	{ 0 },
};

static const struct member fee_fields[] = {
	{ "category", MEMBER_TEXT, FILTER_MAX, false },
	{ "business", MEMBER_TEXT, FILTER_MAX, false },
	{ "years", MEMBER_TEXT, FILTER_MAX, false },
	{ "valid_from", MEMBER_TEXT, FILTER_MAX, false },
	{ "fee", MEMBER_TEXT, FILTER_MAX, false },
	{ "reason", MEMBER_TEXT, TYPED_MAX, false },
	{ 0 },
};

#define GIVE(path_, who_, query_, handle_, title_, answers_)                   \
	{                                                                      \
		.method = M_GET, .path = path_, .surface = SURFACE_ADMIN,      \
		.who = who_, .body = BODY_NONE, .query = query_,               \
		.handle = handle_, .title = title_, .answers = answers_        \
	}
#define SEE(path, who, query, handle, title)                                   \
	GIVE(path, who, query, handle, title, "200 text/html")
#define TAKE(body_, path_, who_, limit_, members_, handle_, title_, answers_)  \
	{                                                                      \
		.method = M_POST, .path = path_, .surface = SURFACE_ADMIN,     \
		.who = who_, .body = body_, .limit = limit_,                   \
		.members = members_, .handle = handle_, .title = title_,       \
		.answers = answers_                                            \
	}
#define ACT(...)     TAKE(BODY_FORM, __VA_ARGS__)
#define CHANGE	     "303, 409"
#define DECIDE	     "303, 409, 428" /* on the version that was looked at */
#define MODIFY	     "303, 412, 428" /* one that another may change too */
#define RETRY	     "303, 409, 412, 428" /* both */
#define CASE	     "/admin/applications/{id}"
#define REFUND	     "/admin/refunds/{id}"
#define WORK_ORDER   "/admin/work-orders/{id}"
#define IMPORT	     WORK_ORDER "/imports/{import_id}"
#define INVOICE	     "/admin/invoices/{id}"
#define DELIVERY     "/admin/deliveries/{id}"
#define BILL	     "/admin/bills/{provider}/{day}"
#define UNIT	     "/admin/units/{id}"
#define REASON	     "/admin/reasons/{code}"
#define CONFIRMATION "/admin/confirmations/{id}"
#define CSV	     "200 text/csv"
#define PDF	     "200 application/pdf"

/* clang-format off */
static const struct route routes[] = {
	GIVE("/admin/style.css", 0, NULL, style, "样式表", "200 text/css, 304"),
	GIVE("/admin/comfort.mjs", 0, NULL, script, "脚本", "200 text/javascript, 304"),
	SEE("/admin/", ROLE_ADMIN, worklist_query, worklist_show, "审核工作台"),
	ACT("/admin/next", ROLE_REVIEWER, FORM_LIMIT, NULL, worklist_claim_next, "领取下一件", "303"),
	ACT("/admin/approve", ROLE_REVIEWER, FORM_LIMIT, approve_fields, worklist_approve, "审核通过多件", CHANGE),
	SEE(CASE, ROLE_ADMIN, NULL, case_show, "一件申请"),
	GIVE(CASE "/attachments/{kind}/{attachment_id}", ROLE_ADMIN, NULL, case_attachment, "下载电子件", PDF),
	GIVE(CASE "/evidence.zip", ROLE_OVERSEER, NULL, case_evidence, "下载证据包", "200 application/zip"),
	ACT(CASE "/claim", ROLE_REVIEWER, FORM_LIMIT, claim_fields, case_claim, "领取", CHANGE),
	ACT(CASE "/release", ROLE_REVIEWER, FORM_LIMIT, claim_fields, case_release, "放弃领取", "303"),
	TAKE(BODY_FORM, CASE "/reveal", ROLE_DESK, FORM_LIMIT, why_fields, case_reveal, "查看完整信息", "200 text/html, 409"),
	ACT(CASE "/approve", ROLE_REVIEWER, FORM_LIMIT, decision_fields, case_approve, "审核通过", DECIDE),
	ACT(CASE "/reject", ROLE_REVIEWER, FORM_LIMIT, decision_fields, case_reject, "审核不通过", DECIDE),
	SEE("/admin/work-orders", ROLE_ADMIN, cursor_query, work_orders_show, "待制证和制证批次"),
	ACT("/admin/work-orders/plan", ROLE_OPERATOR, FORM_LIMIT, dispatch_fields, work_orders_plan, "核对送交", "200 text/html"),
	ACT("/admin/work-orders/dispatch", ROLE_OPERATOR, FORM_LIMIT, dispatch_fields, work_orders_dispatch, "送交制证", CHANGE),
	SEE(WORK_ORDER, ROLE_ADMIN, NULL, work_order_show, "一个制证批次"),
	ACT(WORK_ORDER "/complete", ROLE_OPERATOR, FORM_LIMIT, complete_fields, work_order_finish_completed, "制证办结", CHANGE),
	ACT(WORK_ORDER "/fail", ROLE_OPERATOR, FORM_LIMIT, fail_fields, work_order_finish_failed, "制证退回", CHANGE),
	GIVE(WORK_ORDER "/export.xlsx", ROLE_MONEY, NULL, work_order_give_xlsx, "导出制证批次（XLSX）", "200 " XLSX_TYPE),
	GIVE(WORK_ORDER "/export.csv", ROLE_MONEY, NULL, work_order_give_csv, "导出制证批次（CSV）", CSV),
	GIVE(WORK_ORDER "/export.json", ROLE_MONEY, NULL, work_order_give_json, "导出制证批次（JSON）", "200 WorkOrderExport"),
	TAKE(BODY_MULTIPART, WORK_ORDER "/imports", ROLE_OPERATOR, IMPORT_LIMIT, NULL, work_order_take_file, "上传 CA 结果", "303"),
	SEE(IMPORT, ROLE_MONEY, NULL, work_order_import_show_page, "CA 结果"),
	ACT(IMPORT "/ask", ROLE_OPERATOR, FORM_LIMIT, ask_fields, work_order_import_take_ask, "提请确认 CA 结果", CHANGE),
	ACT(IMPORT "/run", ROLE_OFFICE, FORM_LIMIT, NULL, work_order_import_take_run, "继续办理 CA 结果", CHANGE),
	SEE("/admin/deliveries", ROLE_ADMIN, deliveries_query, deliveries_show, "领取和邮寄"),
	ACT("/admin/deliveries/send", ROLE_OPERATOR, FORM_LIMIT, sending_fields, deliveries_send, "登记寄出多件", CHANGE),
	ACT("/admin/deliveries/paste", ROLE_OPERATOR, FORM_LIMIT, paste_fields, deliveries_paste, "粘贴快递单号", CHANGE),
	TAKE(BODY_FORM, "/admin/deliveries/labels", ROLE_OPERATOR, FORM_LIMIT, sending_fields, deliveries_labels, "打印地址标签", "200 text/html, 409"),
	SEE(DELIVERY, ROLE_ADMIN, NULL, delivery_show, "一件的领取和邮寄"),
	TAKE(BODY_FORM, DELIVERY "/reveal", ROLE_OFFICE, FORM_LIMIT, why_fields, delivery_reveal, "查看完整的收件、领取人信息", "200 text/html, 409"),
	ACT(DELIVERY "/sent", ROLE_OPERATOR, FORM_LIMIT, delivery_fields, delivery_take_send, "登记寄出", RETRY),
	ACT(DELIVERY "/correct", ROLE_OPERATOR, FORM_LIMIT, delivery_fields, delivery_take_correct, "更正快递单号", RETRY),
	ACT(DELIVERY "/received", ROLE_OPERATOR, FORM_LIMIT, delivery_fields, delivery_take_receive, "登记已收到", RETRY),
	ACT(DELIVERY "/returned", ROLE_OPERATOR, FORM_LIMIT, delivery_fields, delivery_take_return, "登记退回", RETRY),
	ACT(DELIVERY "/again", ROLE_OPERATOR, FORM_LIMIT, delivery_fields, delivery_take_again, "安排重新寄送", RETRY),
	ACT(DELIVERY "/collected", ROLE_OPERATOR, FORM_LIMIT, delivery_fields, delivery_take_hand_over, "登记领取", RETRY),
	SEE("/admin/activations", ROLE_DESK, activations_query, activations_show, "启用"),
	ACT(CASE "/contact", ROLE_DESK, FORM_LIMIT, contact_fields, case_contact, "登记联系情况", CHANGE),
	SEE("/admin/money", ROLE_MONEY, cursor_query, money_show, "收款异常"),
	SEE("/admin/money/{id}", ROLE_MONEY, NULL, money_notice_show, "一笔异常收款"),
	ACT("/admin/money/{id}/refund", ROLE_MANAGER, FORM_LIMIT, ask_fields, money_take_refund, "提出退还异常收款", CHANGE),
	ACT("/admin/money/{id}/settle", ROLE_MANAGER, FORM_LIMIT, ask_fields, money_take_settle, "提出另行处理异常收款", CHANGE),
	SEE("/admin/refunds", ROLE_MONEY, cursor_query, refunds_show, "退款"),
	SEE(REFUND, ROLE_MONEY, NULL, refund_page_show, "一笔退款"),
	ACT(REFUND "/again", ROLE_MANAGER, FORM_LIMIT, refund_fields, refund_take_again, "重新退款", RETRY),
	ACT(REFUND "/drop", ROLE_MANAGER, FORM_LIMIT, refund_fields, refund_take_drop, "放弃退款", RETRY),
	SEE(CASE "/refund", ROLE_MONEY, NULL, case_refund_show, "一件申请的退款"),
	ACT(CASE "/refund", ROLE_MANAGER, FORM_LIMIT, case_refund_fields, case_take_refund, "提出退款", CHANGE),
	SEE("/admin/bills", ROLE_MONEY, cursor_query, bills_show, "对账"),
	SEE(BILL, ROLE_MONEY, cursor_query, bill_show, "一天的对账"),
	ACT(BILL "/settle", ROLE_MANAGER, FORM_LIMIT, settle_fields, bill_take_settle, "说明对账差异", CHANGE),
	GIVE(BILL "/export.xlsx", ROLE_MONEY, NULL, bill_export, "导出对账单（XLSX）", "200 " XLSX_TYPE),
	SEE("/admin/ledger", ROLE_MONEY, NULL, ledger_show, "总账"),
	SEE("/admin/invoices", ROLE_ADMIN, invoices_query, invoices_show, "发票"),
	SEE(INVOICE, ROLE_ADMIN, NULL, invoice_show, "一张发票"),
	TAKE(BODY_FORM, INVOICE "/reveal", ROLE_OFFICE, FORM_LIMIT, why_fields, invoice_reveal, "查看完整的开票信息", "200 text/html, 409"),
	GIVE(INVOICE "/invoice.pdf", ROLE_ADMIN, NULL, invoice_give_pdf, "下载发票", PDF),
	GIVE(INVOICE "/invoice.ofd", ROLE_ADMIN, NULL, invoice_give_ofd, "下载发票（OFD）", "200 application/ofd"),
	GIVE(INVOICE "/invoice.xml", ROLE_ADMIN, NULL, invoice_give_xml, "下载发票（XML）", "200 application/xml"),
	ACT(INVOICE "/end", ROLE_OPERATOR, FORM_LIMIT, invoice_end_fields, invoice_take_end, "登记红冲或作废发票", RETRY),
	ACT(INVOICE "/reverse", ROLE_OFFICE, FORM_LIMIT, invoice_end_fields, invoice_take_reverse, "由开票平台红冲发票", RETRY),
	ACT(INVOICE "/red-again", ROLE_OFFICE, FORM_LIMIT, invoice_end_fields, invoice_take_red_again, "重新红冲发票", RETRY),
	ACT(INVOICE "/keep", ROLE_OPERATOR, FORM_LIMIT, invoice_end_fields, invoice_take_keep, "不红冲发票", RETRY),
	ACT(INVOICE "/again", ROLE_OPERATOR, FORM_LIMIT, invoice_end_fields, invoice_take_again, "重新开具发票", RETRY),
	ACT(INVOICE "/ask", ROLE_OFFICE, FORM_LIMIT, invoice_end_fields, invoice_take_ask, "请开票平台立即查询", RETRY),
	ACT(INVOICE "/outcome", ROLE_OFFICE, FORM_LIMIT, invoice_outcome_fields, invoice_take_outcome, "登记查明的发票结果", RETRY),
	TAKE(BODY_MULTIPART, INVOICE "/issue", ROLE_OPERATOR, ISSUE_LIMIT, issue_fields, invoice_take_document, "开具发票", DECIDE),
	SEE("/admin/holidays", ROLE_ADMIN, holidays_query, holidays_show, "节假日"),
	ACT("/admin/holidays", ROLE_MANAGER, FORM_LIMIT, holiday_fields, holidays_set, "登记节假日", "303"),
	ACT("/admin/holidays/remove", ROLE_MANAGER, FORM_LIMIT, day_fields, holidays_remove, "删除节假日", CHANGE),
	SEE("/admin/units", ROLE_ADMIN, units_query, units_show, "单位"),
	SEE(UNIT, ROLE_ADMIN, NULL, unit_show, "一个单位"),
	ACT(UNIT "/locks/new", ROLE_OFFICE, FORM_LIMIT, lock_fields, unit_take_lock, "登记 CA 锁", "303"),
	SEE(UNIT "/locks/{lock_id}", ROLE_ADMIN, NULL, lock_show, "一把 CA 锁"),
	ACT(UNIT "/locks/{lock_id}/change", ROLE_OFFICE, FORM_LIMIT, lock_fields, lock_take_change, "更正 CA 锁", MODIFY),
	SEE("/admin/expiring", ROLE_ADMIN, expiring_query, expiring_show, "即将到期的锁"),
	SEE("/admin/messages", ROLE_ADMIN, messages_query, messages_show, "消息"),
	SEE("/admin/messages/{id}", ROLE_ADMIN, NULL, message_show, "一条消息"),
	ACT("/admin/messages/{id}/queue", ROLE_OPERATOR, FORM_LIMIT, again_fields, message_take_again, "重新发送消息", CHANGE),
	SEE("/admin/figures", ROLE_ADMIN, period_fields, figures_show, "统计"),
	GIVE("/admin/figures/states.csv", ROLE_ADMIN, period_fields, figures_csv, "统计：各月申请（CSV）", CSV),
	GIVE("/admin/figures/times.csv", ROLE_ADMIN, period_fields, figures_csv, "统计：各环节用时（CSV）", CSV),
	GIVE("/admin/figures/yield.csv", ROLE_ADMIN, period_fields, figures_csv, "统计：首次通过率（CSV）", CSV),
	GIVE("/admin/figures/reasons.csv", ROLE_ADMIN, period_fields, figures_csv, "统计：不通过的常用原因（CSV）", CSV),
	GIVE("/admin/figures/income.csv", ROLE_MONEY, period_fields, figures_csv, "统计：收入（CSV）", CSV),
	SEE("/admin/reasons", ROLE_REVIEWER | ROLE_OVERSEER, NULL, reasons_show, "常用原因"),
	ACT("/admin/reasons/new", ROLE_MANAGER, FORM_LIMIT, reason_fields, reasons_add, "新增常用原因", "303"),
	SEE(REASON, ROLE_REVIEWER | ROLE_OVERSEER, NULL, reason_show, "一条常用原因"),
	ACT(REASON "/change", ROLE_MANAGER, FORM_LIMIT, reason_fields, reason_take_change, "修改常用原因", MODIFY),
	ACT(REASON "/retire", ROLE_MANAGER, FORM_LIMIT, reason_fields, reason_take_retire, "停用常用原因", MODIFY),
	ACT(REASON "/restore", ROLE_MANAGER, FORM_LIMIT, reason_fields, reason_take_restore, "恢复常用原因", MODIFY),
	SEE("/admin/consents", ROLE_ADMIN, NULL, consents_show, "告知确认书的版本"),
	ACT("/admin/consents/new", ROLE_MANAGER, TEXT_LIMIT, consent_fields, consents_add, "新增告知确认书版本", MODIFY),
	SEE("/admin/consents/{version}", ROLE_ADMIN, NULL, consent_show, "告知确认书的一个版本"),
	SEE("/admin/message-texts", ROLE_ADMIN, NULL, message_texts_show, "消息模板"),
	SEE("/admin/message-texts/{word}", ROLE_ADMIN, NULL, message_text_show_one, "一个消息模板"),
	ACT("/admin/message-texts/{word}/ask", ROLE_MANAGER, FORM_LIMIT, message_text_fields, message_text_take_ask, "提出消息模板的新版本", RETRY),
	SEE("/admin/fees", ROLE_ADMIN, NULL, fees_show, "收费标准"),
	ACT("/admin/fees/ask", ROLE_MANAGER, FORM_LIMIT, fee_fields, fees_ask, "提出收费变更", CHANGE),
	SEE("/admin/types", ROLE_ADMIN, NULL, types_show, "办理类型"),
	ACT("/admin/types/{type}/open", ROLE_MANAGER, FORM_LIMIT, NULL, type_take_open, "开放办理类型", CHANGE),
	ACT("/admin/types/{type}/close", ROLE_MANAGER, FORM_LIMIT, NULL, type_take_close, "关闭办理类型", CHANGE),
	SEE("/admin/confirmations", ROLE_MONEY, cursor_query, confirmations_show, "待第二人确认"),
	SEE(CONFIRMATION, ROLE_MONEY, NULL, confirmation_show, "一件请求"),
	ACT(CONFIRMATION "/confirm", ROLE_MANAGER, FORM_LIMIT, confirmation_fields, confirmation_take_confirm, "确认", DECIDE),
	ACT(CONFIRMATION "/decline", ROLE_MANAGER, FORM_LIMIT, confirmation_fields, confirmation_take_decline, "不同意", DECIDE),
	ACT(CONFIRMATION "/withdraw", ROLE_OFFICE, FORM_LIMIT, confirmation_fields, confirmation_take_withdraw, "撤回请求", DECIDE),
	SEE("/admin/find", ROLE_ADMIN, NULL, find_show, "按号码查找"),
	TAKE(BODY_FORM, "/admin/find", ROLE_ADMIN, FORM_LIMIT, find_fields, find_post, "查找一个号码", "200 text/html"),
	SEE("/admin/privacy", ROLE_OVERSEER, NULL, privacy_show, "隐私保护"),
	TAKE(BODY_FORM, "/admin/privacy/person", ROLE_MANAGER, FORM_LIMIT, person_fields, person_export, "导出一个人的信息", "200 application/zip"),
	SEE("/admin/audit", ROLE_OVERSEER, audit_query, audit_show, "审计记录"),
	ACT("/admin/audit/checks", ROLE_OVERSEER, FORM_LIMIT, period_fields, audit_check, "校验审计记录", "303"),
};
/* clang-format on */

static enum err
start(struct arena *a, const struct config *cfg)
{
	const struct invoice_provider *invoices;

	respond_use_templates(pages_templates());
	charset_open();
	TRY(invoice_provider(cfg, &invoices));
	TRY(pdf_head_open());
	TRY(seal_open(a, cfg->field_key_file));
	return store_open(cfg->store);
}

int
main(int argc, char **argv)
{
	static const struct program_def def = { P_REVIEW, routes, COUNT(routes),
		start, NULL, NULL };

	return serve_main(argc, argv, &def);
}
