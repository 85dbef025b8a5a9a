/* 修改密码 */
import * as api from "./api.mjs";
import { tell } from "./dialogs.mjs";
import { busy, h, newId } from "./dom.mjs";
import { go } from "./router.mjs";

const MEMBERS = [["old", "现在的密码", "current-password"],
	["new", "新密码", "new-password"],
	["again", "再输入一次新密码", "new-password"]];

function drawInput([name, label, autocomplete])
{
	const id = newId("password");
	const input = h("input", { id, name, type: "password", autocomplete,
		maxlength: 128 });

	return { input, node: h("div", { class: "field" },
		h("label", { for: id }, label), input) };
}

export async function passwordView()
{
	const [old, fresh, again] = MEMBERS.map(drawInput);
	const error = h("p", { class: "error", role: "alert" });
	const submit = h("button", { type: "submit", class: "primary" },
		"修改密码");
	const send = async () => {
		error.textContent = "";
		if (fresh.input.value !== again.input.value) {
			error.textContent = "两次输入的新密码不一样，请重新输入。";
			again.input.focus();
			return;
		}
		try {
			await api.post("/api/session/password",
				{ old: old.input.value, new: fresh.input.value });
		} catch (e) {
			error.textContent = [e.message, ...e.errors.map((x) =>
				x.message)].join("");
			return;
		}
		await tell("密码已修改", "下次登录请使用新密码，其他地方的登录已退出。");
		go("/");
	};

	return { title: "修改密码", wide: false, content: h("form",
		{ class: "card stack", noValidate: true, on: {
			submit: (event) => {
				event.preventDefault();
				busy(submit, send);
			} } },
		/* Browsers that keep passwords look for one. */
		h("input", { autocomplete: "username", hidden: true }),
		error, [old, fresh, again].map(({ node }) => node),
		h("p", { class: "actions" }, submit)) };
}
