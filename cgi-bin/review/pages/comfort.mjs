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
document.addEventListener("submit", () => {
	guard.isSent = true;
});
addEventListener("beforeunload", guard);
for (const form of document.forms)
	addTickAll(form);
