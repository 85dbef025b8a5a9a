/*
 * The whole of calock in one folder: MariaDB, nginx, the programs, the worker
 * and the provider sandbox, as make run and the tests use it.
 *
 *   const stack = await startStack({});
 *   … stack.baseUrl, await stack.db("SELECT …") …
 *   await stack.stop();
 *
 * Whatever was started is stopped again: on stop(), on SIGINT and SIGTERM
 * also half-way through the start, when a part dies, and when we are killed.
 */
import crypto from "node:crypto";
import fs from "node:fs";
import http from "node:http";
import net from "node:net";
import os from "node:os";
import path from "node:path";
import { setTimeout as delay } from "node:timers/promises";
import { fileURLToPath } from "node:url";

import { borrowKeys } from "../sandbox/keys.mjs";
import { ACCOUNT } from "../sandbox/sms.mjs";
import { accounts } from "./accounts.mjs";
import { Database } from "./database.mjs";
import { configureNginx, startNginx } from "./nginx.mjs";
import { Interrupted, Parts, START_MS, until } from "./parts.mjs";
import { pickPort } from "./ports.mjs";
import { isPassable, Users } from "./users.mjs";

export { Interrupted };

const ROOT = fileURLToPath(new URL("../..", import.meta.url));
/* The programs: as they are used, or as tests/checked.mjs wants them. */
export const BIN = process.env.CALOCK_TEST_BIN ??
	path.join(ROOT, "build/plain/bin");
/* A socket's path ends at 107 bytes, and programs bind to a longer name
 * first; nginx takes only plain characters. */
const RUN_DIR = /^\/[A-Za-z0-9_./-]{1,69}$/;

/* Between two tries to start again what does not start. */
const REVIVE_MS = 1000;
/* flock's exit status when somebody else has the lock. */
const LOCKED = 75;

const running = new Set();
let exitCode = (signal) => signal === "SIGINT" ? 130 : 143;

/* For make run: asked to stop is not a failure. */
export function onSignalExitWith(code)
{
	exitCode = () => code;
}

async function interrupted(signal)
{
	await Promise.allSettled([...running].map((stack) => stack.stop()));
	process.exit(exitCode(signal));
}

function dieTogether()
{
	for (const stack of running)
		stack.killNow();
}

function watch(stack)
{
	if (running.size === 0) {
		process.on("SIGINT", interrupted);
		process.on("SIGTERM", interrupted);
		process.on("exit", dieTogether);
	}
	running.add(stack);
}

function unwatch(stack)
{
	running.delete(stack);
	if (running.size === 0) {
		process.off("SIGINT", interrupted);
		process.off("SIGTERM", interrupted);
		process.off("exit", dieTogether);
	}
}

function accepts(socket)
{
	return new Promise((resolve) => {
		const connection = net.connect(socket);

		connection.on("connect", () => {
			connection.destroy();
			resolve(true);
		});
		connection.on("error", () => resolve(false));
	});
}

/* The status of a GET, or 0 when nothing answers. */
function statusOf(url)
{
	return new Promise((resolve) => {
		http.get(url, { agent: false }, (answer) => {
			answer.resume();
			resolve(answer.statusCode);
		}).on("error", () => resolve(0));
	});
}

/* Written once, kept afterwards, for nobody else to read. */
function keep(file, make)
{
	if (!fs.existsSync(file)) {
		fs.writeFileSync(`${file}.new`, make(), { mode: 0o600 });
		fs.renameSync(`${file}.new`, file);
	}
	return file;
}

/* Waits for all of them, also when one fails: nothing goes on by itself. */
async function together(...promises)
{
	const results = await Promise.allSettled(promises);
	const failed = results.find((r) => r.status === "rejected");

	if (failed !== undefined)
		throw failed.reason;
}

class Stack {
	#parts;
	#database;
	#env; /* what the programs see besides our own environment */
	#failed = null;
	#stopping = null;
	#isUp = false;
	users = null; /* of each part, when it is not ours */
	accounts = accounts;

	constructor(options)
	{
		this.options = options;
		this.dir = options.dir !== undefined ? path.resolve(options.dir) :
			fs.mkdtempSync(path.join(os.tmpdir(), "calock-"));
		this.bin = options.bin ?? BIN;
		this.portal = path.join(ROOT, "nginx/portal");
		this.log = options.log ?? (() => {});
	}

	/* -- starting -- */

	#makeFolder(...names)
	{
		fs.mkdirSync(this.path(...names), { recursive: true, mode: 0o700 });
	}

	/* What an earlier run left behind goes. */
	#makeFolders()
	{
		for (const name of ["run", "store", "db-passwords"])
			this.#makeFolder(name);
		this.runDir = this.path("run");
		if (!RUN_DIR.test(this.runDir))
			this.runDir = fs.mkdtempSync("/tmp/calock-");
		for (const name of fs.readdirSync(this.runDir))
			fs.rmSync(path.join(this.runDir, name));
		fs.rmSync(this.path("run.json"), { force: true });
	}

	path(...names)
	{
		return path.join(this.dir, ...names);
	}

	/* A lock that the kernel gives up when we end, however we end. */
	async #lock()
	{
		try {
			await this.#parts.start("lock", "flock", ["--nonblock",
				"--no-fork", "--conflict-exit-code", String(LOCKED),
				this.path("lock"), "sh", "-c",
				"echo locked; exec sleep infinity"],
			(part) => part.log().includes("locked"), { rank: -1 });
		} catch (e) {
			if (this.#parts.get("lock").status !== `exit ${LOCKED}`)
				throw e;
			throw new Error(`${this.dir} is in use by another run`);
		}
	}

	#listPrograms()
	{
		const there = fs.existsSync(this.bin) ?
			fs.readdirSync(this.bin) : [];

		this.programs = this.options.programs ?? there;
		for (const name of this.programs)
			if (!there.includes(name))
				throw new Error(`${this.bin}/${name} is not built`);
		if (this.programs.length === 0)
			throw new Error(`${this.bin} is empty: run make`);
	}

	/* What other users read of the tree; copied when it is closed to them. */
	#openTree()
	{
		const tree = this.path("tree");

		fs.rmSync(tree, { recursive: true, force: true });
		if (isPassable(this.bin) && isPassable(this.portal))
			return;
		fs.cpSync(this.bin, path.join(tree, "bin"), { recursive: true });
		fs.cpSync(this.portal, path.join(tree, "portal"),
			{ recursive: true });
		fs.copyFileSync(path.join(this.bin, "../openapi.json"),
			path.join(tree, "openapi.json"));
		this.bin = path.join(tree, "bin");
		this.portal = path.join(tree, "portal");
	}

	/* Each part its own user, where there can be several. */
	async #chooseUsers()
	{
		if (process.getuid() !== 0)
			return;
		fs.chmodSync(this.dir, 0o711);
		if (!isPassable(this.dir)) {
			this.log(`all parts as root: ${this.dir} is closed to others`);
			return;
		}
		this.#openTree();
		this.users = new Users(this.programs, await this.#parts.run(
			path.join(this.bin, this.programs[0]), ["--config-table"]));
		this.#parts.userOf = (name) => this.users.of(name);
		this.users.openRunFolder(this.runDir);
		for (const name of ["log", "db-passwords", "sandbox"]) {
			this.#makeFolder(name);
			fs.chmodSync(this.path(name), 0o711);
		}
	}

	#makePassword(name)
	{
		const file = keep(this.path("db-passwords", name),
			() => crypto.randomBytes(24).toString("base64url"));

		this.users?.give(file, name);
	}

	async #prepareDatabase()
	{
		const loaded = this.path("db-loaded");
		const isNew = !fs.existsSync(loaded);
		const connection = ["--", ...this.#database.client];

		if (isNew)
			await this.#database.install();
		await this.#database.start();
		await this.#parts.run(path.join(ROOT, "sql/migrate"), connection);
		/* Each time: it changes nothing that is there, but for what a demo
		 * account is in a schema that is newer. */
		await this.#database.load(path.join(ROOT, "sql/demo.sql"));
		fs.writeFileSync(loaded, "");
		for (const name of this.programs)
			this.#makePassword(name);
		await this.#parts.run(path.join(ROOT, "sql/grants"),
			["--programs", this.bin,
				"--passwords", this.path("db-passwords"),
				...connection]);
	}

	/* It tells where it listens. */
	async #startSandbox()
	{
		const { scale = 1 } = this.options;

		borrowKeys(this.path("sandbox"), scale);
		const part = await this.#parts.start("sandbox", process.execPath,
			[path.join(ROOT, "tests/sandbox/main.mjs"),
				"--dir", this.path("sandbox"),
				"--port", String(this.port + 2),
				"--scale", String(scale)],
			(p) => /^ready http\S+\n/m.test(p.log()), { rank: 0 });
		const [, url] = /^ready (http\S+)\n/m.exec(part.log());

		this.sandboxUrl = url.replace(/\/$/, "");
		if (this.#hasPhone())
			await this.#registerTemplates();
	}

	/* Messages go to the sandbox's phone, unless somebody else is named. */
	#hasPhone()
	{
		return this.options.phone === true &&
			this.programs.includes("worker") &&
			!Object.keys(this.options.env ?? {}).some((name) =>
				name.startsWith("CALOCK_SMS_"));
	}

	/* What the worker sends, as its own table has it: [{code, text}]. */
	async #registerTemplates()
	{
		const table = await this.#parts.run(path.join(this.bin, "worker"),
			["--messages"]);
		const rows = table.trimEnd().split("\n")
			.map((line) => line.split("\t"));

		this.templates = rows.map(([word]) => word);
		await fetch(`${this.sandboxUrl}/sandbox/templates`, {
			method: "POST", body: JSON.stringify(rows.map(
				([word, , text]) => ({ code: `SMS_${word}`, text }))) });
	}

	#phoneEnv()
	{
		return !this.#hasPhone() ? {} : {
			CALOCK_SMS_PROVIDER: "aliyun",
			CALOCK_SMS_BASE_URL: this.sandboxUrl,
			CALOCK_SMS_KEY_ID: ACCOUNT.key_id,
			CALOCK_SMS_KEY_SECRET_FILE: keep(this.path("sms.key"),
				() => ACCOUNT.key_secret),
			CALOCK_SMS_SIGN_NAME: ACCOUNT.sign_name,
			CALOCK_SMS_CALLBACK_TOKEN_FILE: keep(
				this.path("sms.callback"),
				() => crypto.randomBytes(32).toString("hex")),
			CALOCK_SMS_TEMPLATES: this.templates.map((word) =>
				`${word}=SMS_${word}`).join(),
		};
	}

	#sandboxEnv()
	{
		const dir = this.path("sandbox");
		const read = (name) => JSON.parse(
			fs.readFileSync(path.join(dir, name)));
		const keys = read("wechatpay.json"), alipay = read("alipay.json");

		return {
			CALOCK_ALIPAY_BASE_URL: `${this.sandboxUrl}/gateway.do`,
			CALOCK_ALIPAY_APPID: alipay.appid,
			CALOCK_ALIPAY_SELLER_ID: alipay.seller_id,
			CALOCK_ALIPAY_APP_KEY_FILE:
				path.join(dir, alipay.app_key_file),
			CALOCK_ALIPAY_ALIPAY_KEY_FILE:
				path.join(dir, alipay.alipay_public_key_file),
			CALOCK_WECHATPAY_BASE_URL: this.sandboxUrl,
			CALOCK_WECHATPAY_MCHID: keys.mchid,
			CALOCK_WECHATPAY_APPID: keys.appid,
			CALOCK_WECHATPAY_MERCHANT_KEY_FILE:
				path.join(dir, keys.merchant_key_file),
			CALOCK_WECHATPAY_MERCHANT_SERIAL: keys.merchant_serial,
			CALOCK_WECHATPAY_APIV3_KEY_FILE:
				path.join(dir, keys.apiv3_key_file),
			CALOCK_WECHATPAY_PLATFORM_KEYS:
				`${keys.platform_public_key_id}=` +
				path.join(dir, keys.platform_public_key_file) +
				`,${keys.platform_certificate_serial}=` +
				path.join(dir, keys.platform_certificate_file),
			/* Read where invoices are WeChat Pay's. */
			CALOCK_INVOICE_GOODS_NAME: "数字证书服务费",
			CALOCK_INVOICE_GOODS_CATEGORY: "信息技术服务",
			CALOCK_INVOICE_TAX_CODE: "3040201990000000000",
			CALOCK_INVOICE_TAX_RATE: "6",
		};
	}

	#baseEnv()
	{
		return {
			CALOCK_DB_SOCKET: this.#database.socket,
			CALOCK_DB_NAME: this.#database.name,
			CALOCK_DB_PASSWORD_DIR: this.path("db-passwords"),
			CALOCK_RUN_DIR: this.runDir,
			CALOCK_STORE: `file:${this.path("store")}`,
			CALOCK_FIELD_KEY_FILE: keep(this.path("field.key"),
				() => `1 ${crypto.randomBytes(32).toString("hex")}\n`),
			CALOCK_AUDIT_KEY_FILE: keep(this.path("audit.key"),
				() => `${crypto.randomBytes(32).toString("hex")}\n`),
			CALOCK_AUDIT_ANCHORS: this.path("anchors"),
			CALOCK_AUDIT_SEAL_SECONDS: "1",
			CALOCK_AUDIT_SETTLE_SECONDS: "1",
			CALOCK_PUBLIC_URL: this.baseUrl,
			CALOCK_ADMIN_URL: this.adminUrl,
		};
	}

	async #prepareNginx()
	{
		const routes = await Promise.all(this.programs.map((name) =>
			this.#parts.run(path.join(this.bin, name), ["--routes"])));

		this.routes = routes.join("").trimEnd().split("\n")
			.map((line) => line.split("\t"));
		await configureNginx(this.#parts, { dir: this.path("nginx"),
			port: this.port, source: path.join(ROOT, "nginx"),
			portal: this.portal, runsAsUs: this.users === null,
			runDir: this.runDir, routes: routes.join(""),
			openapi: path.join(this.bin, "../openapi.json") });
		this.users?.give(this.path("nginx"), "nginx");
		this.users?.giveFile(this.path("log/access.log"), "nginx");
		await this.#startNginx();
	}

	#startNginx()
	{
		return startNginx(this.#parts, this.path("nginx"), async () =>
			await statusOf(this.baseUrl) === 200);
	}

	/* Any part, by its name. */
	#start(name)
	{
		switch (name) {
		case "mariadbd":
			return this.#database.start();
		case "nginx":
			return this.#startNginx();
		case "sandbox":
			return this.#startSandbox();
		default:
			return this.#startProgram(name);
		}
	}

	/* Whether a program has signed in to the database. */
	async #hasSignedIn(name)
	{
		const rows = await this.db("SELECT 1 FROM " +
			"information_schema.processlist " +
			`WHERE user = 'calock_${name}'`);

		return rows.length > 0;
	}

	/* The worker has no socket: it serves once it works on the database. */
	#startProgram(name)
	{
		const socket = path.join(this.runDir, `${name}.sock`);

		return this.#parts.start(name, path.join(this.bin, name), [],
			() => name === "worker" ?
				this.#hasSignedIn(name) : accepts(socket),
			{ env: this.env });
	}

	#hasRoute(route)
	{
		return this.routes.some(([, pattern]) => pattern === route);
	}

	/* Everything is up; now it has to answer through nginx as well. */
	async #answers()
	{
		const urls = [`${this.baseUrl}/`];

		if (this.#hasRoute("/readyz"))
			urls.push(`${this.baseUrl}/readyz`);
		if (this.#hasRoute("/admin/sign-in"))
			urls.push(`${this.adminUrl}/admin/sign-in`);
		for (const url of urls)
			await until(async () => this.#failed !== null ||
				[200, 204].includes(await statusOf(url)),
			`${url} answers`, START_MS);
		if (this.#failed !== null)
			throw this.#failed;
	}

	async start()
	{
		const ours = Object.entries(process.env)
			.filter(([name]) => !name.startsWith("CALOCK_"));

		this.#makeFolder("log");
		this.#parts = new Parts(this.path("log"), {
			...Object.fromEntries(ours),
			PATH: `${process.env.PATH}:/usr/sbin:/sbin`,
		}, (part) => this.#onDeath(part));
		await this.#lock();
		this.#makeFolders();
		this.#listPrograms();
		this.port = await pickPort(this.options.port);
		this.baseUrl = `http://127.0.0.1:${this.port}`;
		this.adminUrl = `http://127.0.0.1:${this.port + 1}`;
		await this.#chooseUsers();
		this.#database = new Database(this.#parts, this.dir, this.runDir,
			{ options: this.options.mariadbd, users: this.users });
		this.log("MariaDB, nginx and the provider sandbox");
		await together(this.#startSandbox(), this.#prepareDatabase(),
			this.#prepareNginx());
		const made = { ...this.#baseEnv(), ...this.#sandboxEnv(),
			...this.#phoneEnv() };

		this.users?.openKeys(made);
		if (this.programs.includes("worker"))
			this.users?.giveFile(made.CALOCK_AUDIT_ANCHORS, "worker");
		this.env = { ...made, ...this.options.env };
		this.users?.openStore(this.env.CALOCK_STORE.replace(/^file:/, ""));
		this.log(`the programs: ${this.programs.join(" ")}`);
		await together(...this.programs.map((name) => this.#start(name)));
		await this.#answers();
		this.#isUp = true;
	}

	#onDeath(part)
	{
		if (this.#isUp && this.options.supervise) {
			this.#revive(part).catch((e) => {
				if (!(e instanceof Interrupted))
					throw e;
			});
			return;
		}
		this.#failed ??= part.failure();
	}

	/* As systemd does in production: again and again, for good. */
	async #revive(part)
	{
		this.log(`${part.name} again: it ended (${part.status})`);
		for (;;) {
			try {
				await this.kill(part.name);
				await this.#start(part.name);
				return;
			} catch (e) {
				if (e instanceof Interrupted)
					throw e;
				this.log(`${part.name} failed: ${e.message}`);
				await delay(REVIVE_MS);
			}
		}
	}

	/* -- while it runs -- */

	db(sql)
	{
		return this.#database.query(sql);
	}

	/* What a part has logged since it was started. */
	logs(name)
	{
		return this.#parts.get(name).log();
	}

	/* Of the process that was started. */
	pid(name)
	{
		return this.#parts.get(name).pid;
	}

	/* The processes that a program has forked. */
	workers(name)
	{
		return this.#parts.get(name).workers();
	}

	/* Those that do a program's work; the worker forks none. */
	processes(name)
	{
		return name === "worker" ? [this.#parts.get(name).pid] :
			this.workers(name);
	}

	/* SIGKILL ends the whole group, SIGTERM is waited for; both leave the
	 * part down. Anything else goes to the program's parent. */
	async kill(name, signal = "SIGKILL")
	{
		const part = this.#parts.get(name);

		if (signal === "SIGKILL")
			await part.kill();
		else if (signal !== "SIGTERM")
			part.signal(signal);
		else if (!await part.stop())
			throw new Error(`${name} did not stop when asked`);
	}

	/* Stops a part, if it lives, and starts it, from now on with env. */
	async restart(name, env = {})
	{
		if (this.#parts.get(name).status === null)
			await this.kill(name, "SIGTERM");
		Object.assign(this.env, env);
		await this.#start(name);
	}

	killDatabase()
	{
		return this.kill("mariadbd");
	}

	startDatabase()
	{
		return this.#start("mariadbd");
	}

	/* -- stopping -- */

	killNow()
	{
		this.#parts.killNow();
	}

	/* Throws when a part had died by itself or did not stop when asked. */
	stop()
	{
		this.#stopping ??= this.#stop();
		return this.#stopping;
	}

	/* Only where the lock was ours: there is a run folder. */
	#removeTraces()
	{
		if (this.runDir !== undefined) {
			fs.rmSync(this.path("run.json"), { force: true });
			fs.rmSync(this.runDir, { recursive: true });
		}
		if (this.options.dir !== undefined)
			return;
		if (process.env.CALOCK_TEST_KEEP)
			console.error(`kept: ${this.dir}`);
		else
			fs.rmSync(this.dir, { recursive: true });
	}

	async #stop()
	{
		const untidy = await this.#parts.stop();

		this.#removeTraces();
		unwatch(this);
		if (this.#failed !== null)
			throw this.#failed;
		if (untidy.length > 0)
			throw new Error(`did not stop: ${untidy.join(", ")}`);
	}
}

/*
 * dir: everything lives in it, and is kept; without it, a folder in /tmp that
 * goes with stop() unless CALOCK_TEST_KEEP is set; port: the first of three,
 * picked when not given; supervise: start again what dies; env: CALOCK_
 * variables over ours; phone: messages go to the sandbox's, else they are only
 * logged; scale: the sandbox's delays times this; programs:
 * names, all that are built by default; bin: their folder, BIN by default;
 * mariadbd: options for it, over ours; log: takes a line about each step.
 */
export async function startStack(options)
{
	const stack = new Stack(options);

	watch(stack);
	try {
		await stack.start();
		return stack;
	} catch (e) {
		await stack.stop().catch(() => {});
		throw e;
	}
}
