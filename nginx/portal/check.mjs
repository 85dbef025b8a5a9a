/* Check your answers, confirm what has to be, hand in. */
import * as api from "./api.mjs";
import { drawAnswers } from "./answers.mjs";
import { askConsent } from "./create.mjs";
import { tellError } from "./dialogs.mjs";
import { busy, button, h, link, newId } from "./dom.mjs";
import { go, replace } from "./router.mjs";
import { OPEN_TENDER, drawRenewalNotes } from "./renewal.mjs";
import { yuan } from "./words.mjs";

/* The text changed meanwhile: it is read and agreed to anew. */
async function agreeAgain(application)
{
	api.forget();
	const { consent } = await api.form();

	if (await askConsent(consent) !== true)
		return null;
	return api.put(`/api/applications/${application.id}`,
		{ version: application.version,
			consent_version: consent.version });
}

async function submit(application, key)
{
	try {
		await api.post(`/api/applications/${application.id}/submit`,
			{ version: application.version }, { key });
	} catch (e) {
		if (e.code !== "consent_outdated")
			throw e;
		const agreed = await agreeAgain(application);

		if (agreed !== null)
			await submit(agreed, api.newKey());
		else
			throw e;
	}
}

function drawConfirm(application, box, error)
{
	return application.category === "renewal" && h("section",
		{ class: "notice" },
		h("h2", {}, "请确认开标情况"),
		h("p", {}, OPEN_TENDER),
		error,
		h("p", { class: "check" }, box, h("label", { for: box.id },
			"我已核对：没有用原锁加密、还没有开标的投标文件，" +
			"或会等开标后再激活")));
}

/* Nothing was changed since it was returned: it would be returned again. */
function isAsReturned({ state, history, updated_at: updatedAt })
{
	return state === "rejected" && updatedAt <= history.at(-1).handled_at;
}

/* What does not stop it, but wants a look: of a file it is found only later. */
function drawWarnings(application)
{
	const texts = application.warnings.map(({ message }) => message);

	if (isAsReturned(application))
		texts.unshift("退回后还没有修改过，请先按审核意见修改。");
	return texts.length > 0 && h("section", { class: "notice" },
		h("h2", {}, "请再看一眼"),
		h("ul", {}, texts.map((text) => h("li", {}, text))),
		h("p", {}, "确认无误可以提交，不对的请返回修改。"));
}

async function send(application, box, error, key)
{
	error.textContent = "";
	if (application.category === "renewal" && !box.checked) {
		error.textContent = "请先勾选确认，再提交。";
		box.focus();
		return;
	}
	try {
		await submit(application, key);
		go(`/applications/${application.id}`);
	} catch (e) {
		await tellError(e);
		if (e.status === 412 || e.status === 422)
			go(`/applications/${application.id}`);
	}
}

export async function checkView({ params: [id], signal })
{
	const [form, locks, application] = await Promise.all([api.form(),
		api.get("/api/locks", { signal }),
		api.get(`/api/applications/${id}`, { signal })]);
	const back = `#/applications/${id}`;
	const box = h("input", { type: "checkbox", id: newId("tender") });
	const error = h("p", { class: "error", role: "alert" });
	const key = api.newKey();

	if (!application.actions.includes("submit") ||
	    application.errors.length > 0) {
		replace(`/applications/${id}`);
		return null;
	}
	return { title: "核对申请", lead: "请核对下面的内容。提交后由审核员审核，" +
		"审核前可以撤回修改。", content: [
		drawWarnings(application),
		drawRenewalNotes(application, locks.items),
		drawAnswers(form, application, (title) => link("修改", back,
			{ "aria-label": `修改${title}` })),
		drawConfirm(application, box, error),
		h("p", {}, "审核通过后需支付 ", h("strong", {},
			`${yuan(application.fee_fen)} 元`), "。"),
		h("p", { class: "actions" },
			button("确认提交", (e) => busy(e.target, () =>
				send(application, box, error, key)),
			{ class: "primary" }),
			link("返回修改", back)),
	] };
}
