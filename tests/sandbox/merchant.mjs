/*
 * For tests: a merchant who speaks through wechatpay-axios-plugin, a client
 * that we did not write, so that both ends cannot share one mistake.
 */
import wechatpay from "wechatpay-axios-plugin";

import { randomText } from "./wechatpay_protocol.mjs";

const { Aes, Formatter, Rsa, Wechatpay } = wechatpay;

const INVOICES = "new-tax-control-fapiao/fapiao-applications";

/*
 * A fresh invoice's parameters, with some of them changed: for the platform
 * of keys alone, who is to be reached is sealed.
 */
function invoiceBody({ platform }, { buyer, info, ...changes } = {})
{
	const sealed = (text) => Rsa.encrypt(text, platform.public_key);
	const total_amount = info?.total_amount ?? 26000;

	return {
		scene: "WITHOUT_WECHATPAY", fapiao_apply_id: `A${randomText(15)}`,
		buyer_information: {
			type: "ORGANIZATION", name: "示例建设有限公司",
			taxpayer_id: "91330100MA27XF5K6T",
			phone: sealed("13812345678"), email: sealed("cai@example.com"),
			...buyer,
		},
		fapiao_information: [{
			fapiao_id: `F${randomText(15)}`, total_amount, need_list: false,
			items: [{ tax_code: "3040201990000000000",
				goods_name: "数字证书服务费", quantity: 1e8, total_amount,
				tax_rate: 600, discount: false }],
			...info,
		}],
		...changes,
	};
}

/*
 * {order, query, close, refund, queryRefund, bill, file, certificates, body},
 * and of invoices {configure, issue, queryInvoice, invoiceFiles, reverse,
 * invoiceBody}.
 */
export function openMerchant({ url, keys }, options = {})
{
	const { mchid, appid, serial, private_key } = keys.merchant;
	const client = new Wechatpay({
		mchid, serial, privateKey: private_key, baseURL: url, proxy: false,
		certs: {
			[keys.platform.serial]: keys.platform.public_key,
			[keys.certificate.serial]: keys.certificate.public_key,
		},
		...options,
	});
	const at = (path) => client.chain(`v3/${path}`);
	const number = (no) => `pay/transactions/out-trade-no/${no}`;

	return {
		/* A fresh order's parameters, with some of them changed. */
		body: (changes = {}) => ({
			appid, mchid, description: "CA锁续期",
			out_trade_no: `T${randomText(15)}`,
			notify_url: "http://127.0.0.1:9/notify",
			amount: { total: 26000, currency: "CNY" }, ...changes,
		}),
		order: (body, config) =>
			at("pay/transactions/native").post(body, config),
		query: (no, config) =>
			at(number(no)).get({ params: { mchid }, ...config }),
		close: (no, config) => at(`${number(no)}/close`).post({ mchid }, config),
		refund: (body) => at("refund/domestic/refunds").post(body),
		queryRefund: (no) => at(`refund/domestic/refunds/${no}`).get(),
		bill: (bill_date) => at("bill/tradebill").get({ params: {
			bill_date, bill_type: "ALL", tar_type: "GZIP" } }),
		file: (url) => at("billdownload/file").get({
			params: { token: new URL(url).searchParams.get("token") },
			responseType: "arraybuffer" }),
		certificates: () => at("certificates").get(),

		invoiceBody: (changes) => invoiceBody(keys, changes),
		configure: (body) => at("new-tax-control-fapiao/merchant/" +
			"development-config").patch(body),
		issue: (body, headers = { "Wechatpay-Serial": keys.platform.serial }) =>
			at(INVOICES).post(body, { headers }),
		queryInvoice: (applyId, fapiao_id) => at(`${INVOICES}/${applyId}`)
			.get({ params: fapiao_id === undefined ? {} : { fapiao_id } }),
		invoiceFiles: (applyId, fapiao_id) =>
			at(`${INVOICES}/${applyId}/fapiao-files`)
				.get({ params: { fapiao_id } }),
		reverse: (applyId, body) => at(`${INVOICES}/${applyId}/reverse`)
			.post(body),
	};
}

/* True when the client's own check takes the headers and the raw body. */
export function isSigned({ headers, body }, key)
{
	return headers["wechatpay-serial"] === key.serial && Rsa.verify(
		Formatter.response(headers["wechatpay-timestamp"],
			headers["wechatpay-nonce"], body.toString()),
		headers["wechatpay-signature"], key.public_key);
}

/* A resource's plain text, decrypted by the client's own helper. */
export const openResource = (resource, apiv3Key) =>
	Aes.AesGcm.decrypt(resource.ciphertext, apiv3Key, resource.nonce,
		resource.associated_data);

/* A notice as the client's own helpers make one: {headers, body}. */
export function vendorNotice(event, plain, keys)
{
	const nonce = randomText(12);
	const body = JSON.stringify({ ...event, resource_type: "encrypt-resource",
		resource: {
			original_type: "transaction", algorithm: "AEAD_AES_256_GCM",
			associated_data: "transaction", nonce,
			ciphertext: Aes.AesGcm.encrypt(JSON.stringify(plain),
				keys.apiv3_key, nonce, "transaction"),
		} });
	const timestamp = Formatter.timestamp();
	const word = Formatter.nonce();

	return { body, headers: {
		"Content-Type": "application/json",
		"Wechatpay-Serial": keys.platform.serial,
		"Wechatpay-Timestamp": String(timestamp),
		"Wechatpay-Nonce": word,
		"Wechatpay-Signature": Rsa.sign(
			Formatter.response(timestamp, word, body),
			keys.platform.private_key),
	} };
}
