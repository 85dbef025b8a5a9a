/*
 * The administrators' pages as a script uses them: read the page, find the
 * form by its action, send it with its own hidden fields.
 */
import assert from "node:assert/strict";

const PAGES_MOST = 10;
const ENTITIES = { amp: "&", lt: "<", gt: ">", quot: "\"", "#39": "'" };

function unescape(text)
{
	return text.replace(/&(amp|lt|gt|quot|#39);/g, (_, name) => ENTITIES[name]);
}

/* The attributes of one start tag; those without a value are "". */
function attributes(tag)
{
	const found = {};

	for (const [, name, value] of
		tag.matchAll(/([a-z-]+)(?:="([^"]*)")?(?=[\s>/])/g))
		found[name] = unescape(value ?? "");
	return found;
}

function inputs(html)
{
	return [...html.matchAll(/<input\b[^>]*>/g)].map(([tag]) =>
		attributes(tag.slice("<input".length)));
}

/*
 * Every form of a page: {action, method, id, inputs}. An input elsewhere on
 * the page may name its form by id.
 */
export function formsOf(html)
{
	const outside = inputs(html).filter(({ form }) => form !== undefined);

	return [...html.matchAll(/<form\b([^>]*)>(.*?)<\/form>/gs)].map(
		([, tag, inner]) => {
			const form = attributes(`${tag} `);

			return { ...form, inputs: [...inputs(inner),
				...outside.filter((i) => i.form === form.id)] };
		});
}

/* The visible text of a page, blanks folded. */
export function textOf(html)
{
	return unescape(html.replace(/<[^>]+>/g, " ")).replace(/\s+/g, " ");
}

/* A page that is there: its HTML. */
export async function page(client, path)
{
	const answer = await client.get(path);

	assert.equal(answer.status, 200, `${path}: ${answer.bytes}`);
	const html = answer.bytes.toString("utf8");

	assert.match(html, /^<!doctype html>\n<html lang="zh-CN">/);
	return html;
}

/* A page and all that follow it: their HTML. */
export async function pagesFrom(client, path)
{
	const pages = [];

	while (path !== undefined) {
		assert.ok(pages.length < PAGES_MOST, `no end of ${path}`);
		pages.push(await page(client, path));
		const [, next] = /href="([^"]*)" rel="next"/.exec(pages.at(-1)) ?? [];

		path = next === undefined ? undefined : unescape(next);
	}
	return pages;
}

/* What a browser would send of the inputs; a file is chosen elsewhere. */
export function ownFields(form)
{
	const fields = {};

	for (const { type, name, value, checked } of form.inputs) {
		const isTicked = !["checkbox", "radio"].includes(type) ||
			checked !== undefined;

		if (isTicked && name !== undefined && type !== "file")
			fields[name] = [...(fields[name] ?? []),
				value ?? (type === "checkbox" ? "on" : "")];
	}
	return fields;
}

/* The body of a form with a file: {bytes, type}. */
export async function multipart(fields, document)
{
	const form = new FormData();

	for (const [name, values] of Object.entries(fields))
		for (const value of [values].flat())
			form.append(name, value);
	form.set("pdf", new Blob([document], { type: "application/pdf" }),
		"发票.pdf");
	const body = new Response(form);

	return { bytes: Buffer.from(await body.arrayBuffer()),
		type: body.headers.get("content-type") };
}

function formTo(html, action)
{
	const form = formsOf(html).find((f) => f.action?.endsWith(action));

	assert.ok(form, `no form to ${action}: ${textOf(html)}`);
	return form;
}

/* The own fields of a page's form whose action ends so. */
export function fieldsOf(html, action)
{
	return ownFields(formTo(html, action));
}

/*
 * Opens a page and sends its form whose action ends so; fields replace the
 * form's own. Gives the answer to the POST.
 */
export async function submitForm(client, path, action, fields = {})
{
	const form = formTo(await page(client, path), action);

	return client.form(form.action, { ...ownFields(form), ...fields });
}

/* submitForm that must succeed; gives the path it leads to. */
export async function act(client, path, action, fields = {})
{
	const answer = await submitForm(client, path, action, fields);

	assert.equal(answer.status, 303, textOf(answer.bytes.toString("utf8")));
	return answer.headers.location;
}
