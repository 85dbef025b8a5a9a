/* One application: the form while it can be changed, then what became of it. */
import * as api from "./api.mjs";
import { moveButtons } from "./actions.mjs";
import { drawActivation } from "./activation.mjs";
import { drawAnswers } from "./answers.mjs";
import { drawDelivery } from "./delivery.mjs";
import { h, link } from "./dom.mjs";
import { formView } from "./form.mjs";
import { drawHistory } from "./history.mjs";
import { drawFacts } from "./table.mjs";
import { day, minute, stateTag, yuan } from "./words.mjs";

/* The one thing to do now. */
function drawDoNow({ id, state, invoice })
{
	if (state === "approved")
		return link("去支付", `#/applications/${id}/payment`,
			{ class: "button primary" });
	if (state === "completed")
		return link(invoice === null ? "申请电子发票" : "查看电子发票",
			`#/applications/${id}/invoice`,
			{ class: "button primary" });
	return null;
}

/* What went back of the fee, or is on its way. */
const drawRefund = (refund) => ["退款", `${yuan(refund.amount_fen)} 元，${
	refund.status_title}${refund.done_at === null ? "" :
	`（${minute(refund.done_at)}）`}`];

function factsOf(application)
{
	return [
		["审核状态", stateTag(application)],
		["批次号", application.batch_no],
		["办理费用", `${yuan(application.fee_fen)} 元`],
		["申请日期", day(application.created_at)],
		["提交时间", application.submitted_at && minute(application.submitted_at)],
		["承诺的审核期限", application.promised_by],
		["缴费时间", application.paid_at && minute(application.paid_at)],
		...application.refunds.map(drawRefund),
		["电子发票", application.invoice?.status_title ?? null],
	].filter(([, value]) => value !== null);
}

function titleOf({ state, state_title: word, activation, delivery })
{
	if (state !== "completed")
		return TITLES[state] ?? word;
	if (activation.activated_at !== null)
		return "已办结，CA 锁已启用";
	return DELIVERED[delivery?.state] ?? "已办结，请启用 CA 锁";
}

const TITLES = { pending: "已提交，等待审核", approved: "审核通过，请支付" };

/* A new lock that its owner does not have yet. */
const DELIVERED = { to_send: "已办结，CA 锁等待寄出",
	sent: "已办结，CA 锁已寄出", returned: "已办结，CA 锁被退回",
	ready: "已办结，请领取 CA 锁" };

function drawCase(form, application)
{
	return { title: titleOf(application), lead: application.next, content: [
		drawFacts(factsOf(application)),
		h("p", { class: "actions" }, drawDoNow(application),
			moveButtons(application),
			link("返回申请列表", "#/")),
		drawDelivery(application),
		drawActivation(application),
		drawAnswers(form, application),
		h("section", { class: "card" }, h("h2", {}, "处理历史"),
			drawHistory(application.history)),
	] };
}

export async function caseView(context)
{
	const [id] = context.params;
	const [form, application] = await Promise.all([api.form(),
		api.get(`/api/applications/${id}`, { signal: context.signal })]);

	if (!application.actions.includes("save"))
		return drawCase(form, application);
	return formView(context, application);
}
