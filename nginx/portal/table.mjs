/* Lists as tables, which become cards on a narrow screen, and their tabs. */
import { h, link } from "./dom.mjs";

function drawRow(columns, row, index, world)
{
	return h("tr", {}, columns.map(([title, draw, kind]) =>
		h("td", { "data-label": title, class: kind },
			draw(row, index, world))));
}

/*
 * columns: [heading, draw(row, number, world), class of the cell]; first: the
 * number of the first row.
 */
export function drawTable(caption, columns, rows, { first = 1, world } = {})
{
	return h("table", { class: "rows" },
		h("caption", { class: "hidden" }, caption),
		h("thead", {}, h("tr", {}, columns.map(([title, , kind]) =>
			h("th", { scope: "col", class: kind }, title)))),
		h("tbody", {}, rows.map((row, i) =>
			drawRow(columns, row, first + i, world))));
}

/* tabs: [word, what it shows]; pathOf gives a tab's address. */
export function drawTabs(label, tabs, now, pathOf)
{
	return h("nav", { class: "tabs", "aria-label": label },
		h("ul", {}, tabs.map(([word, title]) => h("li", {},
			link(title, `#${pathOf(word)}`,
				{ "aria-current": now === word && "page" })))));
}

/* Name and value side by side, as a few facts or as a long list. */
export function drawFacts(facts, kind = "facts")
{
	return h("dl", { class: kind }, facts.map(([name, value]) =>
		h("div", {}, h("dt", {}, name), h("dd", {}, value))));
}
