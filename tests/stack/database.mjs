/* A private MariaDB: its own data, reached through a socket only. */
import fs from "node:fs";
import path from "node:path";

const NAME = "calock";

const ENTITIES = { lt: "<", gt: ">", amp: "&", quot: "\"", apos: "'" };

function unescape(text)
{
	return text.replace(/&(lt|gt|amp|quot|apos);/g, (_, name) => ENTITIES[name]);
}

/* The rows of the last result that `mariadb --xml` printed. */
function lastRows(xml)
{
	const last = xml.lastIndexOf("<resultset");
	const rows = [];

	if (last < 0)
		return rows;
	for (const [, row] of xml.slice(last).matchAll(/<row>([^]*?)<\/row>/g)) {
		const object = {};

		for (const [, name, isNull, value] of row.matchAll(
			/<field name="([^"]*)"(?:( xsi:nil="true") \/>|>([^]*?)<\/field>)/g))
			object[unescape(name)] =
				isNull === undefined ? unescape(value) : null;
		rows.push(object);
	}
	return rows;
}

/* Tests leave what is written to the kernel, which keeps it when a server is
 * killed: enough where no machine is switched off. */
const KEEPING = process.env.MARIADB_NO_SYNC === undefined ?
	["--innodb-flush-log-at-trx-commit=1"] :
	["--innodb-flush-log-at-trx-commit=2", "--debug-no-sync"];

export class Database {
	#parts;
	#made;
	#options;
	#tmp;
	#users;
	#isRoot;

	/* options: further ones for mariadbd, over ours; users: see users.mjs;
	 * made: data to begin with a copy of (made.mjs), null for none. */
	constructor(parts, dir, runDir, { options = [], users = null,
		made = process.env.MADE_DATABASE ?? null } = {})
	{
		this.#made = made;
		this.#parts = parts;
		this.#options = options;
		this.data = path.join(dir, "db");
		/* A server that starts removes the temporary tables in its folder,
		 * also those of another one that uses them. */
		this.#tmp = { TMPDIR: path.join(dir, "db-tmp") };
		this.socket = path.join(runDir, "db.sock");
		this.name = NAME;
		this.#users = users;
		/* mariadbd runs as root only when told so in as many words. */
		this.#isRoot = process.getuid() === 0;
		this.client = ["--no-defaults", `--socket=${this.socket}`,
			"--user=root"];
	}

	async install()
	{
		fs.rmSync(this.data, { recursive: true, force: true });
		if (this.#made !== null) {
			fs.cpSync(this.#made, this.data, { recursive: true });
			return;
		}
		fs.mkdirSync(this.#tmp.TMPDIR, { recursive: true });
		/* Beside it: the script does not quote a path. Its root has no
		 * password: the socket is ours alone, or knows who comes. */
		await this.#parts.run("mariadb-install-db", ["--no-defaults",
			...this.#isRoot ? ["--user=root"] : [],
			"--datadir=./db", "--skip-test-db",
			"--skip-name-resolve", "--innodb-log-file-size=48M",
			"--auth-root-authentication-method=" +
				(this.#isRoot ? "socket" : "normal")],
		{ cwd: path.dirname(this.data), env: this.#tmp });
	}

	start()
	{
		const asRoot = this.#isRoot && this.#users === null;

		fs.mkdirSync(this.#tmp.TMPDIR, { recursive: true });
		for (const folder of [this.data, this.#tmp.TMPDIR])
			this.#users?.give(folder, "mariadbd");
		return this.#parts.start("mariadbd", "mariadbd", ["--no-defaults",
			...asRoot ? ["--user=root"] : [], `--datadir=${this.data}`,
			`--socket=${this.socket}`, "--skip-networking",
			`--pid-file=${this.socket}.pid`,
			"--character-set-server=utf8mb4", "--default-time-zone=+00:00",
			...KEEPING,
			"--innodb-snapshot-isolation=ON",
			"--innodb-buffer-pool-size=128M", "--innodb-log-file-size=48M",
			"--local-infile=OFF", ...this.#options],
		() => this.#answers(),
		{ rank: 0, env: this.#tmp, orphanSignal: "KILL" });
	}

	async #answers()
	{
		try {
			await this.#parts.run("mariadb", this.client,
				{ input: "SELECT 1" });
			return true;
		} catch {
			return false;
		}
	}

	/* As the database's root: the last result's rows, values strings or null. */
	async query(sql)
	{
		return lastRows(await this.#parts.run("mariadb", [...this.client,
			"--xml", "--binary-as-hex",
			"--default-character-set=utf8mb4", this.name],
		{ input: sql }));
	}

	/* Runs a file of statements. */
	async load(file)
	{
		await this.#parts.run("mariadb", [...this.client, "--batch",
			"--default-character-set=utf8mb4", this.name],
		{ input: fs.readFileSync(file) });
	}
}
