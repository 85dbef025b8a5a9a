/* One field of the form, drawn from its row of GET /api/form. */
import { LONGEST_TYPED, h, refill } from "./dom.mjs";
import { dash, tag, yuan } from "./words.mjs";
import { lockSpan } from "./locks.mjs";

/* A value as people read it. */
export function showValue(field, value)
{
	if (value === null || value === undefined || value === "")
		return "未填写";
	if (field.type === "fee")
		return yuan(value);
	if (field.type === "years")
		return `${value} 年`;
	if (field.type === "option")
		return field.options.find((o) => o.value === value)?.label ??
			value;
	return value;
}

function drawOutput(field)
{
	const node = h("output", { id: `field-${field.name}`, class: "fixed" });

	return { node, focus: node, read: () => null, write: (value) => {
		node.textContent = dash(value === null ? null :
			showValue(field, value));
	} };
}

const INPUT_TYPES = { tel: "tel", email: "email" };

/* A private value is not left in the browser's memory of forms. */
function drawInput(field, change)
{
	const node = h("input", { id: `field-${field.name}`, name: field.name,
		type: INPUT_TYPES[field.type] ?? "text", spellcheck: "false",
		maxlength: LONGEST_TYPED,
		autocomplete: field.private ? "off" :
			INPUT_TYPES[field.type] ?? "on",
		on: { input: () => change(node.value.trim() || null) } });

	return { node, focus: node, write: (value) => {
		if (node !== document.activeElement && node.value !== value)
			node.value = value ?? "";
	} };
}

function drawRadios(field, change)
{
	const inputs = field.options.map(({ value }) => h("input", {
		type: "radio", name: field.name, value,
		id: `field-${field.name}-${value}`,
		on: { change: () => change(value) } }));
	const node = h("div", { class: "radios" },
		field.options.map(({ label }, i) => h("div", { class: "radio" },
			inputs[i], h("label", { for: inputs[i].id }, label))));

	return { node, focus: inputs[0], isGroup: true, write: (value) => {
		for (const input of inputs)
			input.checked = input.value === value;
	}, allow: (isAllowed) => {
		for (const input of inputs)
			input.disabled = !isAllowed(input.value);
	} };
}

/* options(): [value, label] as of now; read turns the text into a value. */
function drawSelect(field, change, options, read)
{
	const node = h("select", { id: `field-${field.name}`, name: field.name,
		on: { change: () => change(node.value === "" ? null :
			read(node.value)) } });
	const draw = (value) => {
		const choices = [["", "请选择"], ...options()];

		if (value !== null && !choices.some(([known]) => known === value))
			choices.push([value, value]);
		refill(node, choices, () => choices.map(([known, label]) =>
			h("option", { value: known }, label)));
		node.value = value ?? "";
	};

	return { node, focus: node, write: draw };
}

function yearOptions({ fees }, values)
{
	return fees.filter((fee) => fee.category === values.category &&
		fee.business === values.business).map((fee) =>
		[fee.years, `${fee.years} 年（${yuan(fee.fee_fen)} 元）`]);
}

function lockOptions(locks)
{
	return locks.map((lock) => [lock.serial,
		`${lock.serial}（${lockSpan(lock)}${lock.renewal_open ? "" :
			"，不在续期期限内"}）`]);
}

/* world: {form, locks, values()} that options come from. */
function drawControl(field, change, world)
{
	switch (field.type) {
	case "fixed":
	case "fee":
		return drawOutput(field);
	case "option":
		return drawRadios(field, change);
	case "years":
		return drawSelect(field, change,
			() => yearOptions(world.form, world.values()), Number);
	case "lock":
		if (world.locks.length > 0)
			return drawSelect(field, change,
				() => lockOptions(world.locks), String);
		return drawInput(field, change);
	default:
		return drawInput(field, change);
	}
}

function labelOf(field, control, marks)
{
	const text = [field.label, field.required !== "never" && field.editable &&
		h("span", { class: "star", title: "必填" }, " *"),
	field.required === "never" && field.editable &&
		h("span", { class: "quiet" }, "（可不填）"), " ", marks];

	return control.isGroup ? h("legend", {}, text) :
		h("label", { for: control.focus.id }, text);
}

/*
 * A field: {node, focus, update(values, remark)}. opinion: what the reviewer
 * said of it; isAccepted: the reviewer had nothing to say.
 */
export function drawField(field, world, { change, left, opinion, isAccepted })
{
	const note = h("p", { class: "note", id: `note-${field.name}` });
	const control = drawControl(field, change, world);
	const marks = isAccepted && tag("已审无误", "good");
	const pinned = opinion && h("p", { class: "opinion",
		id: `opinion-${field.name}` }, `审核意见：${opinion}`);
	const describedBy = [pinned && pinned.id, note.id].filter(Boolean)
		.join(" ");
	const node = h(control.isGroup ? "fieldset" : "div",
		{ class: `field ${opinion ? "pinned" : ""}`,
			"aria-describedby": control.isGroup && describedBy,
			on: { focusout: left } },
		labelOf(field, control, marks), pinned, control.node, note);

	if (!control.isGroup)
		control.node.setAttribute("aria-describedby", describedBy);
	return { node, focus: control.focus, allow: control.allow,
		update: (values, remark) => {
			control.write(values[field.name] ?? null);
			note.textContent = remark?.message ?? field.help;
			note.className = `note ${remark?.kind ?? ""}`;
			control.focus.toggleAttribute("aria-invalid",
				remark?.kind === "error");
			if (remark?.kind === "error")
				control.focus.setAttribute("aria-invalid", "true");
		} };
}
