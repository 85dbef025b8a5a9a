/* How to get the answers of the portal's API and of the callbacks (see
 * openapi_cases.mjs). */
import fs from "node:fs";

import { create, draft } from "../stack/cases.mjs";
import { pdf } from "../stack/pdf.mjs";
import { nextMessage } from "../stack/phone.mjs";
import { buildNotice as buildAlipayNotice, noticeParams }
	from "../sandbox/alipay_protocol.mjs";
import { readKeys } from "../sandbox/keys.mjs";
import { buildNotice, randomText, rfc3339 }
	from "../sandbox/wechatpay_protocol.mjs";
import { INVOICE, KIND, NOBODY, WECHAT, apiPath, asked, nextNumber, seen }
	from "./openapi_world.mjs";

async function move(w, state, action)
{
	const { client, id } = await w.application(state);

	return client.post(apiPath(id, action));
}

/* A notice of a payment that is all right but for nobody's order. */
export function notice(w, changes = {})
{
	const keys = readKeys(w.stack.path("sandbox"));
	const { headers, body } = buildNotice({ keys, ...changes, plain: {
		mchid: keys.merchant.mchid, appid: keys.merchant.appid,
		out_trade_no: NOBODY, transaction_id: randomText(28),
		trade_type: "NATIVE", trade_state: "SUCCESS",
		trade_state_desc: "支付成功", bank_type: "OTHERS",
		success_time: rfc3339(Date.now()), payer: { openid: "o1" },
		amount: { total: 1, payer_total: 1, currency: "CNY",
			payer_currency: "CNY" } } });

	return w.stranger().post("/callback/wechatpay", body, headers);
}

/* What the vendor of messages pushes. */
function receipt(w, list)
{
	const token = fs.readFileSync(
		w.stack.env.CALOCK_SMS_CALLBACK_TOKEN_FILE, "utf8");

	return w.stranger().post(`/callback/sms/aliyun?token=${token}`, list);
}

/* The same of Alipay's. */
function alipayNotice(w)
{
	const { alipay } = readKeys(w.stack.path("sandbox"));
	const now = Date.now();
	const { headers, body } = buildAlipayNotice({ key: alipay.private_key,
		params: noticeParams({ merchant: alipay, now, order: {
			out_trade_no: NOBODY, transaction_id: randomText(28),
			openid: "1", created_at: now, paid_at: now,
			params: { amount: { total: 1 }, description: "x" } } }) });

	return w.stranger().post("/callback/alipay", body, headers);
}

const correct = ({ client, id }) => client.post(
	apiPath(id, "/invoice/correction"),
	{ ...INVOICE, title: "周敏", reason: "抬头写错了" });

async function withFile(w, method, state)
{
	const { client, id, path } = await w.file(state);

	return client.request(method, apiPath(id, path));
}

async function payment(w, state, provide = async () => {})
{
	const { client, id } = await w.application(state);

	await provide();
	return client.post(apiPath(id, "/payment"), WECHAT);
}

/* The provider takes the next order, and its answer is lost. */
export function dropAnswer(w)
{
	return fetch(`${w.stack.sandboxUrl}/sandbox/misbehave`, { method: "POST",
		body: JSON.stringify({ what: "applied_then_drop", on: "native" }) });
}

/* The pair of a case that there is, whose handler is nobody else's. */
async function statusPair(w)
{
	const mobile = `1990000${String(nextNumber()).padStart(4, "0")}`;
	const { batch_no } = await create(await w.applicant(),
		{ handler_mobile: mobile });

	return { batch_no, mobile };
}

const NO_PAIR = { batch_no: "CA20200101000001", mobile: "19900009999" };

export const applicant = {
	"POST /api/status/code": {
		202: async (w, o) => w.stranger().post(o.url, await statusPair(w)),
		503: (w, o) => w.stranger().post(o.url, NO_PAIR),
	},
	"POST /api/status": {
		200: async (w, o) => {
			const pair = await statusPair(w);
			const { values: [code] } = await nextMessage(w.stack, pair.mobile,
				() => w.stranger().post("/api/status/code", pair));

			return w.stranger().post(o.url, { ...pair, code });
		},
		503: (w, o) => w.stranger().post(o.url, { ...NO_PAIR, code: "1" }),
	},
	"GET /api/form": {
		200: (w, o) => asked(w, o, { url: `${o.url}?type=enterprise` }),
		404: (w, o) => asked(w, o, { url: `${o.url}?type=none` }),
		409: (w, o) => asked(w, o, { url: `${o.url}?type=individual` }),
	},
	"PUT /api/locks/{id}/reminders": {
		200: async (w) => {
			const client = await w.user("applicant1");
			const { body } = await client.get("/api/locks");

			return client.put(`/api/locks/${body.items[0].id}/reminders`,
				{ on: true });
		},
		404: async (w, o) => (await w.user("applicant1")).put(o.url,
			{ on: true }),
	},
	"POST /api/applications": {
		201: async (w) => {
			const client = await w.applicant();
			const { consent_version } = await create(client);

			return client.post("/api/applications",
				{ type: "enterprise", consent_version, ...draft(client) });
		},
		409: (w, o) => asked(w, o, { fields:
			{ type: "individual", consent_version: 1 } }),
	},
	"GET /api/applications/{id}": {
		200: seen("draft"),
	},
	"PUT /api/applications/{id}": {
		200: async (w) => {
			const { client, id } = await w.draft();

			return client.put(apiPath(id), {}, { "If-Match": "*" });
		},
		409: async (w) => {
			const { client, id } = await w.application("pending");

			return client.put(apiPath(id), { version: 2 });
		},
		428: async (w) => {
			const { client, id } = await w.draft();

			return client.put(apiPath(id), {});
		},
	},
	"DELETE /api/applications/{id}": {
		204: async (w) => {
			const { client, id } = await w.application();

			return client.del(apiPath(id));
		},
		409: async (w) => {
			const { client, id } = await w.application("pending");

			return client.del(apiPath(id));
		},
	},
	"POST /api/applications/{id}/submit": {
		200: (w) => move(w, "editing", "/submit"),
		409: (w) => move(w, "approved", "/submit"),
	},
	"POST /api/applications/{id}/withdraw": {
		200: (w) => move(w, "pending", "/withdraw"),
		409: (w) => move(w, "editing", "/withdraw"),
	},
	"POST /api/applications/{id}/cancel": {
		200: (w) => move(w, "approved", "/cancel"),
		409: (w) => move(w, "editing", "/cancel"),
	},
	"POST /api/applications/{id}/attachments/{kind}": {
		201: async (w) => {
			const { client, id } = await w.draft();

			return client.upload(id, KIND, pdf());
		},
		409: async (w) => {
			const { client, id } = await w.application("pending");

			return client.upload(id, KIND, pdf());
		},
	},
	"GET /api/applications/{id}/attachments/{kind}/{attachment}": {
		200: (w) => withFile(w, "GET"),
	},
	"DELETE /api/applications/{id}/attachments/{kind}/{attachment}": {
		204: (w) => withFile(w, "DELETE"),
		409: (w) => withFile(w, "DELETE", "pending"),
	},
	"POST /callback/sms/{provider}": {
		200: (w) => receipt(w, [{ phone_number: "13800138000",
			biz_id: "1", success: true }]),
		400: (w) => receipt(w, [{}]),
		404: (w) => w.stranger().post("/callback/sms/aliyun?token=x", []),
		503: (w) => receipt(w, [{ phone_number: "13800138000",
			biz_id: "1", success: true }]),
	},
	/* Each provider is answered in its own type; the last one counts. */
	"POST /callback/{provider}": {
		200: async (w) => {
			await alipayNotice(w);
			return notice(w);
		},
		401: async (w) => {
			await w.stranger().post("/callback/alipay", "");
			return w.stranger().post("/callback/wechatpay", "");
		},
		404: (w) => w.stranger().post("/callback/nobody", ""),
		503: (w) => notice(w),
	},
	"POST /api/applications/{id}/invoice": {
		202: async (w) => {
			const { client, id } = await w.application("completed");

			return client.post(apiPath(id, "/invoice"),
				INVOICE);
		},
		409: async (w) => {
			const { client, id } = await w.draft();

			return client.post(apiPath(id, "/invoice"),
				INVOICE);
		},
	},
	"GET /api/applications/{id}/invoice": {
		200: seen("issued", "/invoice"),
	},
	"POST /api/applications/{id}/invoice/correction": {
		202: async (w) => correct(await w.invoiced(true)),
		409: async (w) => correct(await w.invoiced()),
	},
	"GET /api/applications/{id}/invoice.pdf": {
		200: seen("issued", "/invoice.pdf"),
	},
	"GET /api/applications/{id}/invoice.ofd": {
		200: seen("issued", "/invoice.ofd"),
	},
	"GET /api/applications/{id}/invoice.xml": {
		200: seen("issued", "/invoice.xml"),
	},
	"DELETE /api/invoice-titles/{id}": {
		204: async (w) => {
			const { client, invoice } = await w.invoiced();

			return client.request("DELETE",
				`/api/invoice-titles/${invoice.id}`);
		},
	},
	"GET /api/applications/{id}/form.pdf": {
		200: seen("draft", "/form.pdf"),
	},
	"GET /api/templates/{kind}.pdf": {
		404: (w, o) => w.client(o).get("/api/templates/business_licence.pdf"),
	},
	"POST /api/applications/{id}/payment": {
		200: async (w) => {
			const { client, id } = await w.ordered();

			return client.post(apiPath(id, "/payment"), WECHAT);
		},
		201: (w) => payment(w, "approved"),
		409: (w) => payment(w, "editing"),
		502: (w) => payment(w, "approved", () =>
			w.stack.kill("sandbox", "SIGTERM"))
			.finally(() => w.stack.restart("sandbox")),
		504: (w) => payment(w, "approved", () => dropAnswer(w)),
	},
	"GET /api/applications/{id}/payment": {
		200: seen("ordered", "/payment"),
	},
	"GET /api/applications/{id}/payment/qr.svg": {
		200: seen("ordered", "/payment/qr.svg"),
	},
};
