/*
 * Aliyun's and Tencent Cloud's short messages, as their gateways answer:
 * signatures, clocks and nonces are checked, templates and numbers too. In
 * the test's own process:
 *
 *   const sms = await startSms({ templates: { T1: ["batch_no"] } });
 *   sms.url, sms.sent, sms.refuse("isv.OUT_OF_SERVICE"), await sms.stop()
 *
 * Whether one of sms.sent arrived: sms.arrives(one, true, "DELIVERED", "words")
 * from then on for who asks, and await sms.push(url, [one]) as the vendor does.
 * What is asked about is found by number and time; sms.givesContext has Tencent
 * give back what was sent along, as it does for those who had that opened.
 */
import crypto from "node:crypto";
import { once } from "node:events";
import http from "node:http";

export const ACCOUNT = { key_id: "AKIDsandbox", key_secret: "a-secret-of-32",
	sign_name: "测试签名", app_id: "1400006666" };

const ALIYUN_MS = 15 * 60_000;
const TENCENT_S = 5 * 60;
const MOBILE = /^1[3-9]\d{9}$/;

const sha256 = (bytes) =>
	crypto.createHash("sha256").update(bytes).digest("hex");
const hmac = (key, text) =>
	crypto.createHmac("sha256", key).update(text).digest();

/* -- Aliyun -- */

function encode(text)
{
	return encodeURIComponent(text).replace(/[!'()*]/g, (c) =>
		`%${c.charCodeAt(0).toString(16).toUpperCase()}`);
}

const aliyunError = (status, code) => ({ status,
	body: { Code: code, Message: code, RequestId: crypto.randomUUID() } });

/* What is wrong with a request, as the gateway calls it, or null. */
function aliyunRefusal(seen, { method, url, headers, body })
{
	const [, id, names, signature] = /^ACS3-HMAC-SHA256 Credential=([^,]+),SignedHeaders=([^,]+),Signature=([0-9a-f]{64})$/
		.exec(headers.authorization ?? "") ?? [];

	if (id !== ACCOUNT.key_id)
		return "InvalidAccessKeyId.NotFound";
	const query = [...url.searchParams].map(([name, value]) =>
		`${encode(name)}=${encode(value)}`).sort().join("&");
	const signed = names.split(";");
	const canonical = [method, "/", query,
		...signed.map((name) => `${name}:${headers[name].trim()}`), "",
		names, headers["x-acs-content-sha256"]].join("\n");

	if (sha256(body) !== headers["x-acs-content-sha256"] ||
		!["host", "x-acs-action", "x-acs-date", "x-acs-version",
			"x-acs-signature-nonce", "x-acs-content-sha256"]
			.every((name) => signed.includes(name)) ||
		hmac(ACCOUNT.key_secret, `ACS3-HMAC-SHA256\n${sha256(canonical)}`)
			.toString("hex") !== signature)
		return "SignatureDoesNotMatch";
	if (Math.abs(Date.now() - Date.parse(headers["x-acs-date"])) > ALIYUN_MS)
		return "InvalidTimeStamp.Expired";
	if (seen.has(headers["x-acs-signature-nonce"]))
		return "SignatureNonceUsed";
	seen.add(headers["x-acs-signature-nonce"]);
	return null;
}

/* The business code of what is asked for, or null; values by name. */
function aliyunProblem(sms, ask, values)
{
	if (ask.SignName !== ACCOUNT.sign_name)
		return "isv.SMS_SIGNATURE_ILLEGAL";
	if (!Object.hasOwn(sms.templates, ask.TemplateCode))
		return "isv.SMS_TEMPLATE_ILLEGAL";
	if (!MOBILE.test(ask.PhoneNumbers))
		return "isv.MOBILE_NUMBER_ILLEGAL";
	return sms.templates[ask.TemplateCode].every((name) =>
		typeof values[name] === "string") ? null :
		"isv.TEMPLATE_MISSING_PARAMETERS";
}

/* A time as China writes it. */
const chinese = (ms) => new Date(ms + 8 * 3600_000).toISOString()
	.slice(0, 19).replace("T", " ");

/* 1 waits, 2 failed, 3 arrived; days are those of China. */
function aliyunDetails(sms, ask)
{
	const [size, page] = [Number(ask.PageSize), Number(ask.CurrentPage)];
	const rows = sms.sent.filter((one) => one.mobile === ask.PhoneNumber &&
		(ask.BizId === undefined || one.serial === ask.BizId) &&
		chinese(sms.timeOf(one)).slice(0, 10).replaceAll("-", "") ===
			ask.SendDate);

	if (!(size >= 1 && size <= 50 && page >= 1) || !ask.SendDate)
		return aliyunError(200, "isv.INVALID_PARAMETERS");
	return { status: 200, body: { Code: "OK", Message: "OK",
		RequestId: crypto.randomUUID(), TotalCount: String(rows.length),
		SmsSendDetailDTOs: { SmsSendDetailDTO: rows.slice(
			(page - 1) * size, page * size).map((one) => ({
			PhoneNum: one.mobile, OutId: one.key,
			TemplateCode: one.template, Content: "…",
			SendDate: chinese(sms.timeOf(one)),
			SendStatus: one.receipt === undefined ? 1 :
				one.receipt.isDelivered ? 3 : 2,
			...one.receipt && { ErrCode: one.receipt.code } })) } } };
}

function aliyun(sms, request)
{
	const refusal = aliyunRefusal(sms.nonces, request);

	if (refusal !== null)
		return aliyunError(400, refusal);
	const ask = Object.fromEntries(request.url.searchParams);

	if (request.headers["x-acs-action"] === "QuerySendDetails")
		return aliyunDetails(sms, ask);
	const values = JSON.parse(ask.TemplateParam ?? "{}");
	const code = sms.takeRefusal() ?? aliyunProblem(sms, ask, values);

	if (code !== null)
		return aliyunError(200, code);
	const serial = `${Date.now()}${sms.sent.length}^0`;

	sms.take({ vendor: "aliyun", mobile: ask.PhoneNumbers,
		template: ask.TemplateCode, key: ask.OutId, serial,
		values: sms.templates[ask.TemplateCode].map((n) => values[n]) });
	return { status: 200, body: { Code: "OK", Message: "OK",
		BizId: serial, RequestId: crypto.randomUUID() } };
}

/* -- Tencent -- */

const tencentAnswer = (response) => ({ status: 200, body: { Response:
	{ ...response, RequestId: crypto.randomUUID() } } });

const tencentError = (code) => tencentAnswer({ Error:
	{ Code: code, Message: code } });

/* The vendor's own library signs the host without the port. */
function tencentHosts(host)
{
	return [host, host.replace(/:\d+$/, "")];
}

function tencentRefusal({ headers, body })
{
	const [, id, day, names, signature] = /^TC3-HMAC-SHA256 Credential=([^/]+)\/(\d{4}-\d\d-\d\d)\/sms\/tc3_request, SignedHeaders=([^,]+), Signature=([0-9a-f]{64})$/
		.exec(headers.authorization ?? "") ?? [];
	const seconds = Number(headers["x-tc-timestamp"]);

	if (id !== ACCOUNT.key_id)
		return "AuthFailure.SecretIdNotFound";
	if (Math.abs(Date.now() / 1000 - seconds) > TENCENT_S || new Date(
		seconds * 1000).toISOString().slice(0, 10) !== day)
		return "AuthFailure.SignatureExpire";
	const key = ["sms", "tc3_request"].reduce(hmac,
		hmac(`TC3${ACCOUNT.key_secret}`, day));
	const isSigned = tencentHosts(headers.host).some((host) => {
		const lines = names.split(";").map((name) =>
			`${name}:${name === "host" ? host : headers[name]}\n`).join("");
		const canonical = `POST\n/\n\n${lines}\n${names}\n${sha256(body)}`;

		return hmac(key, `TC3-HMAC-SHA256\n${seconds}\n${day}/sms/` +
			`tc3_request\n${sha256(canonical)}`).toString("hex") ===
			signature;
	});

	return isSigned && names.includes("content-type") &&
		names.includes("host") ? null : "AuthFailure.SignatureFailure";
}

/* [whether it is of the whole request, code], or null. */
function tencentProblem(sms, ask, mobile)
{
	if (ask.SmsSdkAppId !== ACCOUNT.app_id)
		return [true, "InvalidParameterValue.SdkAppIdNotExist"];
	if (ask.SignName !== ACCOUNT.sign_name)
		return [false, "FailedOperation.SignatureIncorrectOrUnapproved"];
	if (!Object.hasOwn(sms.templates, ask.TemplateId))
		return [false, "FailedOperation.TemplateIncorrectOrUnapproved"];
	if (!MOBILE.test(mobile))
		return [false, "InvalidParameterValue.IncorrectPhoneNumber"];
	return sms.templates[ask.TemplateId].length ===
		ask.TemplateParamSet.length ? null :
		[false, "InvalidParameterValue.TemplateParameterFormatError"];
}

/* Only of those that the carrier has said something of. */
function tencentStatus(sms, ask)
{
	if (ask.SmsSdkAppId !== ACCOUNT.app_id || ask.Offset !== 0 ||
		!(ask.Limit <= 100 && ask.BeginTime < Date.now() / 1000))
		return tencentError("InvalidParameterValue");
	return tencentAnswer({ PullSmsSendStatusSet: sms.sent.filter((one) =>
		`+86${one.mobile}` === ask.PhoneNumber && one.receipt &&
		sms.timeOf(one) >= ask.BeginTime * 1000 &&
		!(sms.timeOf(one) > ask.EndTime * 1000)).slice(0, ask.Limit)
		.map((one) => ({ CountryCode: "86", SubscriberNumber: one.mobile,
			PhoneNumber: `+86${one.mobile}`, SerialNo: one.serial,
			SessionContext: sms.givesContext ? one.key : "",
			UserReceiveTime: Math.floor(Date.now() / 1000),
			ReportStatus: one.receipt.isDelivered ? "SUCCESS" : "FAIL",
			Description: one.receipt.words })) });
}

function tencent(sms, request)
{
	const refusal = tencentRefusal(request);

	if (refusal !== null)
		return tencentError(refusal);
	const ask = JSON.parse(request.body);

	if (request.headers["x-tc-action"] !== "SendSms")
		return tencentStatus(sms, ask);
	const [number] = ask.PhoneNumberSet;
	const mobile = number.replace(/^\+86/, "");
	const asked = sms.takeRefusal();
	const [isWhole, code] = asked !== null ?
		[/^(AuthFailure|InternalError|RequestLimit)/.test(asked), asked] :
		tencentProblem(sms, ask, mobile) ?? [false, "Ok"];

	if (isWhole)
		return tencentError(code);
	const serial = `2019:${Date.now()}${sms.sent.length}`;

	if (code === "Ok")
		sms.take({ vendor: "tencent", mobile, serial,
			template: ask.TemplateId, key: ask.SessionContext,
			values: ask.TemplateParamSet });
	return tencentAnswer({ SendStatusSet: [{ Code: code, Message: code,
		PhoneNumber: number, SessionContext: ask.SessionContext ?? "",
		SerialNo: code === "Ok" ? serial : "", Fee: code === "Ok" ? 1 : 0,
		IsoCode: "CN" }] });
}

/* -- both -- */

async function read(req)
{
	const parts = [];

	for await (const part of req)
		parts.push(part);
	return { method: req.method, headers: req.headers,
		url: new URL(req.url, "http://sandbox"), body: Buffer.concat(parts) };
}

export function vendorOf({ "x-acs-action": acs, "x-tc-action": tc })
{
	return ["SendSms", "QuerySendDetails"].includes(acs) ? aliyun :
		["SendSms", "PullSmsSendStatusByPhoneNumber"].includes(tc) ? tencent :
			null;
}

export class Sms {
	sent = [];
	nonces = new Set();
	givesContext = false;
	#times = new WeakMap();
	#refusals = [];
	#fates = [];

	constructor(templates)
	{
		this.templates = templates;
	}

	take(one)
	{
		this.sent.push(one);
		this.setTime(one, Date.now());
	}

	timeOf(one)
	{
		return this.#times.get(one);
	}

	setTime(one, ms)
	{
		this.#times.set(one, ms);
	}

	/* The next message gets this code. */
	refuse(code)
	{
		this.#refusals.push(code);
	}

	/* The next answer, after all was done: "drop", "hang", or a text instead. */
	answerWith(fate)
	{
		this.#fates.push(fate);
	}

	arrives(one, isDelivered, code, words)
	{
		one.receipt = { isDelivered, code, words };
	}

	/* What the vendor posts of them; its answer. */
	push(url, list)
	{
		const time = "2026-11-29 12:00:00";

		return fetch(url, { method: "POST",
			headers: { "Content-Type": "application/json" },
			body: JSON.stringify(list.map((one) => one.vendor === "aliyun" ?
				{ phone_number: one.mobile, send_time: time,
					report_time: time, success: one.receipt.isDelivered,
					err_code: one.receipt.code, err_msg: one.receipt.words,
					sms_size: "1", biz_id: one.serial, out_id: one.key } :
				{ user_receive_time: time, nationcode: "86",
					mobile: one.mobile,
					report_status: one.receipt.isDelivered ? "SUCCESS" : "FAIL",
					errmsg: one.receipt.code, description: one.receipt.words,
					sid: one.serial })) });
	}

	takeRefusal()
	{
		return this.#refusals.shift() ?? null;
	}

	/* What a vendor says to a request; its fate is that of the answer. */
	answer(request)
	{
		const vendor = vendorOf(request.headers);
		const { status, body } = vendor === null ?
			{ status: 404, body: {} } : vendor(this, request);

		return { status, body, fate: this.#fates.shift() };
	}

	async serve(req, res)
	{
		const { status, body, fate } = this.answer(await read(req));

		if (fate === "hang")
			return;
		if (fate === "drop") {
			res.destroy();
			return;
		}
		res.writeHead(status, { "Content-Type": "application/json" });
		res.end(fate ?? JSON.stringify(body));
	}
}

/* templates: code: [the names of its values]. */
export async function startSms({ templates })
{
	const sms = new Sms(templates);
	const server = http.createServer((req, res) => sms.serve(req, res));

	server.listen(0, "127.0.0.1");
	await once(server, "listening");
	sms.url = `http://127.0.0.1:${server.address().port}`;
	sms.stop = () => {
		server.closeAllConnections();
		server.close();
		return once(server, "close");
	};
	return sms;
}
