/* The unit's locks: how long they last, and what that means. */
import { startNew } from "./create.mjs";
import { put } from "./api.mjs";
import { announce, busy, button, h, link } from "./dom.mjs";
import { day, tag } from "./words.mjs";

export const SOON_DAYS = 30;

/* How long a lock still lasts, in a sentence. */
export function lockSpan({ days_left: days, valid_to: end })
{
	if (days < 0)
		return `已于 ${end} 到期，过期 ${-days} 天`;
	if (days === 0)
		return `今天（${end}）到期`;
	return `${end} 到期，还有 ${days} 天`;
}

/* Before and after its end the handler is told by message, or not. */
/* From the system before this one nobody is known for a lock. */
const REMINDED = "到期前短信提醒经办人。";
const UNKNOWN = "在这里办结一次后，到期前才能短信提醒经办人；现在请记好到期日。";

function drawReminders({ id, serial, reminders, handler_known: isKnown })
{
	const state = h("span", { class: "quiet" });
	const change = button("", (event) => busy(event.target, async () => {
		show(await put(`/api/locks/${id}/reminders`, { on: !isOn }));
		announce(state.textContent);
	}), { class: "plain" });
	let isOn;

	function show({ reminders: on })
	{
		isOn = on;
		state.textContent = on ? isKnown ? REMINDED : UNKNOWN :
			"已关闭到期短信提醒。";
		change.textContent = on ? "关闭提醒" : "开启提醒";
		change.setAttribute("aria-label",
			`${change.textContent}：CA 锁 ${serial}`);
	}

	show({ reminders });
	return h("div", {}, state, " ", change);
}

/* Whether the last one that was issued for it works. */
function drawActivated({ activated_at: at, awaits_activation: id, serial })
{
	if (id !== null)
		return h("div", {}, link("还没有确认启用，查看步骤",
			`#/applications/${id}`,
			{ "aria-label": `CA 锁 ${serial} 还没有确认启用，查看步骤` }));
	return at !== null && h("div", { class: "quiet" },
		`${day(at)} 确认启用`);
}

function drawLock(lock)
{
	return h("li", {},
		h("div", {},
			h("strong", {}, `CA 锁 ${lock.serial}`), " ",
			tag(lock.kind === "main" ? "主锁" : "副锁"), " ",
			lock.days_left <= SOON_DAYS &&
				tag(lock.days_left < 0 ? "已到期" : "即将到期",
					"warn"),
			h("div", { class: "quiet" }, lockSpan(lock)),
			drawActivated(lock),
			drawReminders(lock)),
		lock.renewal_open && button("办理续期", (event) =>
			busy(event.target, () => startNew({ category: "renewal",
				lock_serial: lock.serial })),
		{ "aria-label": `为 CA 锁 ${lock.serial} 办理续期` }));
}

export function drawLocks(locks)
{
	return locks.length === 0 ? null :
		h("section", { class: "card", "aria-label": "本单位的 CA 锁" },
			h("ul", { class: "locks" }, locks.map(drawLock)),
			h("p", {}, link("把到期日加入日历", "/api/locks.ics",
				{ download: "" }), " ", h("span", { class: "quiet" },
				"日历文件，可用 Outlook、手机日历打开")));
}
