/*
 * The disk fails: whatever call of the store it is, the answer says so,
 * nothing is half done, and afterwards the same request works. A log that
 * cannot be written stops nobody.
 */
import assert from "node:assert/strict";
import { execFileSync } from "node:child_process";
import crypto from "node:crypto";
import fs from "node:fs";
import path from "node:path";
import { constants } from "node:os";
import { after, before, test } from "node:test";
import { fileURLToPath } from "node:url";

import { create, draft, force, load } from "../stack/cases.mjs";
import { signIn } from "../stack/client.mjs";
import { formsOf, multipart, ownFields, page } from "../stack/pages.mjs";
import { until } from "../stack/parts.mjs";
import { pdf } from "../stack/pdf.mjs";
import { startStack } from "../stack/stack.mjs";
import { BUILT, serving, temporaryFolder } from "../http/serve_kit.mjs";

const POINTS = fileURLToPath(new URL("points.c", import.meta.url));
const KIND = "business_licence";
const DAY_S = 86400;
const STORE_MIB = 32;
const WAIT_MS = 20_000;
const { ENOSPC, EIO, EDQUOT, EMFILE } = constants.errno;

/* Every call of an upload, and how it fails. */
const UPLOAD_FAULTS = [["store/mkdir", ENOSPC], ["store/mkdir", EIO],
	["store/create", ENOSPC], ["store/create", EMFILE],
	["store/write", ENOSPC], ["store/write", EIO], ["store/write", EDQUOT],
	["store/fsync", EIO], ["store/fsync", ENOSPC], ["store/close", EIO],
	["store/rename", ENOSPC], ["store/rename", EIO],
	["store/open_folder", EMFILE], ["store/fsync_folder", EIO]];

let dir; /* of the programs, and the store's own disk */
let mounted = false;
let stack;
let client;

const control = () => path.join(dir, "fiu/pipe");

/* The programs: `faulty` under libfiu, the others with a log that is full. */
function programs(faulty)
{
	const bin = path.join(dir, "bin");
	const library = path.join(dir, "points.so");

	execFileSync("cc", ["-O2", "-Wall", "-Werror", "-shared", "-fPIC",
		"-D_GNU_SOURCE", "-o", library, POINTS, "-lfiu", "-ldl"]);
	fs.mkdirSync(bin);
	/* Each program makes its own pipe. */
	fs.mkdirSync(path.dirname(control()));
	fs.chmodSync(path.dirname(control()), 0o1777);
	fs.copyFileSync(path.join(BUILT, "openapi.json"),
		path.join(dir, "openapi.json"));
	for (const name of fs.readdirSync(path.join(BUILT, "bin"))) {
		const real = path.join(BUILT, "bin", name);
		const start = faulty.includes(name) ?
			`exec fiu-run -f ${control()} sh -c 'LD_PRELOAD="$LD_PRELOAD ` +
				`${library}" exec ${real} "$@"' ${name} "$@"\n` :
			`exec ${real} "$@" 2>/dev/full\n`;

		fs.writeFileSync(path.join(bin, name), `#!/bin/sh\n${start}`,
			{ mode: 0o755 });
	}
	return bin;
}

/* A small disk for the store, where we may mount one. */
function ownDisk()
{
	const disk = path.join(dir, "disk");

	fs.mkdirSync(disk);
	try {
		execFileSync("mount", ["-t", "tmpfs", "-o", `size=${STORE_MIB}m`,
			"none", disk], { stdio: "ignore" });
		mounted = true;
	} catch {
		mounted = false;
	}
	return path.join(disk, "store");
}

before(async () => {
	dir = temporaryFolder();
	stack = await startStack({ bin: programs(["attachment", "review"]),
		env: { CALOCK_STORE: `file:${ownDisk()}` } });
	client = await signIn(stack, "applicant1");
});

after(async () => {
	await stack?.stop();
	if (mounted)
		execFileSync("umount", [path.join(dir, "disk")]);
	fs.rmSync(dir, { recursive: true });
});

/* Tells every worker of a program. */
function tell(program, command)
{
	execFileSync("fiu-ctrl", ["-f", control(), "-c", command,
		...stack.workers(program).map(String)]);
}

/* Runs with a point that fails, and leaves it in order: what a request has
 * left goes after its answer, and is to fail as well. */
async function withFault([point, errno], run, program = "attachment")
{
	const socket = path.join(stack.runDir, `${program}.sock`);

	tell(program, `enable name=${point},failinfo=${errno}`);
	try {
		return await run();
	} finally {
		await until(() => serving(stack.workers(program), socket)
			.length === 0, "all workers are idle", WAIT_MS);
		tell(program, `disable name=${point}`);
	}
}

/* Everything below the store. */
function stored()
{
	const store = path.join(dir, "disk/store");

	return fs.readdirSync(store).flatMap((folder) =>
		fs.readdirSync(path.join(store, folder))
			.map((name) => `${folder}/${name}`)).sort();
}

async function rowed()
{
	const rows = await stack.db("SELECT store_key FROM attachments");

	return rows.map((row) => row.store_key).sort();
}

let keys = 0;

/* The same request each time it is called. */
function uploading(id, options = {})
{
	const headers = { "Idempotency-Key": `disk-${++keys}` };
	const bytes = pdf({ text: `file ${keys}`, bytes: 200_000, ...options });

	return { bytes, send: () => client.upload(id, KIND, bytes, { headers }) };
}

const fileUrl = (id, file) =>
	`/api/applications/${id}/attachments/${file.kind}/${file.id}`;

function assertUnavailable({ status, body, headers })
{
	assert.equal(status, 503);
	assert.equal(body.code, "try_later");
	assert.equal(headers["retry-after"], "1");
}

/* It works now, once, with the bytes that were sent. */
async function assertWorks(id, { bytes, send })
{
	const first = await send();
	const again = await send();

	assert.equal(first.status, 201, String(first.bytes));
	assert.deepEqual([again.status, again.body.id], [201, first.body.id]);
	assert.equal(first.body.sha256,
		crypto.createHash("sha256").update(bytes).digest("hex"));
	const file = await client.get(fileUrl(id, first.body));

	assert.equal(file.status, 200);
	assert.deepEqual(file.bytes, bytes);
	return first.body;
}

for (const fault of UPLOAD_FAULTS)
	test(`an upload when ${fault[0]} fails with ${fault[1]}`, async () => {
		const { id } = await create(client);
		const upload = uploading(id);
		const earlier = [await load(client, id), await rowed()];
		const answer = await withFault(fault, upload.send);

		assertUnavailable(answer);
		assert.deepEqual([await load(client, id), await rowed()], earlier);
		await until(() => !stored().some((name) => name.endsWith(".tmp")),
			"no file is half written", WAIT_MS);
		await assertWorks(id, upload);
	});

test("a store that is really full, or as good as", async (t) => {
	const { id } = await create(client);
	const early = await assertWorks(id, uploading(id, { bytes: 1000 }));
	const upload = uploading(id);
	const ballast = path.join(dir, "disk/ballast");
	const fill = async () => {
		const fd = fs.openSync(ballast, "w");

		assert.throws(() => {
			for (;;)
				fs.writeSync(fd, Buffer.alloc(4096));
		}, { code: "ENOSPC" });
		fs.closeSync(fd);
		return upload.send();
	};

	t.after(() => fs.rmSync(ballast, { force: true }));
	await until(async () => (await load(client, id)).attachments[0]
		.inspection === "done", "the worker's look at it", WAIT_MS);
	const before = [await load(client, id), stored()];

	assertUnavailable(mounted ? await fill() :
		await withFault(["store/write", ENOSPC], upload.send));
	assert.deepEqual(await load(client, id), before[0]);
	await until(() => stored().join() === before[1].join(),
		"nothing is left of it", WAIT_MS);
	assert.equal((await client.get(fileUrl(id, early))).status, 200);
	fs.rmSync(ballast, { force: true });
	await assertWorks(id, upload);
});

for (const fault of [["store/open", EIO], ["store/read", EIO]])
	test(`a download when ${fault[0]} fails`, async () => {
		const { id } = await create(client);
		const file = await assertWorks(id, uploading(id));
		const get = () => client.get(fileUrl(id, file));

		assertUnavailable(await withFault(fault, get));
		assert.equal((await get()).status, 200);
	});

test("a download that fails in the middle is cut off, and told", async () => {
	const { id } = await create(client);
	const file = await assertWorks(id, uploading(id));

	await withFault(["store/read_on", EIO], () =>
		assert.rejects(client.get(fileUrl(id, file)),
			{ code: "ECONNRESET" }));
	assert.match(stack.logs("attachment"), /lvl=error .*ev=send .*err=STORE .*Input\/output error/);
	assert.equal((await client.get(fileUrl(id, file))).status, 200);
});

/* Puts a file's time two days back. */
function age(name)
{
	const then = Date.now() / 1000 - 2 * DAY_S;

	fs.utimesSync(path.join(dir, "disk/store", name), then, then);
}

test("what failures left in the store is swept, and nothing else", async () => {
	const { id } = await create(client);
	const earlier = stored();

	/* Kept but not durable; and half written, with no way to remove it. */
	await withFault(["store/fsync_folder", EIO], uploading(id).send);
	await withFault(["store/unlink", EIO], () =>
		withFault(["store/write", ENOSPC], uploading(id).send));
	const left = stored().filter((name) => !earlier.includes(name));
	const young = uploading(id);

	assert.equal(left.length, 2);
	assert.equal(left.filter((name) => name.endsWith(".tmp")).length, 1);
	await assertWorks(id, young);
	await withFault(["store/fsync_folder", EIO], uploading(id).send);
	const kept = stored().filter((name) => !left.includes(name));

	[...left, ...await rowed()].forEach(age);
	await stack.restart("worker");
	await until(() => stored().length <= kept.length, "a sweep", WAIT_MS);
	const rows = await rowed();

	assert.ok(rows.every((name) => kept.includes(name)));
	/* What is younger than a day may still get its row. */
	assert.ok(kept.some((name) => !rows.includes(name)));
	assert.deepEqual(stored(), kept);
});

test("an invoice is issued when its document is kept, not before",
	async () => {
		const operator = await signIn(stack, "operator1");
		const { id } = await create(client, draft(client));

		await force(stack, id, "completed");
		const { body: invoice } = await client.post(
			`/api/applications/${id}/invoice`,
			{ title_type: "organisation", email: "caiwu@example.com" });
		const url = `/admin/invoices/${invoice.id}`;
		const status = async () => (await client.get(
			`/api/applications/${id}/invoice`)).body.status;
		const issue = async () => {
			const [form] = formsOf(await page(operator, url))
				.filter((f) => f.action === `${url}/issue`);
			const { bytes, type } = await multipart({ ...ownFields(form),
				number: "26332000000000000001" }, pdf());

			return operator.post(form.action, bytes,
				{ "Content-Type": type });
		};

		for (const fault of UPLOAD_FAULTS.slice(-5))
			assert.equal((await withFault(fault, issue, "review")).status,
				503);
		assert.equal(await status(), "requested");
		assert.equal((await issue()).status, 303);
		assert.equal(await status(), "issued");
	});

test("nobody waits for a log that cannot be written", async () => {
	const { id } = await create(client);

	await withFault(["log/write", ENOSPC], async () => {
		await assertWorks(id, uploading(id));
		assert.equal((await client.upload(id, KIND,
			Buffer.from("no PDF"))).status, 422);
		await withFault(["store/write", ENOSPC], async () =>
			assertUnavailable(await uploading(id).send()));
	});
	await assertWorks(id, uploading(id));
});

/* All programs but two have /dev/full for a log, since they were started. */
test("programs serve and replace workers on a full disk", async () => {
	const { id } = await create(client);
	const [first] = stack.workers("application");

	process.kill(first, "SIGKILL");
	await until(() => !stack.workers("application").includes(first) &&
		stack.workers("application").length === 8, "another worker", WAIT_MS);
	assert.equal((await client.put(`/api/applications/${id}`,
		{ version: 1 })).status, 200);
	assert.equal((await client.put(`/api/applications/${id}`,
		{ version: 1 })).status, 412);
	assert.equal(stack.logs("application"), "");
});
