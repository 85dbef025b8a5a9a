/* Applications as tests need them: filled in, complete, handed in. */
import assert from "node:assert/strict";

import { pdf } from "./pdf.mjs";

/* What submit asks for, by category. */
export const KINDS = {
	new: ["application_form", "business_licence", "handler_id_card"],
	renewal: ["risk_notice", "application_form", "business_licence",
		"handler_id_card"],
};

/*
 * Every field that submit asks for, all valid; overrides replace and add.
 * The numbers belong to nobody.
 */
export function draft(client, overrides = {})
{
	return {
		applicant_name: "张明",
		category: "new",
		business: "certificate_and_seal",
		years: 1,
		pickup: "onsite",
		unit_name: client.session.unit_name,
		org_code: client.session.org_code,
		legal_representative: "陈建国",
		unit_phone: "0570-3012345",
		handler_name: "李晓梅",
		handler_title: "办公室主任",
		handler_mobile: "13800138000",
		handler_email: "li.xiaomei@example.com",
		address: "浙江省衢州市柯城区示例路1号",
		postcode: "324000",
		handler_id_no: "330802199003070009",
		...overrides,
	};
}

export async function consentVersion(client)
{
	const { status, body } = await client.get("/api/form?type=enterprise");

	assert.equal(status, 200);
	return body.consent.version;
}

/* A draft with these fields: what the API answered. */
export async function create(client, fields = {}, headers = {})
{
	const { status, body } = await client.post("/api/applications",
		{ type: "enterprise",
			consent_version: await consentVersion(client), ...fields },
		headers);

	assert.equal(status, 201, JSON.stringify(body));
	return body;
}

export async function uploadAll(client, id, category)
{
	for (const kind of KINDS[category]) {
		const { status, body } = await client.upload(id, kind,
			pdf({ text: kind }), { name: `${kind}.pdf` });

		assert.equal(status, 201, JSON.stringify(body));
	}
}

export async function load(client, id)
{
	const { status, body } = await client.get(`/api/applications/${id}`);

	assert.equal(status, 200, JSON.stringify(body));
	return body;
}

/* Created, filled in, every required file there: ready for submit. */
export async function complete(client, category = "new", overrides = {})
{
	const { id } = await create(client,
		draft(client, { category, ...overrides }));

	await uploadAll(client, id, category);
	return load(client, id);
}

/* Hands it in; the answer, which is a success. */
export async function submit(client, id, headers = {})
{
	const { status, body } = await client.post(
		`/api/applications/${id}/submit`, {}, headers);

	assert.equal(status, 200, JSON.stringify(body));
	return body;
}

/* A GB 11714 code of the zone that belongs to nobody. */
function orgCode(n)
{
	const digits = "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZ";
	const weights = [3, 7, 9, 10, 5, 8, 4, 2];
	const body = `PDY${String(n).padStart(5, "0")}`;
	const sum = [...body].reduce((total, c, i) =>
		total + digits.indexOf(c) * weights[i], 0);
	const check = 11 - sum % 11;

	return body + (check === 10 ? "X" : check % 11);
}

let units = 20000;

/*
 * Another unit with one account that can sign in, and these locks: rows of
 * [serial, kind, days until it ends]. Gives the account.
 */
export async function addApplicant(stack, locks = [])
{
	const n = ++units;
	const account = `applicant${n}`;
	const unit = `衢州测试${n}有限公司`;
	const unitId = `01j0testunit${String(n).padStart(14, "0")}`;

	await stack.db(`INSERT INTO units (id, name, org_code) VALUES
		('${unitId}', '${unit}', '${orgCode(n)}');
	INSERT INTO accounts (id, login, password_hash, role, unit_id, name)
	SELECT '${unitId.replace("unit", "acco")}', '${account}', password_hash,
		role, '${unitId}', name FROM accounts WHERE login = 'applicant1'`);
	for (const [serial, kind, days] of locks)
		await stack.db(`INSERT INTO locks
			(id, unit_id, serial, kind, valid_from, valid_to)
		SELECT LEFT(CONCAT('01j0', MD5(UUID())), 26), '${unitId}',
			'${serial}', '${kind}', day - INTERVAL 3 YEAR,
			day + INTERVAL ${days} DAY
		FROM (SELECT DATE(NOW() + INTERVAL 8 HOUR) AS day) AS today`);
	stack.accounts.push({ role: "applicant", account, unit,
		password: stack.accounts[0].password });
	return account;
}

/* Puts it into a state past the programs, with the money that belongs to it;
 * its version stays. */
export async function force(stack, id, state)
{
	const isPaid = ["paid", "processing", "completed", "refunded"]
		.includes(state);

	if (isPaid)
		await stack.db(`INSERT IGNORE INTO orders (order_no,
			application_id, provider, state, amount_fen, created_by,
			expires_at)
		SELECT id, id, 'wechatpay', 'paid', 30000, account_id, NOW(6)
		FROM applications WHERE id = '${id}';
		INSERT IGNORE INTO payments (id, order_no, application_id,
			provider, transaction_id, amount_fen, currency, paid_at,
			source)
		VALUES ('${id}', '${id}', '${id}', 'wechatpay', '${id}', 30000,
			'CNY', NOW(6), 'notice')`);
	await stack.db(`UPDATE applications SET state = '${state}',
		fee_fen = COALESCE(fee_fen, 30000)
		${isPaid ? `, payment_id = '${id}', paid_at = NOW(6)` : ""}
		${state === "completed" ? `, valid_from = CURRENT_DATE,
			valid_to = CURRENT_DATE + INTERVAL 1 YEAR` : ""}
		WHERE id = '${id}'`);
}
