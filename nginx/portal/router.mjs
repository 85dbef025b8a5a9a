/*
 * From the address after # to a view. A view is a function of {params, query,
 * signal} that gives {title, content, onLeave?}; the old view stays until the
 * new one is there.
 */
import { h } from "./dom.mjs";
import { TABS, TITLE } from "./words.mjs";

let routes = [];
let current = new AbortController();
let leave = () => {};
let shown = false;
let drawFrame = () => {};

/* "/applications/x?y=z" as {path, query}. */
export function here()
{
	const [path, search = ""] = (location.hash.slice(1) || "/").split("?");

	return { path, query: Object.fromEntries(new URLSearchParams(search)) };
}

export function go(path)
{
	if (location.hash === `#${path}`)
		show();
	else
		location.hash = path;
}

/* Takes the place of the present entry, so that back skips it. */
export function replace(path)
{
	history.replaceState(null, "", `#${path}`);
	show();
}

function match(path)
{
	for (const { pattern, view } of routes) {
		const found = pattern.exec(path);

		if (found !== null)
			return { view, params: found.slice(1) };
	}
	return { view: async () => lost(), params: [] };
}

function lost()
{
	return { title: "没有找到", content: [
		h("p", {}, "这个页面不存在，可能是地址不完整。"),
		h("p", {}, h("a", { href: "#/" }, "返回申请列表")),
	] };
}

/* What a view could not do. A mistake of ours is for the console. */
function failed(e)
{
	if (e.title === undefined)
		reportError(e);
	return { title: e.title ?? "页面没有打开", content: [
		h("p", {}, e.title ? e.message : "请刷新页面再试一次。"),
		e.requestId ? h("p", { class: "quiet" },
			`请求编号：${e.requestId}`) : null,
		h("p", {}, h("button", { type: "button", class: "primary",
			on: { click: () => show() } }, "重新打开")),
		h("p", {}, h("a", { href: "#/" }, "返回申请列表")),
	] };
}

function footer()
{
	return h("footer", { class: "wide" }, h("p", {},
		"办理中遇到问题，请看",
		h("a", { href: "#/guide" }, "流程说明"),
		"，或联系交易中心 CA 办理窗口。"));
}

function markTabs(path)
{
	for (const tab of document.querySelectorAll("#tabs a")) {
		const { views } = TABS.find((t) => `#${t.path}` ===
			tab.getAttribute("href"));

		if (views.test(path))
			tab.setAttribute("aria-current", "page");
		else
			tab.removeAttribute("aria-current");
	}
}

/* What stands around the views changes with the next of them, at once. */
export function withNextView(draw)
{
	drawFrame = draw;
}

/* Puts a view on the page; the heading takes the focus. */
function place({ title, lead, content, wide = true }, focus)
{
	const heading = h("h1", { tabindex: "-1" }, title);

	document.documentElement.removeAttribute("aria-busy");
	drawFrame();
	drawFrame = () => {};
	document.title = `${title} - ${TITLE}`;
	/* A new box: an old one would be seen to move. */
	document.getElementById("view").replaceWith(h("div", { id: "view" },
		h("main", { id: "main", class: wide ? "wide" : "wide slim" },
			heading, lead ? h("p", { class: "lead" }, lead) : null,
			content), footer()));
	if (!focus)
		return;
	scrollTo(0, 0);
	heading.focus({ preventScroll: true });
}

/* Something that is no route, such as the sign-in page. */
export function placeOnce(view)
{
	current.abort();
	leave();
	leave = () => {};
	place(view, shown);
	shown = true;
}

export async function show()
{
	const { path, query } = here();
	const { view, params } = match(path);
	const mine = new AbortController();
	const { signal } = mine;
	let made;

	current.abort();
	current = mine;
	leave();
	leave = () => {};
	document.documentElement.setAttribute("aria-busy", "true");
	try {
		made = await view({ params, query, signal });
	} catch (e) {
		if (signal.aborted)
			return;
		made = failed(e);
	}
	if (signal.aborted) {
		made?.onLeave?.();
		return;
	}
	leave = made.onLeave ?? leave;
	place(made, shown);
	made.onShow?.();
	markTabs(path);
	shown = true;
}

/* onMove: what happens when the address has changed. */
export function startRouter(table, onMove)
{
	routes = table;
	addEventListener("hashchange", onMove);
}
