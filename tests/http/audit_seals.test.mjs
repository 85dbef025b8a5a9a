/*
 * The audit trail is sealed by the worker, into a chain that anybody with the
 * key computes the same way, and what changes waits while it is not.
 */
import assert from "node:assert/strict";
import { after, before, test } from "node:test";

import { complete, consentVersion, create, load, submit }
	from "../stack/cases.mjs";
import { allSealed, anchorsOf, items, keyOf, rowMac, rowsOf, sealMac, sealsOf }
	from "../stack/chain.mjs";
import { signIn, trySignIn } from "../stack/client.mjs";
import { act, page } from "../stack/pages.mjs";
import { until } from "../stack/parts.mjs";
import { startStack } from "../stack/stack.mjs";

const WAIT_MS = 30_000;

let stack;
let applicant;
let reviewer;

before(async () => {
	stack = await startStack({ scale: 0.01,
		env: { CALOCK_AUDIT_STALL_SECONDS: "8" } });
	applicant = await signIn(stack, "applicant1");
	reviewer = await signIn(stack, "reviewer1");
});
after(() => stack?.stop());

/* Approved, with an order that can be paid. */
async function payable()
{
	const { id } = await complete(applicant, "new",
		{ second_reason: "再办一把" });

	await submit(applicant, id);
	await act(reviewer, `/admin/applications/${id}`, "/claim");
	await act(reviewer, `/admin/applications/${id}`, "/approve");
	const { body } = await applicant.post(`/api/applications/${id}/payment`,
		{ provider: "wechatpay" });

	return { id, order_no: body.order_no };
}

test("each seal and each row is what HMAC-SHA256 makes of it", async () => {
	await create(applicant);
	await allSealed(stack);
	const key = keyOf(stack);
	const seals = await sealsOf(stack);
	const rows = await rowsOf(stack);
	const sealed = seals.flatMap(items);
	let previous = "0".repeat(64);

	assert.ok(seals.length > 0 && sealed.length > 1);
	seals.forEach((seal, i) => {
		assert.equal(seal.seq, String(i + 1));
		assert.equal(seal.previous, previous);
		assert.equal(seal.mac, sealMac(key, seal));
		assert.equal(Number(seal.rows_n), items(seal).length);
		assert.equal(seal.first_id, items(seal)[0][0]);
		assert.equal(seal.last_id, items(seal).at(-1)[0]);
		assert.ok(seal.last_at < seal.sealed_at);
		previous = seal.mac;
	});
	assert.deepEqual(sealed, rows.slice(0, sealed.length)
		.map((row) => [row.id, rowMac(key, row)]));
});

test("a row's mac covers every column that there is", async () => {
	const columns = await stack.db(`SELECT column_name AS c FROM
		information_schema.columns WHERE table_schema = 'calock'
		AND table_name = 'audit' ORDER BY ordinal_position`);
	const [row] = await rowsOf(stack);

	assert.deepEqual(columns.map(({ c }) => c), Object.keys(row));
});

test("each seal leaves an anchor, also one whose worker was killed",
	async () => {
		const before_ = (await sealsOf(stack)).length;

		await stack.kill("worker");
		await create(applicant);
		await stack.restart("worker");
		await allSealed(stack);
		const seals = await sealsOf(stack);
		const anchors = new Map(anchorsOf(stack)
			.map(([seq, mac]) => [seq, mac]));

		assert.ok(seals.length > before_);
		for (const { seq, mac } of seals)
			assert.equal(anchors.get(seq), mac, seq);
	});

test("a row whose COMMIT takes its time is not passed by", async () => {
	await create(applicant);
	await allSealed(stack);
	/* Older than what settles at once when it is committed. */
	const slow = stack.db(`START TRANSACTION; INSERT INTO audit (id, program,
		role, action, subject, ip, request_id) VALUES
		('01j0slow000000000000000000', 'x', 'x', 'x', 'x', '', '');
		DO SLEEP(3); COMMIT`);

	await create(applicant);
	await slow;
	await allSealed(stack);
	const sealed = (await sealsOf(stack)).flatMap(items).map(([id]) => id);
	const rows = (await rowsOf(stack)).map(({ id }) => id);

	assert.ok(sealed.includes("01j0slow000000000000000000"));
	assert.deepEqual(sealed, rows.slice(0, sealed.length));
});

const stalled = (answer) => answer.status === 503 &&
	answer.body?.code === "audit_stalled";

/* A process looks once a second. */
const refusal = (change) => until(async () => {
	const answer = await change();

	return stalled(answer) ? answer : null;
}, "a change is refused", WAIT_MS);

test("while sealing stands still nothing changes but what money needs",
	async () => {
		const { id, order_no } = await payable();
		const ready = () => applicant.get("/readyz");

		await allSealed(stack);
		assert.deepEqual((await ready()).body,
			{ status: "ok", audit: "sealed" });
		await stack.kill("worker");
		const { id: draft } = await create(applicant);
		const refused = await refusal(() => applicant.post(
			`/api/applications/${draft}/submit`, {}));

		assert.ok(Number(refused.headers["retry-after"]) > 0);
		for (const change of [
			() => applicant.put(`/api/applications/${draft}`, {}),
			() => applicant.post("/api/session/password", {}),
			() => applicant.upload(draft, "application_form", "x"),
			() => applicant.post(`/api/applications/${id}/payment`, {}),
			() => applicant.post(`/api/applications/${id}/invoice`, {})])
			await refusal(change);
		for (const action of ["claim", "reveal"])
			await until(async () => (await reviewer.form(
				`/admin/applications/${id}/${action}`, {}))
				.status === 503, "pages refuse as well", WAIT_MS);
		/* It is not the load balancer's: notices have to come through. */
		assert.deepEqual([(await ready()).status, (await ready()).body.audit],
			[200, "stalled"]);

		/* Seeing, coming and going. */
		assert.equal((await load(applicant, draft)).id, draft);
		await page(reviewer, `/admin/applications/${id}`);
		const { client, answer } = await trySignIn(stack, "applicant2");

		assert.equal(answer.status, 200);
		assert.equal((await client.del("/api/session")).status, 204);
		await page(await signIn(stack, "auditor1"), "/admin/");

		const paid = await fetch(`${stack.sandboxUrl}/sandbox/pay`,
			{ method: "POST", body: JSON.stringify(
				{ out_trade_no: order_no }) });

		assert.equal(paid.status, 200);
		await until(async () => (await load(applicant, id)).state === "paid",
			"the notice is taken", WAIT_MS);

		await stack.restart("worker");
		await until(async () => (await applicant.del(
			`/api/applications/${draft}`)).status === 204,
		"changes are taken again", WAIT_MS);
		await until(async () => (await ready()).body.audit === "sealed",
			"and it says so", WAIT_MS);
	});

test("seals stop while their anchors cannot be written", async () => {
	/* What the last test has left is sealed before it is counted. */
	await allSealed(stack);
	const [{ n }] = await stack.db("SELECT COUNT(*) AS n FROM audit_seals");

	await stack.restart("worker", { CALOCK_AUDIT_ANCHORS: "/dev/full" });
	/* A row waits to be sealed: of this, or one that it is refused for. */
	await applicant.post("/api/applications", { type: "enterprise",
		consent_version: await consentVersion(applicant) });
	await until(() => /ev=job .*name=seals/.test(stack.logs("worker")),
		"the worker says so", WAIT_MS);
	const [{ later }] = await stack.db(
		"SELECT COUNT(*) AS later FROM audit_seals");

	assert.ok(Number(later) <= Number(n) + 1);
	await refusal(() => applicant.post("/api/applications", {}));
	await stack.restart("worker",
		{ CALOCK_AUDIT_ANCHORS: stack.path("anchors") });
	await allSealed(stack);
	await until(async () => (await applicant.get("/readyz")).body.audit ===
		"sealed", "changes are taken again", WAIT_MS);
});
