/*
 * A draft that saves itself. What was typed is kept in this browser until
 * the server has it; what changed on the server meanwhile is put side by
 * side, and a person decides.
 */
import * as api from "./api.mjs";
import { keepDraft, keptDraft } from "./local.mjs";

const DEBOUNCE_MS = 800;
const AGAIN_MS = 10_000;

export class Draft extends EventTarget {
	pending = {}; /* field: {base, value}, not yet on the server */
	refused = []; /* remarks on what the server would not even keep */
	status = "saved"; /* dirty, saving, offline, failed */
	savedAt = null;
	#timer = null;
	#running = null;
	#sent = {}; /* by the last save, whether or not its answer came */
	#turn = 0; /* of reload */
	#loading;
	#isPrivate;
	#decide;

	/* decide(conflicts) gives the names whose own value is to stand. */
	constructor(application, form, decide)
	{
		super();
		this.application = application;
		this.#decide = decide;
		const closed = new Set(form.fields.filter((f) => f.private)
			.map((f) => f.name));

		this.#isPrivate = (name) => closed.has(name);
		this.online = () => this.#schedule(0);
		this.hidden = () => {
			if (document.visibilityState === "hidden")
				this.flush().catch(() => {});
		};
		addEventListener("online", this.online);
		document.addEventListener("visibilitychange", this.hidden);
	}

	get id()
	{
		return this.application.id;
	}

	/* What the page shows: the server's values under one's own. */
	get values()
	{
		const values = { ...this.application };

		for (const [name, { value }] of Object.entries(this.pending))
			values[name] = value;
		return values;
	}

	get isSaved()
	{
		return Object.keys(this.pending).length === 0;
	}

	#tell(status)
	{
		this.status = status;
		keepDraft(this.id, this.pending, this.#isPrivate);
		this.dispatchEvent(new Event("change"));
	}

	#schedule(ms)
	{
		clearTimeout(this.#timer);
		if (!this.isSaved)
			this.#timer = setTimeout(() =>
				this.flush().catch(() => {}), ms);
	}

	/* What an earlier page of this browser could not save. */
	async restore()
	{
		for (const [name, edit] of Object.entries(keptDraft(this.id)))
			this.pending[name] = edit;
		if (this.isSaved)
			return;
		await this.#merge(this.application);
		this.#tell(this.isSaved ? "saved" : "dirty");
		this.#schedule(0);
	}

	set(name, value)
	{
		const base = this.pending[name]?.base ?? this.application[name];

		this.refused = this.refused.filter((e) => e.field !== name);
		if (value === this.application[name])
			delete this.pending[name];
		else
			this.pending[name] = { base, value };
		this.#tell(this.isSaved ? "saved" : "dirty");
		this.#schedule(DEBOUNCE_MS);
	}

	/* Answers overtake each other: an older one tells nothing. */
	#isOlder(answer)
	{
		return answer.version < this.application.version;
	}

	/* The server's values are these now; where both changed, ask. */
	async #merge(now)
	{
		const conflicts = [];

		if (this.#isOlder(now))
			return;
		this.application = now;
		for (const [name, edit] of Object.entries(this.pending)) {
			if (edit.value === now[name])
				delete this.pending[name];
			else if (now[name] === this.#sent[name])
				edit.base = now[name];
			else if (edit.base !== now[name])
				conflicts.push({ name, mine: edit.value,
					theirs: now[name] });
		}
		if (conflicts.length === 0)
			return;
		const mine = await this.#decide(conflicts);

		for (const { name } of conflicts)
			if (mine.includes(name))
				this.pending[name].base = now[name];
			else
				delete this.pending[name];
	}

	/* What can be sent: not what was refused as it is. */
	#sendable()
	{
		const refused = this.refused.map((e) => e.field);

		return Object.fromEntries(Object.entries(this.pending)
			.filter(([name]) => !refused.includes(name))
			.map(([name, { value }]) => [name, value]));
	}

	#took(answer, sent)
	{
		const { attachments, attachments_version: files } =
			this.application;

		if (!this.#isOlder(answer))
			this.application = answer;
		/* Files that have come since stay; what they change is asked for. */
		if (answer.attachments_version < files) {
			this.application.attachments = attachments;
			this.reload().catch(() => {});
		}
		for (const [name, value] of Object.entries(sent)) {
			if (this.pending[name]?.value === value)
				delete this.pending[name];
			else if (this.pending[name] !== undefined)
				this.pending[name].base = answer[name];
		}
		this.savedAt = new Date();
	}

	/* One PUT; false when it has to be tried again at once. */
	async #put(sent)
	{
		const path = `/api/applications/${this.id}`;

		this.#sent = sent;
		try {
			const answer = await api.put(path, { ...sent,
				version: this.application.version });

			this.#took(answer, sent);
			return true;
		} catch (e) {
			if (e.status === 412) {
				await this.#merge(await api.get(path));
				return false;
			}
			const known = (e.errors ?? []).filter((error) =>
				error.field in sent);

			if (e.status !== 422 || known.length === 0)
				throw e;
			/* Not of words that have been typed over since. */
			this.refused.push(...known.filter(({ field }) =>
				this.pending[field]?.value === sent[field]));
			return false;
		}
	}

	async #saveAll()
	{
		for (;;) {
			const sent = this.#sendable();

			if (Object.keys(sent).length === 0)
				break;
			this.#tell("saving");
			await this.#put(sent);
		}
		this.#tell(this.isSaved ? "saved" : "failed");
	}

	/* Everything typed so far is on the server, or it throws. */
	async flush()
	{
		clearTimeout(this.#timer);
		this.#running ??= this.#saveAll().finally(() => {
			this.#running = null;
		});
		try {
			await this.#running;
		} catch (e) {
			this.#tell(e.code === "offline" ? "offline" : "failed");
			if (api.isUnsure(e))
				this.#schedule(AGAIN_MS);
			else
				this.dispatchEvent(Object.assign(
					new Event("refusal"), { error: e }));
			throw e;
		}
	}

	/* Of several at once the last that was asked for counts, for all. */
	async #load(turn)
	{
		const now = await api.get(`/api/applications/${this.id}`);

		if (turn !== this.#turn)
			return this.#loading;
		await this.#merge(now);
		this.#tell(this.isSaved ? "saved" : this.status);
	}

	/* Files and states change beside the fields. */
	reload()
	{
		this.#loading = this.#load(++this.#turn);
		return this.#loading;
	}

	close()
	{
		removeEventListener("online", this.online);
		document.removeEventListener("visibilitychange", this.hidden);
		return this.flush().catch(() => {});
	}
}
