/*
 * Fresh units with cases that are ready for one step, put into the database
 * directly: a figure needs thousands of them.
 */
import crypto from "node:crypto";
import fs from "node:fs";

const ALPHABET = "0123456789abcdefghjkmnpqrstvwxyz";
const ID_TIME = 10;
const ID_RANDOM = 16;
const KINDS = ["application_form", "business_licence", "handler_id_card",
	"risk_notice"];
/* Of the zone that belongs to nobody; the unit's own is another. */
const ORG_CODE = "91330800PDY0000282";
const CASES_A_UNIT = 5;
const INDEX = 16; /* bytes of a digest */
const ROWS_A_STATEMENT = 500;

export const PRIVATE = { handler_mobile: "13800138000",
	handler_id_no: "330802199003070009" };

let serial = 0;

/* An id as lib/base/hash.c makes them. */
export function newId()
{
	const random = crypto.randomBytes(ID_RANDOM);
	let ms = Date.now();
	let time = "";

	for (let i = 0; i < ID_TIME; i++) {
		time = ALPHABET[ms % 32] + time;
		ms = Math.floor(ms / 32);
	}
	return time + [...random].map((byte) => ALPHABET[byte & 31]).join("");
}

const sha256 = (text) =>
	crypto.createHash("sha256").update(text).digest("hex");

/* A session's cookie and what goes with it. */
function newToken(name)
{
	const token = crypto.randomBytes(32).toString("base64url");

	return { cookie: `${name}=${token}`, hash: sha256(token),
		csrf: sha256(`csrf:${token}`) };
}

/* A private field as lib/service/seal.c seals it, and its digest. */
function sealerOf(stack)
{
	const [number, hex] = fs.readFileSync(stack.path("field.key"), "utf8")
		.trim().split(" ");
	const key = Buffer.from(hex, "hex");

	const indexKey = Buffer.from(crypto.hkdfSync("sha256", key, "",
		"calock blind index", key.length));
	const index = (name, text) => crypto.createHmac("sha256", indexKey)
		.update(`${name}/${text}`).digest().subarray(0, INDEX);
	const seal = (bound, text) => {
		const nonce = crypto.randomBytes(12);
		const cipher = crypto.createCipheriv("aes-256-gcm", key, nonce);

		cipher.setAAD(Buffer.from(bound));
		return Buffer.concat([Buffer.from([Number(number)]), nonce,
			cipher.update(text, "utf8"), cipher.final(),
			cipher.getAuthTag()]);
	};

	return { index, seal };
}

function literal(value)
{
	if (value === null)
		return "NULL";
	if (Buffer.isBuffer(value))
		return `x'${value.toString("hex")}'`;
	return typeof value === "string" && !/^NOW\(/.test(value) ?
		`'${value}'` : String(value);
}

/* Rows are objects of the same columns; a text NOW(…) is an expression. */
async function insert(stack, table, rows)
{
	const columns = Object.keys(rows[0]);

	for (let i = 0; i < rows.length; i += ROWS_A_STATEMENT)
		await stack.db(`INSERT INTO ${table} (${columns.join(", ")}) VALUES
		${rows.slice(i, i + ROWS_A_STATEMENT).map((row) =>
			`(${columns.map((c) => literal(row[c])).join(", ")})`)
			.join(",\n")}`);
}

/* Signs in people, objects with an account, both steps of it: gives them with
 * a session. */
export async function addSessions(stack, people, surface)
{
	const signedIn = people.map((person) => ({ ...person, session:
		newToken(surface === "portal" ? "calock_session" :
			"calock_admin") }));

	await insert(stack, "sessions", signedIn.map(({ session, account }) =>
		({ token_hash: session.hash, account_id: account, surface,
			ip: "127.0.0.1", second_at: "NOW(6)" })));
	return signedIn;
}

/* n units, each with an account that is signed in. */
export async function addUnits(stack, n)
{
	const units = Array.from({ length: n }, () => ({ id: newId(),
		account: newId(), number: ++serial }));
	const mark = newId().slice(0, 16);

	await insert(stack, "units", units.map((u) => ({ id: u.id,
		name: `衢州新增${u.number}有限公司`,
		org_code: `${mark.slice(4, 12)}${u.number}` })));
	await insert(stack, "accounts", units.map((u) => ({ id: u.account,
		login: `${mark}${u.number}`, password_hash: "*", role: "applicant",
		unit_id: u.id, name: "张明" })));
	return addSessions(stack, units, "portal");
}

/* n administrators of a role, signed in. */
export async function addAdministrators(stack, role, n)
{
	const people = Array.from({ length: n }, () => ({ account: newId() }));

	await insert(stack, "accounts", people.map((p) => ({ id: p.account,
		login: p.account, password_hash: "*", role, unit_id: null,
		name: "王审核" })));
	return addSessions(stack, people, "admin");
}

/* What a form holds that is complete, its private fields in clear. */
export function fields(item)
{
	return {
		applicant_name: "张明",
		category: "renewal",
		business: "certificate_and_seal",
		years: 1,
		pickup: "onsite",
		project_name: "示例工程施工总承包",
		lock_serial: item.lock,
		unit_name: `衢州新增${item.unit.number}有限公司`,
		org_code: ORG_CODE,
		legal_representative: "陈建国",
		unit_phone: "0570-3012345",
		handler_name: "李晓梅",
		handler_title: "办公室主任",
		handler_email: "li.xiaomei@example.com",
		address: "浙江省衢州市柯城区示例路1号",
		postcode: "324000",
		...PRIVATE,
	};
}

/* A case's row; overrides replace and add columns. */
function row(item, sealer, overrides)
{
	const sealed = Object.fromEntries(Object.entries(PRIVATE)
		.flatMap(([name, text]) => [
			[name, sealer.seal(`${item.id}/${name}`, text)],
			[`${name}_index`, sealer.index(name, text)]]));

	item.sealed = sealed;
	return { id: item.id, batch_no: `CB${String(item.number)
		.padStart(14, "0")}`, type: "enterprise", unit_id: item.unit.id,
	account_id: item.unit.account, consent_version: 1,
	applicant_unit: `衢州新增${item.unit.number}有限公司`,
	...fields(item), years: "1", ...sealed, fee_fen: 30000, ...overrides };
}

/*
 * n renewals of fresh units, five a unit, complete with their files: {id,
 * lock, unit, sealed}. columns(item) are those of `applications` that differ
 * from a draft.
 */
export async function addCases(stack, n, columns = () => ({}))
{
	const units = await addUnits(stack, Math.ceil(n / CASES_A_UNIT));
	const sealer = sealerOf(stack);
	const items = Array.from({ length: n }, (_, i) => ({ id: newId(),
		number: ++serial, lock: `NL${newId().toUpperCase()}`,
		unit: units[Math.floor(i / CASES_A_UNIT)] }));

	await insert(stack, "locks", items.map((item) => ({ id: newId(),
		unit_id: item.unit.id, serial: item.lock, kind: "sub",
		valid_from: "NOW() - INTERVAL 345 DAY",
		valid_to: "NOW() + INTERVAL 20 DAY" })));
	await insert(stack, "applications", items.map((item) =>
		row(item, sealer, { state: "editing", version: 1, ...columns(item) })));
	await insert(stack, "history", items.map((item) => ({ id: newId(),
		application_id: item.id, version: 1, action: "create",
		actor_id: item.unit.account, actor_name: "张明",
		received_at: "NOW(6)" })));
	await insert(stack, "attachments", items.flatMap((item) =>
		KINDS.map((kind) => ({ id: newId(), application_id: item.id, kind,
			name: `${kind}.pdf`, size: 300000, sha256: sha256(item.id),
			store_key: `ff/${newId()}`, uploaded_by: item.unit.account,
			sealed_by: 1,
			inspection: "done" /* the files are not there */ }))));
	return items;
}
