/* The PDFs made for people, looked at as they come out of a printer. */
import assert from "node:assert/strict";
import { after, before, test } from "node:test";

import { create, draft } from "../stack/cases.mjs";
import { signIn } from "../stack/client.mjs";
import { startStack } from "../stack/stack.mjs";

let stack, applicant;

before(async () => {
	stack = await startStack({});
	applicant = await signIn(stack, "applicant1");
});

after(() => stack?.stop());

test("a form is a PDF to save, under the batch number", async () => {
	const { id, batch_no } = await create(applicant, draft(applicant));
	const answer = await applicant.get(`/api/applications/${id}/form.pdf`);

	assert.equal(answer.status, 200);
	assert.equal(answer.headers["content-type"], "application/pdf");
	assert.equal(answer.headers["content-disposition"],
		"attachment; filename=\"document\"; filename*=UTF-8''" +
		encodeURIComponent(`申请表_${batch_no}.pdf`));
	assert.equal(answer.bytes.subarray(0, 5).toString(), "%PDF-");
});
