/* The administrators' pages, read and submitted as a browser would. */
import assert from "node:assert/strict";
import { after, before, test } from "node:test";

import { complete, load, submit } from "../stack/cases.mjs";
import { Client, send, signIn } from "../stack/client.mjs";
import { fieldsOf, page, submitForm } from "../stack/pages.mjs";
import { pdf } from "../stack/pdf.mjs";
import { startStack } from "../stack/stack.mjs";

const ID_NO = "330802199003070009";
const MOBILE = "13800138000";
const ROLES = ["reviewer", "operator", "manager", "auditor"];

let stack;
const who = {}; /* signed in clients by account */

before(async () => {
	stack = await startStack({});
	for (const account of ["applicant1", "applicant2", "reviewer1",
		"reviewer2", "operator1", "manager1", "auditor1"])
		who[account] = await signIn(stack, account);
});

after(() => stack?.stop());

const text = (answer) => answer.bytes.toString("utf8");

const pathOf = (id) => `/admin/applications/${id}`;

/* On a case: the form that does the action, whoever sees it. */
function onCase(client, id, action, changes)
{
	return submitForm(client, pathOf(id), `${pathOf(id)}/${action}`, changes);
}

async function stateOf(id)
{
	const [row] = await stack.db(
		`SELECT state FROM applications WHERE id = '${id}'`);

	return row.state;
}

/* Handed in: new ones, of which a unit may have several with a reason. */
async function pending(overrides = {}, account = "applicant2")
{
	const { id } = await complete(who[account], "new",
		{ second_reason: "另一个项目部使用", ...overrides });

	await submit(who[account], id);
	return id;
}

async function approved(overrides, account)
{
	const id = await pending(overrides, account);

	assert.equal((await onCase(who.reviewer1, id, "claim")).status, 303);
	assert.equal((await onCase(who.reviewer1, id, "approve")).status, 303);
	return id;
}

/* As callback and worker write it when money has come. */
async function pay(id, daysAgo)
{
	await stack.db(`
INSERT INTO orders (order_no, application_id, provider, state, amount_fen, created_by, expires_at)
  SELECT id, id, 'wechatpay', 'paid', fee_fen, account_id, NOW(6) FROM applications WHERE id = '${id}';
INSERT INTO payments (id, order_no, application_id, provider, transaction_id, amount_fen, currency, paid_at, source)
  SELECT id, id, id, 'wechatpay', id, fee_fen, 'CNY', NOW(6), 'query' FROM applications WHERE id = '${id}';
UPDATE applications SET state = 'paid', version = version + 1, payment_id = id,
  paid_at = NOW(6) - INTERVAL ${daysAgo} DAY WHERE id = '${id}'`);
}

async function paid(daysAgo, overrides, account)
{
	const id = await approved(overrides, account);

	await pay(id, daysAgo);
	return id;
}

async function audits(id, action)
{
	const [{ n }] = await stack.db("SELECT COUNT(*) AS n FROM audit " +
		`WHERE subject = '${id}' AND action = '${action}'`);

	return Number(n);
}

/* A day in Shanghai, some days from today. */
function day(plus = 0)
{
	return new Date(Date.now() + (8 * 3600 + plus * 86400) * 1000)
		.toISOString().slice(0, 10);
}

function yearsAfter(date, years)
{
	const later = `${Number(date.slice(0, 4)) + years}${date.slice(4)}`;

	return later.endsWith("02-29") && new Date(later).getUTCDate() !== 29 ?
		later.replace("02-29", "02-28") : later;
}

/* After an upgrade no page is shown with what the release before had. */
test("stylesheet and script need no session, are kept, and asked about",
	async () => {
		for (const [name, type, part] of [
			["style.css", /^text\/css/, /prefers-color-scheme: dark/],
			["comfort.mjs", /^text\/javascript/, /addEventListener/]]) {
			const url = `${stack.adminUrl}/admin/${name}`;
			const answer = await send(url);
			const again = await send(url, { headers: {
				"If-None-Match": answer.headers.etag } });

			assert.equal(answer.status, 200);
			assert.match(answer.headers["content-type"], type);
			assert.equal(answer.headers["cache-control"], "public, no-cache");
			assert.match(text(answer), part);
			assert.equal(again.status, 304);
			assert.equal(text(again), "");
			assert.equal((await send(url, { headers: {
				"If-None-Match": "\"another\"" } })).status, 200);
		}
	});

test("strangers and applicants see none of it", async () => {
	const id = await pending();
	const stranger = new Client(stack, { surface: "admin" });
	const applicant = new Client(stack, { surface: "admin" });

	applicant.cookies.set("calock_admin",
		who.applicant2.cookies.get("calock_session"));
	for (const client of [stranger, applicant])
		for (const path of ["/admin/", pathOf(id), "/admin/work-orders",
			"/admin/money"]) {
			const answer = await client.get(path);

			assert.equal(answer.status, 303);
			assert.equal(answer.headers.location, "/admin/sign-in");
		}
	const refused = await stranger.form(`${pathOf(id)}/claim`, {});

	assert.notEqual(refused.status, 303, "a change is not sent elsewhere");
	assert.ok(refused.status >= 400);
});

test("a session's page offers only what the role may do", async () => {
	const id = await pending();

	for (const role of ROLES) {
		const client = who[`${role}1`];
		const html = await page(client, "/admin/");
		const one = await page(client, pathOf(id));

		assert.equal(html.includes('href="/admin/money"'), role !== "reviewer");
		assert.equal(one.includes(`${pathOf(id)}/claim`), role === "reviewer");
		assert.equal((await client.get("/admin/money")).status,
			role === "reviewer" ? 403 : 200);
	}
});

test("only a reviewer claims and decides, only an operator dispatches",
	async () => {
		const id = await pending();
		const forms = [
			["claim", "reviewer", {}], ["release", "reviewer", {}],
			["approve", "reviewer", { version: "2" }],
			["reject", "reviewer", { version: "2", opinion: "不清晰" }],
		].map(([name, role, fields]) =>
			[`${pathOf(id)}/${name}`, role, fields]);

		forms.push(["/admin/work-orders/dispatch", "operator",
			{ application: id }],
		["/admin/work-orders/x/complete", "operator", { application: id }],
		["/admin/work-orders/x/fail", "operator", { application: id }]);
		for (const [path, allowed, fields] of forms)
			for (const role of ROLES.filter((r) => r !== allowed)) {
				const client = who[`${role}1`];
				const { csrf } = fieldsOf(await page(client, "/admin/"),
					"/admin/sign-out");
				const answer = await client.form(path, { csrf, ...fields });

				assert.equal(answer.status, 403, `${role} ${path}`);
			}
		assert.equal(await stateOf(id), "pending");
	});

test("the worklist filters, and shows what a row needs", async () => {
	const id = await pending({ project_name: "<b>城东\"道路\"</b>",
		handler_name: "欧阳文静" });
	const { batch_no: batchNo } = await load(who.applicant2, id);
	const all = await page(who.reviewer1, "/admin/");

	assert.ok(all.includes(batchNo));
	assert.ok(all.includes("&lt;b&gt;城东&quot;道路&quot;&lt;/b&gt;"));
	for (const title of ["批次号", "申请日期", "项目名称", "申请单位", "经办人",
		"办理类别", "办理费用（元）", "审核状态", "等待"])
		assert.match(all, new RegExp(`<th scope="col"[^>]*>${title}</th>`));
	for (const [query, isThere] of [
		[`batch_no=${batchNo}`, true], [`batch_no=%20${batchNo}%20`, true],
		["batch_no=CA0", false], ["handler=%E6%AC%A7%E9%98%B3", true],
		["handler=%E9%98%B3", false], ["category=new", true],
		["category=renewal", false], ["status=pending", true],
		["status=rejected", false], ["state=approved", false],
		["status=all", true], ["status=nonsense", false],
		[`status=pending&state=pending&batch_no=${batchNo}`, true],
	]) {
		const html = await page(who.reviewer1, `/admin/?${query}`);

		assert.equal(html.includes(batchNo + "</a>"), isThere, query);
	}
	assert.equal((await who.reviewer1.get("/admin/?order=fee")).status, 422);
	assert.equal((await who.reviewer1.get("/admin/?cursor=x")).status, 400);
});

test("a claim is one reviewer's, and shows nobody the private fields",
	async () => {
		const id = await pending();

		assert.equal((await onCase(who.reviewer1, id, "claim")).headers
			.location, pathOf(id));
		const mine = await page(who.reviewer1, pathOf(id));

		assert.ok(!mine.includes(ID_NO) && !mine.includes(MOBILE));
		assert.equal(await audits(id, "reveal"), 0);
		for (const other of ["reviewer2", "operator1", "manager1"]) {
			const html = await page(who[other], pathOf(id));

			assert.ok(!html.includes(ID_NO) && !html.includes(MOBILE));
			assert.ok(html.includes("王审核"), "says who holds it");
			assert.ok(!html.includes(`${pathOf(id)}/approve`));
		}
		assert.match(await page(who.reviewer2, "/admin/"), /王审核 审核中/);
		const { csrf } = fieldsOf(await page(who.reviewer2, pathOf(id)),
			"/admin/sign-out");
		const version = fieldsOf(mine, `${pathOf(id)}/approve`).version;

		for (const action of ["claim", "approve", "reject"]) {
			const refused = await who.reviewer2.form(
				`${pathOf(id)}/${action}`, { csrf, version,
					...(action === "claim" ? {} :
						{ opinion: "不清晰" }) });

			assert.equal(refused.status, 409, action);
			assert.match(text(refused), /已被他人领取/);
		}
		assert.equal((await onCase(who.reviewer1, id, "release")).status, 303);
		assert.equal((await onCase(who.reviewer2, id, "claim")).status, 303);
	});

test("nobody decides on what they filed", async () => {
	const id = await pending();

	await onCase(who.reviewer1, id, "claim");
	const form = fieldsOf(await page(who.reviewer1, pathOf(id)),
		`${pathOf(id)}/approve`);

	await stack.db("UPDATE applications SET account_id = (SELECT id FROM " +
		`accounts WHERE login = 'reviewer1') WHERE id = '${id}'`);
	const approve = await who.reviewer1.form(`${pathOf(id)}/approve`, form);

	assert.equal(approve.status, 409);
	assert.match(text(approve), /不能审核本人的申请/);
	await onCase(who.reviewer1, id, "release");
	assert.equal((await onCase(who.reviewer1, id, "claim")).status, 409);
	assert.equal(await stateOf(id), "pending");
});

test("a claim that has run out is free, one in use is renewed", async () => {
	const id = await pending();
	const age = (minutes) => stack.db("UPDATE applications SET " +
		`claimed_until = NOW(6) + INTERVAL ${minutes} MINUTE ` +
		`WHERE id = '${id}'`);
	const left = async () => Number((await stack.db("SELECT TIMESTAMPDIFF(" +
		"SECOND, NOW(6), claimed_until) AS s FROM applications " +
		`WHERE id = '${id}'`))[0].s);

	await onCase(who.reviewer1, id, "claim");
	const first = await left();

	assert.ok(first > 1790 && first <= 1800, `${first} s`);
	await age(5);
	await page(who.reviewer2, pathOf(id));
	assert.ok(await left() <= 300, "another's look renews nothing");
	await page(who.reviewer1, pathOf(id));
	assert.ok(await left() > 1790);
	const claims = await audits(id, "claim");

	await page(who.reviewer1, pathOf(id));
	assert.equal(await audits(id, "claim"), claims, "once a minute will do");
	const form = fieldsOf(await page(who.reviewer1, pathOf(id)),
		`${pathOf(id)}/approve`);

	await age(-1);
	const late = await who.reviewer1.form(`${pathOf(id)}/approve`, form);

	assert.equal(late.status, 409);
	assert.match(text(late), /需要先领取/);
	assert.equal((await onCase(who.reviewer2, id, "claim")).status, 303);
});

test("a rejection needs an opinion, and keeps what was ticked", async () => {
	const id = await pending();

	await onCase(who.reviewer1, id, "claim");
	const refused = await onCase(who.reviewer1, id, "reject",
		{ opinion: " \r\n ", pin: ["unit_name", "business_licence"] });

	assert.equal(refused.status, 422);
	assert.match(text(refused),
		/id="reject-error">审核不通过必须说明原因/);
	assert.match(text(refused), /aria-describedby="reject-error"/);
	for (const pin of ["unit_name", "business_licence"])
		assert.match(text(refused), new RegExp(
			`name="pin" value="${pin}" form="reject" checked`));
	for (const [changes, message] of [
		[{ opinion: "字".repeat(1001) }, /不能超过 1000 字/],
		[{ opinion: "x", pin: "password_hash" }, /没有名为“password_hash”/],
		[{ opinion: "x", reason: "because" }, /不在目录中/],
	]) {
		const answer = await onCase(who.reviewer1, id, "reject", changes);

		assert.equal(answer.status, 422);
		assert.match(text(answer), message);
	}
	const unknown = await onCase(who.reviewer1, id, "reject",
		{ opinion: "x", fee_fen: "1" });

	assert.equal(unknown.status, 422);
	assert.equal(await stateOf(id), "pending");
});

test("a rejection tells the applicant everything at once", async () => {
	const id = await pending();

	await onCase(who.reviewer1, id, "claim");
	const done = await onCase(who.reviewer1, id, "reject", {
		opinion: " 营业执照请更新。\r\n谢谢。\r\n", reason: ["scan_unclear", "page_missing"],
		pin: ["unit_name", "business_licence", "unit_name"] });

	assert.equal(done.status, 303);
	const seen = await load(who.applicant2, id);

	assert.equal(seen.state, "rejected");
	assert.deepEqual(seen.review.pins, ["business_licence", "unit_name"]);
	assert.match(seen.review.opinion,
		/^扫描件不清晰.*\n材料缺页.*\n营业执照请更新。\n谢谢。$/);
	assert.equal(seen.history.at(-1).opinion, seen.review.opinion);
	assert.equal(seen.history.at(-1).actor, "王审核");
	const again = await submit(who.applicant2, id);

	assert.equal(again.state, "pending");
	const html = await page(who.reviewer2, pathOf(id));

	assert.equal([...html.matchAll(/上次要求修改/g)].length, 2);
});

test("approved once, whoever comes second is told", async () => {
	const id = await pending();

	await onCase(who.reviewer1, id, "claim");
	const form = fieldsOf(await page(who.reviewer1, pathOf(id)),
		`${pathOf(id)}/approve`);
	const both = await Promise.all([1, 2].map(() =>
		who.reviewer1.copy().form(`${pathOf(id)}/approve`, form)));

	assert.deepEqual(both.map((a) => a.status).sort(), [303, 409]);
	assert.match(text(both.find((a) => a.status === 409)),
		/当前状态不能办理/);
	const seen = await load(who.applicant2, id);

	assert.equal(seen.state, "approved");
	assert.equal(seen.history.filter((h) => h.action === "approve").length, 1);
	const [{ n }] = await stack.db("SELECT COUNT(*) AS n FROM messages " +
		`WHERE application_id = '${id}' AND event = 'approve'`);

	assert.equal(n, "1");
});

test("a form without the session's token changes nothing", async () => {
	const id = await pending();

	await onCase(who.reviewer1, id, "claim");
	const form = fieldsOf(await page(who.reviewer1, pathOf(id)),
		`${pathOf(id)}/approve`);
	const { csrf: foreign } = fieldsOf(await page(who.reviewer2, "/admin/"),
		"/admin/sign-out");

	for (const [fields, headers] of [
		[{ ...form, csrf: "" }, {}], [{ version: form.version }, {}],
		[{ ...form, csrf: foreign }, {}],
		[form, { Origin: "https://evil.example" }],
		[form, { Origin: stack.baseUrl }], [form, { Origin: null }],
	]) {
		const answer = await who.reviewer1.form(`${pathOf(id)}/approve`,
			fields, headers);

		assert.equal(answer.status, 403);
	}
	const noVersion = await who.reviewer1.form(`${pathOf(id)}/approve`,
		{ csrf: form.csrf });

	assert.equal(noVersion.status, 428);
	assert.equal(await stateOf(id), "pending");
});

test("scans are downloaded as they were uploaded, on record", async () => {
	const id = await pending();
	const html = await page(who.reviewer1, pathOf(id));
	const [, href] = /href="([^"]*\/attachments\/business_licence\/[^"]*)"/
		.exec(html);
	const answer = await who.reviewer1.get(href);

	assert.equal(answer.status, 200);
	assert.equal(answer.headers["content-type"], "application/pdf");
	assert.match(answer.headers["content-disposition"],
		/^attachment; .*business_licence\.pdf/);
	assert.match(answer.headers["content-security-policy"], /^sandbox/);
	assert.deepEqual(answer.bytes, pdf({ text: "business_licence" }));
	assert.equal(await audits(id, "download"), 1);
	const other = await pending();

	for (const wrong of [href.replace(id, other),
		href.replace("business_licence", "risk_notice"),
		href.replace(/[^/]*$/, "01j00000000000000000000000")])
		assert.equal((await who.reviewer1.get(wrong)).status, 404);
});

test("a draft is its owner's until it is handed in", async () => {
	const { id } = await complete(who.applicant1, "new");

	for (const none of [id, "nothing"])
		assert.equal((await who.reviewer1.get(pathOf(none))).status, 404);
});

test("what was paid before today is ticked and dispatched", async () => {
	const due = await paid(1);
	const today = await paid(0);
	const html = await page(who.operator1, "/admin/work-orders");
	const form = fieldsOf(html, "/admin/work-orders/dispatch");

	assert.ok(form.application.includes(due));
	assert.ok(!form.application.includes(today));
	assert.ok(html.includes(`value="${today}"`));
	assert.ok(!(await page(who.manager1, "/admin/work-orders"))
		.includes("checkbox"));
	const done = await who.operator1.form("/admin/work-orders/dispatch", form);

	assert.equal(done.status, 303);
	assert.match(done.headers.location, /^\/admin\/work-orders\/[0-9a-z]{26}$/);
	assert.equal(await stateOf(due), "processing");
	assert.equal(await stateOf(today), "paid");
	const nothing = await submitForm(who.operator1, "/admin/work-orders",
		"/admin/work-orders/dispatch", { application: [] });

	assert.equal(nothing.status, 422);
	assert.match(text(nothing), /至少勾选一件/);
});

test("one that cannot be dispatched does not stop the others", async () => {
	const good = await paid(2);
	const refunded = await paid(2);
	const [{ id: other }] = await stack.db("SELECT COUNT(*) AS id " +
		"FROM work_orders");

	await stack.db("INSERT INTO refunds (id, payment_id, application_id, " +
		"amount_fen, reason, requested_by) SELECT id, id, id, 1, 'x', " +
		`account_id FROM applications WHERE id = '${refunded}'`);
	const answer = await submitForm(who.operator1, "/admin/work-orders",
		"/admin/work-orders/dispatch", { application: [refunded, good, good] });

	assert.equal(answer.status, 409);
	assert.match(text(answer), /有正在处理的退款/);
	assert.match(text(answer), /其余 1 件已经办理/);
	assert.equal(await stateOf(good), "processing");
	assert.equal(await stateOf(refunded), "paid");
	const again = await submitForm(who.operator1, "/admin/work-orders",
		"/admin/work-orders/dispatch", { application: [refunded] });

	assert.equal(again.status, 409);
	const [{ id: now }] = await stack.db("SELECT COUNT(*) AS id " +
		"FROM work_orders");

	assert.equal(Number(now), Number(other) + 1, "no empty work order");
});

/* A work order of these: its path. */
async function dispatched(...ids)
{
	const { status, headers } = await submitForm(who.operator1, "/admin/work-orders",
		"/admin/work-orders/dispatch", { application: ids });

	assert.equal(status, 303);
	return headers.location;
}

/* A renewal of the main lock, which ends in 20 days; years as given. */
async function renewal(account, years)
{
	const { id } = await complete(who[account], "renewal", { years });

	await submit(who[account], id);
	await onCase(who.reviewer1, id, "claim");
	assert.equal((await onCase(who.reviewer1, id, "approve")).status, 303);
	await pay(id, 1);
	return id;
}

test("completing notes the validity by rule, once", async () => {
	const [{ valid_to: oldEnd }] = await stack.db(
		"SELECT valid_to FROM locks WHERE serial = 'TG20250002'");
	const old = await renewal("applicant2", 2);
	const fresh = await paid(1);
	const path = await dispatched(old, fresh);
	const form = fieldsOf(await page(who.operator1, path), `${path}/complete`);
	const at = (id) => form.row.indexOf(id);

	assert.equal(form.valid_to[at(old)], yearsAfter(oldEnd, 2));
	assert.equal(form.valid_from[at(fresh)], day());
	assert.equal(form.valid_to[at(fresh)], yearsAfter(day(), 1));
	form.serial[at(fresh)] = " NEW-0001 ";
	assert.match(await page(who.operator1, path), /办结勾选的申请/);
	const done = await who.operator1.form(`${path}/complete`, form);

	assert.equal(done.status, 303, text(done));
	assert.equal(done.headers.location, path);
	const over = await page(who.operator1, path);

	/* Nothing is left to be ticked or exported. */
	assert.doesNotMatch(over, /办结勾选的申请|export\.xlsx/);
	assert.match(over, /都已处理/);
	const seen = await load(who.applicant2, old);

	assert.equal(seen.state, "completed");
	assert.equal(seen.valid_to, yearsAfter(oldEnd, 2));
	assert.equal(seen.lock.valid_to, yearsAfter(oldEnd, 2));
	assert.equal((await load(who.applicant2, fresh)).lock.serial, "NEW-0001");
	const again = await who.operator1.form(`${path}/complete`, form);

	assert.equal(again.status, 303, "a second time is no mistake");
	const [{ n }] = await stack.db("SELECT COUNT(*) AS n FROM messages " +
		`WHERE application_id = '${old}' AND event = 'complete'`);

	assert.equal(n, "1");
	assert.equal((await load(who.applicant2, old)).version, seen.version);
});

test("each row completes or is refused for itself", async () => {
	const [good, bad, foreign] = [await paid(1), await paid(1), await paid(1)];
	const path = await dispatched(good, bad);

	await dispatched(foreign);
	const form = fieldsOf(await page(who.operator1, path), `${path}/complete`);
	const i = form.row.indexOf(bad);

	form.valid_from[i] = "2027-03-01";
	form.valid_to[i] = "2027-02-30";
	form.serial[i] = "typed";
	form.application.push(foreign);
	const answer = await who.operator1.form(`${path}/complete`, form);

	assert.equal(answer.status, 409);
	assert.match(text(answer), /请填写有效期的结束日期/);
	assert.match(text(answer), /value="typed"/);
	assert.equal(await stateOf(good), "completed");
	assert.equal(await stateOf(bad), "processing");
	assert.equal(await stateOf(foreign), "processing");
	form.application = [bad];
	form.valid_to[i] = "2027-02-28";
	const order = await who.operator1.form(`${path}/complete`, form);

	assert.equal(order.status, 422);
	assert.match(text(order), /不能早于开始日期/);
	assert.equal((await who.operator1.form(`${path}/complete`,
		{ ...form, valid_to: form.valid_to.slice(1) })).status, 400);
});

test("the serial of a new lock can follow later, once", async () => {
	const id = await paid(1);
	const path = await dispatched(id);

	assert.equal((await submitForm(who.operator1, path, `${path}/complete`)).status,
		303);
	assert.equal((await load(who.applicant2, id)).lock, null);
	const later = await submitForm(who.operator1, path, `${path}/complete`,
		{ application: id, serial: "LATE-1" });

	assert.equal(later.status, 303, text(later));
	assert.equal((await load(who.applicant2, id)).lock.serial, "LATE-1");
	const html = await page(who.operator1, path);

	assert.ok(html.includes("LATE-1") && !html.includes("checkbox"));
	assert.equal(await audits(id, "register_lock"), 1);
});

test("what the CA sends back is paid again and can be sent anew", async () => {
	const id = await paid(1);
	const path = await dispatched(id);
	const blank = await submitForm(who.operator1, path, `${path}/fail`,
		{ application: id, opinion: "  " });

	assert.equal(blank.status, 422);
	assert.match(text(blank), /id="opinion-error">退回必须说明原因/);
	assert.match(text(blank),
		new RegExp(`value="${id}" checked> CA\\d{14}`));
	const written = `${"长".repeat(1000)}尾`;
	const long = await submitForm(who.operator1, path, `${path}/fail`,
		{ application: id, opinion: written });

	assert.equal(long.status, 422);
	assert.match(text(long), /id="opinion-error">不能超过 1000 字/);
	assert.ok(text(long).includes(written), "what was written is kept");
	const failed = await submitForm(who.operator1, path, `${path}/fail`,
		{ application: id, opinion: "单位名称与工商登记不符" });

	assert.equal(failed.status, 303);
	const seen = await load(who.applicant2, id);

	assert.equal(seen.state, "paid");
	assert.equal(seen.history.at(-1).opinion, "单位名称与工商登记不符");
	const html = await page(who.operator1, path);

	assert.match(html, /退回<\/span>/);
	assert.notEqual(await dispatched(id), path);
	assert.equal(await stateOf(id), "processing");
	const old = await who.operator1.form(`${path}/fail`, {
		csrf: fieldsOf(html, `${path}/complete`).csrf, application: id,
		opinion: "x" });

	assert.equal(old.status, 409, "it is in another work order now");
	assert.equal(await stateOf(id), "processing");
});

test("unmatched money is listed, what has waited longest first", async () => {
	await stack.db(`INSERT INTO notices (id, provider, event_id, event_type,
order_no, transaction_id, outcome, reason, amount_fen) VALUES
('01j00000000000000000000001', 'wechatpay', 'a', 'TRANSACTION.SUCCESS', 'o1', 't1', 'unmatched', 'unknown_order', 30001),
('01j00000000000000000000002', 'wechatpay', 'b', 'TRANSACTION.SUCCESS', 'o2', 't2', 'unmatched', 'amount', 5),
('01j00000000000000000000003', 'wechatpay', 'c', 'TRANSACTION.SUCCESS', 'o3', 't3', 'credited', '', 7)`);
	const html = await page(who.auditor1, "/admin/money");

	assert.ok(html.indexOf("<code>o1</code>") < html.indexOf("<code>o2</code>"));
	assert.ok(html.includes("300.01") && html.includes("0.05"));
	assert.ok(!html.includes("<code>o3</code>"));
});
