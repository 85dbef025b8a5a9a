/* Where to listen. */
import crypto from "node:crypto";
import net from "node:net";

function canListen(port)
{
	return new Promise((resolve) => {
		const server = net.createServer();

		server.on("error", () => resolve(false));
		server.listen(port, "127.0.0.1", () =>
			server.close(() => resolve(true)));
	});
}

async function allCanListen(port)
{
	for (let p = port; p < port + 3; p++)
		if (!await canListen(p))
			return p;
	return 0;
}

/* The first of three free ports in a row: the wanted one, or any below those
 * that the kernel hands out itself. */
export async function pickPort(wanted)
{
	if (wanted !== undefined) {
		const taken = await allCanListen(wanted);

		if (taken !== 0)
			throw new Error(`port ${taken} is in use; set CALOCK_PORT`);
		return wanted;
	}
	for (;;) {
		const port = crypto.randomInt(12000, 32000);

		if (await allCanListen(port) === 0)
			return port;
	}
}
