/* The virus scanner at upload: clamd itself, and peers that only resemble it. */
import assert from "node:assert/strict";
import { spawn } from "node:child_process";
import fs from "node:fs";
import net from "node:net";
import { after, before, test } from "node:test";

import { create, load } from "../stack/cases.mjs";
import { signIn } from "../stack/client.mjs";
import { until } from "../stack/parts.mjs";
import { assemble, pdf } from "../stack/pdf.mjs";
import { startStack } from "../stack/stack.mjs";

const KIND = "business_licence";
/* The test string of the anti-virus vendors (EICAR), which harms nothing; in
 * two parts, so that no scanner takes this file for it. */
const EICAR = "X5O!P%@AP[4\\PZX54(P^)7CC)7}$" +
	"EICAR-STANDARD-ANTIVIRUS-TEST-FILE!$H+H*";
const PATIENCE_MS = 30_000;
let stack;
let client;
let id;

before(async () => {
	stack = await startStack({});
	client = await signIn(stack, "applicant1");
	({ id } = await create(client));
});

after(() => stack?.stop());

function stored()
{
	return fs.readdirSync(stack.path("store")).flatMap((folder) =>
		fs.readdirSync(stack.path("store", folder)));
}

/* A good PDF with these bytes in a stream that nothing shows. */
function carrier(bytes)
{
	return assemble(["<< /Type /Catalog /Pages 2 0 R >>",
		"<< /Type /Pages /Count 1 /Kids [3 0 R] >>",
		"<< /Type /Page /Parent 2 0 R /MediaBox [0 0 595 842] >>",
		`<< /Length ${bytes.length} >>\nstream\n${bytes}\nendstream`]);
}

function socketPath()
{
	return stack.path("clamd.sock");
}

async function useScanner(seconds = 5)
{
	await stack.restart("attachment", { CALOCK_CLAMD_SOCKET: socketPath(),
		CALOCK_CLAMD_SECONDS: String(seconds) });
}

async function isTaken(bytes = pdf())
{
	const { status, body } = await client.upload(id, KIND, bytes);

	assert.equal(status, 201, JSON.stringify(body));
	await client.del(`/api/applications/${id}/attachments/${KIND}/${body.id}`);
}

/* Refused, and no trace of it. */
async function isRefused(status, code, bytes = pdf())
{
	const before_ = stored().length;
	const answer = await client.upload(id, KIND, bytes);

	assert.equal(answer.status, status, JSON.stringify(answer.body));
	assert.equal(answer.body.code, code);
	/* Its file goes after its answer has. */
	await until(() => stored().length === before_, "nothing is left",
		PATIENCE_MS);
	assert.deepEqual((await load(client, id)).attachments, []);
	return answer;
}

/* clamd with one signature of our own, whose whole database it is. */
async function startClamd()
{
	fs.mkdirSync(stack.path("signatures"));
	fs.writeFileSync(stack.path("signatures", "local.ndb"),
		`Local.Eicar.Test:0:*:${Buffer.from(EICAR).toString("hex")}\n`);
	fs.writeFileSync(stack.path("clamd.conf"), `Foreground yes
LocalSocket ${socketPath()}
LocalSocketMode 666
DatabaseDirectory ${stack.path("signatures")}
LogFile ${stack.path("clamd.log")}
User ${process.getuid() === 0 ? "root" : process.env.USER}
`);
	const child = spawn("/usr/sbin/clamd",
		["--config-file", stack.path("clamd.conf")], { stdio: "inherit" });
	const ended = new Promise((resolve) => child.on("exit", resolve));

	await until(() => fs.existsSync(socketPath()), "clamd", PATIENCE_MS);
	return async () => {
		child.kill("SIGTERM");
		await ended;
	};
}

test("clamd itself finds what it has a signature of", async () => {
	const stop = await startClamd();

	try {
		/* Without it the carrier is a file like any other. */
		await isTaken(carrier(EICAR));
		await useScanner();
		await isTaken();
		await isTaken(pdf({ bytes: 9 << 20 }));
		const { body } = await isRefused(422, "infected",
			carrier(EICAR));

		assert.deepEqual(body.errors.map((e) => [e.field, e.code]),
			[[KIND, "infected"]]);
	} finally {
		await stop();
	}
	/* Now there is nobody: nothing is taken. */
	await isRefused(503, "try_later");
});

/* A peer that handles each connection in its own way. */
function fakePeer(handle)
{
	fs.rmSync(socketPath(), { force: true });
	const peers = [];
	const server = net.createServer((peer) => {
		peers.push(peer);
		peer.on("error", () => {});
		handle(peer);
	}).unref();

	return new Promise((resolve) => server.listen(socketPath(), () => {
		fs.chmodSync(socketPath(), 0o666);
		resolve(() => {
			peers.forEach((peer) => peer.destroy());
			server.close();
		});
	}));
}

/* Reads a whole stream, then says this; the bytes that it was sent. */
function saying(reply, seen = [])
{
	return (peer) => {
		const parts = [];

		peer.on("data", (part) => {
			parts.push(part);
			const all = Buffer.concat(parts);

			if (all.subarray(-4).equals(Buffer.alloc(4)) && all.length > 14) {
				seen.push(all);
				peer.end(reply);
			}
		});
	};
}

test("what is sent to it, and what its words mean", async () => {
	const cases = [["stream: OK\0", 201], ["stream: X FOUND\0", 422],
		["stream: OK", 503], ["stream: OK FOUND it\0", 503], ["OK\0", 503],
		["stream:  FOUND\0", 503], ["", 503], ["\0", 503],
		["INSTREAM size limit exceeded. ERROR\0", 503],
		[`stream: ${"x".repeat(300)} FOUND\0`, 503]];

	await useScanner();
	for (const [reply, status] of cases) {
		const seen = [];
		const stop = await fakePeer(saying(reply, seen));
		const bytes = pdf({ bytes: 600_000 });

		if (status === 201)
			await isTaken(bytes);
		else
			await isRefused(status, status === 422 ? "infected" :
				"try_later", bytes);
		stop();
		let at = "zINSTREAM\0".length;
		const chunks = [];

		assert.equal(seen[0].toString("latin1", 0, at), "zINSTREAM\0");
		for (let n; (n = seen[0].readUInt32BE(at)) > 0; at += 4 + n)
			chunks.push(seen[0].subarray(at + 4, at + 4 + n));
		assert.ok(Buffer.concat(chunks).equals(bytes));
	}
});

test("one that is silent or hangs up costs its time and no more", async () => {
	await useScanner(1);
	for (const handle of [() => {}, (peer) => peer.pause(),
		(peer) => peer.destroy(),
		(peer) => peer.once("data", () => peer.destroy())]) {
		const stop = await fakePeer(handle);
		const began = performance.now();

		await isRefused(503, "try_later", pdf({ bytes: 3 << 20 }));
		assert.ok(performance.now() - began < 4000);
		stop();
	}
	await stack.restart("attachment", { CALOCK_CLAMD_SOCKET: "" });
	await isTaken();
});
