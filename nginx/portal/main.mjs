/* The beginning: the frame of the page, the routes, the session. */
import { Offline } from "./api.mjs";
import { busy, button, fill, h, link } from "./dom.mjs";
import { here, placeOnce, show, startRouter, withNextView }
	from "./router.mjs";
import { begin, currentSession, onSession, otherWays, signInForm,
	signInOutcome, signOut, startSession } from "./session.mjs";
import { TABS } from "./words.mjs";

/* Views are fetched when they are first needed. */
const late = (file, name) => async (context) => {
	const module = await import(`./${file}.mjs`).catch(() => {
		throw new Offline();
	});

	return module[name](context);
};

const ROUTES = [
	[/^\/$/, late("list", "listView")],
	[/^\/applications\/([\w-]+)$/, late("case", "caseView")],
	[/^\/applications\/([\w-]+)\/check$/, late("check", "checkView")],
	[/^\/applications\/([\w-]+)\/payment$/, late("payment", "paymentView")],
	[/^\/applications\/([\w-]+)\/invoice$/, late("invoice", "invoiceView")],
	[/^\/payments$/, late("payments", "paymentsView")],
	[/^\/invoices$/, late("invoices", "invoicesView")],
	[/^\/guide$/, late("guide", "guideView")],
	[/^\/status$/, late("status", "statusView")],
	[/^\/password$/, late("password", "passwordView")],
].map(([pattern, view]) => ({ pattern, view }));

function drawFrame(session)
{
	const tabs = document.getElementById("tabs");

	fill(document.getElementById("me"), session === null ? [] : [
		h("span", {}, `${session.unit_name} · ${session.name}`),
		link("修改密码", "#/password"),
		button("退出登录", (event) => busy(event.target, signOut),
			{ class: "plain" }),
	]);
	fill(tabs, session === null ? [] : h("ul", {}, TABS.map((tab) =>
		h("li", {}, link(tab.title, `#${tab.path}`)))));
	tabs.hidden = session === null;
}

/* The address stays: signing in leads to where one wanted to go. */
function showSignIn()
{
	placeOnce({ title: "登录", wide: false,
		lead: "投标单位在线申请、续期企业 CA 锁，续期不用到场。",
		content: [
			signInOutcome(),
			h("div", { class: "card" }, signInForm(begin), otherWays(begin)),
			h("p", {}, link("查询办理进度", "#/status"),
				"：不用登录，用批次号和经办人手机号码查询。"),
			h("p", { class: "quiet" },
				"账号由交易中心开通。忘记密码或还没有账号，" +
				"请联系 CA 办理窗口。"),
		] });
}

/* What there is before signing in: how to apply, and how it stands. */
const OPEN = ["/guide", "/status"];

function showWhatMay()
{
	if (currentSession() === null && !OPEN.includes(here().path))
		showSignIn();
	else
		show();
}

onSession((session) => {
	withNextView(() => drawFrame(session));
	showWhatMay();
});

document.getElementById("skip").addEventListener("click", (event) => {
	event.preventDefault();
	document.querySelector("#view h1")?.focus();
});
startRouter(ROUTES, showWhatMay);
startSession().catch(() => {
	placeOnce({ title: "没有连上服务器", content: [
		h("p", {}, "请检查网络后重新打开，填写过的内容还在。"),
		h("p", {}, button("重新打开", () => location.reload(),
			{ class: "primary" })),
	] });
});
