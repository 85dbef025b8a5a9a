/* What a worker of each program has to itself after very many requests. */
import fs from "node:fs";
import { setTimeout as delay } from "node:timers/promises";

import { addAdministrators } from "../cases.mjs";
import { load, request } from "../sides.mjs";
import { approvals, notices, submissions } from "./change.mjs";
import { people, requests } from "./list.mjs";
import { uploads, writePdf } from "./upload.mjs";

const REQUESTS = 100_000;
const PARTS = 10;
const CHANGES = 150; /* of each kind in a part */
const UPLOADS = 40;
const UPLOAD_BYTES = 300_000;
/* A worker that has nothing to do gives back what it does not use. */
const IDLE_MS = 3000;
const MB = 1024; /* kB, as the kernel counts */
const LIMITS = { dirty: 2, resident: 12, growth: 0.25 };

const PORTAL = ["/api/session", "/api/form?type=enterprise", "/api/locks",
	"/api/applications?limit=20", "/api/applications?status=approved",
	"/api/payments", "/api/invoices", "/api/invoice-titles",
	"/api/applications/nobody", "/readyz"];
const ADMIN = ["/admin/", "/admin/?status=pending", "/admin/work-orders",
	"/admin/invoices", "/admin/style.css"];

/* The kernel's figures of a process, in kB, by name. */
function memoryOf(pid)
{
	const text = fs.readFileSync(`/proc/${pid}/smaps_rollup`, "utf8");

	return Object.fromEntries([...text.matchAll(/^(\w+): +(\d+) kB$/gm)]
		.map(([, name, kb]) => [name, Number(kb)]));
}

/* One process that calls providers, and the program that has pango and keeps
 * the outlines of fonts: their limits are those of tests/faults/soak.mjs. */
const APART = ["worker", "document"];

/* {program, pid, dirty, resident} of every other worker, in MB. */
async function measure(stack)
{
	await delay(IDLE_MS);
	return stack.programs.filter((name) => !APART.includes(name))
		.flatMap((program) => stack.workers(program).map((pid) => {
			const { Private_Dirty: dirty, Rss: resident } = memoryOf(pid);

			return { program, pid, dirty: dirty / MB,
				resident: resident / MB };
		}));
}

function reads(url, targets, who)
{
	return who.flatMap(({ session }) => targets.map((target) =>
		[request(url, "GET", target, { cookie: session.cookie })]));
}

function shuffled(list)
{
	return list.map((item, i) => ({ item, at: (i * 7919) % list.length }))
		.sort((a, b) => a.at - b.at).map(({ item }) => item);
}

/* One part of the requests: all kinds of changes, and reading around them. */
async function part(stack, who, reviewers, pdf)
{
	const mayFail = true; /* what is refused uses memory as well */
	const changes = [await submissions(stack, CHANGES),
		await notices(stack, CHANGES)].flat();
	const portal = shuffled([...changes, ...requests(stack, who),
		...reads(stack.baseUrl, PORTAL, who)]);
	const admin = shuffled([...await approvals(stack, CHANGES),
		...reads(stack.adminUrl, ADMIN, reviewers)]);
	const share = REQUESTS / PARTS;
	let sent = 0;

	for (const [url, groups, options] of [
		[stack.baseUrl, await uploads(stack, UPLOADS, pdf.length),
			{ body: pdf.file, connections: 4 }],
		[stack.adminUrl, admin, {}],
		[stack.baseUrl, portal, {}]]) {
		const { answers } = await load(url, groups,
			{ mayFail, ...options });

		sent += answers;
	}
	await load(stack.baseUrl, reads(stack.baseUrl, PORTAL, who),
		{ times: Math.max(1, share - sent), mayFail });
}

/* As the programs are, but that no worker is replaced meanwhile. */
async function restartAll(stack, requestsEach)
{
	for (const name of stack.programs)
		await stack.restart(name,
			{ CALOCK_WORKER_REQUESTS: String(requestsEach) });
}

async function run(world)
{
	const stack = await world.stack("small");
	const who = await people(stack, "small", 100);
	const pdf = writePdf(UPLOAD_BYTES);
	let early;

	await restartAll(stack, 1_000_000);
	for (let i = 0; i < PARTS; i++) {
		const reviewers = await addAdministrators(stack, "reviewer", 20);

		await part(stack, who, reviewers, pdf);
		if (i === 1)
			early = await measure(stack);
	}
	const late = await measure(stack);

	await restartAll(stack, 10_000);
	return { early, late };
}

/* Taken once, for three figures. */
let taken = null;

async function worst(world, what, valueOf)
{
	taken ??= run(world);
	const { early, late } = await taken;
	const values = late.map((now) => {
		const was = early.find(({ pid }) => pid === now.pid);

		if (was === undefined)
			throw new Error(`a worker of ${now.program} was replaced`);
		return { program: now.program, value: valueOf(now, was) };
	});
	const most = values.reduce((a, b) => a.value >= b.value ? a : b);
	const ratio = most.value / LIMITS[what];

	world.log(`${what}: most in ${most.program}; ` + values.filter((v, i) =>
		values.findIndex((o) => o.program === v.program) === i)
		.map(({ program, value }) => `${program} ${value.toFixed(2)}`)
		.join(" "));
	return { ours: most.value, limit: LIMITS[what], ratio, ratios: [ratio] };
}

export const dirty = (world) => worst(world, "dirty", (now) => now.dirty);
export const resident = (world) =>
	worst(world, "resident", (now) => now.resident);
export const growth = (world) =>
	worst(world, "growth", (now, was) => now.dirty - was.dirty);
