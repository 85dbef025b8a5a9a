/* One file to the server. XMLHttpRequest, because fetch tells no progress. */
import { Offline, Refusal, signedOut } from "./api.mjs";

function parse(text)
{
	try {
		return JSON.parse(text);
	} catch {
		return {};
	}
}

function attempt(path, file, { key, signal, onProgress })
{
	return new Promise((resolve, reject) => {
		const xhr = new XMLHttpRequest();

		xhr.open("POST", path);
		xhr.setRequestHeader("Content-Type", "application/pdf");
		xhr.setRequestHeader("Idempotency-Key", key);
		xhr.upload.onprogress = ({ loaded, total }) =>
			onProgress(total > 0 ? loaded / total : 0);
		xhr.onload = () => resolve(xhr);
		xhr.onerror = () => reject(new Offline());
		xhr.onabort = () => reject(signal.reason);
		signal.addEventListener("abort", () => xhr.abort());
		xhr.send(file);
	});
}

/* The attachment, once the server has it safe. */
export async function sendFile(path, file, options)
{
	for (;;) {
		const answer = await attempt(path, file, options);
		const body = parse(answer.responseText);

		if (answer.status >= 200 && answer.status < 300)
			return body;
		if (body.code !== "signed_out")
			throw new Refusal(answer.status, body);
		await signedOut();
	}
}
