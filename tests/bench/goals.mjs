/*
 * The goals of performance, a row each. `take` is a function of a module in
 * figures/, called with the world and the number of rounds; it gives {ours,
 * limit, ratio, ratios}, and trips where the limit is SQL. A row that is met
 * has a ratio of at least, or at most, its goal.
 */
import { callback, review, submit } from "./figures/change.mjs";
import { againstSmall, againstSql } from "./figures/list.mjs";

const atLeast = (goal) => ({ goal, isMet: (ratio) => ratio >= goal,
	text: `>= ${goal}` });
const atMost = (goal) => ({ goal, isMet: (ratio) => ratio <= goal,
	text: `<= ${goal}` });

export const GOALS = [
	{ name: "submit", title: "save and submit / their SQL", unit: "1/s",
		take: submit, ...atLeast(0.4) },
	{ name: "review", title: "approve a case / its SQL", unit: "1/s",
		take: review, ...atLeast(0.5) },
	{ name: "callback", title: "payment notice / its SQL", unit: "1/s",
		take: callback, ...atLeast(0.47) },
	{ name: "list", title: "list of 20, 2,000,000 rows / its SQL",
		unit: "1/s", take: againstSql, ...atLeast(0.42) },
	{ name: "list_rows", title: "list of 20, 2,000,000 rows / 20,000 rows",
		unit: "1/s", take: againstSmall, ...atLeast(0.9) },
];
