/* 设置: reasons, versions of the 告知确认书 and kinds of application, as a
 * manager keeps them, and what follows from each for others. */
import assert from "node:assert/strict";
import { after, before, test } from "node:test";

import { complete, consentVersion, create, load, submit } from
	"../stack/cases.mjs";
import { signIn } from "../stack/client.mjs";
import { act, formsOf, ownFields, page, submitForm, textOf } from
	"../stack/pages.mjs";
import { startStack } from "../stack/stack.mjs";

let stack;
let manager;
let reviewer;
let applicant;

before(async () => {
	stack = await startStack({});
	manager = await signIn(stack, "manager1");
	reviewer = await signIn(stack, "reviewer1");
	applicant = await signIn(stack, "applicant1");
});
after(() => stack?.stop());

async function actionsOn(subject)
{
	const rows = await stack.db("SELECT action FROM audit WHERE subject = " +
		`'${subject}' ORDER BY at, id`);

	return rows.map((row) => row.action);
}

async function refused(answer, status, message)
{
	const html = answer.bytes.toString("utf8");

	assert.equal(answer.status, status, textOf(html));
	assert.match(textOf(html), message);
	return html;
}

const reasonPath = (code) => `/admin/reasons/${code}`;

async function codeOf(text)
{
	const [row] = await stack.db(
		`SELECT code FROM reasons WHERE text = '${text}'`);

	return row.code;
}

/* A case of applicant1, claimed: the texts that its reject form offers. */
async function offered()
{
	const { id } = await complete(applicant, "new",
		{ second_reason: "另一个项目部使用" });

	await submit(applicant, id);
	const path = `/admin/applications/${id}`;

	await act(reviewer, path, "/claim");
	const html = await page(reviewer, path);

	return { id, path, texts: [...html.matchAll(
		/name="reason" value="[^"]+"> ([^<]+)</g)].map(([, text]) => text) };
}

test("a reason that was added is offered, given and counted", async () => {
	const text = "营业执照已过期，请上传有效的营业执照。";

	assert.equal(await act(manager, "/admin/reasons", "/new",
		{ text: ` ${text} `, place: "0" }), "/admin/reasons");
	const code = await codeOf(text);
	const { id, path, texts } = await offered();

	assert.equal(texts[0], text, "by its place");
	await act(reviewer, path, "/reject", { opinion: "谢谢。",
		reason: [code, "seal_missing", code] });
	assert.match((await load(applicant, id)).review.opinion,
		/^营业执照已过期[^\n]+\n申请表未加盖单位公章[^\n]+\n谢谢。$/);
	const kept = await stack.db(`SELECT c.code FROM review_reasons c
		JOIN reviews r ON r.id = c.review_id
		WHERE r.application_id = '${id}' ORDER BY c.code`);

	assert.deepEqual(kept.map((row) => row.code),
		[code, "seal_missing"].sort());
	assert.deepEqual(await actionsOn(code), ["reason_added"]);
});

test("a reason is changed, retired and taken back; reviews keep it",
	async () => {
		const path = reasonPath("page_missing");

		await act(manager, path, "/change",
			{ text: "材料不全，请补齐。", place: "7" });
		await act(manager, path, "/retire");
		assert.match(textOf(await page(manager, "/admin/reasons")),
			/7 材料不全，请补齐。 已停用/);
		const { path: one, texts } = await offered();

		assert.ok(!texts.includes("材料不全，请补齐。"));
		await refused(await submitForm(reviewer, one, "/reject",
			{ opinion: "x", reason: "page_missing" }), 422, /不在目录中/);
		await act(manager, path, "/restore");
		await act(reviewer, one, "/reject",
			{ opinion: "x", reason: "page_missing" });
		assert.deepEqual(await actionsOn("page_missing"),
			["reason_changed", "reason_retired", "reason_restored"]);
	});

test("what is wrong with a reason is said beside its field", async () => {
	for (const [values, message] of [
		[{ text: "" }, /请填写原因/], [{ text: "字".repeat(201) }, /请填写原因/],
		[{ text: "两\n行" }, /写成一行/], [{ place: "" }, /次序为 0 到 9999/],
		[{ place: "1.5" }, /次序为/], [{ place: "10000" }, /次序为/]]) {
		const html = await refused(await submitForm(manager, "/admin/reasons",
			"/new", { text: "不清楚，请重新上传。", place: "5", ...values }), 422,
		message);

		assert.match(html, /aria-invalid="true"/);
	}
	assert.equal((await stack.db("SELECT 1 FROM reasons WHERE text = " +
		"'不清楚，请重新上传。'")).length, 0);
});

test("two who change one reason: the second is told", async () => {
	const form = formsOf(await page(manager, reasonPath("scan_unclear")))
		.find((f) => f.action.endsWith("/change"));
	const fields = { ...ownFields(form), place: "1" };

	assert.equal((await manager.form(form.action, { ...fields,
		text: "扫描件模糊。" })).status, 303);
	await refused(await manager.form(form.action, { ...fields,
		text: "扫描件看不清。" }), 412, /内容已在别处修改/);
	assert.equal((await manager.form(form.action, { csrf: fields.csrf,
		text: "扫描件看不清。", place: "1" })).status, 428);
	assert.match(textOf(await page(manager, "/admin/reasons")), /扫描件模糊。/);
});

test("reviewers and auditors see the reasons and no form", async () => {
	for (const account of ["reviewer1", "auditor1"]) {
		const client = await signIn(stack, account);

		for (const path of ["/admin/reasons", reasonPath("seal_missing")]) {
			const html = await page(client, path);

			assert.match(html, /申请表未加盖单位公章/);
			assert.deepEqual(formsOf(html).map((f) => f.action),
				["/admin/sign-out"]);
		}
	}
});

test("a new version has drafts ask for consent again, and the old one stays",
	async () => {
		const draft = await complete(applicant, "renewal");
		const version = await consentVersion(applicant);
		const body = "一、申请单位应当如实填写申请信息。\n二、本文本用于测试，共两条。";

		assert.equal(await act(manager, "/admin/consents", "/new",
			{ title: "告知确认书（新）", body: `${body}\n` }),
		`/admin/consents/${version + 1}`);
		const outdated = await applicant.post(
			`/api/applications/${draft.id}/submit`, {});

		assert.equal(outdated.status, 409);
		assert.equal(outdated.body.code, "consent_outdated");
		const { body: form } = await applicant.get(
			"/api/form?type=enterprise");

		assert.deepEqual(form.consent, { version: version + 1,
			title: "告知确认书（新）", text: body });
		assert.equal((await applicant.put(`/api/applications/${draft.id}`,
			{ consent_version: version + 1, version: draft.version })).status,
		200);
		await submit(applicant, draft.id);
		const list = textOf(await page(reviewer, "/admin/consents"));

		assert.match(list, new RegExp(`${version + 1} 告知确认书（新） \\S+ \\S+ ` +
			`现行 ${version} CA锁在线办理告知确认书（示例文本） \\S+ \\S+ 已被取代`));
		const old = await page(reviewer, `/admin/consents/${version}`);

		assert.match(old, /第? ?1|以免无法解密/);
		assert.match(textOf(old), /已被取代/);
		assert.deepEqual(await actionsOn(version + 1), ["consent_added"]);
	});

test("a version that says nothing new, nothing at all, or too late",
	async () => {
		const { action, ...form } = formsOf(await page(manager,
			"/admin/consents")).find((f) => f.action.endsWith("/new"));
		const [now] = await stack.db("SELECT title, body FROM consent_texts " +
			"ORDER BY version DESC LIMIT 1");
		const fields = { ...ownFields(form), title: now.title,
			body: now.body.replaceAll("\\n", "\r\n") };

		await refused(await manager.form(action, fields), 422, /与现行版本相同/);
		for (const [values, message] of [[{ title: "" }, /请填写标题/],
			[{ body: "太短" }, /请填写正文/],
			[{ body: "字".repeat(20_001) }, /请填写正文/]]) {
			const html = await refused(await manager.form(action,
				{ ...fields, ...values }), 422, message);

			assert.match(html, /aria-invalid="true"/);
		}
		const fresh = { ...fields, body: `${"新".repeat(20_000)}` };

		assert.equal((await manager.form(action, fresh)).status, 303);
		const late = await refused(await manager.form(action,
			{ ...fresh, body: "旧".repeat(30) }), 412, /内容已在别处修改/);

		assert.match(late, /旧{30}/, "what was typed is kept");
	});

test("企业 is closed and opened again, 个人 never", async () => {
	const version = await consentVersion(applicant);

	await act(manager, "/admin/types", "/enterprise/close");
	const closed = await applicant.post("/api/applications",
		{ type: "enterprise", consent_version: version });

	assert.equal(closed.status, 409);
	assert.equal(closed.body.code, "type_not_open");
	assert.match(textOf(await page(reviewer, "/admin/types")),
		/企业 未开放 由管理员开放或关闭。 个人 未开放 个人申请的表格尚未提供，不能开放。/);
	await act(manager, "/admin/types", "/enterprise/open");
	await create(applicant);
	const html = await page(manager, "/admin/types");
	const { csrf } = ownFields(formsOf(html)[0]);

	assert.ok(!html.includes("/individual/"), "no form offers it");
	await refused(await manager.form("/admin/types/individual/open", { csrf }),
		409, /暂未开放/);
	await refused(await manager.form("/admin/types/enterprise/open", { csrf }),
		409, /当前状态不能办理/);
	await assert.rejects(stack.db("UPDATE open_types SET is_open = TRUE " +
		"WHERE type = 'individual'"), /open_types_form/);
	assert.deepEqual(await actionsOn("enterprise"),
		["type_closed", "type_opened"]);
});
