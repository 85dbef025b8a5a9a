/*
 * The demo merchant's and the platform's key material in one directory:
 * made when it is not there, read afterwards. wechatpay.json and alipay.json
 * name it all.
 */
import { execFileSync } from "node:child_process";
import {
	createPrivateKey, createPublicKey, generateKeyPair, X509Certificate,
} from "node:crypto";
import fs from "node:fs";
import path from "node:path";
import { promisify } from "node:util";

import { randomText } from "./wechatpay_protocol.mjs";

const INDEX = "wechatpay.json";
const ALIPAY = "alipay.json";
const CERTIFICATE_DAYS = 5 * 365;
const HEX = "0123456789ABCDEF";
const DIGITS = "0123456789";

/* Written aside and renamed, so that nobody ever reads half a file. */
function writeWhole(file, text, mode = 0o600)
{
	const aside = `${file}.${process.pid}.new`;

	fs.writeFileSync(aside, text, { mode });
	fs.renameSync(aside, file);
}

/* Writes a new private key, and its public half where that has a file. */
export async function writePair(dir, file, publicFile)
{
	const { privateKey, publicKey } =
		await promisify(generateKeyPair)("rsa", { modulusLength: 2048 });

	writeWhole(path.join(dir, file),
		privateKey.export({ type: "pkcs8", format: "pem" }));
	if (publicFile !== undefined)
		writeWhole(path.join(dir, publicFile),
			publicKey.export({ type: "spki", format: "pem" }), 0o644);
}

/* A certificate of a key: its serial. Node cannot make one; openssl is on every
 * machine we target. */
export function writeCertificate(dir, keyFile, file)
{
	/* Twenty bytes, positive: the first digit is 1 to 7. */
	const serial = randomText(1, "1234567") + randomText(39, HEX);

	try {
		execFileSync("openssl", ["req", "-x509", "-new", "-sha256",
			"-key", path.join(dir, keyFile),
			"-out", path.join(dir, file),
			"-days", String(CERTIFICATE_DAYS),
			"-set_serial", `0x${serial}`,
			"-subj", "/C=CN/O=Sandbox/CN=Sandbox platform certificate"],
		{ stdio: ["ignore", "ignore", "pipe"] });
	} catch (e) {
		throw new Error(e.code === "ENOENT" ?
			"openssl is missing: install it (apt-get install openssl)" :
			`openssl could not make the certificate: ${e.stderr}`);
	}
	return serial;
}

/* The index is written last: without it everything is made anew. */
async function make(dir, scale)
{
	await Promise.all([
		writePair(dir, "merchant_key.pem", "merchant_public_key.pem"),
		writePair(dir, "platform_key.pem", "platform_public_key.pem"),
		writePair(dir, "platform_certificate_key.pem"),
	]);
	const apiv3Key = randomText(32);
	const index = {
		mchid: randomText(1, "123456789") + randomText(9, DIGITS),
		appid: "wx" + randomText(16, "0123456789abcdef"),
		merchant_serial: randomText(1, "1234567") + randomText(39, HEX),
		merchant_key_file: "merchant_key.pem",
		merchant_public_key_file: "merchant_public_key.pem",
		apiv3_key: apiv3Key,
		apiv3_key_file: "apiv3_key.txt",
		platform_public_key_id: "PUB_KEY_ID_" + randomText(30, DIGITS),
		platform_public_key_file: "platform_public_key.pem",
		platform_key_file: "platform_key.pem",
		platform_certificate_serial: writeCertificate(dir,
			"platform_certificate_key.pem", "platform_certificate.pem"),
		platform_certificate_file: "platform_certificate.pem",
		platform_certificate_key_file: "platform_certificate_key.pem",
		notify_delay_scale: scale,
	};

	writeWhole(path.join(dir, index.apiv3_key_file), apiv3Key);
	writeWhole(path.join(dir, INDEX), JSON.stringify(index, null, "\t") + "\n");
}

async function makeAlipay(dir)
{
	await Promise.all([
		writePair(dir, "alipay_app_key.pem", "alipay_app_public_key.pem"),
		writePair(dir, "alipay_key.pem", "alipay_public_key.pem"),
	]);
	writeWhole(path.join(dir, ALIPAY), JSON.stringify({
		appid: `20210${randomText(11, DIGITS)}`,
		seller_id: `2088${randomText(12, DIGITS)}`,
		app_key_file: "alipay_app_key.pem",
		app_public_key_file: "alipay_app_public_key.pem",
		alipay_key_file: "alipay_key.pem",
		alipay_public_key_file: "alipay_public_key.pem",
	}, null, "\t") + "\n");
}

/*
 * {appid, seller_id, app_private_key, app_public_key, private_key, public_key}:
 * the merchant's pair, and Alipay's.
 */
function readAlipay(dir, read)
{
	const index = JSON.parse(read(ALIPAY));

	return {
		appid: index.appid, seller_id: index.seller_id,
		app_private_key: createPrivateKey(read(index.app_key_file)),
		app_public_key: createPublicKey(read(index.app_public_key_file)),
		private_key: createPrivateKey(read(index.alipay_key_file)),
		public_key: createPublicKey(read(index.alipay_public_key_file)),
	};
}

/*
 * The keys of a directory, as the other parts use them:
 *   merchant {mchid, appid, serial, private_key, public_key}
 *   platform, certificate {serial, private_key, public_key}
 *   certificate also has pem, valid_from and valid_to (ms since 1970)
 *   alipay: see readAlipay
 */
export function readKeys(dir)
{
	const read = (file) => fs.readFileSync(path.join(dir, file), "utf8");
	const index = JSON.parse(read(INDEX));
	const pem = read(index.platform_certificate_file);
	const x509 = new X509Certificate(pem);

	return {
		merchant: {
			mchid: index.mchid,
			appid: index.appid,
			serial: index.merchant_serial,
			private_key: createPrivateKey(read(index.merchant_key_file)),
			public_key:
				createPublicKey(read(index.merchant_public_key_file)),
		},
		platform: {
			serial: index.platform_public_key_id,
			private_key: createPrivateKey(read(index.platform_key_file)),
			public_key:
				createPublicKey(read(index.platform_public_key_file)),
		},
		certificate: {
			serial: index.platform_certificate_serial,
			private_key:
				createPrivateKey(read(index.platform_certificate_key_file)),
			public_key: x509.publicKey,
			pem,
			valid_from: Date.parse(x509.validFrom),
			valid_to: Date.parse(x509.validTo),
		},
		alipay: readAlipay(dir, read),
		apiv3_key: index.apiv3_key,
		scale: index.notify_delay_scale,
	};
}

/* The same, made first when it is not there. */
export async function openKeys(dir, scale)
{
	const isMissing = (name) => !fs.existsSync(path.join(dir, name));

	fs.mkdirSync(dir, { recursive: true, mode: 0o700 });
	await Promise.all([isMissing(INDEX) && make(dir, scale),
		isMissing(ALIPAY) && makeAlipay(dir)]);
	return readKeys(dir);
}

/* A sandbox that has none yet takes those of the whole run, where there are
 * any (stack/made.mjs). */
export function borrowKeys(dir, scale)
{
	const made = process.env.MADE_KEYS;

	if (made === undefined || fs.existsSync(path.join(dir, INDEX)))
		return;
	fs.cpSync(made, dir, { recursive: true });
	const index = JSON.parse(fs.readFileSync(path.join(dir, INDEX)));

	writeWhole(path.join(dir, INDEX), JSON.stringify({ ...index,
		notify_delay_scale: scale }, null, "\t") + "\n");
}
