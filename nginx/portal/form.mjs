/* The form in the manual's four parts, drawn from GET /api/form. */
import * as api from "./api.mjs";
import { moveButtons } from "./actions.mjs";
import { decideConflicts } from "./conflict.mjs";
import { tell, tellError } from "./dialogs.mjs";
import { Draft } from "./draft.mjs";
import { announce, busy, button, h, refill } from "./dom.mjs";
import { drawField } from "./fields.mjs";
import { drawHistory } from "./history.mjs";
import { isShown } from "./needs.mjs";
import { drawRenewalNotes } from "./renewal.mjs";
import { go, show } from "./router.mjs";
import { drawUploads } from "./uploads.mjs";
import { clock, named } from "./words.mjs";

/* Which sections of the fields stand in which part. */
const PARTS = [
	{ number: "01", title: "申请信息", sections: [1, 3] },
	{ number: "02", title: "单位信息", sections: [2] },
	{ number: "03", title: "附件信息", sections: [] },
	{ number: "04", title: "处理历史", sections: [] },
];

const STATUSES = {
	saved: (draft) => draft.savedAt === null ? "内容已保存" :
		`已保存 ${clock(draft.savedAt)}`,
	dirty: () => "有修改，稍后自动保存",
	saving: () => "正在保存",
	offline: () => "没有网络，已暂存在本机，联网后自动保存",
	failed: () => "有内容没有保存，请看标出的各项",
};

/* What the last review said of a field or kind, while it is being mended. */
function reviewOf({ state, review })
{
	const isReturned = state === "rejected" &&
		review?.decision === "reject" && review.pins.length > 0;

	return (name) => ({
		opinion: isReturned && review.pins.includes(name) ?
			review.opinion : null,
		isAccepted: isReturned && !review.pins.includes(name),
	});
}

class Form {
	edited = new Set();
	touched = new Set(); /* edited, and left again */
	isChecked = false; /* the applicant asked what is missing */

	constructor(form, locks, application)
	{
		Object.assign(this, { form, locks });
		this.draft = new Draft(application, form,
			(conflicts) => decideConflicts(form, conflicts));
		this.fields = new Map(form.fields.map((field) =>
			[field.name, { field, ...this.#drawField(field) }]));
		this.uploads = drawUploads(form, this.draft,
			reviewOf(application));
		this.summary = h("div", { class: "summary", tabindex: "-1",
			role: "alert", hidden: true });
		this.status = h("p", { class: "save-status" });
		this.notes = h("div");
		this.draft.addEventListener("change", () => this.update());
		this.draft.addEventListener("refusal", ({ error }) =>
			this.#refused(error));
	}

	#drawField(field)
	{
		const world = { form: this.form, locks: this.locks,
			values: () => this.draft.values };

		return drawField(field, world, {
			...field.editable &&
				reviewOf(this.draft.application)(field.name),
			change: (value) => this.#change(field.name, value),
			left: () => this.#left(field.name),
		});
	}

	/* A renewal keeps its lock: nothing is mailed. */
	#change(name, value)
	{
		this.edited.add(name);
		this.draft.set(name, value);
		if (name === "category" && value === "renewal")
			this.draft.set("pickup", "onsite");
	}

	#left(name)
	{
		if (!this.edited.has(name))
			return;
		this.touched.add(name);
		this.update();
		this.draft.flush().catch(() => {});
	}

	async #refused(error)
	{
		await tellError(error);
		if (error.status === 409 || error.status === 404)
			await show();
	}

	/* Errors and warnings by field; missing ones only once asked for. */
	#remarks()
	{
		const { application, refused, pending } = this.draft;
		const remarks = new Map();
		const isDue = ({ field, code }) => this.isChecked ||
			(this.touched.has(field) && code !== "required");

		for (const warning of application.warnings) {
			const before = remarks.get(warning.field)?.message ?? "";

			remarks.set(warning.field, { kind: "warning",
				message: before + warning.message });
		}
		for (const error of application.errors)
			if (isDue(error) && !(error.field in pending))
				remarks.set(error.field, { ...error, kind: "error" });
		for (const error of refused)
			remarks.set(error.field, { ...error, kind: "error" });
		return remarks;
	}

	update()
	{
		const { values, application } = this.draft;
		const remarks = this.#remarks();

		for (const [name, { field, node, update }] of this.fields) {
			node.hidden = !isShown(field, values, application.errors);
			update(this.#withFee(values), remarks.get(name));
		}
		for (const [name, kind] of Object.entries(this.uploads.kinds))
			kind.update(values, remarks.get(name));
		this.fields.get("pickup").allow((option) =>
			values.category !== "renewal" || option === "onsite");
		refill(this.notes, [values.category, values.lock_serial], () =>
			drawRenewalNotes(values, this.locks));
		this.#showStatus();
		if (this.isChecked)
			this.#drawSummary();
	}

	/* Saving goes by itself: only what stops it is said aloud. */
	#showStatus()
	{
		const text = STATUSES[this.draft.status](this.draft);

		if (text === this.status.textContent)
			return;
		this.status.textContent = text;
		if (["offline", "failed"].includes(this.draft.status))
			announce(text);
	}

	/* What the server will compute, at once. */
	#withFee(values)
	{
		const fee = this.form.fees.find((row) =>
			row.category === values.category &&
			row.business === values.business &&
			row.years === values.years);

		return { ...values, fee_fen: fee?.fee_fen ?? null };
	}

	#focusOn(name)
	{
		(this.fields.get(name)?.focus ??
			this.uploads.kinds[name]?.input)?.focus();
	}

	/* What is not asked for is neither missing nor wrong. Of a field that
	 * the server did not take, what it has from before does not count. */
	#errors()
	{
		const { application, refused } = this.draft;
		const known = application.errors.filter(({ field }) =>
			!refused.some((error) => error.field === field));

		return [...refused, ...known].filter(({ field }) =>
			!this.fields.get(field)?.node.hidden);
	}

	#label(name)
	{
		return this.fields.get(name)?.field.label ?? "";
	}

	#drawSummary()
	{
		const errors = this.#errors();

		this.summary.hidden = errors.length === 0;
		refill(this.summary, errors, () => [
			h("h2", {}, `还有 ${errors.length} 处需要填写或修改`),
			h("ul", {}, errors.map(({ field, message }) => h("li", {},
				h("a", { href: location.hash, on: {
					click: (event) => {
						event.preventDefault();
						this.#focusOn(field);
					} } }, named(this.#label(field),
					message)))))]);
	}

	async save()
	{
		try {
			await this.draft.flush();
			announce("已保存");
		} catch (e) {
			if (e.code === "offline")
				announce(STATUSES.offline());
		}
	}

	/* Typed, but then another choice was taken: it is not handed in. */
	#clearHidden()
	{
		for (const [name, { field, node }] of this.fields)
			if (node.hidden && field.editable &&
			    this.draft.values[name] !== null)
				this.draft.set(name, null);
	}

	/* A file that was chosen is taken for one that is there. */
	async #hasUnsent()
	{
		const names = this.uploads.unsent();

		if (this.uploads.isSending())
			await tell("文件还在上传", "请等文件上传完成后再提交。");
		else if (names.length > 0)
			await tell("有文件没有上传成功",
				`请重试或移除后再提交：${names.join("、")}。`);
		return this.uploads.isSending() || names.length > 0;
	}

	/* Everything saved and nothing missing: on to check the answers. */
	async submit()
	{
		this.#clearHidden();
		try {
			await this.draft.flush();
		} catch (e) {
			if (e.status === undefined)
				await tellError(e);
			return;
		}
		if (await this.#hasUnsent())
			return;
		if (this.draft.isSaved &&
		    this.draft.application.errors.length === 0) {
			go(`/applications/${this.draft.id}/check`);
			return;
		}
		this.isChecked = true;
		this.update();
		this.summary.scrollIntoView();
		this.summary.focus({ preventScroll: true });
	}

	#drawPart({ number, title, sections }, content)
	{
		const fields = [...this.fields.values()].filter(({ field }) =>
			sections.includes(field.section));

		return h("section", { class: "card part", id: `part-${number}` },
			h("h2", {}, h("span", { class: "part-number" }, number), " ",
				title),
			fields.length > 0 && h("div", { class: "grid" },
				fields.map(({ node }) => node)), content);
	}

	draw()
	{
		const { application } = this.draft;
		const [about, unit, files, past] = PARTS;

		return [this.summary, drawReturned(application), this.notes,
			this.#drawPart(about), this.#drawPart(unit),
			this.#drawPart(files, this.uploads.node),
			this.#drawPart(past, drawHistory(application.history)),
			h("div", { class: "save-bar" }, this.status,
				h("p", { class: "actions" },
					button("修改保存", (e) => busy(e.target,
						() => this.save())),
					button("提交信息", (e) => busy(e.target,
						() => this.submit()),
					{ class: "primary" }),
					moveButtons(application,
						{ class: "plain" })))];
	}
}

function drawReturned({ state, review })
{
	if (state !== "rejected" || review === null)
		return null;
	return h("section", { class: "notice bad" },
		h("h2", {}, "审核没有通过，请按意见修改"),
		h("p", { class: "text" }, review.opinion),
		h("p", {}, review.pins.length > 0 ?
			"需要修改的地方已在下面标出，标有“已审无误”的不用再改。" :
			"改好后重新提交，会再次审核。"));
}

export async function formView({ signal }, application)
{
	const [form, locks] = await Promise.all([api.form(),
		api.get("/api/locks", { signal })]);
	const page = new Form(form, locks.items, application);

	await page.draft.restore();
	page.update();
	return { title: application.state === "rejected" ? "修改申请" : "填写申请",
		lead: `批次号 ${application.batch_no}。标 * 的必填，` +
			"填写的内容会自动保存，可以随时离开，下次接着填。",
		content: page.draw(), onLeave: () => page.draft.close() };
}
