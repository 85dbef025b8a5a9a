/* A library that a program loads only in its jails is not installed: that
 * shows when the program starts, not when the first file comes. */
import assert from "node:assert/strict";
import { execFileSync } from "node:child_process";
import fs from "node:fs";
import path from "node:path";
import { after, before, test } from "node:test";
import { fileURLToPath } from "node:url";

import { launch, temporaryFolder } from "../http/serve_kit.mjs";

const SOURCE = fileURLToPath(new URL("no_library.c", import.meta.url));
const MISSING = /lvl=error .*ev=library msg="libmissing\.so\.0: cannot open/;
const REFUSED =
	/lvl=error .*ev=start err=JAIL .*cause="jail: a library is missing"/;
let dir;
let preload;

before(() => {
	dir = temporaryFolder();
	preload = path.join(dir, "no_library.so");
	execFileSync("cc", ["-O2", "-Wall", "-Werror", "-shared", "-fPIC",
		"-D_GNU_SOURCE", "-o", preload, SOURCE, "-ldl"]);
	fs.writeFileSync(path.join(dir, "field.key"), `1 ${"0".repeat(64)}\n`);
	fs.writeFileSync(path.join(dir, "audit.key"), `${"0".repeat(64)}\n`);
});

after(() => fs.rmSync(dir, { recursive: true }));

function start(t, name, library)
{
	const run = launch(name, dir, { env: { LD_PRELOAD: preload,
		CALOCK_STORE: `file:${path.join(dir, "store")}`,
		CALOCK_FIELD_KEY_FILE: path.join(dir, "field.key"),
		CALOCK_AUDIT_KEY_FILE: path.join(dir, "audit.key"),
		CALOCK_AUDIT_ANCHORS: path.join(dir, "anchors"),
		...library === null ? {} : { NO_LIBRARY: library } } });

	t.after(async () => {
		run.child.kill("SIGTERM");
		await run.ended;
	});
	return run;
}

test("document serves when all of them are there", async (t) => {
	const run = start(t, "document", null);

	await run.serves();
	assert.doesNotMatch(run.log, /ev=(library|start)/);
});

test("document's workers do not start without poppler", async (t) => {
	const run = start(t, "document", "libpoppler-glib");

	await run.says(MISSING);
	await run.says(REFUSED);
	await run.says(/ev=worker_died .*status=1/);
});

for (const library of ["libpoppler-glib", "libzbar"])
	test(`the worker does not start without ${library}`, async (t) => {
		const run = start(t, "worker", library);

		assert.equal(await run.ended, 1);
		assert.match(run.log, MISSING);
		assert.match(run.log, REFUSED);
	});
