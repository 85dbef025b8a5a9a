/*
 * WeChat Pay (API v3: payments, refunds, bills, invoices) and Alipay for tests
 * and demos:
 *   node tests/sandbox/main.mjs --dir DIR [--port N] [--scale X]
 * Prints "ready URL" when it listens. SIGTERM or SIGINT stops it at once.
 */
import { parseArgs } from "node:util";

import { startSandbox } from "./server.mjs";

const USAGE = "usage: main.mjs --dir DIR [--port N] [--scale X]";

/* The options, or null when they make no sense. */
function readOptions()
{
	const options = { dir: { type: "string" }, port: { type: "string" },
		scale: { type: "string" } };

	try {
		const { values } = parseArgs({ options });
		const port = Number(values.port ?? "0");
		const scale = values.scale === undefined ? undefined :
			Number(values.scale);

		return values.dir !== undefined && Number.isInteger(port) &&
			port >= 0 && port <= 65535 &&
			(scale === undefined || scale > 0) ?
			{ dir: values.dir, port, scale } : null;
	} catch {
		return null;
	}
}

const options = readOptions();

if (options === null) {
	console.error(USAGE);
	process.exit(2);
}
try {
	const url = await startSandbox(options);

	/* Every answer was saved before it was given: nothing to finish. */
	process.on("SIGTERM", () => process.exit(0));
	process.on("SIGINT", () => process.exit(0));
	console.log(`ready ${url}`);
} catch (e) {
	console.error(`sandbox: ${e.message}`);
	process.exit(1);
}
