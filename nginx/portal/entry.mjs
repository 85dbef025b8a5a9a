/* A field of a short form: its label, its input, and below it what it is for
 * or, once it was sent, what is wrong with it. */
import { LONGEST_TYPED, h, newId } from "./dom.mjs";

export function drawEntry(name, label, help, attributes)
{
	const id = newId(name);
	const note = h("p", { class: "note", id: `${id}-note` }, help);
	const input = h("input", { id, name, type: "text",
		maxlength: LONGEST_TYPED,
		"aria-describedby": note.id, ...attributes });

	return { name, label, input, node: h("div", { class: "field" },
		h("label", { for: id }, label), input, note),
	say: (message) => {
		note.textContent = message ?? help;
		note.className = message === null ? "note" : "note error";
		if (message === null)
			input.removeAttribute("aria-invalid");
		else
			input.setAttribute("aria-invalid", "true");
	} };
}

/* What is wrong stands at its field, the first of which has the focus. False
 * when nothing is said of any of them. */
export function sayErrors(entries, errors = [])
{
	const found = new Map(errors.map(({ field, message }) =>
		[field, message]));
	const wrong = entries.filter(({ name }) => found.has(name));

	for (const { name, say } of entries)
		say(found.get(name) ?? null);
	wrong[0]?.input.focus();
	return wrong.length > 0;
}
