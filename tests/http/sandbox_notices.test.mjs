/*
 * The sandbox's notices, as a merchant's address receives them: verified and
 * decrypted by a client that we did not write.
 */
import assert from "node:assert/strict";
import { after, before, test } from "node:test";

import {
	launchSandbox, receiveNotices, waitFor,
} from "../sandbox/launch.mjs";
import { isSigned, openMerchant, openResource } from "../sandbox/merchant.mjs";
import { LADDER } from "../sandbox/notices.mjs";
import { PROBE, unixSeconds } from "../sandbox/wechatpay_protocol.mjs";

let sandbox;
let shop;

before(async () => {
	sandbox = await launchSandbox({ scale: 0.002 });
	shop = openMerchant(sandbox);
});
after(() => sandbox.stop());

const isRight = (notice, { keys } = sandbox) =>
	isSigned(notice, keys.platform);

const plainOf = (notice, { keys } = sandbox) => JSON.parse(openResource(
	JSON.parse(notice.body).resource, keys.apiv3_key));

function opens(notice)
{
	try {
		plainOf(notice);
		return true;
	} catch {
		return false;
	}
}

/* A merchant takes what verifies and is for the right amount. */
function judge(notice)
{
	const age = unixSeconds() - Number(notice.headers["wechatpay-timestamp"]);

	return isRight(notice) && age < 300 && opens(notice) &&
		plainOf(notice).amount.total === 26000 ?
		{ status: 204 } : { status: 400 };
}

async function openInbox(t, answer)
{
	const inbox = await receiveNotices(answer);

	t.after(inbox.stop);
	return inbox;
}

async function openSandbox(t, options)
{
	const one = await launchSandbox(options);

	t.after(one.stop);
	return one;
}

/* Places an order and pays it; `what` goes wrong with its notice. */
async function paidWith(t, { what, ms, answer = judge } = {})
{
	const inbox = await openInbox(t, answer);
	const body = shop.body({ notify_url: inbox.url });

	await shop.order(body);
	if (what !== undefined)
		await sandbox.control("misbehave", { what, ms });
	await sandbox.control("pay", body);
	return { ...inbox, no: body.out_trade_no };
}

/* The sandbox's own record of an order's notice, once it is as wanted. */
const recorded = (no, wanted, { control } = sandbox, withinMs = 5000) =>
	waitFor("the notice's record", async () =>
		(await control("orders")).body.notices.find(
			(n) => n.out_trade_no === no && wanted(n)), withinMs);

const delivered = (no) => recorded(no, (n) => n.state === "delivered");

test("a payment is told", async (t) => {
	const inbox = await paidWith(t);
	const { attempts } = await delivered(inbox.no);
	const [notice] = inbox.notices;
	const body = JSON.parse(notice.body);
	const { data } = await shop.query(inbox.no);

	assert.equal(inbox.notices.length, 1);
	assert.equal(notice.path, "/notify");
	assert.ok(isRight(notice));
	assert.equal(notice.headers["wechatpay-signature-type"],
		"WECHATPAY2-SHA256-RSA2048");
	assert.deepEqual(
		[body.resource_type, body.event_type, body.summary,
			body.resource.original_type, body.resource.algorithm,
			body.resource.nonce.length],
		["encrypt-resource", "TRANSACTION.SUCCESS", "支付成功",
			"transaction", "AEAD_AES_256_GCM", 12]);
	assert.match(body.id, /^[0-9a-f-]{36}$/);
	assert.match(body.create_time, /\+08:00$/);
	assert.deepEqual(plainOf(notice), data);
	assert.deepEqual(attempts.map((a) => a.status), [204]);
});

test("a refund is told when it is done", async (t) => {
	const inbox = await paidWith(t, { answer: () => ({ status: 200 }) });
	const { data } = await shop.refund({ out_trade_no: inbox.no,
		out_refund_no: `${inbox.no}-r`, notify_url: inbox.url,
		amount: { refund: 26000, total: 26000, currency: "CNY" } });

	await waitFor("both notices", () => inbox.notices.length === 2);

	const notice = inbox.notices.find(
		(n) => JSON.parse(n.body).event_type === "REFUND.SUCCESS");
	const plain = plainOf(notice);

	assert.ok(isRight(notice));
	assert.deepEqual([plain.refund_status, plain.refund_id, plain.out_refund_no,
		plain.out_trade_no, plain.amount.refund],
	["SUCCESS", data.refund_id, `${inbox.no}-r`, inbox.no, 26000]);
});

test("every wrong notice is wrong in its one way, then the right one comes",
	async (t) => {
		const wrongs = {
			notice_bad_signature: (n) => !isRight(n),
			notice_probe: (n) => !isRight(n) &&
				n.headers["wechatpay-signature"].length === 344 &&
				n.headers["wechatpay-signature"].startsWith(PROBE),
			notice_stale: (n) => isRight(n) && unixSeconds(n.at) -
				n.headers["wechatpay-timestamp"] >= 301,
			notice_wrong_key: (n) => isRight(n) && !opens(n),
			notice_other_amount: (n) => isRight(n) &&
				plainOf(n).amount.total === 26001,
		};

		for (const [what, isWrong] of Object.entries(wrongs)) {
			const inbox = await paidWith(t, { what });
			const { attempts } = await delivered(inbox.no);
			const [wrong, right] = inbox.notices;

			assert.deepEqual(attempts.map((a) => [a.what, a.status]),
				[[what, 400], [null, 204]]);
			assert.ok(isWrong(wrong), what);
			assert.ok(isRight(right) && !isWrong(right), what);
			assert.equal(JSON.parse(wrong.body).id, JSON.parse(right.body).id);
		}
	});

test("notices that are late, doubled or left out", async (t) => {
	const late = await paidWith(t, { what: "late_notice", ms: 300 });
	const paidAt = Date.now();
	const twice = await paidWith(t, { what: "notice_twice" });
	const none = await paidWith(t, { what: "no_notice" });

	await waitFor("the second notice", () => twice.notices.length === 2);
	assert.equal(...twice.notices.map((n) => JSON.parse(n.body).id));
	await delivered(late.no);
	assert.ok(late.notices[0].at - paidAt >= 200);
	await recorded(none.no, (n) => n.state === "withheld");
	assert.equal(none.notices.length, 0);
});

test("a notice can be sent again by hand", async (t) => {
	const body = '{"code":"X"}';
	const inbox = await paidWith(t, { what: "no_notice", answer: (n) =>
		({ status: judge(n).status === 204 ? 200 : 401, body }) });
	const again = (what) =>
		sandbox.control("notice", { out_trade_no: inbox.no, what });
	const first = await again();
	const wrong = await again("notice_stale");

	assert.deepEqual(first.body, { status: 200, body,
		event_id: JSON.parse(inbox.notices[0].body).id });
	assert.deepEqual([wrong.body.status, wrong.body.event_id],
		[401, first.body.event_id]);
	assert.equal((await again("hang")).status, 422);
	assert.equal((await sandbox.control("notice",
		{ out_trade_no: "nowhere" })).status, 404);

	const unpaid = shop.body();

	await shop.order(unpaid);
	assert.equal((await sandbox.control("notice", unpaid)).status, 409);
});

test("only 200 and 204 in time are taken: the ladder has sixteen tries",
	async (t) => {
		const scale = 0.00002;
		const quick = await openSandbox(t, { scale });
		const merchant = openMerchant(quick);
		const refusals = [{ status: 500 }, { status: 400 }, { status: 201 },
			{ status: 302, headers: { Location: "/elsewhere" } }];
		const inbox =
			await openInbox(t, (n, i) => refusals[i % refusals.length]);
		const body = merchant.body({ notify_url: inbox.url });

		await merchant.order(body);
		await quick.control("pay", body);
		await recorded(body.out_trade_no, (n) => n.state === "given_up", quick);

		const { notices } = inbox;
		const header = (name) =>
			new Set(notices.map((n) => n.headers[`wechatpay-${name}`])).size;

		assert.equal(LADDER.reduce((a, b) => a + b), 24 * 3600 + 4 * 60);
		assert.equal(notices.length, LADDER.length + 1);
		assert.equal(new Set(notices.map((n) => JSON.parse(n.body).id)).size, 1);
		assert.deepEqual([header("nonce"), header("signature")], [16, 16]);
		assert.ok(notices.every((n) => n.path === "/notify" &&
			isRight(n, quick)));
		LADDER.forEach((seconds, i) => {
			const gap = notices[i + 1].at - notices[i].at;

			/* Timers round to a millisecond. */
			assert.ok(gap >= seconds * 1000 * scale - 2, `${i}: ${gap}`);
		});
	});

test("an undelivered notice survives a restart", async (t) => {
	let open = false;
	const inbox =
		await openInbox(t, () => ({ status: open ? 204 : 503 }));
	const first = await openSandbox(t,
		{ dir: `${sandbox.dir}/again`, scale: 0.01 });
	const merchant = openMerchant(first);
	const body = merchant.body({ notify_url: inbox.url });

	await merchant.order(body);
	await first.control("pay", body);
	await recorded(body.out_trade_no, (n) => n.attempts.length > 0, first);
	await first.stop();
	open = true;

	const second = await openSandbox(t, { dir: first.dir, scale: 0.01 });

	await recorded(body.out_trade_no, (n) => n.state === "delivered", second);
	assert.equal(new Set(inbox.notices.map((n) => JSON.parse(n.body).id)).size,
		1);
});

test("an address that does not answer within 5 s is tried again", async (t) => {
	const inbox = await paidWith(t, { answer: (n, i) =>
		i === 1 ? null : { status: 200 } });
	const { attempts } = await recorded(inbox.no,
		(n) => n.state === "delivered", sandbox, 10_000);

	assert.equal(attempts[0].error, "no answer in time");
	assert.ok(attempts[0].took_ms >= 4900);
	assert.equal(attempts[1].status, 200);
});
