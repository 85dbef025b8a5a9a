/*
 * The README as the map of the tree: what it shows of the tables is what the
 * tables say, and its way to add a field leads there. (The table of the
 * configuration is held by tests/unit/test_config.c.)
 */
import assert from "node:assert/strict";
import { execFileSync } from "node:child_process";
import fs from "node:fs";
import os from "node:os";
import path from "node:path";
import { after, before, test } from "node:test";
import { fileURLToPath, pathToFileURL } from "node:url";

const ROOT = fileURLToPath(new URL("../..", import.meta.url));
const BIN = path.join(ROOT, "build/plain/bin");
const README = fs.readFileSync(path.join(ROOT, "README.md"), "utf8");

let dir; /* a copy of the tree */

before(() => {
	dir = fs.mkdtempSync(path.join(os.tmpdir(), "calock-"));
});
after(() => fs.rmSync(dir, { recursive: true }));

function run(command, args, options)
{
	return execFileSync(command, args,
		{ encoding: "utf8", stdio: ["ignore", "pipe", "pipe"], ...options });
}

/* What stands between <!-- name --> and <!-- /name -->. */
function between(name)
{
	const found = README.split(`<!-- ${name} -->\n`)[1]
		?.split(`<!-- /${name} -->`)[0];

	assert.ok(found, `README has no ${name}`);
	return found;
}

const MACHINES = ["states", "order-states", "refund-states",
	"invoice-states", "delivery-states"];

/* A machine as `make states` prints it. */
function machine(name)
{
	const dot = run(path.join(BIN, "payment"), [`--${name}`]);
	const label = (text) => text.split("\\n");

	return {
		states: [...dot.matchAll(/^\t(\w+) \[label="(.+)"\];$/gm)]
			.map(([, name, text]) => ({ name, lines: label(text) })),
		moves: [...dot.matchAll(/^\t(\w+) -> (\w+) \[label="(.+)"\];$/gm)]
			.map(([, from, to, text]) => ({ from, to, lines: label(text) })),
	};
}

function wayOf({ from, to, lines: [action] })
{
	const word = action.replaceAll("_", " ");

	return from === to ? word : `${word} → \`${to}\``;
}

for (const table of MACHINES) {
	test(`the table of the ${table} is the programs'`, () => {
		const { states, moves } = machine(table);
		const rows = states.map(({ name, lines: [, title] }) =>
			`| \`${name}\` | ${title} | ${moves.filter((m) =>
				m.from === name).map(wayOf).join("; ")} |\n`);

		assert.equal(between(table), "| state | 中文 | ways |\n" +
			`| --- | --- | --- |\n${rows.join("")}`);
	});

	test(`the picture of the ${table} is of them: make picture`, () => {
		const svg = fs.readFileSync(
			path.join(ROOT, `.readme/${table}.svg`), "utf8");
		const { states, moves } = machine(table);
		const plain = (text) => text.replaceAll("&#45;", "-")
			.replaceAll("&gt;", ">");
		/* Of each node and edge its name and its lines. */
		const drawn = svg.split("<g id=").slice(2).map((part) =>
			[...part.matchAll(/<(?:title|text)\b[^>]*>([^<]+)</g)]
				.map(([, text]) => plain(text)));

		assert.match(README,
			new RegExp(`!\\[[^\\]]+\\]\\(\\.readme/${table}\\.svg\\)`));
		assert.deepEqual(drawn.sort(), [["start"],
			...states.map(({ name, lines }) => [name, ...lines]),
			...moves.map(({ from, to, lines }) =>
				[`${from}->${to}`, ...lines])].sort());
	});
}

test("make routes lists every URL of every program", () => {
	const [head, ...lines] = run("make", ["--silent", "routes"],
		{ cwd: ROOT }).trimEnd().split("\n")
		.map((line) => line.split(/ {2,}/));
	const routes = fs.readdirSync(BIN).flatMap((name) =>
		run(path.join(BIN, name), ["--routes"]).split("\n")
			.filter((line) => line !== "")
			.map((line) => line.split("\t")));

	assert.deepEqual(head, ["METHOD", "PATH", "ROLES", "BODY LIMIT", "RATE",
		"SURFACE", "PROGRAM", "TITLE"]);
	assert.deepEqual(lines.sort(), routes.sort());
});

test("every file and folder that the README names is there", () => {
	const names = [...README.matchAll(/`([\w./-]+\/[\w./*-]+)`/g)]
		.map(([, name]) => name)
		.filter((name) => /^(lib|cgi-bin|sql|nginx|tests)\//.test(name) &&
			!/\*|N/.test(name));

	assert.ok(names.length > 10);
	assert.deepEqual(names.filter((name) =>
		!fs.existsSync(path.join(ROOT, name))), []);
});

test("every rule stands in the tests that hold it", () => {
	const rules = [...README.matchAll(/^\| (R\d+) \| .* \| (.*) \|$/gm)];

	assert.ok(rules.length > 10);
	for (const [, rule, cell] of rules)
		for (const [, file] of cell.matchAll(/`([^`]+)`/g))
			assert.match(fs.readFileSync(path.join(ROOT, file), "utf8"),
				new RegExp(`\\b${rule}\\b`), `${rule} in ${file}`);
});

/* The text of one section of the README. */
function section(title)
{
	const [, text] = README.split(`\n### ${title}\n`);

	assert.ok(text, `README has no section ${title}`);
	return text.split("\n### ")[0];
}

/* The lines that a step shows, indented below it. */
function shown(text, step)
{
	const [, block] = new RegExp(
		`${step}[^]*?:\\n\\n((?: {7}.*\\n)+)`).exec(text) ?? [];

	assert.ok(block, `README shows nothing for ${step}`);
	return block.replace(/^ {7}/gm, "");
}

/* The tree with what was built of it: make builds what is out of date. */
function copyTree()
{
	const files = run("git", ["ls-files", "-co", "--exclude-standard", "-z"],
		{ cwd: ROOT }).split("\0").filter((name) => name !== "" &&
		fs.existsSync(path.join(ROOT, name)));

	run("cp", ["--archive", "--parents", "--target-directory", dir,
		...files], { cwd: ROOT });
	fs.mkdirSync(path.join(dir, "build"));
	run("cp", ["--archive", path.join(ROOT, "build/plain"),
		path.join(dir, "build")]);
	fs.symlinkSync(path.join(ROOT, "tests/node_modules"),
		path.join(dir, "tests/node_modules"));
}

/* The steps of "A field", taken at their word: the new row's parts. */
function addField()
{
	const text = section("A field");
	const [, before] = /behind that of `(\w+)`/.exec(text);
	const row = shown(text, "lib/domain/field.def");
	const [, name] = /`sql\/NNNN_(\w+)\.sql`/.exec(text);
	const file = path.join(dir, "lib/domain/field.def");
	const last = fs.readdirSync(path.join(dir, "sql")).sort()
		.filter((n) => /^\d{4}_/.test(n)).at(-1);
	const next = String(Number(last.slice(0, 4)) + 1).padStart(4, "0");
	const fields = fs.readFileSync(file, "utf8");
	const [place] = new RegExp(`^F\\(${before},.*\\n`, "m").exec(fields);

	fs.writeFileSync(file, fields.replace(place, place + row));
	fs.writeFileSync(path.join(dir, `sql/${next}_${name}.sql`),
		shown(text, "sql/NNNN"));
	const [, column, label, max] =
		/^F\(\w+, (\w+), \d, "([^"]+)", \w+, \d+, (\d+),/.exec(row);

	return { column, label, max: Number(max) };
}

test("the way to add a field leads there", async () => {
	copyTree();
	const { column, label, max } = addField();

	/* The compiler need not be thorough. */
	run("make", ["-j2", "all", "CFLAGS=-O0", "HARD="],
		{ cwd: dir, maxBuffer: 1 << 26 });
	const load = (name) =>
		import(pathToFileURL(path.join(dir, "tests/stack", name)));
	const { startStack } = await load("stack.mjs");
	const { signIn } = await load("client.mjs");
	const { complete, submit } = await load("cases.mjs");
	const { page, textOf } = await load("pages.mjs");
	const stack = await startStack({});

	try {
		const client = await signIn(stack, "applicant1");
		const { id } = await complete(client, "new", { [column]: "一二三四" });
		const url = `/api/applications/${id}`;
		const save = (value) => client.put(url, { [column]: value },
			{ "If-Match": "*" });
		const long = await save("长".repeat(max + 1));

		assert.equal(long.status, 422);
		assert.deepEqual(long.body.errors.map((e) => [e.field, e.code]),
			[[column, "too_long"]]);
		assert.equal((await save("www.example.com")).status, 200);
		assert.equal((await client.get(url)).body[column],
			"www.example.com");
		const form = await client.get("/api/form?type=enterprise");
		const field = form.body.fields.find((f) => f.name === column);

		assert.deepEqual([field.label, field.max_length], [label, max]);
		await submit(client, id);
		const html = textOf(await page(await signIn(stack, "reviewer1"),
			`/admin/applications/${id}`));

		assert.ok(html.includes(label) && html.includes("www.example.com"),
			html);
	} finally {
		await stack.stop();
	}
});
