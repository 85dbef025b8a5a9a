/* Which pages may act: Origin, Sec-Fetch-Site, and portals elsewhere. */
import assert from "node:assert/strict";
import { after, before, test } from "node:test";

import { Client, signIn } from "../stack/client.mjs";
import { startStack } from "../stack/stack.mjs";

const LISTED = "https://portal.example.gov.cn";
const ALSO = "https://portal2.example.gov.cn:8443";
const EXPOSED = {
	"access-control-allow-origin": LISTED,
	"access-control-allow-credentials": "true",
	"access-control-expose-headers": "Location, ETag",
};
let stack;
let client;

before(async () => {
	stack = await startStack({
		env: { CALOCK_PORTAL_ORIGINS: `${LISTED}, ${ALSO}` } });
	client = await signIn(stack, "applicant1");
});

after(() => stack?.stop());

/* Of what the browser reads, only what is there. */
function cors(answer)
{
	return Object.fromEntries(Object.entries(answer.headers)
		.filter(([name]) => name.startsWith("access-control-")));
}

test("an unsafe request comes from our own pages", async () => {
	const own = stack.baseUrl;
	const cases = [
		[{ Origin: own }, 422],
		[{ Origin: own, "Sec-Fetch-Site": "same-origin" }, 422],
		[{ Origin: null, "Sec-Fetch-Site": "same-origin" }, 422],
		[{ Origin: LISTED, "Sec-Fetch-Site": "cross-site" }, 422],
		[{ Origin: ALSO }, 422],
		[{ Origin: null }, 403],
		[{ Origin: null, "Sec-Fetch-Site": "same-site" }, 403],
		[{ Origin: null, "Sec-Fetch-Site": "cross-site" }, 403],
		[{ Origin: null, "Sec-Fetch-Site": "none" }, 403],
		[{ Origin: "" }, 403],
		[{ Origin: "null" }, 403],
		[{ Origin: `${own}/` }, 403],
		[{ Origin: own.replace("http:", "https:") }, 403],
		[{ Origin: own.replace("127.0.0.1", "localhost") }, 403],
		[{ Origin: stack.adminUrl }, 403],
		[{ Origin: "https://evil.example.com" }, 403],
		[{ Origin: `${LISTED}.evil.example.com` }, 403],
		[{ Origin: LISTED.slice(0, -1) }, 403],
		[{ Origin: `${LISTED}, ${ALSO}` }, 403],
		[{ Origin: "https://evil.example.com",
			"Sec-Fetch-Site": "same-origin" }, 403],
	];

	for (const [headers, status] of cases)
		for (const [method, path] of [["POST", "/api/applications"],
			["PUT", "/api/applications/x"]]) {
			const wanted = status === 422 && method === "PUT" ?
				404 : status;
			const answer = await client.request(method, path, {}, headers);

			assert.equal(answer.status, wanted, JSON.stringify(headers));
			if (status === 403)
				assert.equal(answer.body.code, "origin_refused");
		}
	assert.equal((await client.del("/api/session", { Origin: null })).status,
		403);
	assert.equal((await client.get("/api/session")).status, 200);
});

test("so does signing in", async () => {
	for (const Origin of [null, "https://evil.example.com", stack.adminUrl]) {
		const answer = await new Client(stack).post("/api/session",
			{ account: "applicant1", password: "Calock-demo-2026" },
			{ Origin });

		assert.equal(answer.status, 403, Origin);
		assert.equal(answer.headers["set-cookie"], undefined);
	}
});

test("reading needs no origin, and gives none a foreign page", async () => {
	for (const Origin of [null, "https://evil.example.com", "null"]) {
		const answer = await client.get("/api/session", { Origin });

		assert.equal(answer.status, 200);
		assert.deepEqual(cors(answer), {});
	}
});

test("a listed portal reads answers, refusals too", async () => {
	const good = await client.get("/api/session", { Origin: LISTED });
	const bad = await client.get("/api/applications/x", { Origin: LISTED });

	assert.equal(good.status, 200);
	assert.equal(bad.status, 404);
	for (const answer of [good, bad]) {
		assert.deepEqual(cors(answer), EXPOSED);
		assert.equal(answer.headers.vary, "Origin");
	}
});

test("a listed portal's preflights are answered", async () => {
	for (const path of ["/api/applications", "/api/session",
		"/api/applications/x/attachments/risk_notice"]) {
		const answer = await new Client(stack).request("OPTIONS", path,
			undefined, { Origin: LISTED,
				"Access-Control-Request-Method": "PUT" });

		assert.equal(answer.status, 204, path);
		assert.deepEqual(cors(answer), { ...EXPOSED,
			"access-control-allow-methods": "GET, POST, PUT, DELETE",
			"access-control-allow-headers":
				"Content-Type, If-Match, Idempotency-Key",
			"access-control-max-age": "600" });
	}
	const unknown = await client.request("OPTIONS", "/api/nothing",
		undefined, { Origin: LISTED });

	assert.equal(unknown.status, 404);
});

test("nobody else's preflights are", async () => {
	for (const Origin of [null, "https://evil.example.com", stack.adminUrl]) {
		const answer = await client.request("OPTIONS", "/api/applications",
			undefined, { Origin,
				"Access-Control-Request-Method": "POST" });

		assert.equal(answer.status, 405);
		assert.equal(answer.headers.allow, "GET, POST");
		assert.deepEqual(cors(answer), {});
	}
});

test("the administrators' pages take their own origin alone", async () => {
	const admin = await signIn(stack, "reviewer1");
	const out = (headers) => admin.form("/admin/sign-out", {}, headers);

	for (const Origin of [LISTED, stack.baseUrl, null]) {
		const answer = await out({ Origin });

		assert.equal(answer.status, 403, Origin);
		assert.deepEqual(cors(answer), {});
	}
	assert.equal((await admin.get("/admin/")).status, 200);
});
