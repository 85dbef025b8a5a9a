/* Making elements. Data only ever becomes text or an attribute's value. */

/* An input's maxlength cuts what is pasted without a word. So it is far more
 * than any field takes: the server says how long each may be. */
export const LONGEST_TYPED = 2000;

/* Set as properties: the attribute would only be the initial value. */
const PROPERTIES = ["value", "checked", "disabled", "hidden", "open",
	"noValidate"];

function setOne(node, name, value)
{
	if (name === "on")
		for (const [event, listener] of Object.entries(value))
			node.addEventListener(event, listener);
	else if (PROPERTIES.includes(name))
		node[name] = value;
	else if (value === true)
		node.setAttribute(name, "");
	else if (value !== false && value !== null && value !== undefined)
		node.setAttribute(name, value);
}

/*
 * An element with attributes (on: its listeners; false, null and undefined
 * are left out) and children: nodes, text, lists of those; nothing for null,
 * undefined and false.
 */
export function h(tag, attributes = {}, ...children)
{
	const node = document.createElement(tag);

	for (const [name, value] of Object.entries(attributes))
		setOne(node, name, value);
	node.append(...some(children));
	return node;
}

/* What of a list is there to show. */
function some(children)
{
	return children.flat(Infinity).filter((child) =>
		child !== null && child !== undefined && child !== false);
}

export function fill(node, ...children)
{
	node.replaceChildren(...some(children));
	return node;
}

const drawn = new WeakMap();

/* Draws again only when what it shows (key) is another: a click that has
 * begun on a button would be lost with the button. */
export function refill(node, key, draw)
{
	const text = JSON.stringify(key);

	if (drawn.get(node) === text)
		return;
	drawn.set(node, text);
	fill(node, draw());
}

export function button(text, onClick, attributes = {})
{
	return h("button", { type: "button", ...attributes,
		on: { click: onClick } }, text);
}

export function link(text, href, attributes = {})
{
	return h("a", { href, ...attributes }, text);
}

let lastId = 0;

export function newId(prefix)
{
	lastId += 1;
	return `${prefix}-${lastId}`;
}

/* Says something to those who do not see the page change. */
export function announce(text)
{
	document.getElementById("announce").textContent = text;
}

const SLOW_MS = 2000;

/* Runs an action once at a time, its button out of use meanwhile; what takes
 * long says so. */
export async function busy(node, action)
{
	if (node.getAttribute("aria-disabled") === "true")
		return undefined;
	node.setAttribute("aria-disabled", "true");
	const slow = setTimeout(() => {
		node.classList.add("slow");
		announce("正在处理，请稍候");
	}, SLOW_MS);

	try {
		return await action();
	} finally {
		clearTimeout(slow);
		node.classList.remove("slow");
		node.removeAttribute("aria-disabled");
	}
}
