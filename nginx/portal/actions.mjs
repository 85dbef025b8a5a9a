/* What can be done with an application, in lists and on its own page. */
import * as api from "./api.mjs";
import { ask, tellError } from "./dialogs.mjs";
import { announce, busy, button, h, link } from "./dom.mjs";
import { go, here, show } from "./router.mjs";

/* Of the API's actions, those that are one request: asked about first. */
const MOVES = {
	withdraw: { title: "撤回", yes: "确认撤回", done: "已撤回，可以继续修改",
		text: "撤回后可以修改，改好后需要重新提交审核。" },
	cancel: { title: "取消申请", yes: "确认取消", done: "已取消", kind: "danger",
		text: "取消后这份申请不能恢复，需要时请重新新增申请。" },
	discard: { title: "删除", yes: "确认删除", done: "已删除", kind: "danger",
		text: "删除后填写的内容和上传的文件都不能恢复。" },
};

function send(action, { id, version })
{
	const path = `/api/applications/${id}`;

	return action === "discard" ?
		api.del(path, { headers: { "If-Match": `"${version}"` } }) :
		api.post(`${path}/${action}`, { version });
}

async function move(action, application)
{
	const { title, text, yes, kind, done } = MOVES[action];

	if (!await ask(`${title}：${application.batch_no}`, text, yes, { kind }))
		return;
	try {
		await send(action, application);
		announce(done);
		if (action === "discard" && here().path !== "/")
			go("/");
		else
			await show();
	} catch (e) {
		await tellError(e);
		await show();
	}
}

/* Where each state leads, besides its moves. */
const PATHS = {
	editing: [["修改", ""]],
	rejected: [["修改", ""]],
	approved: [["支付", "/payment"], ["查看", ""]],
	completed: [["查看", ""], ["电子发票", "/invoice"]],
};

export function moveButtons(application, attributes = {})
{
	return application.actions.filter((action) => action in MOVES)
		.map((action) => button(MOVES[action].title, (event) =>
			busy(event.target, () => move(action, application)),
		attributes));
}

export function rowActions(row)
{
	const about = (title) => `${title} ${row.batch_no}`;

	return h("span", { class: "links" },
		(PATHS[row.state] ?? [["查看", ""]]).map(([title, path]) =>
			link(title, `#/applications/${row.id}${path}`,
				{ "aria-label": about(title) })),
		moveButtons(row, { class: "plain" }).map((node) => {
			node.setAttribute("aria-label", about(node.textContent));
			return node;
		}));
}
