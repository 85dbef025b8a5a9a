/*
 * The goals of performance, a row each. `take` is a function of a module in
 * figures/, called with the world and the number of rounds; it gives {ours,
 * limit, ratio, ratios}, and trips where the limit is SQL. A row that is met
 * has a ratio of at least, or at most, its goal.
 */
import { callback, review, submit } from "./figures/change.mjs";
import { database, kill } from "./figures/faults.mjs";
import { latency } from "./figures/latency.mjs";
import { againstSmall, againstSql } from "./figures/list.mjs";
import { dirty, growth, resident } from "./figures/memory.mjs";
import { checkLarge, checkSmall, form } from "./figures/pdf.mjs";
import { start } from "./figures/start.mjs";
import { upload } from "./figures/upload.mjs";

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
	{ name: "upload", title: "upload of 5 MB / writing, hashing, syncing it",
		unit: "1/s", take: upload, ...atLeast(0.55) },
	{ name: "check", title: "PDF check of a scan of 300 KB / 12 ms",
		unit: "ms", take: checkSmall, ...atMost(1) },
	{ name: "check_large", title: "PDF check of a scan of 10 MB / 30 ms",
		unit: "ms", take: checkLarge, ...atMost(1) },
	{ name: "form", title: "form.pdf, a page / 50 ms", unit: "ms",
		take: form, ...atMost(1) },
	{ name: "latency", title: "submit at half the highest rate, p99 / p50",
		unit: "ms", take: latency, ...atMost(4) },
	{ name: "dirty", title: "private dirty memory of a worker / 2 MB",
		unit: "MB", take: dirty, ...atMost(1) },
	{ name: "resident", title: "resident memory of a worker / 12 MB",
		unit: "MB", take: resident, ...atMost(1) },
	{ name: "growth", title: "its growth in 80,000 requests / 0.25 MB",
		unit: "MB", take: growth, ...atMost(1) },
	{ name: "start", title: "make run from an empty folder / 3 s", unit: "s",
		take: start, ...atMost(1) },
	{ name: "kill", title: "requests lost / workers killed", unit: "",
		take: kill, ...atMost(1) },
	{ name: "database", title: "back after MariaDB's restart / 1 s",
		unit: "s", take: database, ...atMost(1) },
];
