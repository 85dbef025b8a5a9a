/* An nginx of our own: the project's snippets, two loopback ports. */
import fs from "node:fs";
import path from "node:path";

const TEMPORARY = ["client_body", "proxy", "fastcgi", "uwsgi", "scgi"];

function configuration({ dir, portal, port, runsAsUs })
{
	const quoted = (...names) => `"${path.join(...names)}"`;

	return `daemon off;
worker_processes 1;
worker_rlimit_nofile 4096;
${runsAsUs && process.getuid() === 0 ? "user root;\n" : ""}\
pid ${quoted(dir, "nginx.pid")};
error_log stderr warn;
events {
	worker_connections 4096;
}
http {
${TEMPORARY.map((name) =>
		`\t${name}_temp_path ${quoted(dir, name)};\n`).join("")}\
	include calock/http.conf;
	access_log ${quoted(dir, "../log/access.log")} calock;
	server {
		listen 127.0.0.1:${port};
		server_name localhost;
		root ${quoted(portal)};
		include calock/portal.conf;
	}
	server {
		listen 127.0.0.1:${port + 1};
		server_name localhost;
		include calock/admin.conf;
	}
}
`;
}

/*
 * Writes everything below dir. source is the project's nginx folder, portal
 * the portal's static files, routes what the programs print, runDir where
 * their sockets are, openapi the description; runsAsUs: with our own user.
 */
export async function configureNginx(parts, options)
{
	const { dir, source, routes, runDir, openapi } = options;
	const snippets = path.join(dir, "calock");
	const awk = async (out, input, ...args) =>
		fs.writeFileSync(path.join(snippets, out),
			await parts.run("awk", args, { input }));

	fs.rmSync(dir, { recursive: true, force: true });
	fs.mkdirSync(snippets, { recursive: true });
	for (const name of fs.readdirSync(source))
		if (name.endsWith(".conf") && name !== "site.conf")
			fs.copyFileSync(path.join(source, name),
				path.join(snippets, name));
	for (const surface of ["portal", "admin"])
		await awk(`${surface}_locations.conf`, routes,
			"-v", `surface=${surface}`, "-v", `run=${runDir}`,
			"-v", `openapi=${openapi}`,
			"-f", path.join(source, "locations.awk"));
	await awk("problems.conf", "", "-f", path.join(source, "problems.awk"),
		path.join(source, "../lib/base/err.def"));
	fs.writeFileSync(path.join(dir, "nginx.conf"),
		configuration(options));
}

export function startNginx(parts, dir, ready)
{
	return parts.start("nginx", "nginx",
		["-p", dir, "-c", path.join(dir, "nginx.conf"), "-e", "stderr"],
		ready, { rank: 2 });
}
