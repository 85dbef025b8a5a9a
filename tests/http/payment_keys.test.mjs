/*
 * Keys that change while orders are open, as an operator has them change: the
 * configuration first, SIGHUP, and nothing else. With the old key beside the
 * new one nobody notices; without it nothing is believed, and nothing lost.
 */
import assert from "node:assert/strict";
import fs from "node:fs";
import path from "node:path";
import { after, before, test } from "node:test";

import { readKeys, writeCertificate, writePair } from "../sandbox/keys.mjs";
import { buildNotice, randomText, rfc3339 }
	from "../sandbox/wechatpay_protocol.mjs";
import { send, signIn } from "../stack/client.mjs";
import { until } from "../stack/parts.mjs";
import * as paying from "../stack/paying.mjs";
import { startStack } from "../stack/stack.mjs";
import { ownPrograms, replace, temporaryFolder } from "./serve_kit.mjs";

const WAIT_MS = 30_000;
const SERVING = ["callback", "payment"];
const CONFIGURED = [...SERVING, "worker"];
/* Of each program's file, which is by name what it may know. */
const KNOWN = {
	wechatpay_platform_keys: CONFIGURED,
	wechatpay_apiv3_key_file: ["callback"],
	wechatpay_merchant_key_file: ["payment", "worker"],
	wechatpay_merchant_serial: ["payment", "worker"],
};

let dir, stack, applicant;

before(async () => {
	dir = temporaryFolder();
	/* As systemd does: what leaves is started again. Nobody asks about an
	 * order but when its payer does (settled). */
	stack = await startStack({ scale: 0.01, supervise: true,
		bin: ownPrograms(dir,
			["account", "application", "attachment", ...CONFIGURED]),
		env: { CALOCK_ORDER_QUERY_SECONDS: "3600",
			CALOCK_AUDIT_STALL_SECONDS: "3600" } });
	applicant = await signIn(stack, "applicant1");
	/* What changes here is in the files from now on. */
	const first = {};

	for (const key of Object.keys(KNOWN)) {
		const name = `CALOCK_${key.toUpperCase()}`;

		first[key] = stack.env[name];
		stack.env[name] = undefined;
	}
	writeConfiguration(first);
	for (const name of CONFIGURED)
		await stack.restart(name);
});
after(async () => {
	await stack?.stop();
	fs.rmSync(dir, { recursive: true });
});

const keys = () => readKeys(stack.path("sandbox"));
const ordered = (provider) => paying.ordered(stack, applicant, provider);
const pay = (made) => paying.pay(stack, made);
const paySilently = (made) => paying.paySilently(stack, made);
const assertPaidOnce = (...args) => paying.assertPaidOnce(stack, ...args);

const configuration = {};

function writeConfiguration(changes)
{
	Object.assign(configuration, changes);
	for (const program of CONFIGURED)
		replace(path.join(dir, `${program}.conf`), Object.entries(configuration)
			.filter(([key]) => KNOWN[key].includes(program))
			.map(([key, value]) => `${key} = ${value}\n`).join(""));
}

/* SIGHUP: until none of the processes is there that had the old keys. */
async function reload()
{
	for (const name of CONFIGURED) {
		const old = stack.processes(name);

		await stack.kill(name, "SIGHUP");
		await until(() => stack.processes(name).length === old.length &&
			!stack.processes(name).some((pid) => old.includes(pid)),
		`${name} has the new keys`, WAIT_MS);
	}
}

async function configure(changes)
{
	writeConfiguration(changes);
	await reload();
}

/* From now on the provider has these keys. */
async function rotate(index, changes)
{
	const file = stack.path("sandbox", index);

	await stack.kill("sandbox", "SIGTERM");
	fs.writeFileSync(file, JSON.stringify(
		{ ...JSON.parse(fs.readFileSync(file)), ...changes }));
	await stack.restart("sandbox");
}

const there = (file) => stack.path("sandbox", file);

async function tell({ headers, body })
{
	return (await send(`${stack.baseUrl}/callback/wechatpay`,
		{ method: "POST", headers, body })).status;
}

/* The notice of a payment as WeChat would sign it, by these keys. */
const noticeOf = (made, transaction, by) => buildNotice({ keys: by,
	plain: { mchid: by.merchant.mchid, appid: by.merchant.appid,
		out_trade_no: made.order_no, transaction_id: transaction,
		trade_type: "NATIVE", trade_state: "SUCCESS",
		success_time: rfc3339(Date.now()),
		amount: { total: made.amount_fen, currency: "CNY" } } });

const untilPaid = ({ id }) => paying.untilState(applicant, id, "paid");

/* The payer looks at it until it is paid: the worker asks. */
const settled = ({ id }) => until(async () => {
	await applicant.get(`/api/applications/${id}/payment`);
	return (await stack.db("SELECT 1 FROM payments WHERE " +
		`application_id = '${id}'`)).length === 1;
}, `${id} is settled`, WAIT_MS);

/* Told by the provider itself, to which these keys are right. */
async function assertTold(made)
{
	const transaction = await pay(made);

	await untilPaid(made);
	await assertPaidOnce(made, transaction, "notice");
}

/* Nobody was told, but who asks is. */
async function assertAsked(made)
{
	const transaction = await paySilently(made);

	await settled(made);
	await assertPaidOnce(made, transaction, "query");
}

/* Refused like any other that does not verify; asked about it is settled. */
async function assertRefused(made, by)
{
	const transaction = await paySilently(made);

	assert.equal(await tell(noticeOf(made, transaction, by)), 401);
	await settled(made);
	await assertPaidOnce(made, transaction, "query");
}

/* With the old key beside the new one, and then without it. */
async function change(before, added, rotated)
{
	const old = keys();
	const [late, next, asked, last] = [await ordered("wechatpay"),
		await ordered("wechatpay"), await ordered("wechatpay"),
		await ordered("wechatpay")];

	await configure({ wechatpay_platform_keys: `${added},${before}` });
	const known = await paySilently(late);

	await rotate("wechatpay.json", rotated);
	/* What the old one signs is still taken, and what the new one signs. */
	assert.equal(await tell(noticeOf(late, known, old)), 200);
	await assertPaidOnce(late, known, "notice");
	await assertTold(next);
	await assertAsked(asked);
	await configure({ wechatpay_platform_keys: added });
	await assertRefused(last, old);
	await assertTold(await ordered("wechatpay"));
}

test("WeChat's public key, while orders are open", async () => {
	const id = `PUB_KEY_ID_${randomText(30, "0123456789")}`;

	await writePair(there("."), "next_key.pem", "next_public.pem");
	await change(configuration.wechatpay_platform_keys,
		`${id}=${there("next_public.pem")}`,
		{ platform_public_key_id: id, platform_key_file: "next_key.pem",
			platform_public_key_file: "next_public.pem" });
});

/* The provider signs by this certificate, as it does for a merchant that has
 * no public key of it. */
const signsBy = (name, serial) => ({ platform_certificate_serial: serial,
	platform_certificate_file: `${name}.pem`,
	platform_certificate_key_file: `${name}_key.pem`,
	platform_public_key_id: serial, platform_key_file: `${name}_key.pem` });

async function makeCertificate(name)
{
	await writePair(there("."), `${name}_key.pem`);
	const serial = writeCertificate(there("."), `${name}_key.pem`,
		`${name}.pem`);

	fs.chmodSync(there(`${name}.pem`), 0o644);
	return { serial, item: `${serial}=${there(`${name}.pem`)}` };
}

test("WeChat's platform certificate, while orders are open", async () => {
	const first = await makeCertificate("certificate_1");
	const second = await makeCertificate("certificate_2");

	await configure({ wechatpay_platform_keys: first.item });
	await rotate("wechatpay.json", signsBy("certificate_1", first.serial));
	/* Answers of either are taken: of the old one until the day. */
	const asked = await ordered("wechatpay");

	await configure({ wechatpay_platform_keys: `${second.item},${first.item}` });
	await assertAsked(asked);
	await change(first.item, second.item,
		signsBy("certificate_2", second.serial));
});

test("our own keys at WeChat, while orders are open", async () => {
	const [told, asked] = [await ordered("wechatpay"),
		await ordered("wechatpay")];
	const serial = randomText(40, "1234567");
	const secret = randomText(32);

	await writePair(there("."), "merchant_2_key.pem", "merchant_2_public.pem");
	fs.writeFileSync(there("apiv3_2.txt"), secret, { mode: 0o644 });
	fs.chmodSync(there("merchant_2_key.pem"), 0o644);
	await rotate("wechatpay.json", { merchant_serial: serial,
		merchant_key_file: "merchant_2_key.pem",
		merchant_public_key_file: "merchant_2_public.pem",
		apiv3_key: secret, apiv3_key_file: "apiv3_2.txt" });
	const transaction = await pay(told);

	/* Nothing can be read, and nothing is answered to us. */
	await until(() => stack.logs("callback").includes("does not decrypt"),
		"the notice is refused", WAIT_MS);
	assert.equal((await paying.order(applicant,
		await paying.approved(stack, applicant), "wechatpay")).status, 502);
	await configure({ wechatpay_merchant_serial: serial,
		wechatpay_merchant_key_file: there("merchant_2_key.pem"),
		wechatpay_apiv3_key_file: there("apiv3_2.txt") });
	/* It is told again. */
	await untilPaid(told);
	await assertPaidOnce(told, transaction, "notice");
	await assertAsked(asked);
	await assertTold(await ordered("wechatpay"));
});

/* Of Alipay's there is one at a time: meanwhile nothing is believed. */
test("Alipay's key, while orders are open", async () => {
	const [told, asked] = [await ordered("alipay"), await ordered("alipay")];
	const file = stack.env.CALOCK_ALIPAY_ALIPAY_KEY_FILE;

	await writePair(there("."), "alipay_2_key.pem", "alipay_2_public.pem");
	await rotate("alipay.json", { alipay_key_file: "alipay_2_key.pem",
		alipay_public_key_file: "alipay_2_public.pem" });
	const transaction = await pay(told);
	const unheard = await paySilently(asked);

	await until(() => stack.logs("callback").includes("provider=alipay"),
		"the notice is refused", WAIT_MS);
	await applicant.get(`/api/applications/${asked.id}/payment`);
	await until(() => stack.logs("worker").includes("not verified"),
		"the answer is refused", WAIT_MS);
	assert.equal((await paying.order(applicant,
		await paying.approved(stack, applicant), "alipay")).status, 504);
	for (const { id } of [told, asked])
		assert.deepEqual(await stack.db("SELECT 1 FROM payments WHERE " +
			`application_id = '${id}'`), []);
	replace(file, fs.readFileSync(there("alipay_2_public.pem")), 0o644);
	await reload();
	await settled(told);
	await assertPaidOnce(told, transaction);
	await settled(asked);
	await assertPaidOnce(asked, unheard, "query");
	await assertTold(await ordered("alipay"));
});
