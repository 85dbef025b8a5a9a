/* A Unix socket in front of MariaDB that loses the answer to a COMMIT. */
import net from "node:net";

const COMMIT = Buffer.from("\x07\0\0\0\x03COMMIT", "latin1");

/*
 * lose: null lets everything through; "answer" lets a COMMIT happen and
 * "commit" does not, and both then hang up, once; lost counts.
 */
export class CommitLoser {
	lose = null;
	lost = 0;
	#server;
	#open = new Set();

	constructor(socket, target)
	{
		this.socket = socket;
		this.#server = net.createServer((client) => {
			const database = net.connect(target);
			let isDoomed = false;

			for (const end of [client, database]) {
				this.#open.add(end);
				end.on("error", () => {});
				end.on("close", () => {
					this.#open.delete(end);
					client.destroy();
					database.destroy();
				});
			}
			client.on("data", (data) => {
				if (this.lose === null || !data.includes(COMMIT)) {
					database.write(data);
					return;
				}
				isDoomed = this.lose === "answer";
				this.lose = null;
				this.lost++;
				if (isDoomed)
					database.write(data);
				else
					client.destroy();
			});
			database.on("data", (data) => {
				/* It has answered, so it is committed. */
				if (isDoomed)
					client.destroy();
				else
					client.write(data);
			});
		});
	}

	listen()
	{
		return new Promise((resolve, reject) => {
			this.#server.on("error", reject);
			/* The programs are other users. */
			this.#server.listen({ path: this.socket, writableAll: true },
				resolve);
		});
	}

	close()
	{
		this.#open.forEach((end) => end.destroy());
		this.#server.close();
	}
}
