/* The sandbox's phones, of a stack that was started with phone: true. */
import { until } from "./parts.mjs";

const WAIT_MS = 20_000;

/* Newest first. */
export async function messagesTo(stack, mobile)
{
	const answer = await fetch(
		`${stack.sandboxUrl}/sandbox/messages?mobile=${mobile}`);

	return (await answer.json()).items;
}

/* The next that comes to a number; of one template, where it is named. */
export async function nextMessage(stack, mobile, act, template = null)
{
	const wanted = async () => (await messagesTo(stack, mobile)).filter(
		(message) => template === null || message.template === template);
	const before = (await wanted()).length;

	await act();
	return until(async () => {
		const all = await wanted();

		return all.length > before && all[0];
	}, `a message to ${mobile}`, WAIT_MS);
}
