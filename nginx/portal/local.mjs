/*
 * What this browser keeps. Drafts that the server does not have yet: public
 * fields outlive the tab, private ones (numbers, addresses) go with it. All
 * of it goes at sign-out, and when another account signs in.
 */
const ACCOUNT = "calock.account";
const DRAFT = "calock.draft.";

let mine = DRAFT; /* how the keys of this account's drafts begin */

/* Storage can be full or forbidden: then nothing is kept. */
function attempt(action)
{
	try {
		return action();
	} catch {
		return null;
	}
}

function read(storage, key)
{
	return attempt(() => JSON.parse(storage.getItem(key)));
}

function write(storage, key, value)
{
	attempt(() => value === null ? storage.removeItem(key) :
		storage.setItem(key, JSON.stringify(value)));
}

/* Who was signed in here, {account_id}; only a hint, the cookie counts. */
export function knownAccount()
{
	return read(localStorage, ACCOUNT);
}

/* Signing in ends what another account left; a lost session ends nothing. */
export function setKnownAccount(session)
{
	if (session !== null) {
		mine = `${DRAFT}${session.account_id}.`;
		forgetDrafts((key) => !key.startsWith(mine));
	}
	write(localStorage, ACCOUNT, session === null ? null :
		{ account_id: session.account_id });
}

/* The account changed in another window. */
export function onAccountChange(listener)
{
	addEventListener("storage", (event) => {
		if (event.key === ACCOUNT)
			listener();
	});
}

/* {field: {base, value}} that is still to be saved. */
export function keptDraft(id)
{
	return { ...read(localStorage, mine + id),
		...read(sessionStorage, mine + id) };
}

function orNothing(object)
{
	return Object.keys(object).length === 0 ? null : object;
}

export function keepDraft(id, pending, isPrivate)
{
	const parts = { open: {}, closed: {} };

	for (const [name, edit] of Object.entries(pending))
		parts[isPrivate(name) ? "closed" : "open"][name] = edit;
	write(localStorage, mine + id, orNothing(parts.open));
	write(sessionStorage, mine + id, orNothing(parts.closed));
}

/* Whether something of this account waits to be saved. */
export function hasDrafts()
{
	return attempt(() => [localStorage, sessionStorage].some((storage) =>
		Object.keys(storage).some((key) => key.startsWith(mine)))) === true;
}

function clear(storage, isMeant)
{
	for (const key of Object.keys(storage))
		if (key.startsWith(DRAFT) && isMeant(key))
			storage.removeItem(key);
}

export function forgetDrafts(isMeant = () => true)
{
	attempt(() => clear(localStorage, isMeant));
	attempt(() => clear(sessionStorage, isMeant));
}
