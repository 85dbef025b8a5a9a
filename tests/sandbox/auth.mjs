/*
 * Who asks: the Authorization header against the bytes that came in. Throws
 * the provider's own refusals.
 */
import { Refusal } from "./refusal.mjs";
import {
	CLOCK_LIMIT, parseAuthorization, requestMessage, unixSeconds, verify,
} from "./wechatpay_protocol.mjs";

const NONCE_MAX = 32;
const BODY_SHOWN = 8; /* bytes of the body in an error's detail */

/* Remembers nonces for as long as their timestamp would be taken. */
export class Nonces {
	#seen = new Map();

	/* True the first time. */
	take(nonce, now)
	{
		for (const [old, until] of this.#seen) {
			if (until >= now)
				break;
			this.#seen.delete(old);
		}
		if (this.#seen.has(nonce))
			return false;
		this.#seen.set(nonce, now + 2 * CLOCK_LIMIT);
		return true;
	}
}

const refuse = (message, detail) => {
	throw new Refusal("SIGN_ERROR", message, { detail });
};

function signDetail(issue, req, message)
{
	const shown = message.length - req.body.length - 1 +
		Math.min(req.body.length, BODY_SHOWN);

	return {
		detail: { issue },
		field: "signature",
		location: "authorization",
		sign_information: {
			method: req.method,
			sign_message_length: message.length,
			truncated_sign_message:
				message.subarray(0, shown).toString() + "\n",
			url: req.target,
		},
	};
}

function checkHeaders({ headers, body }, known)
{
	const serial = headers["wechatpay-serial"];
	const type = headers["content-type"] ?? "";

	if (!headers["user-agent"] || !headers.accept) {
		throw new Refusal("PARAM_ERROR", "Http头缺少Accept或User-Agent");
	}
	if (!/application\/json|\*\/\*/.test(headers.accept)) {
		throw new Refusal("PARAM_ERROR",
			"Http头Accept的值必须包含application/json或*/*");
	}
	if (body.length > 0 && !/^application\/json *(;|$)/.test(type)) {
		throw new Refusal("PARAM_ERROR",
			"Http头Content-Type的值必须为application/json");
	}
	if (serial !== undefined && !known.has(serial)) {
		throw new Refusal("PARAM_ERROR",
			"Http头Wechatpay-Serial的值不是有效的平台证书序列号或公钥ID");
	}
}

function checkIdentity(auth, merchant, now)
{
	if (auth.mchid !== merchant.mchid)
		refuse("Http头Authorization中的mchid不存在");
	if (auth.serial_no !== merchant.serial) {
		refuse("商户证书序列号有误。请使用签名私钥匹配的证书序列号");
	}
	if (!/^\d{10}$/.test(auth.timestamp) ||
	    Math.abs(Number(auth.timestamp) - now) > CLOCK_LIMIT) {
		refuse("Http头Authorization中的timestamp与发起请求的时间" +
			"不得超过5分钟");
	}
	if (auth.nonce_str.length > NONCE_MAX)
		refuse("Http头Authorization中的nonce_str过长");
}

/*
 * req is {method, target, headers, body}: target and body as they came in.
 * Gives the platform key to sign the answer with.
 */
export function authenticate(req, keys, nonces, now = unixSeconds())
{
	const known = new Map([keys.platform, keys.certificate]
		.map((key) => [key.serial, key]));
	const auth = parseAuthorization(req.headers.authorization);

	checkHeaders(req, known);
	if (auth === null) {
		refuse("Http头Authorization值格式错误，" +
			"请参考《微信支付商户REST API签名规则》");
	}
	checkIdentity(auth, keys.merchant, now);

	const message = requestMessage(req.method, req.target, auth.timestamp,
		auth.nonce_str, req.body);

	if (!verify(message, auth.signature, keys.merchant.public_key)) {
		refuse("错误的签名，验签失败",
			signDetail("sign not match", req, message));
	}
	/* Only a signed nonce is remembered, or anyone could burn them. */
	if (!nonces.take(auth.nonce_str, now)) {
		refuse("Http头Authorization中的nonce_str重复使用",
			signDetail("nonce_str already used", req, message));
	}
	return known.get(req.headers["wechatpay-serial"]) ?? keys.platform;
}
