/* Medians and shares, and how figures are written. */

export function median(values)
{
	const sorted = [...values].sort((a, b) => a - b);
	const middle = sorted.length >> 1;

	return sorted.length % 2 === 1 ? sorted[middle] :
		(sorted[middle - 1] + sorted[middle]) / 2;
}

/* Three significant digits, no exponent: 1234, 123, 12.3, 1.23, 0.12. */
export function short(value)
{
	if (value === 0 || Math.abs(value) >= 100)
		return String(Math.round(value));
	return String(Number(value.toPrecision(Math.abs(value) < 1 ? 2 : 3)));
}
