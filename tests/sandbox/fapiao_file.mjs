/*
 * The files of an invoice, which are not signed: an address with a token that
 * lives half a minute, and what the file is of behind it. WeChat Pay's own
 * pages tell of a PDF alone; OFD and XML are listed too, so that the way of
 * all three is gone.
 */
import { createHash } from "node:crypto";

import { pdf } from "../stack/pdf.mjs";
import { keep } from "./bill.mjs";
import { zip } from "./bill_file.mjs";

export const INVOICE_FILE = "/invoicing/fapiao/fapiao-file";

const LIFE = 30e3;

const yuan = (fen) => (fen / 100).toFixed(2);

const pdfOf = ({ number, info }) =>
	pdf({ text: `SANDBOX INVOICE ${number} CNY ${yuan(info.total_amount)}` });

const HEAD = '<?xml version="1.0" encoding="UTF-8"?>\n';

const ofdOf = ({ number }) => zip([
	["OFD.xml", `${HEAD}<ofd:OFD xmlns:ofd="http://www.ofdspec.org/2016" ` +
		'Version="1.1" DocType="OFD"><ofd:DocBody><ofd:DocInfo>' +
		`<ofd:DocID>${number}</ofd:DocID></ofd:DocInfo>` +
		"<ofd:DocRoot>Doc_0/Document.xml</ofd:DocRoot></ofd:DocBody></ofd:OFD>"],
	["Doc_0/Document.xml", `${HEAD}<ofd:Document ` +
		'xmlns:ofd="http://www.ofdspec.org/2016"/>'],
].map(([name, text]) => [Buffer.from(name), Buffer.from(text)]));

const xmlOf = ({ number, info }) => Buffer.from(`${HEAD}<EInvoice>` +
	`<Number>${number}</Number><TotalTax-includedAmount>` +
	`${yuan(info.total_amount)}</TotalTax-includedAmount>` +
	"</EInvoice>\n");

const FORMS = { pdf: pdfOf, ofd: ofdOf, xml: xmlOf };

/* What the list of its files says of an issued invoice. */
export function listFiles(ctx, invoice, host)
{
	const { what } = ctx.misbehave.take("file", invoice.fapiao_id);
	const forms = what === "file_pdf_alone" ? ["pdf"] : Object.keys(FORMS);

	return forms.map((form) => {
		const bytes = what === "file_not_pdf" && form === "pdf" ?
			Buffer.from("<html><body>请稍后再试</body></html>") :
			FORMS[form](invoice);
		const token = keep(ctx, bytes, what === "file_expired" ? 0 : LIFE,
			{ form, invoice, isWrong: what === "file_wrong_digest" });

		return { fapiao_id: invoice.fapiao_id, status: "ISSUED",
			download_url: `http://${host}${INVOICE_FILE}?token=${token}` };
	});
}

const wrong = (status, code, message) => ({ status, headers: {},
	text: JSON.stringify({ code, message }) });

/* Whether the address says of which invoice it is, as it has to. */
const isOf = (params, { mchid }, { fapiao_id, number }) =>
	params.get("mchid") === mchid && params.get("fapiao_id") === fapiao_id &&
	params.get("invoice_no") === number && params.has("invoice_code") &&
	(params.get("openid") ?? "") !== "";

/* req as for callApi; gives {status, headers, text}. */
export function callInvoiceFile({ files, keys }, { method, url })
{
	const file = files.get(url.searchParams.get("token"));

	if (method !== "GET")
		return wrong(405, "METHOD_NOT_ALLOWED", "请求方法不被支持");
	if (file?.invoice === undefined || Date.now() >= file.until)
		return wrong(400, "INVALID_REQUEST", "发票下载地址已失效");
	if (!isOf(url.searchParams, keys.merchant, file.invoice))
		return wrong(400, "PARAM_ERROR", "缺少参数，或与发票不匹配");
	return {
		status: 200, text: file.bytes,
		headers: {
			"Content-Type": "application/octet-stream",
			"Content-Disposition": "attachment; " +
				`filename="${file.invoice.fapiao_id}.${file.form}"`,
			"SM3-Digest": createHash("sm3")
				.update(file.isWrong ? "something else" : file.bytes)
				.digest("hex").toUpperCase(),
		},
	};
}
