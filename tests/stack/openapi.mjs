/*
 * Every answer against the description that the stack itself serves: the
 * status is declared, the media type too, and JSON fits its schema.
 */
import assert from "node:assert/strict";

import Ajv2020 from "ajv/dist/2020.js";
import addFormats from "ajv-formats";

/* What comes before any route, or from nginx alone. */
const ANYWHERE = [400, 405, 408, 414, 502, 503, 504];

function matcher(path)
{
	const escaped = path.replace(/[.*+?^$()|[\]\\]/g, "\\$&");

	return new RegExp(`^${escaped.replace(/\{[^}]+\}/g,
		"[A-Za-z0-9_-]{1,64}")}$`);
}

export class Description {
	#validators = new Map();

	constructor(document)
	{
		this.document = document;
		this.paths = Object.keys(document.paths).map((path) =>
			({ path, pattern: matcher(path) }));
		this.ajv = new Ajv2020({ strict: false, allErrors: true });
		addFormats(this.ajv);
		this.ajv.addSchema(document, "calock");
	}

	/* The operation of a method and URL path, or undefined. */
	operation(method, path)
	{
		const found = this.paths.find((p) => p.pattern.test(path));
		const word = method === "HEAD" ? "get" : method.toLowerCase();

		return found && this.document.paths[found.path][word];
	}

	#validator(reference)
	{
		if (!this.#validators.has(reference))
			this.#validators.set(reference,
				this.ajv.compile({ $ref: `calock${reference}` }));
		return this.#validators.get(reference);
	}

	/* Fails when an answer is not what the description says. */
	check(method, url, { status, headers, body })
	{
		const path = url.split("?")[0];
		const operation = this.operation(method, path);
		const where = `${method} ${path} ${status}`;

		if (operation === undefined || ANYWHERE.includes(status))
			return;
		const response = operation.responses[status];

		assert.ok(response, `${where} is not declared`);
		if (body === undefined)
			return;
		const type = headers["content-type"].split(";")[0];
		const content = response.content?.[type];

		assert.ok(content, `${where}: ${type} is not declared`);
		if (content.schema?.$ref === undefined)
			return;
		const validate = this.#validator(content.schema.$ref);

		assert.ok(validate(body), `${where}: ${JSON.stringify(validate.errors)
			.slice(0, 600)}`);
	}
}

const known = new WeakMap();

/* The description of a running stack. */
export async function descriptionOf(stack)
{
	if (!known.has(stack))
		known.set(stack, fetch(`${stack.baseUrl}/api/openapi.json`)
			.then(async (res) => {
				assert.equal(res.status, 200);
				return new Description(await res.json());
			}));
	return known.get(stack);
}
