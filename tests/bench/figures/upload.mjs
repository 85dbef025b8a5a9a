/* Uploads of 5 MB, which nginx takes whole before a worker sees them. */
import crypto from "node:crypto";
import fs from "node:fs";
import path from "node:path";

import { until } from "../../stack/parts.mjs";
import { pdf } from "../../stack/pdf.mjs";
import { addCases } from "../cases.mjs";
import { alternate } from "../rounds.mjs";
import { disk, load, request } from "../sides.mjs";
import { OUTPUT } from "../world.mjs";

const TIMES = 60;
const CONNECTIONS = 4;
const BYTES = 5_000_000;
/* What was given up on a busy machine is tried again, three minutes in all. */
const INSPECTION_MS = 300_000;

/* An upload to a case, without its body. */
function uploadTo(stack, item, length)
{
	return request(stack.baseUrl, "POST",
		`/api/applications/${item.id}/attachments/application_form` +
		"?name=scan.pdf", { cookie: item.unit.session.cookie, length,
			headers: { "Content-Type": "application/pdf",
				"Idempotency-Key": crypto.randomUUID() } });
}

/* An upload to each of n fresh cases. */
export async function uploads(stack, n, length)
{
	return (await addCases(stack, n)).map((item) =>
		[uploadTo(stack, item, length)]);
}

/* Writes a PDF of about so many bytes; gives its path and length. */
export function writePdf(bytes)
{
	const file = path.join(OUTPUT, `${bytes}.pdf`);
	const data = pdf({ bytes });

	fs.writeFileSync(file, data);
	return { file, length: data.length };
}

/* The worker looks into each file later: nothing of that is left for the other
 * side's time. */
function inspected(stack)
{
	return until(async () => {
		const [{ n }] = await stack.db("SELECT COUNT(*) AS n " +
			"FROM attachments WHERE inspection = 'queued'");

		return Number(n) === 0;
	}, "the worker has looked into every file", INSPECTION_MS);
}

export async function upload(world, rounds)
{
	const stack = await world.stack("large");
	const { file, length } = writePdf(BYTES);
	const connections = CONNECTIONS;
	const ours = async () => {
		const { rate } = await load(stack.baseUrl,
			await uploads(stack, TIMES, length),
			{ connections, body: file });

		await inspected(stack);
		return rate;
	};
	const limit = async () => (await disk(stack.path("limit"), file, TIMES,
		{ connections })).rate;

	await ours(); /* warm */
	return alternate(rounds, ours, limit);
}
