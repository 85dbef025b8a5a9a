/* The statements of the .def files, as the compiler reads them. */
import { execFileSync } from "node:child_process";
import { fileURLToPath } from "node:url";

const ROOT = fileURLToPath(new URL("../..", import.meta.url));
const ROWS = `#include "domain/field.def"
#define STMT(name, programs, in, out, rights, sql) @@ name @ sql
#include "domain/sql.def"
`;

/* {name, sql} of each. */
export function statements()
{
	const out = execFileSync("gcc", ["-E", "-P", "-Ilib", "-x", "c", "-"],
		{ cwd: ROOT, encoding: "utf8", input: ROWS });

	return out.split("@@").slice(1).map((row) => {
		const [, name, text] = /^\s*(\w+) @ ([^]*)$/.exec(row);

		return { name, sql: [...text.matchAll(/"((?:[^"\\]|\\.)*)"/g)]
			.map(([, part]) => JSON.parse(`"${part}"`)).join("") };
	});
}
