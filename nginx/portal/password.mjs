/* 修改密码 */
import { tell } from "./dialogs.mjs";
import { h } from "./dom.mjs";
import { go } from "./router.mjs";
import { passwordForm } from "./session.mjs";

async function done()
{
	await tell("密码已修改", "下次登录请使用新密码，其他地方的登录已退出。");
	go("/");
}

export async function passwordView()
{
	return { title: "修改密码", wide: false, content: h("div",
		{ class: "card" }, passwordForm({ action: "修改密码",
			onDone: done })) };
}
