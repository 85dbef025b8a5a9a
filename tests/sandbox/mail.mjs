/*
 * A mail server that can be told what to do with the next mail; what it took
 * is parsed by a parser of others. In the test's own process:
 *
 *   const mail = await startMail({ tls: { key, cert }, user: ["u", "p"] });
 *   mail.url, mail.taken, mail.next({ at: "rcpt", code: 550 }), await mail.stop()
 *
 * at: "mail", "rcpt", "data" (its end) with a code and a text, or with
 * cut: true, which breaks the connection there; hang: true says nothing more.
 */
import { once } from "node:events";

import { simpleParser } from "mailparser";
import { SMTPServer } from "smtp-server";

function refusal({ code, text = "5.0.0 refused" })
{
	return Object.assign(new Error(text), { responseCode: code });
}

export async function startMail({ tls = null, user = null } = {})
{
	const fates = [];
	const mail = { taken: [], seen: [], sessions: [],
		next: (fate) => fates.push(fate) };
	/* Breaks off, says nothing, refuses, or lets it go on. */
	const judge = (at, done) => {
		if (fates[0]?.at !== at)
			return done();
		const fate = fates.shift();

		if (fate.cut)
			for (const connection of server.connections)
				connection._socket.destroy();
		return fate.cut || fate.hang ? undefined : done(refusal(fate));
	};
	const server = new SMTPServer({
		...tls, logger: false, closeTimeout: 1,
		disabledCommands: [...tls === null ? ["STARTTLS"] : [],
			...user === null ? ["AUTH"] : []],
		authOptional: user === null,
		allowInsecureAuth: true,
		onAuth: ({ username, password }, session, done) =>
			username === user[0] && password === user[1] ?
				done(null, { user: username }) :
				done(refusal({ code: 535, text: "5.7.8 refused" })),
		onMailFrom: (address, session, done) => judge("mail", done),
		onRcptTo: (address, session, done) => judge("rcpt", done),
		async onData(stream, session, done) {
			const chunks = [];

			for await (const chunk of stream)
				chunks.push(chunk);
			const raw = Buffer.concat(chunks);
			const parsed = await simpleParser(raw);
			const { mailFrom, rcptTo } = session.envelope;

			mail.seen.push(parsed.messageId);
			judge("data", (error) => {
				if (!error)
					mail.taken.push({ ...parsed, raw: raw.toString(),
						envelope: { from: mailFrom.address,
							to: rcptTo.map(({ address }) => address) },
						hello: session.hostNameAppearsAs,
						isSecure: session.secure, user: session.user });
				done(error);
			});
		},
	});

	server.on("error", () => {});
	server.listen(0, "127.0.0.1");
	await once(server.server, "listening");
	mail.url = `smtp://127.0.0.1:${server.server.address().port}`;
	mail.stop = () => new Promise((done) => {
		server.close(done);
	});
	return mail;
}
