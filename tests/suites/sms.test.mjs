/*
 * Short messages: what we send is what the vendors' gateways take, which the
 * vendors' own libraries say of our sandbox; and what came of it is read the
 * way it was meant.
 */
import assert from "node:assert/strict";
import fs from "node:fs";
import http from "node:http";
import { createRequire } from "node:module";
import os from "node:os";
import path from "node:path";
import { after, before, beforeEach, test } from "node:test";

import { ACCOUNT, startSms } from "../sandbox/sms.mjs";
import { Driver } from "./driver.mjs";

const require = createRequire(import.meta.url);
const aliyun = require("@alicloud/dysmsapi20170525");
const { Config } = require("@alicloud/openapi-client");
const { sms: { v20210111: tencent } } = require("tencentcloud-sdk-nodejs-sms");

const HERE = "127.0.0.1";
const MOBILE = "13800138000";
const KEY = "01j0sms0000000000000000000";
const TEXTS = "approve=T_1,pay=T_2";
const OUTCOMES = ["taken", "later", "never", "unfit", "blocked",
	"unknown"];
/* Blanks, signs and characters that encoders differ over. */
const VALUES = { batch_no: "CA 2026*~'()!+&=", amount: "３００.05 元" };

let sms;
let driver;
let secretFile;

before(async () => {
	sms = await startSms({ templates:
		{ T_1: ["batch_no", "amount"], T_2: ["batch_no"] } });
	secretFile = path.join(fs.mkdtempSync(path.join(os.tmpdir(), "sms-")),
		"secret");
	fs.writeFileSync(secretFile, `${ACCOUNT.key_secret}\n`);
	driver = new Driver();
});
beforeEach(() => {
	sms.sent.length = 0;
	sms.givesContext = false;
});
after(async () => {
	await driver?.close();
	await sms?.stop();
	fs.rmSync(path.dirname(secretFile), { recursive: true });
});

async function open(vendor, changes = {})
{
	const { ok, cause } = await driver.ask({ do: "sms", vendor,
		base_url: sms.url, key_id: ACCOUNT.key_id, secret: secretFile,
		sign_name: ACCOUNT.sign_name, templates: TEXTS,
		app_id: ACCOUNT.app_id, ...changes });

	return { ok, cause };
}

async function send(changes = {})
{
	const answer = await driver.ask({ do: "sms_send", key: KEY,
		mobile: MOBILE, template: "approve", values: VALUES, ...changes });

	return { ...answer, outcome: OUTCOMES[answer.outcome] };
}

const clientOf = {
	aliyun: (secret) => new aliyun.default(new Config({
		accessKeyId: ACCOUNT.key_id, accessKeySecret: secret,
		endpoint: sms.url.replace("http://", ""), protocol: "http" })),
	tencent: (secret) => new tencent.Client({ region: "ap-guangzhou",
		credential: { secretId: ACCOUNT.key_id, secretKey: secret },
		/* It signs the first word of the host's name as the service. */
		profile: { httpProfile: { protocol: "http://",
			endpoint: `sms.sandbox:${new URL(sms.url).port}`,
			agent: new http.Agent({ lookup: (_, options, done) =>
				done(null, options.all ?
					[{ address: HERE, family: 4 }] : HERE, 4) }) } } }),
};

const OTHERS = {
	aliyun: async (ask, secret) => {
		const { body } = await clientOf.aliyun(secret).sendSms(new aliyun.SendSmsRequest({
			phoneNumbers: ask.mobile, signName: ACCOUNT.sign_name,
			templateCode: ask.template, outId: KEY,
			templateParam: JSON.stringify(VALUES) }));

		return { code: body.code, serial: body.bizId };
	},
	tencent: async (ask, secret) => {
		const { SendStatusSet: [one] } = await clientOf.tencent(secret)
			.SendSms({ PhoneNumberSet: [`+86${ask.mobile}`],
				SmsSdkAppId: ACCOUNT.app_id, SignName: ACCOUNT.sign_name,
				TemplateId: ask.template, SessionContext: KEY,
				TemplateParamSet: Object.values(VALUES) });

		return { code: one.Code, serial: one.SerialNo };
	},
};

for (const [vendor, other] of Object.entries(OTHERS)) {
	test(`${vendor}'s own library and we are taken alike`, async () => {
		const ask = { mobile: MOBILE, template: "T_1" };
		const theirs = await other(ask, ACCOUNT.key_secret);

		assert.ok((await open(vendor)).ok);
		const ours = await send();

		assert.equal(ours.outcome, "taken", JSON.stringify(ours));
		assert.equal(ours.code, theirs.code);
		assert.deepEqual(sms.sent.map(({ serial }) => serial),
			[theirs.serial, ours.serial]);
		const [first, second] = sms.sent.map((one) =>
			({ ...one, serial: "" }));

		assert.deepEqual(second, first);
		assert.deepEqual(second, { vendor, mobile: MOBILE, template: "T_1",
			key: KEY, serial: "", values: Object.values(VALUES) });
	});

	test(`${vendor}'s own library is refused with another secret`, async () => {
		await assert.rejects(other({ mobile: MOBILE, template: "T_1" },
			"another"), /Signature/);
		assert.deepEqual(sms.sent, []);
	});
}

/* What each refusal means, and that nothing was sent. */
const REFUSALS = {
	aliyun: { later: ["isv.BUSINESS_LIMIT_CONTROL", "isv.DAY_LIMIT_CONTROL",
		"isp.SYSTEM_ERROR", "Throttling.User"],
	never: ["isv.MOBILE_NUMBER_ILLEGAL"],
	unfit: ["isv.BLACK_KEY_CONTROL_LIMIT", "isv.TEMPLATE_PARAMS_ILLEGAL",
		"isv.PARAM_LENGTH_LIMIT", "isv.PARAM_NOT_SUPPORT_URL"],
	blocked: ["isv.AMOUNT_NOT_ENOUGH", "isv.SMS_TEMPLATE_ILLEGAL",
		"isv.OUT_OF_SERVICE", "isv.SMS_SIGNATURE_ILLEGAL",
		"isp.RAM_PERMISSION_DENY", "isv.NEW_CODE_OF_NEXT_YEAR"],
	unknown: ["SignatureNonceUsed", "InternalError", "一个 code"] },
	tencent: { later: ["LimitExceeded.PhoneNumberOneHourLimit",
		"LimitExceeded.PhoneNumberDailyLimit", "RequestLimitExceeded"],
	never: ["FailedOperation.PhoneNumberInBlacklist",
		"InvalidParameterValue.IncorrectPhoneNumber"],
	unfit: ["FailedOperation.ContainSensitiveWord",
		"InvalidParameterValue.ContentLengthLimit",
		"InvalidParameterValue.TemplateParameterFormatError",
		"InvalidParameterValue.TemplateParameterLengthLimit"],
	blocked: ["FailedOperation.InsufficientBalanceInSmsPackage",
		"FailedOperation.TemplateIncorrectOrUnapproved",
		"LimitExceeded.PhoneNumberCountLimit",
		"AuthFailure.SignatureFailure", "FailedOperation.Another"],
	unknown: ["InternalError.Timeout", "InternalError.OtherError"] },
};

for (const [vendor, outcomes] of Object.entries(REFUSALS))
	for (const [outcome, codes] of Object.entries(outcomes))
		for (const code of codes)
			test(`${vendor}: ${code} is ${outcome}`, async () => {
				await open(vendor);
				sms.refuse(code);
				const answer = await send();

				assert.equal(answer.outcome, outcome);
				assert.equal(answer.code, /^[\w.]+$/.test(code) ? code : "");
				assert.deepEqual(sms.sent, []);
				assert.equal((await send()).outcome, "taken");
			});

const UNCLEAR = { "nothing": "drop", "no JSON": "<html>", "not an object": "[]",
	"nothing of use": "{}", "no serial": JSON.stringify({ Code: "OK",
		Response: { SendStatusSet: [{ Code: "Ok",
			PhoneNumber: `+86${MOBILE}` }] } }),
	"another number": JSON.stringify({ Code: 1, Response: { SendStatusSet:
		[{ Code: "Ok", SerialNo: "1", PhoneNumber: "+8613900139000" }] } }),
	"two numbers": JSON.stringify({ Response: { SendStatusSet: [{}, {}] } }) };

for (const vendor of Object.keys(OTHERS)) {
	for (const [name, fate] of Object.entries(UNCLEAR))
		test(`${vendor}: sent, and the answer says ${name}: unknown`,
			async () => {
				await open(vendor);
				sms.answerWith(fate);
				assert.equal((await send()).outcome, "unknown");
				assert.equal(sms.sent.length, 1);
			});

	test(`${vendor}: with nobody there it is surely not sent`, async () => {
		await open(vendor, { base_url: "http://127.0.0.1:9" });
		assert.equal((await send()).outcome, "later");
	});

	test(`${vendor}: a text without a template waits for the operator`,
		async () => {
			await open(vendor);
			const { outcome, code } = await send({ template: "reject" });

			assert.deepEqual([outcome, code], ["blocked", "no_template"]);
		});

	test(`${vendor}: another secret is for the operator`, async () => {
		fs.writeFileSync(`${secretFile}.2`, "another");
		await open(vendor, { secret: `${secretFile}.2` });
		assert.equal((await send()).outcome, "blocked");
	});

	for (const [what, changes, cause] of [
		["no key", { key_id: "" }, /needs sms_key_id/],
		["no secret", { secret: "" }, /sms_key_secret_file/],
		["no such secret", { secret: "/nowhere" }, /nowhere/],
		["no signature", { sign_name: "" }, /sms_sign_name/],
		["a path in the URL", { base_url: "http://127.0.0.1/x" }, /path/]])
		test(`${vendor} does not start with ${what}`, async () => {
			const opened = await open(vendor, changes);

			assert.equal(opened.ok, false);
			assert.match(opened.cause, cause);
		});
}

test("tencent does not start without its application", async () => {
	assert.match((await open("tencent", { app_id: "" })).cause, /sms_app_id/);
});

/* -- what became of one -- */

const FOUND = ["unsaid", "none", "taken", "judged"];

const DAY_MS = 86_400_000;
const dayOf = (ms) => new Date(ms + DAY_MS / 3).toISOString().slice(0, 10)
	.replaceAll("-", "");

/* All that a vendor's own library is told of the number, today. */
const TOLD = {
	aliyun: async () => {
		const { body } = await clientOf.aliyun(ACCOUNT.key_secret)
			.querySendDetails(new aliyun.QuerySendDetailsRequest({
				phoneNumber: MOBILE, sendDate: dayOf(Date.now()),
				pageSize: 50, currentPage: 1 }));
		const { smsSendDetailDTO } = body.smsSendDetailDTOs;

		assert.equal(body.totalCount, String(smsSendDetailDTO.length));
		return smsSendDetailDTO.map(({ outId, sendStatus, errCode }) =>
			[outId, sendStatus, errCode]);
	},
	tencent: async () => {
		const { PullSmsSendStatusSet } = await clientOf
			.tencent(ACCOUNT.key_secret).PullSmsSendStatusByPhoneNumber({
				BeginTime: Math.floor(Date.now() / 1000) - 60, Offset: 0,
				Limit: 100, PhoneNumber: `+86${MOBILE}`,
				SmsSdkAppId: ACCOUNT.app_id });

		return PullSmsSendStatusSet.map((one) => [one.SessionContext,
			one.ReportStatus, one.Description]);
	},
};

/* Ours, by the vendor's serial, or by our key when there is none. */
async function ask(changes = {})
{
	const answer = await driver.ask({ do: "sms_ask", serial: "", key: KEY,
		mobile: MOBILE, sent_at: Date.now() * 1000, ...changes });

	return { ...answer, found: FOUND[answer.found] };
}

for (const vendor of Object.keys(OTHERS)) {
	test(`${vendor} is asked by its serial, as by its own library`, async () => {
		await open(vendor);
		const { serial } = await send();
		const other = await send({ key: `${KEY}-1` });

		assert.equal((await ask({ serial })).found,
			vendor === "aliyun" ? "taken" : "unsaid");
		sms.arrives(sms.sent[0], false, "MK:0001", "空号");
		sms.arrives(sms.sent[1], true, "DELIVERED", "用户接收成功");
		assert.deepEqual(await TOLD[vendor](), vendor === "aliyun" ?
			[[KEY, 2, "MK:0001"], [`${KEY}-1`, 3, "DELIVERED"]] :
			[["", "FAIL", "空号"], ["", "SUCCESS", "用户接收成功"]]);
		const [lost, came] = [await ask({ serial }),
			await ask({ serial: other.serial })];

		assert.deepEqual([lost.found, lost.is_delivered, came.found,
			came.is_delivered], ["judged", false, "judged", true]);
	});

	test(`${vendor}: one whose answer was lost is found by our key`, async () => {
		sms.givesContext = true;
		await open(vendor);
		sms.answerWith("drop");
		assert.equal((await send()).outcome, "unknown");
		await send({ key: `${KEY}-1` });
		assert.equal((await ask()).found,
			vendor === "aliyun" ? "taken" : "unsaid");
		sms.arrives(sms.sent[1], false, "MK:0001", "空号");
		assert.equal((await ask()).found,
			vendor === "aliyun" ? "taken" : "unsaid");
		sms.arrives(sms.sent[0], true, "DELIVERED", "用户接收成功");
		assert.deepEqual((await TOLD[vendor]()).map(([key]) => key),
			[KEY, `${KEY}-1`]);
		const { found, is_delivered: isDelivered } = await ask();

		assert.deepEqual([found, isDelivered], ["judged", true]);
	});

	test(`${vendor}: what is no answer is none`, async () => {
		await open(vendor);
		for (const fate of ["drop", "<html>", "[]", "{}",
			JSON.stringify({ Code: "isp.RAM_PERMISSION_DENY",
				Response: { Error: { Code: "UnauthorizedOperation" } } })]) {
			sms.answerWith(fate);
			assert.equal((await ask()).ok, false, fate);
		}
	});
}

test("tencent: without our key in its answers nothing is found by it",
	async () => {
		await open("tencent");
		await send();
		sms.arrives(sms.sent[0], true, "DELIVRD", "用户接收成功");
		assert.equal((await ask()).found, "unsaid");
	});

test("aliyun: one that it has none of is none, once all pages were seen",
	async () => {
		await open("aliyun");
		assert.equal((await ask()).found, "none");
		for (let n = 1; n <= 45; n++)
			await send({ key: `${KEY}-${n}` });
		assert.equal((await ask()).found, "none");
		assert.equal((await ask({ key: `${KEY}-45` })).found, "taken");
	});

/* As was seen: https://github.com/aliyun/alibabacloud-java-sdk/issues/42 */
for (const [what, body] of Object.entries({
	"more than it shows": { TotalCount: 2, SmsSendDetailDTOs:
		{ SmsSendDetailDTO: [] } },
	"no total": { SmsSendDetailDTOs: { SmsSendDetailDTO: [] } } }))
	test(`aliyun: of a list with ${what} nothing is concluded`, async () => {
		await open("aliyun");
		sms.answerWith(JSON.stringify({ Code: "OK", ...body }));
		assert.equal((await ask()).found, "unsaid");
	});

test("aliyun: around midnight both days are looked at", async () => {
	const midnight = Date.parse("2026-11-29T16:00:00Z");

	await open("aliyun");
	await send();
	for (const [sentAt, at, found] of [[-10_000, 5_000, "taken"],
		[10_000, -5_000, "taken"], [-3600_000, -3599_000, "taken"],
		[-3600_000, 1000, "none"]]) {
		sms.setTime(sms.sent[0], midnight + at);
		assert.equal((await ask({ sent_at: (midnight + sentAt) * 1000 })).found,
			found, `${sentAt} ${at}`);
	}
});
