/* Comfort for people who work here all day; every page is complete without. */

/* Up and down move from row to row of a list, by its first link or box. */
function move(event)
{
	const step = { ArrowDown: 1, ArrowUp: -1 }[event.key];
	const row = event.target.closest?.("table.list tbody tr");

	if (step === undefined || row === null || row === undefined)
		return;
	const rows = [...row.parentElement.children];
	const next = rows[rows.indexOf(row) + step];
	const target = next?.querySelector("a, input, button");

	if (target) {
		event.preventDefault();
		target.focus();
	}
}

/* One box that ticks all those of a form that sends several rows. */
function addTickAll(form)
{
	const boxes = [...document.querySelectorAll("table.list input")]
		.filter((box) => box.type === "checkbox" && box.form === form);

	if (boxes.length < 2)
		return;
	const box = document.createElement("input");
	const label = document.createElement("label");
	const line = document.createElement("p");

	box.type = "checkbox";
	box.checked = boxes.every((one) => one.checked);
	box.addEventListener("change", () => {
		for (const one of boxes)
			one.checked = box.checked;
	});
	label.append(box, "全选");
	line.className = "tick";
	line.append(label);
	boxes[0].closest("table").parentElement.before(line);
}

/* What was typed is not lost by a slip. */
function guard(event)
{
	const isTyped = [...document.querySelectorAll("textarea")]
		.some((text) => text.value !== text.defaultValue);

	if (isTyped && !guard.isSent)
		event.preventDefault();
}

/*
 * What was typed and sent when the session was over or the server away: kept
 * by this window for the same person, and there again where it was typed.
 */
const KEPT = "calock.typed";
const me = document.querySelector(".me a")?.textContent ?? "";
const pathOf = (form) => form.getAttribute("action");
const typedIn = (form) => [...form.elements].filter((e) =>
	e.matches("textarea"));
const ticksOf = (form) => [...form.elements].filter((e) =>
	e.type === "checkbox");
const nameOf = (box) => `${box.name}=${box.value}`;

function readKept()
{
	return JSON.parse(sessionStorage.getItem(KEPT) ?? "null");
}

function writeKept(kept)
{
	sessionStorage.setItem(KEPT, JSON.stringify(kept));
}

function keep(form)
{
	const texts = typedIn(form).filter((text) => text.value.trim() !== "");

	if (pathOf(form) === "/admin/sign-out")
		sessionStorage.removeItem(KEPT);
	else if (me !== "" && texts.length > 0)
		writeKept({ me, path: pathOf(form), isLost: false,
			texts: texts.map((text) => [text.name, text.value]),
			ticks: ticksOf(form).filter((box) => box.checked)
				.map(nameOf) });
}

function giveBack(kept)
{
	const form = [...document.forms].find((one) =>
		pathOf(one) === kept.path);
	const texts = form === undefined ? [] : typedIn(form).filter((text) =>
		text.value === "");
	const note = document.createElement("p");

	if (kept.me !== me || texts.length === 0)
		return;
	for (const text of texts)
		text.value = new Map(kept.texts).get(text.name) ?? "";
	for (const box of ticksOf(form))
		box.checked ||= kept.ticks.includes(nameOf(box));
	note.className = "warn";
	note.setAttribute("role", "status");
	note.textContent = "上次没有提交成功，填写的内容还在，请核对后重新提交。";
	form.prepend(note);
}

/* On a page without a name one is not signed in, or it is of an error. Who goes
 * back to a form has not got through either. */
function lookForLost()
{
	const kept = readKept();
	const [{ type }] = performance.getEntriesByType("navigation");

	if (kept === null)
		return;
	if (me === "" || type === "back_forward")
		writeKept({ ...kept, isLost: true });
	else if (!kept.isLost)
		sessionStorage.removeItem(KEPT);
	if (me !== "" && readKept() !== null)
		giveBack(kept);
}

/* A page image in large over the page, as a look at it must not lose it. */
function enlarge(event)
{
	const link = event.target.closest?.(".pages a");

	if (!link || event.ctrlKey || event.metaKey || event.shiftKey)
		return;
	event.preventDefault();
	const dialog = document.createElement("dialog");
	const image = document.createElement("img");
	const close = document.createElement("button");

	image.src = link.href;
	image.alt = link.querySelector("img").alt;
	close.textContent = "关闭";
	close.addEventListener("click", () => dialog.close());
	dialog.className = "large";
	dialog.ariaLabel = image.alt;
	dialog.append(close, image);
	dialog.addEventListener("close", () => {
		dialog.remove();
		link.focus();
	});
	document.body.append(dialog);
	dialog.showModal();
}

document.addEventListener("keydown", move);
document.addEventListener("click", enlarge);
document.addEventListener("submit", (event) => {
	guard.isSent = true;
	keep(event.target);
});
addEventListener("beforeunload", guard);
for (const form of document.forms)
	addTickAll(form);
lookForLost();
