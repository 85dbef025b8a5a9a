/* How many requests were made, what became of them, and what may not be. */
export class Traffic {
	requests = 0;
	outcomes = new Map();
	complaints = [];

	/* Over after so many requests or seconds, or when there is enough. */
	constructor({ requests = Infinity, seconds = Infinity,
		isEnough = () => false })
	{
		this.isEnough = isEnough;
		this.limit = requests;
		this.ms = seconds * 1000;
		this.began = Date.now();
	}

	count(outcome)
	{
		this.requests++;
		this.outcomes.set(outcome, (this.outcomes.get(outcome) ?? 0) + 1);
	}

	/* How many requests had no answer from their worker. */
	lost()
	{
		return this.outcomes.get("lost, 502") ?? 0;
	}

	/* An answer that nothing excuses. */
	complain(op, what)
	{
		this.complaints.push(`${op.kind} ${op.id} by ${op.who}: ${what}`);
	}

	/* How much of it is done: 1 is all. */
	share()
	{
		return Math.max(this.requests / this.limit,
			(Date.now() - this.began) / this.ms);
	}

	isOver()
	{
		return this.share() >= 1 || this.isEnough();
	}
}
