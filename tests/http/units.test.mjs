/* The systemd units as they are installed: sound, closed, and complete. */
import assert from "node:assert/strict";
import { spawnSync } from "node:child_process";
import fs from "node:fs";
import os from "node:os";
import path from "node:path";
import { after, before, test } from "node:test";
import { fileURLToPath } from "node:url";

const ROOT = fileURLToPath(new URL("../..", import.meta.url));
const PROGRAMS = fs.readdirSync(path.join(ROOT, "build/plain/bin")).sort();

const MOST_EXPOSED = 2.0;

/* Who may do what the others may not. */
const OUTGOING = ["account", "payment", "worker"];
const STORING = ["attachment", "document", "invoice", "review", "worker"];

let prefix, units;

before(() => {
	prefix = fs.mkdtempSync(path.join(os.tmpdir(), "calock-"));
	units = path.join(prefix, "share/calock/systemd");
	const { status, stderr } = spawnSync("make",
		["-s", "install", `PREFIX=${prefix}`, "DESTDIR="],
		{ cwd: ROOT, encoding: "utf8" });

	assert.equal(status, 0, stderr);
});

after(() => fs.rmSync(prefix, { recursive: true }));

function analyze(...args)
{
	const { status, stdout, stderr } = spawnSync("systemd-analyze",
		["--no-pager", ...args], { cwd: units, encoding: "utf8",
			env: { ...process.env, SYSTEMD_UNIT_PATH: `${units}:` } });

	return { status, out: stdout + stderr };
}

function verify(...names)
{
	return analyze("verify", "--man=no",
		...names.map((name) => path.join(units, name)));
}

/* What systemd-analyze holds against a unit, and its sum. */
function security(program)
{
	const { status, out } = analyze("security", "--offline=true",
		path.join(units, `calock@${program}.service`));
	const [, exposure] = /exposure level for \S+: ([\d.]+)/.exec(out);

	assert.equal(status, 0, out);
	return { exposure: Number(exposure), against: [...out.matchAll(/^✗ (\S+)/gm)]
		.map(([, name]) => name) };
}

test("systemd finds nothing wrong with any of them", () => {
	const names = ["calock.target", ...PROGRAMS.map((p) =>
		`calock@${p}.service`), ...PROGRAMS.filter((p) => p !== "worker")
		.map((p) => `calock@${p}.socket`)];

	assert.deepEqual(verify(...names), { status: 0, out: "" });
});

test("what people call by hand is in the path", () => {
	const tools = path.join(ROOT, "build/plain/tools");

	assert.deepEqual(fs.readdirSync(path.join(prefix, "bin")),
		fs.readdirSync(tools));
});

test("it would say so", () => {
	const file = path.join(units, "calock@broken.service");

	fs.writeFileSync(file, fs.readFileSync(path.join(units,
		"calock@.service"), "utf8").replace("UMask=", "Umask="));
	assert.match(verify("calock@broken.service").out, /Umask|not executable/);
	fs.rmSync(file);
});

for (const program of PROGRAMS)
	test(`calock@${program} is as closed as it can be`, () => {
		const { exposure, against } = security(program);
		const calls = OUTGOING.includes(program);

		assert.ok(exposure <= MOST_EXPOSED, `${exposure}: ${against}`);
		assert.equal(against.includes("PrivateNetwork="), calls);
		assert.equal(against.includes("IPAddressDeny="), calls);
		assert.equal(against.includes(
			"RestrictAddressFamilies=~AF_(INET|INET6)"), calls);
		assert.equal(against.includes("UMask="), STORING.includes(program));
	});

test("the target, the users and the drop-ins name each program, no other",
	() => {
		const read = (name) => fs.readFileSync(path.join(units, name), "utf8");
		const named = (name, pattern) =>
			[...read(name).matchAll(pattern)].map(([, p]) => p).sort();
		const dropIns = (name) => fs.readdirSync(units)
			.filter((dir) => fs.existsSync(path.join(units, dir, name)))
			.map((dir) => /^calock@(\w+)\.service\.d$/.exec(dir)[1]).sort();

		assert.deepEqual(named("calock.target", /calock@(\w+)\.service/g),
			PROGRAMS);
		assert.deepEqual(named("calock.target", /calock@(\w+)\.socket/g),
			PROGRAMS.filter((p) => p !== "worker"));
		assert.deepEqual(named("calock.sysusers", /^u calock_(\w+) /gm),
			PROGRAMS);
		assert.deepEqual(dropIns("outgoing.conf"), OUTGOING);
		assert.deepEqual(dropIns("store.conf"), STORING);
		assert.deepEqual(dropIns("patient.conf"), ["worker"]);
		assert.deepEqual(dropIns("anchors.conf"), ["worker"]);
	});

test("the store is out of reach for the others", () => {
	const base = fs.readFileSync(path.join(units, "calock@.service"), "utf8");
	const store = fs.readFileSync(path.join(ROOT,
		"cgi-bin/service/store.conf"), "utf8");

	assert.match(base, /^InaccessiblePaths=-\/var\/lib\/calock$/m);
	assert.doesNotMatch(base, /^(ReadWritePaths|StateDirectory)=/m);
	assert.match(store, /^InaccessiblePaths=\n(.*\n)*ReadWritePaths=\/var\/lib\/calock$/m);
});
