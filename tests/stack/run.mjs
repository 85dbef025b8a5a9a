/* make run: the demo in the foreground, until Ctrl-C or SIGTERM. */
import fs from "node:fs";
import path from "node:path";
import { fileURLToPath } from "node:url";

import { Interrupted, onSignalExitWith, startStack } from "./stack.mjs";

const ROOT = fileURLToPath(new URL("../..", import.meta.url));
const OURS = ["CALOCK_PORT", "CALOCK_VAR"];

function fail(message)
{
	console.error(`make run: ${message}`);
	process.exit(1);
}

function readPort(text)
{
	const port = Number(text);

	if (!Number.isInteger(port) || port < 1 || port > 65533)
		fail(`CALOCK_PORT is not a port from 1 to 65533: ${text}`);
	return port;
}

/* Written aside and renamed: a script never reads half of it. */
function writeRunFile(stack)
{
	const file = stack.path("run.json");

	fs.writeFileSync(`${file}.new`, JSON.stringify({
		base_url: stack.baseUrl,
		admin_url: stack.adminUrl,
		sandbox_url: stack.sandboxUrl,
		accounts: stack.accounts,
	}, null, "\t") + "\n");
	fs.renameSync(`${file}.new`, file);
}

function greet(stack)
{
	console.log(`ready: ${stack.baseUrl}/`);
	console.log(`  administrators: ${stack.adminUrl}/admin/`);
	console.log(`  payment sandbox: ${stack.sandboxUrl}/`);
	console.log(`  its phone: ${stack.sandboxUrl}/sandbox/phone`);
	console.log(`  logs: ${stack.path("log")}`);
	for (const { role, account, password, unit } of stack.accounts)
		console.log(`  ${role.padEnd(10)}${account.padEnd(12)}` +
			`${password}${unit === null ? "" : `  ${unit}`}`);
	console.log("Ctrl-C stops everything.");
}

onSignalExitWith(0);
try {
	const stack = await startStack({
		dir: path.resolve(ROOT, process.env.CALOCK_VAR || "var"),
		port: readPort(process.env.CALOCK_PORT || "8080"),
		env: Object.fromEntries(Object.entries(process.env).filter(
			([name]) => name.startsWith("CALOCK_") && !OURS.includes(name))),
		supervise: true,
		phone: true,
		log: (line) => console.log(`starting ${line}`),
	});

	writeRunFile(stack);
	greet(stack);
} catch (e) {
	/* On a signal the stack itself stops everything and ends us. */
	if (!(e instanceof Interrupted))
		fail(e.message);
}
