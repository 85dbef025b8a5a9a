/* The form: what a draft keeps, what is refused, what is remarked. */
import assert from "node:assert/strict";
import { after, before, test } from "node:test";

import { signIn } from "../stack/client.mjs";
import { addApplicant, create, draft, force, load }
	from "../stack/cases.mjs";
import { startStack } from "../stack/stack.mjs";

/* What can be typed, in the order of the table. */
const INPUTS = ["applicant_name", "category", "business", "years", "pickup",
	"project_name", "lock_serial", "unit_name", "org_code",
	"legal_representative", "unit_phone", "handler_name", "handler_title",
	"handler_mobile", "handler_email", "address", "postcode",
	"handler_id_no", "second_reason", "recipient", "recipient_phone",
	"mail_address"];
const PRIVATE = ["handler_mobile", "handler_id_no", "recipient",
	"recipient_phone", "mail_address"];
let stack;
let client;
let form;

before(async () => {
	stack = await startStack({});
	client = await signIn(stack, "applicant1");
	form = (await client.get("/api/form?type=enterprise")).body;
});

after(() => stack?.stop());

function remarks(list, field)
{
	return list.filter((item) => item.field === field)
		.map((item) => item.code);
}

/* What a draft becomes with these fields. */
function typed(fields)
{
	return create(client, draft(client, fields));
}

test("the form's definition is enough to draw it", async () => {
	assert.equal(form.type, "enterprise");
	assert.equal(form.consent.version, 1);
	assert.match(form.consent.title, /告知确认书/);
	assert.ok(form.consent.text.length > 100);
	assert.deepEqual(form.fields.filter((f) => f.editable)
		.map((f) => f.name), INPUTS);
	assert.deepEqual(form.fields.filter((f) => !f.editable)
		.map((f) => f.name), ["applicant_unit", "fee_fen"]);
	assert.deepEqual(form.fields.filter((f) => f.private)
		.map((f) => f.name), PRIVATE);
	const category = form.fields.find((f) => f.name === "category");

	assert.deepEqual(category.options.map((o) => [o.value, o.label]),
		[["new", "新办"], ["renewal", "续期"]]);
	assert.deepEqual(form.attachments.map((a) => [a.kind, a.required]), [
		["risk_notice", "renewal"], ["application_form", "always"],
		["business_licence", "always"], ["handler_id_card", "always"]]);
	assert.equal(form.fees.length, 12);
	assert.equal((await client.get("/api/form")).status, 422);
});

test("what the unit said last is pointed at, its own alone", async () => {
	const fresh = ["category", "pickup", "project_name", "lock_serial",
		"second_reason"];
	const last = async (account) => (await (await signIn(stack, account))
		.get("/api/form?type=enterprise")).body.last_completed;
	const account = await addApplicant(stack);
	const owner = await signIn(stack, account);
	const done = await create(owner, draft(owner));
	const later = await create(owner, draft(owner));

	assert.deepEqual(form.fields.filter((f) => f.carries_over)
		.map((f) => f.name), INPUTS.filter((name) =>
		!fresh.includes(name)));
	assert.equal(form.last_completed, null);
	await force(stack, later.id, "paid");
	assert.equal(await last(account), null);
	await force(stack, done.id, "completed");
	assert.equal(await last(account), done.id);
	assert.equal(await last("applicant1"), null);
});

test("an empty draft tells all that is missing, at once", async () => {
	const app = await create(client);
	const needed = form.fields.filter((f) => f.required === "always" &&
		f.editable).map((f) => f.name);

	assert.deepEqual(app.errors.map((e) => [e.field, e.code]),
		[...needed, "application_form", "business_licence",
			"handler_id_card"].map((name) => [name, "required"]));
	assert.deepEqual(app.warnings, []);
	assert.equal(app.applicant_unit, client.session.unit_name);
	const { status, body } = await client.post(
		`/api/applications/${app.id}/submit`);

	assert.equal(status, 422);
	assert.equal(body.code, "invalid");
	assert.deepEqual(body.errors, app.errors);
});

test("a whole form has nothing wrong, and comes back as typed", async () => {
	const fields = draft(client, { project_name: "一个项目", pickup: "mail",
		recipient: "张三", recipient_phone: "0570-3012345-8001",
		mail_address: "浙江省衢州市示例路1号" });
	const app = await create(client, fields);

	for (const [name, value] of Object.entries(fields))
		assert.deepEqual(app[name], value, name);
	assert.deepEqual(app.errors.map((e) => e.field),
		["application_form", "business_licence", "handler_id_card"]);
	assert.deepEqual(app.warnings, []);
	assert.deepEqual(await load(client, app.id), app);
});

test("private fields are sealed in the database", async () => {
	const secrets = { handler_mobile: "13800138000",
		handler_id_no: "330802199003070009", recipient: "赵秘密",
		recipient_phone: "13800138001", mail_address: "秘密路一号院二楼" };
	const { id } = await typed({ pickup: "mail", ...secrets });
	const [row] = await stack.db("SELECT * FROM applications " +
		`WHERE id = '${id}'`);
	const rest = JSON.stringify(await stack.db("SELECT * FROM audit")) +
		JSON.stringify(await stack.db("SELECT * FROM history")) +
		stack.logs("application");

	for (const [name, secret] of Object.entries(secrets)) {
		const bytes = Buffer.from(row[name].slice(2), "hex");

		assert.ok(bytes.length > secret.length);
		assert.ok(!bytes.includes(secret), name);
		assert.ok(!rest.includes(secret), name);
	}
});

test("a save keeps what it does not name, null clears", async () => {
	const { id } = await typed({ project_name: "项目" });
	const path = `/api/applications/${id}`;
	const before = await load(client, id);
	const { body } = await client.put(path,
		{ version: 1, handler_title: "经理", project_name: null, postcode: "" });

	for (const name of INPUTS)
		if (!["handler_title", "project_name", "postcode"].includes(name))
			assert.deepEqual(body[name], before[name], name);
	assert.equal(body.handler_title, "经理");
	assert.equal(body.project_name, null);
	assert.equal(body.postcode, null);
	assert.equal(body.version, 2);
	const cleared = await client.put(path, { version: 2,
		...Object.fromEntries(INPUTS.map((name) => [name, null])) });

	assert.equal(cleared.status, 200);
	for (const name of INPUTS)
		assert.equal(cleared.body[name], null, name);
	assert.equal(cleared.body.fee_fen, null);
});

/* Field, value, code, and what the sentence has to name. */
const WRONG = [
	["applicant_name", "张", "too_short", "2"],
	["applicant_name", "张明2", "alphabet", "“2”"],
	["applicant_name", "张@明", "alphabet", "“@”"],
	["category", "change", "option", "选项"],
	["category", "新办", "option", "选项"],
	["business", "NEW", "option", "选项"],
	["pickup", "drone", "option", "选项"],
	["years", 0, "no_fee", "年限"],
	["years", 9, "no_fee", "年限"],
	["project_name", "第一行\n第二行", "control_character", "控制字符"],
	["project_name", "a\u007fb", "control_character", "控制字符"],
	["lock_serial", "A\tB", "control_character", "控制字符"],
	["unit_name", "衢", "too_short", "2"],
	["unit_name", "衢州\r有限公司", "control_character", "控制字符"],
	["org_code", "91330800PDY0000283", "check_character", "“2”"],
	["org_code", "91303800PDY0000282", "check_character", "第 18 位"],
	["org_code", "91330800PDY000021C", "org_check_character", "第 17 位"],
	["org_code", "9133080OPDY0000282", "alphabet", "第 8 位“O”"],
	["org_code", "913308O0PDY0000282", "alphabet", "数字 0"],
	["org_code", "9133080АPDY0000282", "alphabet", "U+0410"],
	["org_code", "Z1330800PDY0000282", "alphabet", "第 1 位“Z”"],
	["org_code", "B1330800PDY0000282", "registrar", "第 1 位“B”"],
	["org_code", "91330800PDY000028", "length", "17 位"],
	["org_code", "330800000001234", "length", "18 位统一社会信用代码"],
	["org_code", "D2143569-0", "check_character", "“X”"],
	["org_code", "D214356-9X", "format", "连字符"],
	["legal_representative", "王3", "alphabet", "“3”"],
	["legal_representative", "王", "too_short", "2"],
	["unit_phone", "0570-1234567", "format", "1 开头"],
	["unit_phone", "57030000000", "area_code", "区号"],
	["unit_phone", "0570-300000", "length", "6 位"],
	["unit_phone", "13800138000", "format", "手机号码"],
	["unit_phone", "0570-301234a", "alphabet", "“A”"],
	["handler_name", "李", "too_short", "2"],
	["handler_name", "李1", "alphabet", "“1”"],
	["handler_name", "李·", "format", "间隔号"],
	["handler_name", "李.晓梅", "alphabet", "·"],
	["handler_title", "a\u0085b", "control_character", "控制字符"],
	["handler_mobile", "12800138000", "format", "13 至 19"],
	["handler_mobile", "1380013800", "length", "10 位"],
	["handler_mobile", "138001380000", "length", "12 位"],
	["handler_mobile", "13800l38000", "alphabet", "“L”"],
	["handler_mobile", "+85291234567", "format", "中国内地"],
	["handler_mobile", "05703012345", "format", "座机"],
	["handler_email", "a@b", "format", "域名"],
	["handler_email", "a.example.com", "format", "“@”"],
	["handler_email", "a@b@example.com", "format", "一个“@”"],
	["handler_email", "张三@example.com", "alphabet", "“张”"],
	["handler_email", "a@example.com\r\nBcc:x@example.org",
		"control_character", "控制字符"],
	["handler_email", `${"x".repeat(65)}@example.com`, "length", "64"],
	["address", "太短", "too_short", "5"],
	["address", "浙江省衢州市\u0007示例路1号", "control_character",
		"控制字符"],
	["postcode", "000000", "format", "000000"],
	["postcode", "32400", "length", "5 位"],
	["postcode", "32400O", "alphabet", "“O”"],
	["handler_id_no", "330802199003070000", "check_character", "“9”"],
	["handler_id_no", "110105491231002", "fifteen_digits", "18 位"],
	["handler_id_no", "33080219900307000", "length", "17 位"],
	["handler_id_no", "3308021990030700X9", "alphabet", "第 17 位"],
	["handler_id_no", "33080219900307OO09", "alphabet", "“O”"],
	["handler_id_no", "339999199002290002", "date", "19900229"],
	["handler_id_no", "33999920200101000X", "under_age", "18"],
	["handler_id_no", "440524188001010014", "too_old", "18800101"],
	["handler_id_no", "010802199003070009", "province", "“01”"],
	["recipient", "李", "too_short", "2"],
	["recipient", "李1", "alphabet", "“1”"],
	["recipient_phone", "1380013800", "area_code", "区号"],
	["recipient_phone", "0570-300000", "length", "6 位"],
	["mail_address", "太短", "too_short", "5"],
	["second_reason", "再", "too_short", "2"],
];

/* What draft() does not upload. */
const MISSING = ["application_form", "business_licence", "handler_id_card"];

test("what is wrong is kept and told, and says what is wrong", async () => {
	for (const [name, value, code, named] of WRONG) {
		const what = `${name} ${JSON.stringify(value)}`;
		const app = await typed({ [name]: value });
		const found = app.errors.find((e) => e.field === name);

		assert.equal(app[name], value, what);
		assert.deepEqual(app.errors.filter((e) => !MISSING.includes(e.field))
			.map((e) => [e.field, e.code]), [[name, code]], what);
		assert.ok(found.message.includes(named),
			`${what}: ${found.message}`);
		assert.deepEqual(app.warnings.filter((w) => w.code !== "differs"),
			[], what);
	}
	assert.deepEqual([...new Set(WRONG.map(([name]) => name))].sort(),
		[...INPUTS].sort());
});

test("what is odd is taken with a warning", async () => {
	const cases = [["org_code", "94330800PDY000028Q"],
		["handler_mobile", "15400000000"], ["postcode", "990000"],
		["unit_phone", "026-80000000"],
		["unit_name", "别的单位有限公司"]];

	for (const [name, value] of cases) {
		const app = await typed({ [name]: value });

		assert.deepEqual(remarks(app.errors, name), [], `${name} ${value}`);
		assert.equal(remarks(app.warnings, name).length, 1,
			`${name} ${value}`);
	}
	const same = await typed({ unit_name: "  衢州示例建设有限公司" });

	assert.deepEqual(same.warnings, []);
});

test("what can be read is put in order", async () => {
	const cases = [
		["org_code", " 91 330800 PDY000028 2 ", "91330800PDY0000282"],
		["org_code", "９１３３０８００ｐｄｙ００００２８２", "91330800PDY0000282"],
		["org_code", "pdy00001-x", "PDY00001X"],
		["handler_mobile", "１３８００１３８０００", "13800138000"],
		["handler_mobile", "+86 138-0013-8000", "13800138000"],
		["handler_id_no", "11010519491231002x", "11010519491231002X"],
		["handler_id_no", "\u200b330802199003070009\ufeff",
			"330802199003070009"],
		["postcode", "０５００００", "050000"],
		["handler_email", " zhang.san@Example.COM ", "zhang.san@example.com"],
		["handler_name", " 李\u200b晓梅\u3000", "李晓梅"],
		["handler_name", "买买提•艾力", "买买提·艾力"],
		["legal_representative", "𠮷野家", "𠮷野家"],
		["project_name", "\t一个　项目\n", "一个　项目"],
		["handler_title", "\u200b\u200b", null],
		["address", "   ", null],
	];

	for (const [name, value, stored] of cases)
		assert.equal((await typed({ [name]: value }))[name], stored,
			JSON.stringify(value));
});

test("lengths are of characters, after putting in order", async () => {
	for (const field of form.fields.filter((f) => f.editable &&
		!["years", "category", "business", "pickup"].includes(f.name)))
		for (const character of ["长", "𠮷", "a"]) {
			const fits = character.repeat(field.max_length);
			const padded = `  ${fits}\u200b `;

			assert.equal((await client.post("/api/applications",
				{ type: "enterprise", consent_version: 1,
					[field.name]: padded })).status, 201, field.name);
			const { status, body } = await client.post("/api/applications",
				{ type: "enterprise", consent_version: 1,
					[field.name]: fits + character });

			assert.equal(status, 422, field.name);
			assert.deepEqual(body.errors.map((e) => [e.field, e.code]),
				[[field.name, "too_long"]]);
		}
});

test("values of the wrong type, all told at once", async () => {
	const wrong = { applicant_name: 1, category: true, years: "1",
		project_name: {}, handler_mobile: 13800138000, address: ["a"] };
	const { status, body } = await client.post("/api/applications",
		{ type: "enterprise", consent_version: 1, ...wrong });

	assert.equal(status, 422);
	assert.equal(body.code, "invalid");
	assert.deepEqual(body.errors.map((e) => [e.field, e.code]),
		Object.keys(wrong).map((name) => [name, "type"]));
	for (const years of [1.0000001, -1, 10, 2 ** 53, true, []])
		assert.equal((await client.post("/api/applications",
			{ type: "enterprise", consent_version: 1, years })).status, 422,
		String(years));
});

test("a refused save stores nothing of it", async () => {
	const { id } = await typed({});
	const before = await load(client, id);
	const { status } = await client.put(`/api/applications/${id}`,
		{ version: 1, handler_title: "经理",
			project_name: "长".repeat(101) });

	assert.equal(status, 422);
	assert.deepEqual(await load(client, id), before);
});

test("members that a new draft needs", async () => {
	for (const [body, field] of [[{ consent_version: 1 }, "type"],
		[{ type: "enterprise" }, "consent_version"],
		[{ type: null, consent_version: 1 }, "type"],
		[{ type: "enterprise", consent_version: "1" }, "consent_version"],
		[{ type: 5, consent_version: 1 }, "type"]]) {
		const answer = await client.post("/api/applications", body);

		assert.equal(answer.status, 422);
		assert.deepEqual(answer.body.errors.map((e) => e.field), [field]);
	}
});

test("batch numbers are of the day and never used twice", async () => {
	const apps = await Promise.all(Array.from({ length: 20 }, () =>
		create(client)));

	assert.equal(new Set(apps.map((app) => app.batch_no)).size, 20);
	/* Each of its own: it may be midnight. */
	for (const { batch_no: number, created_at: at } of apps) {
		const day = new Date(Date.parse(at) + 8 * 3600 * 1000)
			.toISOString().slice(0, 10).replaceAll("-", "");

		assert.match(number, new RegExp(`^CA${day}\\d{6}$`));
	}
});

test("what a value holds is text and nothing more", async () => {
	const nasty = ["'; DROP TABLE applications; --", "<script>alert(1)</script>",
		"%s%n%x", "${7*7}", "\\u0041\\", "=1+1", "🔒👍🏽", "\u202e倒序"];

	for (const value of nasty) {
		const app = await typed({ project_name: value });

		assert.ok(app.project_name.length > 0);
		assert.equal(app.project_name, value.replace("\u202e", ""));
	}
});
