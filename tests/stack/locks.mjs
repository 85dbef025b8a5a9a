/* Completed cases whose locks are on their way, as the tests need them. */
import { load } from "./cases.mjs";
import { act } from "./pages.mjs";
import { dispatched, paidCase } from "./work_orders.mjs";

export const PARCEL = { recipient: "周小收", recipient_phone: "13900139001",
	mail_address: "浙江省衢州市柯城区收件路8号" };

/*
 * Completed by the operator: {id, batchNo, client, account}. options: fields of
 * the draft, by mail unless they say otherwise; serial: of the new lock.
 */
export async function completedCase(stack, operator,
	{ serial, ...options } = {})
{
	const one = await paidCase(stack, options.lock === undefined ?
		{ pickup: "mail", ...PARCEL, ...options } : options);
	const order = await dispatched(operator, [one]);

	await act(operator, order, "/complete", { application: one.id,
		...serial === undefined ? {} : { serial } });
	return one;
}

export const deliveryPath = (id) => `/admin/deliveries/${id}`;

/* Sent by the operator under this number. */
export function send(operator, id, number = "SF1234567890123",
	carrier = "SF")
{
	return act(operator, deliveryPath(id), "/sent",
		{ carrier, tracking_no: number });
}

export async function deliveryOf(client, id)
{
	return (await load(client, id)).delivery;
}

export const stepsOf = async (client, id) =>
	(await load(client, id)).history.map((h) => h.action);

export const messagesOf = (stack, id) => stack.db(`SELECT event, state FROM
	messages WHERE application_id = '${id}' ORDER BY id`);
