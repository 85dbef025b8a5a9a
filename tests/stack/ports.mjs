/* Where to listen. */
import crypto from "node:crypto";
import net from "node:net";

/* A server that listens there, or null. */
function listen(port, address)
{
	return new Promise((resolve) => {
		const server = net.createServer();

		server.on("error", () => resolve(null));
		server.listen(port, address, () => resolve(server));
	});
}

async function canListen(port)
{
	const server = await listen(port, "127.0.0.1");

	if (server === null)
		return false;
	await new Promise((resolve) => server.close(resolve));
	return true;
}

async function allCanListen(port)
{
	for (let p = port; p < port + 3; p++)
		if (!await canListen(p))
			return p;
	return 0;
}

/* It is ours at another address for as long as we run: what is to listen there
 * begins later, and may be started anew, while others pick. */
async function reserve(port)
{
	const server = await listen(port, "127.0.0.2");

	server?.unref();
	return server !== null;
}

/* The first of three free ports in a row: the wanted one, or any below those
 * that the kernel hands out itself, which no other run picks meanwhile. */
export async function pickPort(wanted)
{
	if (wanted !== undefined) {
		const taken = await allCanListen(wanted);

		if (taken !== 0)
			throw new Error(`port ${taken} is in use; set CALOCK_PORT`);
		return wanted;
	}
	for (;;) {
		/* In threes, so that one of each says that all are taken. */
		const port = 3 * crypto.randomInt(4000, 10667);

		if (await reserve(port) && await allCanListen(port) === 0)
			return port;
	}
}
