/* How to get the answers about work orders (see openapi_cases.mjs). */
import { MULTIPART, NOBODY, asked, byReviewer, post, shown }
	from "./openapi_world.mjs";

async function finish(w, order, action, id)
{
	return post(w, "operator1", order.path + action, { application: id,
		...action === "/fail" ? { opinion: "制证失败" } : {} });
}

const finishing = (action) => ({
	303: async (w) => {
		const order = await w.workOrder();

		return finish(w, order, action, order.id);
	},
	404: async (w, o) => finish(w,
		{ path: o.url.slice(0, o.url.lastIndexOf("/")) }, action, NOBODY),
	409: async (w) => finish(w, await w.workOrder(), action,
		(await w.draft()).id),
});

async function dispatch(w, state)
{
	const { id } = await w.application(state);

	return post(w, "operator1", "/admin/work-orders/dispatch",
		{ application: id });
}

const exported = (form) => ({
	200: async (w) => (await w.user("operator1")).get(
		`${(await w.workOrder()).path}/export.${form}`),
	403: byReviewer,
});

/* A file of the CA about a work order, handed in. */
async function imported(w, { id, path }, content)
{
	const [{ batch_no }] = await w.stack.db(
		`SELECT batch_no FROM applications WHERE id = '${id}'`);

	return post(w, "operator1", `${path}/imports`, { file: Buffer.from(
		content ?? `batch_no,result\n${batch_no},completed\n`) }, MULTIPART);
}

/* The page of an import that nobody has asked for yet. */
async function importPath(w)
{
	return (await imported(w, await w.workOrder())).headers.location;
}

async function onImport(w, path, action, fields = {})
{
	return post(w, "operator1", path + action, fields);
}

export const workOrders = {
	"POST /admin/work-orders/plan": {
		200: async (w, o) => asked(w, o, { fields: {
			application: (await w.application("paid")).id } }),
	},
	"POST /admin/work-orders/dispatch": {
		303: (w) => dispatch(w, "paid"),
		409: (w) => dispatch(w, "editing"),
	},
	"GET /admin/work-orders/{id}": {
		200: shown(async (w) => (await w.workOrder()).path),
	},
	"GET /admin/work-orders/{id}/export.xlsx": exported("xlsx"),
	"GET /admin/work-orders/{id}/export.csv": exported("csv"),
	"GET /admin/work-orders/{id}/export.json": exported("json"),
	"POST /admin/work-orders/{id}/imports": {
		303: async (w) => imported(w, await w.workOrder()),
		422: async (w) => imported(w, await w.workOrder(), "no table"),
	},
	"GET /admin/work-orders/{id}/imports/{import_id}": {
		200: async (w) => (await w.user("operator1")).get(
			await importPath(w)),
		403: byReviewer,
	},
	"POST /admin/work-orders/{id}/imports/{import_id}/ask": {
		303: async (w) => onImport(w, await importPath(w), "/ask",
			{ reason: "CA 回执" }),
		409: async (w) => {
			const path = await importPath(w);

			await onImport(w, path, "/ask", { reason: "CA 回执" });
			return onImport(w, path, "/ask", { reason: "CA 回执" });
		},
	},
	"POST /admin/work-orders/{id}/imports/{import_id}/run": {
		303: async (w) => {
			const path = await importPath(w);

			await w.stack.db("UPDATE work_order_imports SET state = " +
				"'running', confirmation_id = id, asked_by = uploaded_by " +
				`WHERE id = '${path.split("/").at(-1)}'`);
			return onImport(w, path, "/run");
		},
		409: async (w) => onImport(w, await importPath(w), "/run"),
	},
	"POST /admin/work-orders/{id}/complete": finishing("/complete"),
	"POST /admin/work-orders/{id}/fail": finishing("/fail"),
};
