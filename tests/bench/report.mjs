/* The table, the bars and the chart of what was measured. */
import { short } from "./numbers.mjs";

const HEAD = ["figure", "ours", "limit", "ratio", "spread", "goal", "ok"];
const BAR = 50;
const CHART = { width: 860, row: 34, left: 340, right: 90, top: 40 };

/* Smallest and largest ratio of the rounds. */
function spread({ ratios })
{
	return ratios.length < 2 ? "" :
		`${short(Math.min(...ratios))} .. ${short(Math.max(...ratios))}`;
}

/* Full-width characters would not line up; titles have none. */
export function table(results)
{
	const lines = [HEAD, ...results.map(({ goal, figure, met }) => [
		goal.title, `${short(figure.ours)} ${goal.unit}`,
		`${short(figure.limit)} ${goal.unit}`, short(figure.ratio),
		spread(figure), goal.text, met ? "ok" : "MISSED"])];
	const widths = HEAD.map((_, i) =>
		Math.max(...lines.map((line) => line[i].length)));

	return lines.map((line) => line.map((text, i) =>
		i === 0 ? text.padEnd(widths[i]) : text.padStart(widths[i]))
		.join(" | ")).join("\n");
}

/* How much of the bar's length a goal and a ratio take: both always fit. */
function lengths({ goal, figure })
{
	const most = 1.25 * Math.max(goal.goal, figure.ratio);

	return { ratio: figure.ratio / most, goal: goal.goal / most };
}

/* One line a figure: its ratio as a bar, the goal as a mark in it. */
export function bars(results)
{
	const width = Math.max(...results.map(({ goal }) => goal.title.length));

	return results.map((result) => {
		const { ratio, goal } = lengths(result);
		const bar = Array.from({ length: BAR }, (_, i) =>
			i < ratio * BAR ? "█" : "·");

		bar[Math.min(BAR - 1, Math.round(goal * BAR))] = "|";
		return `${result.goal.title.padEnd(width)} ${bar.join("")} ` +
			short(result.figure.ratio);
	}).join("\n");
}

function escape(text)
{
	return text.replaceAll("&", "&amp;").replaceAll("<", "&lt;");
}

/* The same as an SVG document. */
export function chart(results)
{
	const { width, row, left, right, top } = CHART;
	const height = top + results.length * row + 10;
	const scale = width - left - right;
	const rows = results.map((result, i) => {
		const { ratio, goal } = lengths(result);
		const y = top + i * row;
		const at = (left + goal * scale).toFixed(1);

		return `<text x="${left - 10}" y="${y + 16}" ` +
			`text-anchor="end">${escape(result.goal.title)}</text>
<rect x="${left}" y="${y}" width="${(ratio * scale).toFixed(1)}" ` +
			`height="22" fill="${result.met ? "#2a7f4f" : "#b3261e"}"/>
<line x1="${at}" y1="${y - 4}" x2="${at}" y2="${y + 26}" ` +
			`stroke="#222" stroke-width="2"/>
<text x="${left + scale + 8}" y="${y + 16}">${short(result.figure.ratio)} ` +
			`(${escape(result.goal.text)})</text>`;
	});

	return `<svg xmlns="http://www.w3.org/2000/svg" ` +
		`viewBox="0 0 ${width} ${height}" ` +
		`font-family="sans-serif" font-size="13">
<rect width="${width}" height="${height}" fill="#fff"/>
<text x="10" y="22" font-weight="bold">calock: each figure against its ` +
		`limit; the line is the goal</text>
${rows.join("\n")}
</svg>
`;
}
