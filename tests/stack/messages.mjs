/* What tests of messages have in common. */
import fs from "node:fs";

import { ACCOUNT } from "../sandbox/sms.mjs";
import { complete, submit } from "./cases.mjs";
import { act } from "./pages.mjs";

/* Word, title and text of each, from the table. */
export function texts()
{
	const table = fs.readFileSync(new URL(
		"../../lib/domain/message_template.def", import.meta.url), "utf8");

	return [...table.matchAll(
		/^MESSAGE\(\w+, +"(\w+)", +\w+, +"([^"]+)",\s+((?:"[^"]*"\s*)+)\)/gm)]
		.map(([, word, title, text]) => ({ word, title,
			text: text.replace(/"\s*"/g, "").replaceAll("\"", "") }));
}

/* As templates of a sandbox (startSms): SMS_ and the word of each. */
export const registered = () => Object.fromEntries(texts().map(
	({ word, text }) => [`SMS_${word}`,
		[...text.matchAll(/\{(\w+)\}/g)].map(([, name]) => name)]));

/* What has them sent by Aliyun's protocol to a sandbox where they are
 * registered. */
export const byAliyun = (sms, secretFile) => ({
	CALOCK_SMS_PROVIDER: "aliyun",
	CALOCK_SMS_BASE_URL: sms.url,
	CALOCK_SMS_KEY_ID: ACCOUNT.key_id,
	CALOCK_SMS_KEY_SECRET_FILE: secretFile,
	CALOCK_SMS_SIGN_NAME: ACCOUNT.sign_name,
	CALOCK_SMS_TEMPLATES: texts().map(({ word }) =>
		`${word}=SMS_${word}`).join(),
});

/* A case that was handed in and decided on, which its applicant is told of. */
export async function decided(applicant, reviewer, action = "approve",
	fields = {})
{
	const app = await complete(applicant, "new",
		{ second_reason: "另一个项目部使用" });
	const path = `/admin/applications/${app.id}`;

	await submit(applicant, app.id);
	await act(reviewer, path, "/claim");
	await act(reviewer, path, `/${action}`, fields);
	return app;
}
