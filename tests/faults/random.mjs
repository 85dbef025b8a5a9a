/* Numbers that look random and follow from a seed alone. */
export class Random {
	#state;

	constructor(seed)
	{
		this.#state = seed >>> 0;
	}

	/* In [0, 1); mulberry32. */
	next()
	{
		let t = this.#state = this.#state + 0x6d2b79f5 >>> 0;

		t = Math.imul(t ^ t >>> 15, t | 1);
		t ^= t + Math.imul(t ^ t >>> 7, t | 61);
		return ((t ^ t >>> 14) >>> 0) / 2 ** 32;
	}

	below(n)
	{
		return Math.floor(this.next() * n);
	}

	chance(probability)
	{
		return this.next() < probability;
	}

	/* One of a list; undefined of an empty one. */
	pick(list)
	{
		return list[this.below(list.length)];
	}

	/* One of {value: weight}, weights above 0. */
	weighted(weights)
	{
		const entries = Object.entries(weights);
		let at = this.next() *
			entries.reduce((sum, [, weight]) => sum + weight, 0);

		return (entries.find(([, weight]) => (at -= weight) < 0) ??
			entries.at(-1))[0];
	}

	shuffle(list)
	{
		const out = [...list];

		for (let i = out.length - 1; i > 0; i--) {
			const j = this.below(i + 1);

			[out[i], out[j]] = [out[j], out[i]];
		}
		return out;
	}

	/* Another sequence, which this one's seed decides. */
	child()
	{
		return new Random(this.below(2 ** 32));
	}
}
