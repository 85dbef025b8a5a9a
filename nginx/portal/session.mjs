/*
 * Signing in, staying signed in, signing out. A session that is lost in the
 * middle is begun again in a dialog: the page below stays as it is.
 */
import * as api from "./api.mjs";
import { ask, openDialog, tellError } from "./dialogs.mjs";
import { announce, busy, button, h, newId } from "./dom.mjs";
import { forgetDrafts, hasDrafts, knownAccount, onAccountChange,
	setKnownAccount } from "./local.mjs";
import { span } from "./words.mjs";

const WARN_MS = 5 * 60_000; /* before the end */
const TICK_MS = 1000;

let session = null;
let listener = () => {};
let watch = null;
let returning = null;

export function currentSession()
{
	return session;
}

/* Told of each change: the session, or null. */
export function onSession(onChange)
{
	listener = onChange;
}

function set(next)
{
	session = next;
	setKnownAccount(next);
	clearTimeout(watch);
	if (next !== null)
		watchEnd();
}

function left()
{
	return Date.parse(session.expires_at) - api.serverNow();
}

/* Asks shortly before the end whether it has moved; asking moves nothing. */
function watchEnd()
{
	clearTimeout(watch);
	watch = setTimeout(nearEnd, Math.max(TICK_MS, left() - WARN_MS));
}

async function nearEnd()
{
	let now;

	try {
		now = await api.whoAmI();
	} catch {
		watch = setTimeout(nearEnd, 10 * TICK_MS);
		return;
	}
	if (now === null) {
		comeBack().catch(() => {});
		return;
	}
	session = now;
	if (left() > WARN_MS)
		watchEnd();
	else
		await warn();
}

/* Any request but a quiet one extends the session. */
async function stay()
{
	await api.get("/api/locks");
	session = await api.whoAmI() ?? session;
	watchEnd();
}

function drawWarning(close)
{
	const text = h("strong", {}, span(left()));
	const timer = setInterval(() => {
		text.textContent = span(left());
		if (left() <= 0)
			end("over");
	}, TICK_MS);
	const end = (how) => {
		clearInterval(timer);
		close(how);
	};

	return [
		h("p", {}, "您有一段时间没有操作，为了安全，将在 ", text,
			" 后自动退出。已保存的内容不会丢失。"),
		h("p", { class: "actions" },
			button("继续使用", () => end("stay"),
				{ class: "primary", autofocus: true }),
			button("退出登录", () => end("leave"))),
	];
}

async function warn()
{
	const how = await openDialog("即将自动退出", drawWarning,
		{ canDismiss: false });

	if (how === "leave")
		await signOut();
	else if (how === "stay")
		await stay().catch(tellError);
	else
		comeBack().catch(() => {});
}

/* Gives the session; the form says itself what was wrong. */
export function signInForm(onDone)
{
	const ids = { account: newId("account"), password: newId("password") };
	const error = h("p", { class: "error", role: "alert" });
	const account = h("input", { id: ids.account, name: "account",
		autocomplete: "username", autocapitalize: "none", required: true,
		maxlength: 64 });
	const password = h("input", { id: ids.password, name: "password",
		type: "password", autocomplete: "current-password",
		required: true, maxlength: 128 });
	const submit = h("button", { type: "submit", class: "primary" }, "登录");
	const send = async () => {
		error.textContent = "";
		if (account.value.trim() === "" || password.value === "") {
			error.textContent = "请输入账号和密码。";
			(account.value.trim() === "" ? account : password).focus();
			return;
		}
		try {
			const next = await api.signIn(account.value.trim(),
				password.value);

			if (!next.must_change_password)
				onDone(next);
			else
				form.replaceWith(firstPasswordForm(password.value,
					onDone));
		} catch (e) {
			error.textContent = e.message;
			password.value = "";
			password.focus();
		}
	};

	const form = h("form", { class: "stack", noValidate: true, on: {
		submit: (event) => {
			event.preventDefault();
			busy(submit, send);
		} } },
	error,
	h("div", { class: "field" },
		h("label", { for: ids.account }, "账号"), account),
	h("div", { class: "field" },
		h("label", { for: ids.password }, "密码"), password),
	h("p", { class: "actions" }, submit));

	return form;
}

/* What came of signing in elsewhere, as the way back tells it in the address:
 * "done" or why not. It is said once. */
const outcome = new URLSearchParams(location.search).get("sign_in");
const REFUSALS = {
	oidc_refused: "未能确认您在交易系统的登录，请重新登录，" +
		"或用账号和密码登录。",
	oidc_unbound: "您的交易系统账号尚未与本系统的账号绑定，" +
		"请联系 CA 办理窗口。",
	try_later: "交易系统暂时没有答复，请稍后再试，或用账号和密码登录。",
};

export function signInOutcome()
{
	const text = REFUSALS[outcome];

	return text === undefined ? [] :
		h("p", { class: "error", role: "alert" }, text);
}

/* The browser asks for the certificate and its PIN by itself. */
function lockButton(onDone)
{
	const error = h("p", { class: "error", role: "alert" });
	const enter = async () => {
		error.textContent = "";
		try {
			onDone(await api.signInByLock());
		} catch (e) {
			error.textContent = e.message;
		}
	};

	return [error, h("p", { class: "actions" },
		button("用 CA 锁登录", (event) => busy(event.target, enter)))];
}

/* Filled once the server has said what there is; one leads to another site. */
export function otherWays(onDone)
{
	const place = h("div", {});

	api.getOnce("/api/session/ways").then(({ oidc, certificate }) => {
		if (certificate)
			place.append(...lockButton(onDone));
		if (oidc !== null)
			place.append(h("p", { class: "actions" },
				h("a", { href: "/api/session/oidc" },
					`用${oidc}账号登录`)));
	}, () => {}); /* the form above is a way too */
	return place;
}

function passwordField(label, autocomplete)
{
	const id = newId("password");
	const input = h("input", { id, type: "password", required: true,
		autocomplete, maxlength: 128 });

	return { input, node: h("div", { class: "field" },
		h("label", { for: id }, label), input) };
}

/*
 * A new password: its form. old: the one of now, if it was typed just before;
 * intro stands above the fields; onDone() once it is taken.
 */
export function passwordForm({ old = null, intro = null, action, onDone })
{
	const error = h("p", { class: "error", role: "alert" });
	const submit = h("button", { type: "submit", class: "primary" }, action);
	const now = old === null ?
		passwordField("现在的密码", "current-password") : null;
	const fresh = passwordField("新密码", "new-password");
	const again = passwordField("再输入一次新密码", "new-password");
	const send = async () => {
		error.textContent = "";
		if (fresh.input.value !== again.input.value) {
			error.textContent = "两次输入的新密码不一样，请重新输入。";
			again.input.focus();
			return;
		}
		try {
			await api.post("/api/session/password", {
				old: old ?? now.input.value,
				new: fresh.input.value });
			await onDone();
		} catch (e) {
			error.textContent = [e.message, ...e.errors.map((x) =>
				x.message)].join("");
			(now ?? fresh).input.focus();
		}
	};

	return h("form", { class: "stack", noValidate: true, on: {
		submit: (event) => {
			event.preventDefault();
			busy(submit, send);
		} } },
	/* Browsers that keep passwords look for one. */
	h("input", { autocomplete: "username", hidden: true }),
	intro, error, [now, fresh, again].map((field) => field?.node),
	h("p", { class: "actions" }, submit));
}

/* In place of the form of sign-in, while the password is the manager's. */
function firstPasswordForm(old, onDone)
{
	const form = passwordForm({ old, action: "保存并进入",
		intro: h("p", {}, "您现在的密码是管理员设置的，只能使用一次。" +
			"请设置自己的密码。"),
		onDone: async () => onDone(await api.whoAmI()) });

	requestAnimationFrame(() =>
		form.querySelector("[type=password]").focus());
	return form;
}

async function signInAgain()
{
	const before = session;
	const next = await openDialog("请重新登录", (close) => [
		h("p", {}, "登录已失效。登录后会回到当前页面，填写的内容还在。"),
		signInForm(close),
	], { canDismiss: false });

	set(next);
	if (before !== null && next.account_id !== before.account_id) {
		location.hash = "/";
		location.reload();
		await new Promise(() => {}); /* this page has ended */
	}
	announce("已重新登录");
}

/* One dialog for all requests that found the session gone. */
function comeBack()
{
	clearTimeout(watch);
	returning ??= signInAgain().finally(() => {
		returning = null;
	});
	return returning;
}

export function begin(next)
{
	set(next);
	listener(session);
}

function forgetAll()
{
	set(null);
	api.forget();
	forgetDrafts();
}

/* Nothing stays in this browser: what was not saved is asked about. */
export async function signOut()
{
	if (hasDrafts() && !await ask("还有内容没有保存", "退出后，" +
		"没有保存到服务器的内容会从这台电脑上清除。", "确认退出",
	{ kind: "danger" }))
		return;
	try {
		await api.del("/api/session", { isSignIn: true });
	} catch (e) {
		if (e.status !== 401) {
			await tellError(e);
			return;
		}
	}
	forgetAll();
	listener(null);
}

/* Signed out or changed in another window. */
function follow()
{
	const known = knownAccount();

	if (session === null || known?.account_id === session.account_id)
		return;
	session = null;
	location.reload();
}

/* Who was here before? Without a hint nobody is asked for. */
export async function startSession()
{
	api.onSignedOut(comeBack);
	onAccountChange(follow);
	addEventListener("pageshow", (event) => {
		if (event.persisted)
			location.reload();
	});
	if (outcome !== null)
		history.replaceState(null, "", location.pathname + location.hash);
	if (knownAccount() !== null || outcome === "done")
		set(await api.whoAmI());
	listener(session);
}
