/*
 * The client of the JSON API: one function a method, problems as errors,
 * repeats of what did not get through, and the session's return.
 */
const RETRIES = [400, 1200, 3000]; /* ms before each repeat */
const WAIT_MAX = 10; /* s that a Retry-After is waited for */
const UNSURE = [502, 503, 504];

/* The server refused: its problem (RFC 9457) and status. */
export class Refusal extends Error {
	constructor(status, problem)
	{
		super(problem.detail ?? "系统暂时不可用，请稍后再试。");
		this.status = status;
		this.code = problem.code ?? "unknown";
		this.title = problem.title ?? "没有成功";
		this.errors = problem.errors ?? [];
		this.warnings = problem.warnings ?? [];
		this.requestId = problem.request_id ?? null;
	}
}

/* The server was not reached. */
export class Offline extends Error {
	constructor()
	{
		super("网络不通，请检查网络后再试。");
		this.code = "offline";
		this.title = "没有连上服务器";
		this.errors = [];
	}
}

/* Whether, after this, nobody knows if the server did it. */
export function isUnsure({ status })
{
	return status === undefined || status >= 500;
}

/* Set by session.mjs: how to sign in again without losing the page. */
let renewSession = () => Promise.reject(new Offline());
/* The server's clock less ours, known from its first answer. */
let skew = null;

export function onSignedOut(renew)
{
	renewSession = renew;
}

/* Now, by the server's clock as far as it is known. */
export function serverNow()
{
	return Date.now() + (skew ?? 0);
}

function learnClock(answer)
{
	const date = Date.parse(answer.headers.get("date") ?? "");

	if (skew === null && !Number.isNaN(date))
		skew = Math.abs(date - Date.now()) < 5000 ? 0 :
			date - Date.now();
}

/* Marks one intent: its repeats have one effect. */
export function newKey()
{
	return [...crypto.getRandomValues(new Uint8Array(16))]
		.map((byte) => byte.toString(16).padStart(2, "0")).join("");
}

function pause(ms, signal)
{
	return new Promise((resolve, reject) => {
		const timer = setTimeout(resolve, ms);

		signal?.addEventListener("abort", () => {
			clearTimeout(timer);
			reject(signal.reason);
		}, { once: true });
	});
}

async function problemOf(answer)
{
	try {
		return await answer.json();
	} catch {
		return {};
	}
}

/* One try; undefined when the server was not reached. */
async function send(method, path, { body, headers, signal })
{
	if (!navigator.onLine)
		return undefined;
	try {
		return await fetch(path, { method, signal, credentials:
			"same-origin", cache: "no-store", headers: {
			...body === undefined ? {} :
				{ "Content-Type": "application/json" },
			...headers,
		}, body: body === undefined ? undefined : JSON.stringify(body) });
	} catch (e) {
		if (signal?.aborted)
			throw e;
		return undefined;
	}
}

/* How long to wait before another try; null: this answer stands. */
function waitFor(answer, tries)
{
	if (tries >= RETRIES.length)
		return null;
	if (answer === undefined)
		return navigator.onLine ? RETRIES[tries] : null;
	if (answer.status !== 429 && !UNSURE.includes(answer.status))
		return null;
	const after = Number(answer.headers.get("retry-after") ?? 0);

	if (answer.status === 429 && after > WAIT_MAX)
		return null;
	return Math.min(after, WAIT_MAX) * 1000 || RETRIES[tries];
}

/* The answer after as many repeats as make sense. */
async function persist(method, path, options)
{
	for (let tries = 0; ; tries++) {
		const answer = await send(method, path, options);
		const wait = options.once ? null : waitFor(answer, tries);

		if (wait === null)
			return answer;
		await pause(wait, options.signal);
	}
}

async function request(method, path, options = {})
{
	for (;;) {
		const answer = await persist(method, path, options);

		if (answer === undefined)
			throw new Offline();
		learnClock(answer);
		if (answer.status === 204)
			return null;
		if (answer.ok)
			return options.isText ? answer.text() : answer.json();
		const problem = await problemOf(answer);

		if (problem.code !== "signed_out" || options.isSignIn)
			throw new Refusal(answer.status, problem);
		await renewSession();
	}
}

export function get(path, options)
{
	return request("GET", path, options);
}

/* key: of an intent that may come here twice; a new one by default. */
export function post(path, body, { key = newKey(), ...options } = {})
{
	return request("POST", path, { ...options, body,
		headers: { "Idempotency-Key": key } });
}

export function put(path, body, options)
{
	return request("PUT", path, { ...options, body });
}

export function del(path, options)
{
	return request("DELETE", path, options);
}

/* Sign-in is not repeated: each try counts. */
export function signIn(account, password)
{
	return request("POST", "/api/session",
		{ body: { account, password }, once: true });
}

export function signInByLock()
{
	return request("POST", "/api/session/certificate", { once: true });
}

/* Each of these counts as well. */
export function askStatusCode(pair)
{
	return request("POST", "/api/status/code", { body: pair, once: true });
}

export function askStatus(inquiry)
{
	return request("POST", "/api/status", { body: inquiry, once: true });
}

/* Who is signed in; null when nobody is. */
export async function whoAmI()
{
	try {
		return await request("GET", "/api/session", { isSignIn: true });
	} catch (e) {
		if (e.status === 401)
			return null;
		throw e;
	}
}

/* A query string without what is empty. */
export function query(path, values)
{
	const pairs = Object.entries(values).filter(([, value]) =>
		value !== undefined && value !== null && value !== "");
	const text = new URLSearchParams(pairs).toString();

	return text === "" ? path : `${path}?${text}`;
}

/* The same answer for all who ask while the page lives. */
const kept = new Map();

export function getOnce(path)
{
	if (!kept.has(path))
		kept.set(path, get(path).catch((e) => {
			kept.delete(path);
			throw e;
		}));
	return kept.get(path);
}

export function forget()
{
	kept.clear();
}

export const form = () => getOnce("/api/form?type=enterprise");

/* For requests made elsewhere: resolves when there is a session again. */
export function signedOut()
{
	return renewSession();
}
