#pragma once
/* The handlers of the review program, a file an area; main.c has the table. */
#include "web/request.h"

/* worklist.c */
MUST_USE enum err worklist_show(struct request *r);
MUST_USE enum err worklist_claim_next(struct request *r);
MUST_USE enum err worklist_approve(struct request *r);

/* cases.c */
MUST_USE enum err case_show(struct request *r);
MUST_USE enum err case_reveal(struct request *r);
MUST_USE enum err case_claim(struct request *r);
MUST_USE enum err case_release(struct request *r);
MUST_USE enum err case_approve(struct request *r);
MUST_USE enum err case_reject(struct request *r);
MUST_USE enum err case_attachment(struct request *r);

/* dispatch.c */
MUST_USE enum err work_orders_show(struct request *r);
MUST_USE enum err work_orders_plan(struct request *r);
MUST_USE enum err work_orders_dispatch(struct request *r);

/* deliveries.c */
MUST_USE enum err deliveries_show(struct request *r);
MUST_USE enum err deliveries_send(struct request *r);
MUST_USE enum err deliveries_paste(struct request *r);
MUST_USE enum err deliveries_labels(struct request *r);

/* delivery.c */
MUST_USE enum err delivery_show(struct request *r);
MUST_USE enum err delivery_reveal(struct request *r);
MUST_USE enum err delivery_take_send(struct request *r);
MUST_USE enum err delivery_take_correct(struct request *r);
MUST_USE enum err delivery_take_receive(struct request *r);
MUST_USE enum err delivery_take_return(struct request *r);
MUST_USE enum err delivery_take_again(struct request *r);
MUST_USE enum err delivery_take_hand_over(struct request *r);

/* activations.c */
MUST_USE enum err activations_show(struct request *r);
MUST_USE enum err case_contact(struct request *r);

/* work_order_files.c */
MUST_USE enum err work_order_give_xlsx(struct request *r);
MUST_USE enum err work_order_give_csv(struct request *r);
MUST_USE enum err work_order_give_json(struct request *r);
MUST_USE enum err work_order_take_file(struct request *r);
MUST_USE enum err work_order_import_show_page(struct request *r);
MUST_USE enum err work_order_import_take_ask(struct request *r);
MUST_USE enum err work_order_import_take_run(struct request *r);

/* work_orders.c; the page of one, with why something was refused. */
MUST_USE enum err work_order_show_refused(struct request *r, enum err e);
MUST_USE enum err work_order_show(struct request *r);
MUST_USE enum err work_order_finish_completed(struct request *r);
MUST_USE enum err work_order_finish_failed(struct request *r);

/* money.c; times and amounts of a row, and of a list of them, for people. */
struct arena;
struct json_object;
void money_row_json(struct arena *a, struct json_object *item);
void money_rows_json(struct arena *a, struct json_object *o, const char *name);
MUST_USE enum err money_show(struct request *r);
MUST_USE enum err money_notice_show(struct request *r);
MUST_USE enum err money_take_refund(struct request *r);
MUST_USE enum err money_take_settle(struct request *r);

/* refunds.c */
MUST_USE enum err refunds_show(struct request *r);
MUST_USE enum err refund_page_show(struct request *r);
MUST_USE enum err refund_take_again(struct request *r);
MUST_USE enum err refund_take_drop(struct request *r);
MUST_USE enum err case_refund_show(struct request *r);
MUST_USE enum err case_take_refund(struct request *r);

/* bills.c */
MUST_USE enum err bills_show(struct request *r);
MUST_USE enum err bill_show(struct request *r);
MUST_USE enum err bill_take_settle(struct request *r);
MUST_USE enum err bill_export(struct request *r);

/* ledger.c */
MUST_USE enum err ledger_show(struct request *r);

/* invoices.c */
MUST_USE enum err invoices_show(struct request *r);
MUST_USE enum err invoice_show(struct request *r);
MUST_USE enum err invoice_reveal(struct request *r);
MUST_USE enum err invoice_take_document(struct request *r);
MUST_USE enum err invoice_take_end(struct request *r);
MUST_USE enum err invoice_take_reverse(struct request *r);
MUST_USE enum err invoice_take_red_again(struct request *r);
MUST_USE enum err invoice_take_keep(struct request *r);
MUST_USE enum err invoice_take_again(struct request *r);
MUST_USE enum err invoice_take_ask(struct request *r);
MUST_USE enum err invoice_take_outcome(struct request *r);
MUST_USE enum err invoice_give_pdf(struct request *r);
MUST_USE enum err invoice_give_ofd(struct request *r);
MUST_USE enum err invoice_give_xml(struct request *r);

/* holidays.c */
MUST_USE enum err holidays_show(struct request *r);
MUST_USE enum err holidays_set(struct request *r);
MUST_USE enum err holidays_remove(struct request *r);

/* privacy.c */
MUST_USE enum err privacy_show(struct request *r);
MUST_USE enum err person_export(struct request *r);
MUST_USE enum err find_show(struct request *r);
MUST_USE enum err find_post(struct request *r);

/* audit.c */
MUST_USE enum err audit_show(struct request *r);
MUST_USE enum err audit_check(struct request *r);
MUST_USE enum err case_evidence(struct request *r);

/* reasons.c */
MUST_USE enum err reasons_show(struct request *r);
MUST_USE enum err reasons_add(struct request *r);
MUST_USE enum err reason_show(struct request *r);
MUST_USE enum err reason_take_change(struct request *r);
MUST_USE enum err reason_take_retire(struct request *r);
MUST_USE enum err reason_take_restore(struct request *r);

/* message_texts.c */
MUST_USE enum err message_texts_show(struct request *r);
MUST_USE enum err message_text_show_one(struct request *r);
MUST_USE enum err message_text_take_ask(struct request *r);

/* consents.c */
MUST_USE enum err consents_show(struct request *r);
MUST_USE enum err consent_show(struct request *r);
MUST_USE enum err consents_add(struct request *r);

/* types.c */
MUST_USE enum err types_show(struct request *r);
MUST_USE enum err type_take_open(struct request *r);
MUST_USE enum err type_take_close(struct request *r);

/* units.c */
MUST_USE enum err units_show(struct request *r);
MUST_USE enum err unit_show(struct request *r);
MUST_USE enum err unit_take_lock(struct request *r);
MUST_USE enum err lock_show(struct request *r);
MUST_USE enum err lock_take_change(struct request *r);

/* expiring.c */
MUST_USE enum err expiring_show(struct request *r);

/* messages.c */
MUST_USE enum err messages_show(struct request *r);
MUST_USE enum err message_show(struct request *r);
MUST_USE enum err message_take_again(struct request *r);

/* figures.c */
MUST_USE enum err figures_show(struct request *r);
MUST_USE enum err figures_csv(struct request *r);

/* fees.c */
MUST_USE enum err fees_show(struct request *r);
MUST_USE enum err fees_ask(struct request *r);
