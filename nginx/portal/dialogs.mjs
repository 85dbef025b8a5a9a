/* Dialogs: the browser's own, so that focus and Escape are right. */
import { button, fill, h, newId } from "./dom.mjs";

/*
 * Opens a dialog and gives what it was closed with, null when dismissed.
 * draw(close) makes its content; canDismiss: Escape and × close it.
 */
export function openDialog(title, draw, { canDismiss = true } = {})
{
	return new Promise((resolve) => {
		const id = newId("dialog");
		const dialog = h("dialog", { "aria-labelledby": id });
		const close = (value = null) => {
			dialog.close();
			dialog.remove();
			resolve(value);
		};

		fill(dialog, h("div", { class: "dialog-head" },
			h("h2", { id, tabindex: "-1" }, title),
			canDismiss && button("关闭", () => close(),
				{ class: "plain" })),
		draw(close));
		dialog.addEventListener("cancel", (event) => {
			event.preventDefault();
			if (canDismiss)
				close();
		});
		document.body.append(dialog);
		dialog.showModal();
		dialog.querySelector("[autofocus], h2").focus();
	});
}

/* A question with one way on; true when it is taken. */
export async function ask(title, text, yes, { kind = "primary" } = {})
{
	const answer = await openDialog(title, (close) => [
		[text].flat().map((line) => h("p", {}, line)),
		h("p", { class: "actions" },
			button(yes, () => close(true), { class: kind }),
			button("返回", () => close())),
	]);

	return answer === true;
}

export function tell(title, text)
{
	return openDialog(title, (close) => [
		[text].flat().map((line) => h("p", {}, line)),
		h("p", { class: "actions" },
			button("知道了", () => close(), { class: "primary" })),
	]);
}

/* A refusal or lost connection, for people. */
export function tellError(e)
{
	const id = e.requestId ? `请求编号：${e.requestId}` : null;

	return tell(e.title ?? "没有成功", [e.message,
		...(e.errors ?? []).map((error) => error.message), id]
		.filter((line) => line !== null));
}
