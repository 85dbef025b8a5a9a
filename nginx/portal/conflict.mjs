/* The same field changed here and elsewhere: both are shown, one is chosen. */
import { openDialog } from "./dialogs.mjs";
import { h, newId } from "./dom.mjs";
import { showValue } from "./fields.mjs";

function drawChoice(name, which, text, label, checked)
{
	const id = newId("conflict");

	return h("div", { class: "radio" },
		h("input", { type: "radio", id, name, value: which, checked }),
		h("label", { for: id }, label, h("br"), h("strong", {}, text)));
}

/* Gives the names of the fields whose own value is to stand. */
export function decideConflicts(form, conflicts)
{
	const draw = ({ name, mine, theirs }) => {
		const field = form.fields.find((f) => f.name === name);

		return h("fieldset", {}, h("legend", {}, field.label),
			drawChoice(name, "mine", showValue(field, mine),
				"我在这里填写的", true),
			drawChoice(name, "theirs", showValue(field, theirs),
				"别处已保存的", false));
	};

	return openDialog("内容在别处也改过", (close) => {
		const body = h("form", { class: "stack", on: {
			submit: (event) => {
				const chosen = new FormData(body);

				event.preventDefault();
				close(conflicts.map((c) => c.name).filter((name) =>
					chosen.get(name) === "mine"));
			} } },
		h("p", {}, "这份申请在另一个窗口或由另一位同事改过。" +
			"请逐项选择要保留的内容。"),
		conflicts.map(draw),
		h("p", { class: "actions" }, h("button",
			{ type: "submit", class: "primary" }, "按选择保存")));

		return body;
	}, { canDismiss: false });
}
