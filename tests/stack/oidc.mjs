/*
 * The trading system as an OpenID provider: npm's oidc-provider, which signs
 * in whoever `provider.person` is without asking.
 *
 *   const provider = await startProvider("RS256");
 *   const stack = await startStack({ env: provider.env });
 */
import crypto from "node:crypto";
import fs from "node:fs";
import http from "node:http";
import os from "node:os";
import path from "node:path";

import Provider from "oidc-provider";

import { pickPort } from "./ports.mjs";

const CLIENT = "calock";
const SECRET = "a secret/with: signs+in it";

/* A key pair as the provider takes it. */
export function makeKey(alg, kid)
{
	const { privateKey } = alg === "RS256" ?
		crypto.generateKeyPairSync("rsa", { modulusLength: 2048 }) :
		crypto.generateKeyPairSync("ec", { namedCurve: "P-256" });

	return { ...privateKey.export({ format: "jwk" }), kid, alg, use: "sig" };
}

/* Read by programs of other users. */
function secretFile()
{
	const dir = fs.mkdtempSync(path.join(os.tmpdir(), "calock-oidc-"));

	fs.chmodSync(dir, 0o755);
	fs.writeFileSync(path.join(dir, "secret"), `${SECRET}\n`);
	return path.join(dir, "secret");
}

/* Listens with a handler; what calock is to be told of it is in env. */
export async function listen(port, handler)
{
	const file = secretFile();
	const server = http.createServer(handler);

	await new Promise((resolve) => server.listen(port, "localhost", resolve));
	return {
		env: { CALOCK_OIDC_ISSUER: `http://localhost:${port}`,
			CALOCK_OIDC_CLIENT_ID: CLIENT,
			CALOCK_OIDC_CLIENT_SECRET_FILE: file,
			CALOCK_OIDC_ORG_CLAIM: "org_code", CALOCK_WORKERS: "1" },
		stop: () => new Promise((resolve) => {
			fs.rmSync(path.dirname(file), { recursive: true });
			server.close(resolve);
			server.closeAllConnections();
		}),
	};
}

async function finish(provider, ctx, person)
{
	const { prompt, params, grantId } =
		await provider.interactionDetails(ctx.req, ctx.res);
	const result = prompt.name === "login" ?
		{ login: { accountId: person.sub } } : { consent: {} };

	if (prompt.name === "consent") {
		const grant = grantId === undefined ? new provider.Grant({
			accountId: person.sub, clientId: params.client_id }) :
			await provider.Grant.find(grantId);

		grant.addOIDCScope("openid profile");
		result.consent.grantId = await grant.save();
	}
	await provider.interactionFinished(ctx.req, ctx.res, result);
}

/* calock's port has to be known: where the provider may send back to. */
export async function startProvider(alg, calockPort)
{
	const port = await pickPort();
	const it = { person: null };
	const provider = new Provider(`http://localhost:${port}`, {
		clients: [{ client_id: CLIENT, client_secret: SECRET,
			redirect_uris: [`http://127.0.0.1:${calockPort}` +
				"/api/session/oidc/return"],
			id_token_signed_response_alg: alg,
			response_types: ["code"] }],
		jwks: { keys: [makeKey(alg, "one")] },
		cookies: { keys: ["made for tests"] },
		claims: { openid: ["sub"], profile: ["name", "org_code"] },
		conformIdTokenClaims: false,
		features: { devInteractions: { enabled: false } },
		interactions: { url: (_, { uid }) => `/interaction/${uid}` },
		pkce: { required: () => true },
		findAccount: () => ({ accountId: it.person.sub,
			claims: () => it.person }),
	});

	provider.use((ctx, next) => ctx.path.startsWith("/interaction/") ?
		finish(provider, ctx, it.person) : next());
	return Object.assign(it, await listen(port, provider.callback()));
}
