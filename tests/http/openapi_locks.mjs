/* How to get the answers about completed locks: on their way, activated (see
 * openapi_cases.mjs). */
import { apiPath, asked, casePath, post } from "./openapi_world.mjs";

const NUMBER = { carrier: "SF", tracking_no: "SF1234567890123" };
const pathOf = (id, rest = "") => `/admin/deliveries/${id}${rest}`;

/* Completed, with its lock in a state: {client, id}. */
async function lock(w, state = "to_send")
{
	const app = await w.application("completed");
	const isCarried = state === "sent" || state === "returned";

	await w.stack.db(`INSERT INTO deliveries (id, application_id, attempt, way,
		state, carrier, tracking_no, sent_at) VALUES ('${app.id}', '${app.id}',
		1, '${state === "ready" ? "onsite" : "mail"}', '${state}',
		${isCarried ? `'SF', '${NUMBER.tracking_no}', NOW(6)` :
		"NULL, NULL, NULL"});
		UPDATE applications SET pickup = 'mail' WHERE id = '${app.id}'`);
	return app;
}

/* What an operator does with one of a state, and with one of another. */
const doing = (rest, state, other, fields = {}) => {
	const act = async (w, at, more = { version: 1 }) => post(w, "operator1",
		pathOf((await lock(w, at)).id, rest), { ...more, ...fields });

	return {
		303: (w) => act(w, state),
		409: (w) => act(w, other),
		412: (w) => act(w, state, { version: 9 }),
		428: (w) => act(w, state, {}),
	};
};

const sending = (w, state, action, fields) => lock(w, state).then(({ id }) =>
	post(w, "operator1", `/admin/deliveries${action}`,
		{ application: id, row: id, ...fields }));

async function paste(w, state)
{
	const { id } = await lock(w, state);
	const [{ batch_no }] = await w.stack.db(
		`SELECT batch_no FROM applications WHERE id = '${id}'`);

	return post(w, "operator1", "/admin/deliveries/paste",
		{ lines: `${batch_no},SF,${NUMBER.tracking_no}` });
}

async function receive(w, state)
{
	const { client, id } = await lock(w, state);

	return client.post(apiPath(id, "/delivery/received"));
}

const readdress = ({ client, id }, headers) =>
	client.put(apiPath(id, "/delivery"), { recipient: "李四",
		recipient_phone: "13900139001", mail_address: "浙江省衢州市新路9号" },
	headers);

/* To be sent to somebody. */
async function addressed(w)
{
	const app = await lock(w);

	await readdress(app, { "If-Match": "*" });
	return app;
}

export const locks = {
	"POST /api/applications/{id}/delivery/received": {
		200: (w) => receive(w, "sent"),
		409: (w) => receive(w, "to_send"),
	},
	"PUT /api/applications/{id}/delivery": {
		200: async (w) => readdress(await lock(w), { "If-Match": "*" }),
		409: async (w) => readdress(await lock(w, "sent"),
			{ "If-Match": "*" }),
		428: async (w) => readdress(await lock(w)),
	},
	"POST /api/applications/{id}/activation": {
		200: async (w) => {
			const { client, id } = await lock(w);

			return client.post(apiPath(id, "/activation"));
		},
		409: async (w) => {
			const { client, id } = await w.application("paid");

			return client.post(apiPath(id, "/activation"));
		},
	},
	"GET /admin/activations": {
		403: async (w, o) => (await w.user("auditor1")).get(o.url),
	},
	"POST /admin/deliveries/send": {
		303: (w) => sending(w, "to_send", "/send", { version: 1, ...NUMBER }),
		409: (w) => sending(w, "ready", "/send", { version: 1, ...NUMBER }),
	},
	"POST /admin/deliveries/paste": {
		303: (w) => paste(w, "to_send"),
		409: (w) => paste(w, "ready"),
	},
	"POST /admin/deliveries/labels": {
		200: async (w) => post(w, "operator1", "/admin/deliveries/labels",
			{ application: (await addressed(w)).id, why: "mail" }),
		409: (w) => sending(w, "ready", "/labels", { why: "mail" }),
	},
	"GET /admin/deliveries/{id}": {
		200: async (w, o) => asked(w, o,
			{ url: pathOf((await lock(w)).id) }),
	},
	"POST /admin/deliveries/{id}/reveal": {
		200: async (w) => post(w, "operator1",
			pathOf((await addressed(w)).id, "/reveal"), { why: "mail" }),
		409: async (w) => post(w, "operator1",
			pathOf((await lock(w, "ready")).id, "/reveal"), { why: "mail" }),
	},
	"POST /admin/deliveries/{id}/sent":
		doing("/sent", "to_send", "ready", NUMBER),
	"POST /admin/deliveries/{id}/correct":
		doing("/correct", "sent", "ready", NUMBER),
	"POST /admin/deliveries/{id}/received":
		doing("/received", "sent", "ready"),
	"POST /admin/deliveries/{id}/returned":
		doing("/returned", "sent", "ready", { note: "查无此人" }),
	"POST /admin/deliveries/{id}/again":
		doing("/again", "returned", "ready"),
	"POST /admin/deliveries/{id}/collected":
		doing("/collected", "ready", "sent",
			{ relation: "self", id_checked: "1" }),
	"POST /admin/applications/{id}/contact": {
		303: async (w) => post(w, "reviewer1",
			casePath((await lock(w)).id, "/contact"), { contact: "已电话联系" }),
		409: async (w) => post(w, "reviewer1",
			casePath((await w.application("paid")).id, "/contact"),
			{ contact: "已电话联系" }),
	},
};
