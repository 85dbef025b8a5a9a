/*
 * A CA of certificates for people, and an nginx with TLS in front of a running
 * stack that asks for them, as nginx/site.conf has it for who uses CA locks.
 *
 *   const front = await startTls(stack);
 *   const lock = front.ca.issue("张明");
 *   await front.client("portal", lock).post("/api/session/certificate");
 */
import { execFileSync } from "node:child_process";
import fs from "node:fs";
import os from "node:os";
import path from "node:path";

import { Client, send } from "./client.mjs";
import { Parts } from "./parts.mjs";
import { pickPort } from "./ports.mjs";

const KEY = ["-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256", "-nodes"];

export class Ca {
	#made = 0;

	constructor(name)
	{
		this.dir = fs.mkdtempSync(path.join(os.tmpdir(), "calock-ca-"));
		fs.writeFileSync(this.path("index.txt"), "");
		fs.writeFileSync(this.path("ca.cnf"), `[ca]
default_ca = it
[it]
database = ${this.path("index.txt")}
new_certs_dir = ${this.dir}
rand_serial = yes
unique_subject = no
certificate = ${this.path("ca.pem")}
private_key = ${this.path("ca.key")}
default_md = sha256
default_days = 30
default_crl_days = 30
policy = any
x509_extensions = client
[any]
commonName = supplied
organizationName = optional
[client]
basicConstraints = CA:FALSE
extendedKeyUsage = clientAuth
`);
		this.#openssl("req", "-x509", ...KEY, "-utf8", "-subj", `/CN=${name}`,
			"-days", "30", "-keyout", this.path("ca.key"),
			"-out", this.path("ca.pem"));
		this.#publish();
	}

	path(name)
	{
		return path.join(this.dir, name);
	}

	#openssl(...args)
	{
		execFileSync("openssl", args, { stdio: "pipe" });
	}

	#ca(...args)
	{
		this.#openssl("ca", "-batch", "-config", this.path("ca.cnf"), ...args);
	}

	#publish()
	{
		this.#ca("-gencrl", "-out", this.path("crl.pem"));
	}

	/* {cert, key}, PEM: valid now, or between two days YYYYMMDD. */
	issue(name, from, to)
	{
		const at = this.path(String(++this.#made));
		const days = from === undefined ? [] : ["-startdate",
			`${from}000000Z`, "-enddate", `${to}000000Z`];

		this.#openssl("req", ...KEY, "-utf8", "-subj", `/O=示例单位/CN=${name}`,
			"-keyout", `${at}.key`, "-out", `${at}.csr`);
		this.#ca("-in", `${at}.csr`, "-out", `${at}.pem`, "-notext",
			"-utf8", ...days);
		return { file: `${at}.pem`, cert: fs.readFileSync(`${at}.pem`, "utf8"),
			key: fs.readFileSync(`${at}.key`, "utf8") };
	}

	/* nginx knows it once it is started anew. */
	revoke({ file })
	{
		this.#ca("-revoke", file);
		this.#publish();
	}
}

/* The server's own certificate. */
function makeServer(dir)
{
	execFileSync("openssl", ["req", "-x509", ...KEY, "-subj", "/CN=calock",
		"-addext", "subjectAltName=IP:127.0.0.1", "-days", "30",
		"-keyout", path.join(dir, "server.key"),
		"-out", path.join(dir, "server.pem")], { stdio: "pipe" });
}

function configuration(stack, ca, dir, port)
{
	const server = (at, more) => `server {
	listen 127.0.0.1:${at} ssl;
	server_name localhost;
	ssl_certificate "${dir}/server.pem";
	ssl_certificate_key "${dir}/server.key";
	ssl_client_certificate "${ca.path("ca.pem")}";
	ssl_crl "${ca.path("crl.pem")}";
	ssl_verify_client optional;
	${more}
}
`;

	return `daemon off;
worker_processes 1;
${process.getuid() === 0 ? "user root;\n" : ""}\
pid "${dir}/nginx.pid";
error_log stderr warn;
events {
}
http {
${["client_body", "proxy", "fastcgi", "uwsgi", "scgi"].map((name) =>
		`${name}_temp_path "${dir}/${name}";\n`).join("")}\
include calock/http.conf;
access_log "${stack.path("log/access.log")}" calock;
${server(port, `root "${stack.portal}";\n\tinclude calock/portal.conf;`)}\
${server(port + 1, "include calock/admin.conf;")}}
`;
}

class Front {
	#parts;

	constructor(stack, dir, port)
	{
		Object.assign(this, { stack, dir, port, ca: new Ca("示例 CA") });
	}

	async start()
	{
		const conf = this.stack.path("nginx/tls.conf");

		makeServer(this.dir);
		this.trusted = fs.readFileSync(path.join(this.dir, "server.pem"));
		fs.writeFileSync(conf, configuration(this.stack, this.ca, this.dir,
			this.port));
		await this.#run();
	}

	async #run()
	{
		this.#parts = new Parts(this.dir, { ...process.env,
			PATH: `${process.env.PATH}:/usr/sbin:/sbin` }, () => {});
		await this.#parts.start("tls", "nginx", ["-p", this.dir, "-c",
			this.stack.path("nginx/tls.conf"),
			"-e", "stderr"], () => send(`https://127.0.0.1:${this.port}/`,
			{ tls: { ca: this.trusted } }).then(() => true, () => false));
	}

	/* Somebody with a certificate, or without. */
	client(surface = "portal", { cert, key } = {})
	{
		const client = new Client(this.stack, { surface });

		client.base = `https://127.0.0.1:${this.port +
			(surface === "admin" ? 1 : 0)}`;
		client.tls = { ca: this.trusted, cert, key };
		return client;
	}

	async stop()
	{
		await this.#parts.stop();
		for (const dir of [this.dir, this.ca.dir])
			fs.rmSync(dir, { recursive: true });
	}

	/* What the CA has published since is read; the port is the same. */
	async reload()
	{
		await this.#parts.stop();
		await this.#run();
	}
}

export async function startTls(stack)
{
	const dir = fs.mkdtempSync(path.join(os.tmpdir(), "calock-tls-"));
	const front = new Front(stack, dir, await pickPort());

	await front.start();
	return front;
}
