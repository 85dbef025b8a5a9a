/* What was answered, to read: fields by section, files by kind. */
import { h, link } from "./dom.mjs";
import { showValue } from "./fields.mjs";
import { isKindNeeded, isShown } from "./needs.mjs";
import { drawFacts } from "./table.mjs";
import { bytes } from "./words.mjs";

function drawFiles(application, kind)
{
	const files = application.attachments.filter((file) =>
		file.kind === kind.kind);

	return files.length === 0 ? "未上传" : h("ul", { class: "plain-list" },
		files.map((file) => h("li", {}, link(file.name,
			`/api/applications/${application.id}/attachments/` +
			`${kind.kind}/${file.id}`, { download: "" }),
		h("span", { class: "quiet" }, ` ${bytes(file.size)}`))));
}

/* change: a link to mend a section, where there is one. */
export function drawAnswers(form, application, change = () => null)
{
	const fields = form.fields.filter((field) =>
		isShown(field, application, application.errors));
	const titles = new Map(fields.map((field) =>
		[field.section, field.section_title]));
	const kinds = form.attachments.filter((kind) =>
		isKindNeeded(kind, application));
	const card = (title, rows) => h("section", { class: "card" },
		h("div", { class: "card-head" }, h("h2", {}, title),
			change(title)), drawFacts(rows, "answers"));

	return [[...titles].sort(([a], [b]) => a - b).map(([section, title]) =>
		card(title, fields.filter((field) => field.section === section)
			.map((field) => [field.label,
				showValue(field, application[field.name])]))),
	card("附件信息", kinds.map((kind) =>
		[kind.label, drawFiles(application, kind)]))];
}
