/* Applications as tests need them: filled in, complete, handed in. */
import assert from "node:assert/strict";

import { pdf } from "./pdf.mjs";

/* By category; DESIGN 5. */
export const KINDS = {
	new: ["application_form", "business_licence", "handler_id_card"],
	renewal: ["risk_notice", "application_form", "business_licence",
		"handler_id_card"],
};

/*
 * Every field that submit asks for, all valid; overrides replace and add.
 * The numbers belong to nobody (FIELDS of the contract).
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
