/* 03 附件信息: choosing, dropping, sending, seeing and removing files. */
import * as api from "./api.mjs";
import { sendFile } from "./upload.mjs";
import { ask, tellError } from "./dialogs.mjs";
import { announce, busy, button, fill, h, link, refill } from "./dom.mjs";
import { isKindNeeded } from "./needs.mjs";
import { bytes, tag } from "./words.mjs";

/* The kind that the server can fill in from the application. */
const FILLED_IN = "application_form";
const HEAD = "%PDF-";

/* What can be said at once; the server looks closer. */
async function refusalOf(file, kind)
{
	if (file.size > kind.max_bytes)
		return `文件有 ${bytes(file.size)}，超过 ` +
			`${bytes(kind.max_bytes)}，请压缩或降低扫描精度后再传。`;
	if (file.size === 0)
		return "文件是空的，请重新选择。";
	if (await file.slice(0, HEAD.length).text() !== HEAD)
		return "这不是 PDF 文件，请扫描或另存为 PDF 后再传。";
	return null;
}

/* A file on its way: progress, cancel, retry. on: what its kind does when it is
 * done, gone, or refused for what this page does not know of. */
class Sending {
	isActive = false;
	isRefused = false; /* for good: it is no use to try again */
	isUnsure = false; /* whether the server has it */
	#stop = null;
	#key = api.newKey();

	constructor(path, file, kind, on)
	{
		Object.assign(this, { path, file, kind, on });
		this.bar = h("progress", { max: 1, value: 0,
			"aria-label": `上传进度：${file.name}` });
		this.text = h("span", { class: "quiet" });
		this.node = h("li", { class: "file" });
	}

	#draw(text, ...parts)
	{
		this.text.textContent = text;
		fill(this.node, h("span", { class: "file-name" }, this.file.name),
			this.text, parts);
	}

	drop()
	{
		this.#stop?.abort();
		this.node.remove();
		this.on.gone(this);
	}

	#fail(message, canRetry)
	{
		this.isRefused = !canRetry;
		this.#draw(message, h("span", { class: "links" },
			canRetry && button("重试", () => this.start(),
				{ "aria-label": `重试上传 ${this.file.name}` }),
			button("移除", () => this.drop(), { class: "plain",
				"aria-label": `移除 ${this.file.name}` })));
		this.text.className = "error";
		announce(`${this.file.name}：${message}`);
	}

	/* What is all there cannot be called back. */
	#progress(part)
	{
		this.bar.value = part;
		if (part < 1)
			this.text.textContent =
				`正在上传 ${Math.floor(part * 100)}%`;
		else
			this.#draw("正在检查文件", this.bar);
	}

	async start()
	{
		this.isActive = true;
		const refusal = await refusalOf(this.file, this.kind);

		if (refusal !== null) {
			this.isActive = false;
			this.#fail(refusal, false);
			return;
		}
		this.#stop = new AbortController();
		this.text.className = "quiet";
		this.#draw("正在上传 0%", this.bar, button("取消",
			() => this.drop(), { class: "plain",
				"aria-label": `取消上传 ${this.file.name}` }));
		try {
			await sendFile(this.path, this.file, { key: this.#key,
				signal: this.#stop.signal,
				onProgress: (part) => this.#progress(part) });
			announce(`${this.file.name} 已上传`);
			await this.on.done(this);
		} catch (e) {
			this.isUnsure = api.isUnsure(e);
			if (!this.#stop.signal.aborted)
				this.#fail(e.errors?.[0]?.message ?? e.message,
					this.isUnsure || e.status === 429);
			if (e.status === 409)
				this.on.stale();
		} finally {
			this.isActive = false;
		}
	}
}

/* One kind of document. */
class Kind {
	sendings = [];
	left = []; /* names of files that were too many */

	constructor(kind, draft, review)
	{
		Object.assign(this, { kind, draft });
		this.input = h("input", { type: "file", multiple: true,
			id: `field-${kind.kind}`, accept: "application/pdf,.pdf",
			"aria-describedby": `note-${kind.kind}`,
			on: { change: () => this.#chosen() } });
		this.note = h("p", { class: "note", id: `note-${kind.kind}` });
		this.need = h("span");
		this.there = h("ul", { class: "files" });
		this.coming = h("ul", { class: "files" });
		this.node = this.#draw(review);
	}

	get path()
	{
		return `/api/applications/${this.draft.id}/attachments/` +
			this.kind.kind;
	}

	#templates()
	{
		const { kind, label } = this.kind;

		return [kind === FILLED_IN && h("p", { class: "quiet" },
			"先填好上面的内容，再下载已填好的申请表，" +
			"盖章后扫描成 PDF 上传。"), h("p", { class: "links" },
			this.kind.template && link("下载空白模板",
				`/api/templates/${kind}.pdf`, { download: "",
					"aria-label": `下载空白模板：${label}` }),
			kind === FILLED_IN && link("下载已填好的申请表",
				`/api/applications/${this.draft.id}/form.pdf`,
				{ download: "", on: { click: (event) =>
					this.#saveFirst(event) } }))];
	}

	/* The sheet shows what the server has. */
	async #saveFirst(event)
	{
		const { href } = event.currentTarget;

		if (this.draft.isSaved)
			return;
		event.preventDefault();
		try {
			await this.draft.flush();
			location.assign(href);
		} catch (e) {
			await tellError(e);
		}
	}

	#draw({ opinion, isAccepted })
	{
		const { kind } = this;
		const zone = h("div", { class: "drop" }, this.input,
			h("label", { for: this.input.id, class: "button" },
				"选择 PDF 文件", h("span", { class: "hidden" },
					`：${kind.label}`)),
			h("span", { class: "quiet" }, "或把文件拖到这里"));

		this.#takeDrops(zone);
		return h("div", { class: `kind ${opinion ? "pinned" : ""}` },
			h("h3", {}, kind.label, " ", this.need, " ",
				isAccepted && tag("已审无误", "good")),
			h("p", { class: "quiet" }, kind.note),
			opinion && h("p", { class: "opinion" },
				`审核意见：${opinion}`),
			this.#templates(), this.there, this.coming, zone,
			this.note);
	}

	#takeDrops(zone)
	{
		const over = (event, isOver) => {
			event.preventDefault();
			zone.classList.toggle("over", isOver);
		};

		zone.addEventListener("dragover", (e) => over(e, true));
		zone.addEventListener("dragleave", (e) => over(e, false));
		zone.addEventListener("drop", (event) => {
			over(event, false);
			this.take([...event.dataTransfer.files]);
		});
	}

	#chosen()
	{
		this.take([...this.input.files]);
		this.input.value = "";
	}

	get files()
	{
		return this.draft.application.attachments.filter((file) =>
			file.kind === this.kind.kind);
	}

	/* What was refused takes no place, and goes when others are chosen. */
	take(files)
	{
		for (const sending of this.sendings.filter((s) => s.isRefused))
			sending.drop();
		const room = this.kind.max_files - this.files.length -
			this.sendings.length;

		this.left = files.slice(Math.max(0, room)).map(({ name }) => name);
		if (this.left.length > 0)
			this.#sayLeft();
		for (const file of files.slice(0, Math.max(0, room)))
			this.#send(file);
	}

	#send(file)
	{
		const sending = new Sending(api.query(this.path,
			{ name: file.name }), file, this.kind, {
			done: async (done) => {
				await this.draft.reload();
				this.#gone(done);
			},
			gone: (gone) => this.#dropped(gone),
			stale: () => this.#seeAnew(),
		});

		this.sendings.push(sending);
		this.coming.append(sending.node);
		sending.start();
	}

	#gone(sending)
	{
		sending.node.remove();
		this.sendings = this.sendings.filter((s) => s !== sending);
	}

	#seeAnew()
	{
		this.draft.reload().catch(tellError);
	}

	/* One whose answer was lost may be there: then it is shown. */
	#dropped(sending)
	{
		this.#gone(sending);
		if (sending.isUnsure)
			this.#seeAnew();
	}

	async #remove(file)
	{
		if (!await ask("删除文件", `删除“${file.name}”？删除后不能恢复。`,
			"确认删除", { kind: "danger" }))
			return;
		try {
			await api.del(`${this.path}/${file.id}`);
			this.left = [];
			await this.draft.reload();
			announce(`${file.name} 已删除`);
			this.input.focus();
		} catch (e) {
			await tellError(e);
		}
	}

	#drawFile(file)
	{
		const pages = file.pages === null ? "" : `，${file.pages} 页`;

		return h("li", { class: "file" },
			link(file.name, `${this.path}/${file.id}`,
				{ download: "", class: "file-name",
					"aria-label": `查看 ${file.name}` }),
			h("span", { class: "quiet" },
				`已上传，${bytes(file.size)}${pages}`),
			button("删除", (event) => busy(event.target,
				() => this.#remove(file)), { class: "plain",
				"aria-label": `删除 ${file.name}` }));
	}

	/* Stands until files are chosen or removed: uploads end meanwhile. */
	#sayLeft()
	{
		this.#say(`每种材料最多 ${this.kind.max_files} 个文件，没有上传：${
			this.left.join("、")}。`, "error");
	}

	#say(text, kind)
	{
		this.note.textContent = text;
		this.note.className = `note ${kind}`;
	}

	update(values, remark)
	{
		const isNeeded = isKindNeeded(this.kind, values);

		refill(this.need, isNeeded, () => isNeeded ? h("span",
			{ class: "star", title: "必传" }, "*") :
			tag("本次不需要"));
		refill(this.there, this.files, () =>
			this.files.map((file) => this.#drawFile(file)));
		if (this.left.length > 0)
			this.#sayLeft();
		else
			this.#say(remark?.message ?? `PDF，每个不超过 ${
				bytes(this.kind.max_bytes)}，最多 ${
				this.kind.max_files} 个。`, remark?.kind ?? "");
		this.node.hidden = !isNeeded && this.files.length === 0;
	}
}

/* {node, kinds, isSending(), unsent()}; kinds: by name, each with update and
 * focus; unsent: names of files that could be sent again. */
export function drawUploads(form, draft, reviewOf)
{
	const kinds = Object.fromEntries(form.attachments.map((kind) =>
		[kind.kind, new Kind(kind, draft, reviewOf(kind.kind))]));
	const sendings = () => Object.values(kinds).flatMap((kind) =>
		kind.sendings);

	return { kinds, node: Object.values(kinds).map((kind) => kind.node),
		isSending: () => sendings().some((s) => s.isActive),
		unsent: () => sendings().filter((s) => !s.isActive && !s.isRefused)
			.map((s) => s.file.name) };
}
