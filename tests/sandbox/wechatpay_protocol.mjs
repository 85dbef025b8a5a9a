/*
 * The vendor's protocol as pure functions: what is signed, how it is signed,
 * how a notice's content is encrypted. Tests import this to forge notices.
 *
 * A platform key is {serial, private_key}; serial is a PUB_KEY_ID_… or a
 * certificate's serial.
 */
import {
	createCipheriv, createDecipheriv, createSign, createVerify, randomBytes,
	randomInt, randomUUID,
} from "node:crypto";

const SCHEMA = "WECHATPAY2-SHA256-RSA2048";
const ALGORITHM = "AEAD_AES_256_GCM";
export const CLOCK_LIMIT = 300; /* seconds that a signature stays good */
export const PROBE = "WECHATPAY/SIGNTEST/";

const TAG_BYTES = 16;
const ALNUM =
	"0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz";

/* A random string of n letters and digits. */
export const randomText = (n, alphabet = ALNUM) =>
	Array.from({ length: n }, () => alphabet[randomInt(alphabet.length)])
		.join("");

export const unixSeconds = (ms = Date.now()) => Math.floor(ms / 1000);

/* Milliseconds since 1970 as RFC 3339 in Beijing time. */
export const rfc3339 = (ms) =>
	new Date(ms + 8 * 3600e3).toISOString().slice(0, 19) + "+08:00";

/* Lines, each ended by LF, also the last; bodies stay bytes. */
function lines(...parts)
{
	return Buffer.concat(parts.flatMap(
		(p) => [Buffer.isBuffer(p) ? p : Buffer.from(String(p)),
			Buffer.from("\n")]));
}

/* What a merchant signs. target is path and query exactly as sent. */
export const requestMessage = (method, target, timestamp, nonce, body = "") =>
	lines(method, target, timestamp, nonce, body);

/* What the platform signs, in answers and in notices. */
const answerMessage = (timestamp, nonce, body = "") =>
	lines(timestamp, nonce, body);

export const sign = (message, privateKey) =>
	createSign("RSA-SHA256").update(message).sign(privateKey, "base64");

export const verify = (message, signature, publicKey) =>
	createVerify("RSA-SHA256").update(message)
		.verify(publicKey, signature, "base64");

/* A merchant's Authorization header. m: {mchid, serial, private_key}. */
export function authorization(m, method, target, body = "", {
	timestamp = unixSeconds(), nonce = randomText(32),
} = {})
{
	const signature = sign(
		requestMessage(method, target, timestamp, nonce, body),
		m.private_key);

	return `${SCHEMA} mchid="${m.mchid}",nonce_str="${nonce}",` +
		`timestamp="${timestamp}",serial_no="${m.serial}",` +
		`signature="${signature}"`;
}

const PAIRS = ["mchid", "nonce_str", "timestamp", "serial_no", "signature"];

/* The pairs of an Authorization header, or null unless it is well formed. */
export function parseAuthorization(header)
{
	const [schema, rest, ...more] = String(header ?? "").split(" ");

	if (schema !== SCHEMA || rest === undefined || more.length > 0)
		return null;

	const found = rest.split(",").map((p) => /^([a-z_]+)="([^"]+)"$/.exec(p));

	if (found.length !== PAIRS.length || found.includes(null))
		return null;

	const pairs = Object.fromEntries(found.map(([, k, v]) => [k, v]));

	return PAIRS.every((name) => name in pairs) ? pairs : null;
}

/* The platform's signature headers for a body. */
export function signatureHeaders(body, key, {
	timestamp = unixSeconds(), nonce = randomText(32), signature, serial,
} = {})
{
	return {
		"Wechatpay-Timestamp": String(timestamp),
		"Wechatpay-Nonce": nonce,
		"Wechatpay-Serial": serial ?? key.serial,
		"Wechatpay-Signature": signature ??
			sign(answerMessage(timestamp, nonce, body), key.private_key),
		"Wechatpay-Signature-Type": SCHEMA,
	};
}

/* AES-256-GCM as the vendor lays it out: base64 of cipher text and tag. */
export function encrypt(plain, apiv3Key, {
	nonce = randomText(12), associated_data = "",
} = {})
{
	const c = createCipheriv("aes-256-gcm", apiv3Key, nonce);

	c.setAAD(Buffer.from(associated_data));
	return {
		algorithm: ALGORITHM,
		ciphertext: Buffer.concat(
			[c.update(plain, "utf8"), c.final(), c.getAuthTag()],
		).toString("base64"),
		nonce,
		associated_data,
	};
}

/* The reverse; throws when anything was changed. */
export function decrypt(resource, apiv3Key)
{
	const bytes = Buffer.from(resource.ciphertext, "base64");
	const d = createDecipheriv("aes-256-gcm", apiv3Key, resource.nonce,
		{ authTagLength: TAG_BYTES });

	d.setAAD(Buffer.from(resource.associated_data ?? ""));
	d.setAuthTag(bytes.subarray(-TAG_BYTES));
	return Buffer.concat([d.update(bytes.subarray(0, -TAG_BYTES)), d.final()])
		.toString("utf8");
}

/*
 * A notice ready to be sent: {headers, body}. plain is the object (or text)
 * to encrypt; keys is {platform: {serial, private_key}, apiv3_key}. Any part
 * can be overridden; a signature that is not given is the right one for
 * what is sent.
 */
export function buildNotice({
	plain, keys, id = randomUUID(), event_type = "TRANSACTION.SUCCESS",
	summary = "支付成功", original_type = "transaction",
	create_time = rfc3339(Date.now()), apiv3_key = keys.apiv3_key,
	associated_data = original_type, resource_nonce, algorithm = ALGORITHM,
	body, ...signing
})
{
	const text = typeof plain === "string" ? plain : JSON.stringify(plain);
	const raw = body ?? JSON.stringify({
		id, create_time, resource_type: "encrypt-resource", event_type,
		summary,
		resource: {
			original_type,
			...encrypt(text, apiv3_key,
				{ nonce: resource_nonce, associated_data }),
			algorithm,
		},
	});

	return {
		headers: {
			"Content-Type": "application/json",
			"Accept": "*/*",
			"User-Agent": "Mozilla/4.0",
			"Request-ID": randomUUID(),
			...signatureHeaders(raw, keys.platform, signing),
		},
		body: raw,
	};
}

/* A well-formed signature that fits nothing. */
export const wrongSignature = () => randomBytes(256).toString("base64");

/* What the platform's probe does to a right signature: same length. */
export const probeSignature = (right) => PROBE + right.slice(PROBE.length);
