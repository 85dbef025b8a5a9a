/* How to get the answers of the office's pages: units and their locks,
 * messages, settings (see openapi_cases.mjs). */
import { randomText } from "../sandbox/wechatpay_protocol.mjs";
import { byReviewer, post } from "./openapi_world.mjs";

const LOCK = { holder: "", kind: "sub", valid_from: "2026-01-01",
	valid_to: "2027-01-01" };

const byOperator = async (w, o) => (await w.user("operator1")).get(o.url);

const shown = (path) => async (w) =>
	(await w.user("manager1")).get(await path(w));

async function unit(w)
{
	const [{ unit_id: id }] = await w.stack.db("SELECT unit_id FROM " +
		"accounts WHERE login = 'applicant1'");

	return `/admin/units/${id}`;
}

async function lock(w)
{
	const path = await unit(w);
	const [{ id, version }] = await w.stack.db("SELECT id, version FROM " +
		`locks WHERE unit_id = '${path.split("/").at(-1)}' LIMIT 1`);

	return { path: `${path}/locks/${id}`, version };
}

async function changeLock(w, version)
{
	const { path, version: now } = await lock(w);

	return post(w, "operator1", `${path}/change`,
		{ ...LOCK, version: version ?? now });
}

/* One that failed; the worker leaves it alone. */
async function message(w)
{
	const { id } = await w.draft();
	const name = `01j0api${randomText(16).toLowerCase()}`;

	await w.stack.db("INSERT INTO messages (id, application_id, event, " +
		`state) VALUES ('${name}', '${id}', 'approve', 'failed')`);
	return `/admin/messages/${name}`;
}

async function reason(w, action, version)
{
	const [row] = await w.stack.db("SELECT version FROM reasons " +
		"WHERE code = 'seal_missing'");

	return post(w, "manager1", `/admin/reasons/seal_missing${action}`,
		{ text: "请盖章。", place: "1", version: version ?? row.version });
}

const reasons = (action) => ({
	303: (w) => reason(w, action),
	412: (w) => reason(w, action, 99),
	428: (w) => reason(w, action, ""),
});

function askText(w, word, version = 1)
{
	return post(w, "manager1", `/admin/message-texts/${word}/ask`, { version,
		title: "另一个标题", code: "SMS_other", reason: "x",
		text: "您的CA锁申请（批次号{batch_no}）有了进展，请登录系统查看。" });
}

async function addConsent(w, version)
{
	const [row] = await w.stack.db("SELECT MAX(version) AS now FROM " +
		"consent_texts");

	return post(w, "manager1", "/admin/consents/new", { title: "告知确认书",
		body: randomText(40), version: version ?? row.now });
}

const set = (w, type, action) =>
	post(w, "manager1", `/admin/types/${type}/${action}`);

/* Each of another day, so that none is asked for twice. */
let days = 0;

function askFee(w, plus = ++days)
{
	const day = new Date(Date.now() + (8 * 3600 + 86_400 * (1 + plus)) * 1000)
		.toISOString().slice(0, 10);

	return post(w, "manager1", "/admin/fees/ask", { category: "new",
		business: "certificate", years: "1", fee: "310", valid_from: day,
		reason: "价格调整" });
}

export const office = {
	"GET /admin/units/{id}": { 200: shown(unit) },
	"POST /admin/units/{id}/locks/new": {
		303: async (w) => post(w, "operator1", `${await unit(w)}/locks/new`,
			{ ...LOCK, serial: randomText(12) }),
	},
	"GET /admin/units/{id}/locks/{lock_id}": {
		200: shown(async (w) => (await lock(w)).path),
	},
	"POST /admin/units/{id}/locks/{lock_id}/change": {
		303: (w) => changeLock(w),
		412: (w) => changeLock(w, 99),
		428: (w) => changeLock(w, ""),
	},
	"GET /admin/messages/{id}": { 200: shown(message) },
	"POST /admin/messages/{id}/queue": {
		303: async (w) => post(w, "operator1", `${await message(w)}/queue`,
			{ state: "failed" }),
		409: async (w) => post(w, "operator1", `${await message(w)}/queue`,
			{ state: "sent" }),
	},
	"GET /admin/figures/income.csv": {
		403: byReviewer,
	},
	"GET /admin/reasons": { 403: byOperator },
	"POST /admin/reasons/new": {
		303: (w) => post(w, "manager1", "/admin/reasons/new",
			{ text: "请盖章。", place: "1" }),
	},
	"GET /admin/reasons/{code}": {
		200: shown(() => "/admin/reasons/seal_missing"),
		403: byOperator,
	},
	"POST /admin/reasons/{code}/change": reasons("/change"),
	"POST /admin/reasons/{code}/retire": reasons("/retire"),
	"POST /admin/reasons/{code}/restore": reasons("/restore"),
	"POST /admin/consents/new": {
		303: (w) => addConsent(w),
		412: (w) => addConsent(w, 99),
		428: (w) => addConsent(w, ""),
	},
	"GET /admin/message-texts/{word}": {
		200: shown(() => "/admin/message-texts/approve"),
	},
	"POST /admin/message-texts/{word}/ask": {
		303: (w) => askText(w, "pay"),
		409: async (w) => {
			await askText(w, "reject");
			return askText(w, "reject");
		},
		412: (w) => askText(w, "refund", 99),
		428: (w) => askText(w, "refund", ""),
	},
	"GET /admin/consents/{version}": { 200: shown(() => "/admin/consents/1") },
	"POST /admin/fees/ask": {
		303: (w) => askFee(w),
		409: async (w) => {
			await askFee(w, 1000);
			return askFee(w, 1000);
		},
	},
	"POST /admin/types/{type}/open": {
		303: async (w) => {
			await set(w, "enterprise", "close");
			return set(w, "enterprise", "open");
		},
		409: (w) => set(w, "individual", "open"),
	},
	"POST /admin/types/{type}/close": {
		303: (w) => set(w, "enterprise", "close")
			.finally(() => set(w, "enterprise", "open")),
		409: (w) => set(w, "individual", "close"),
	},
};
