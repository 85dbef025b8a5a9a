/*
 * Pages of a list that is read by keys: the address carries the keys of the
 * pages before (trail), so that back, forward and a copied address work.
 */
import { h, link } from "./dom.mjs";

const FIRST = "-";

function trailOf(query)
{
	return query.trail ? query.trail.split(".") : [];
}

export function pageOf(query, limit)
{
	const trail = trailOf(query);

	return { first: trail.length * limit + 1, cursor: query.cursor };
}

function withPage(path, cursor, trail)
{
	const url = new URL(path, location.origin);

	if (cursor)
		url.searchParams.set("cursor", cursor);
	if (trail.length > 0)
		url.searchParams.set("trail", trail.join("."));
	return `#${url.pathname}${url.search}`;
}

/* path: the list's address without its page. Nothing for a single page. */
export function pager(path, query, next)
{
	const trail = trailOf(query);
	const before = trail.at(-1);

	if (next === null && before === undefined)
		return null;
	return h("nav", { class: "pager", "aria-label": "翻页" },
		before !== undefined && link("上一页", withPage(path,
			before === FIRST ? null : before, trail.slice(0, -1))),
		h("span", {}, `第 ${trail.length + 1} 页`),
		next !== null && link("下一页", withPage(path, next,
			[...trail, query.cursor ?? FIRST])));
}
