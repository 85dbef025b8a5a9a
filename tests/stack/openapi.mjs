/*
 * Every answer against the description that the stack itself serves: the
 * status is declared, the media type and the headers too, and JSON fits its
 * schema. What was answered is remembered.
 */
import assert from "node:assert/strict";

import Ajv2020 from "ajv/dist/2020.js";
import addFormats from "ajv-formats";

/* What nginx alone may say to any request, before a program or for it. */
const NGINX = [408, 414, 502, 504];
/* Its own 502 and 504 say so; a program's name what failed. */
const NGINX_CODE = "try_later";
/* Of a path or a method that is not described. */
const NOWHERE = [400, 404, 405, 413];

function matcher(path)
{
	const escaped = path.replace(/[.*+?^$()|[\]\\]/g, "\\$&");

	return new RegExp(`^${escaped.replace(/\{[^}]+\}/g,
		"[A-Za-z0-9_-]{1,64}")}$`);
}

function isOfNginx(status, body)
{
	return NGINX.includes(status) && (status < 500 || body === undefined ||
		body.code === NGINX_CODE);
}

export class Description {
	#validators = new Map();
	/* "GET /api/session 200": every declared answer that was given. */
	met = new Set();

	constructor(document)
	{
		this.document = document;
		this.paths = Object.keys(document.paths).map((path) =>
			({ path, pattern: matcher(path) }));
		this.ajv = new Ajv2020({ strict: false, allErrors: true });
		addFormats(this.ajv);
		this.ajv.addSchema(document, "calock");
	}

	/* {name, responses} of a method and URL path, or undefined. */
	#operation(method, path)
	{
		const found = this.paths.find((p) => p.pattern.test(path));
		const word = method === "HEAD" ? "get" : method.toLowerCase();
		const operation = this.document.paths[found?.path]?.[word];

		return operation && { responses: operation.responses,
			name: `${word.toUpperCase()} ${found.path}` };
	}

	#validator(reference)
	{
		if (!this.#validators.has(reference))
			this.#validators.set(reference,
				this.ajv.compile({ $ref: `calock${reference}` }));
		return this.#validators.get(reference);
	}

	#checkBody(where, response, { headers, bytes, body })
	{
		if (bytes.length === 0) {
			assert.ok(response.content === undefined ||
				where.startsWith("HEAD"), `${where} is empty`);
			return;
		}
		const type = headers["content-type"].split(";")[0];
		const content = response.content?.[type];

		assert.ok(content, `${where}: ${type} is not declared`);
		if (content.schema?.$ref === undefined)
			return;
		const validate = this.#validator(content.schema.$ref);

		assert.ok(validate(body), `${where}: ${JSON.stringify(validate.errors)
			.slice(0, 600)}`);
	}

	/* Fails when an answer is not what the description says; isAdmin: who
	 * was asked, the administrators' server or the portal's. */
	check(isAdmin, method, url, answer)
	{
		const path = url.split("?")[0];
		const operation = isAdmin === path.startsWith("/admin/") ?
			this.#operation(method, path) : undefined;
		const where = `${method} ${path} ${answer.status}`;

		if (operation === undefined) {
			assert.ok(!/^\/(api|admin|callback)\//.test(path) ||
				path === "/api/openapi.json" || method === "OPTIONS" ||
				NOWHERE.includes(answer.status), `${where} is not described`);
			return;
		}
		const response = operation.responses[answer.status];

		if (response === undefined && isOfNginx(answer.status, answer.body))
			return;
		assert.ok(response, `${where} is not declared`);
		for (const name of Object.keys(response.headers ?? {}))
			assert.ok(name.toLowerCase() in answer.headers,
				`${where} without ${name}`);
		this.#checkBody(where, response, answer);
		this.met.add(`${operation.name} ${answer.status}`);
	}

	/* Every answer that is declared, as in met. */
	declared()
	{
		return Object.entries(this.document.paths).flatMap(([path, item]) =>
			Object.entries(item).flatMap(([word, { responses }]) =>
				Object.keys(responses).map((status) =>
					`${word.toUpperCase()} ${path} ${status}`)));
	}
}

const known = new WeakMap();

/* The description of a running stack. */
export function descriptionOf(stack)
{
	if (!known.has(stack))
		known.set(stack, fetch(`${stack.baseUrl}/api/openapi.json`)
			.then(async (res) => {
				assert.equal(res.status, 200);
				return new Description(await res.json());
			}));
	return known.get(stack);
}
