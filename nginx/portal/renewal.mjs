/* What a renewal has to be told: the near end, the tender that is open. */
import { h } from "./dom.mjs";
import { SOON_DAYS, lockSpan } from "./locks.mjs";

export const OPEN_TENDER =
	"续期激活后，用原证书加密、还没有开标的投标文件可能无法解密。";

export function drawRenewalNotes({ category, lock_serial: serial }, locks)
{
	const lock = locks.find((l) => l.serial === serial);

	if (category !== "renewal")
		return null;
	return h("section", { class: "notice" },
		h("h2", {}, "续期说明"),
		h("p", {}, "续期继续使用原锁，已为您选好“现场取领”：" +
			"办结后在电脑上激活即可，不用到场，也不邮寄。"),
		lock && lock.days_left <= SOON_DAYS && h("p", {},
			h("strong", {}, `CA 锁 ${lock.serial} ${lockSpan(lock)}。`),
			lock.days_left < 0 ? "到期的锁不能参加开标，请尽快办理。" :
				"到期后不能参加开标，请留出审核和制证的时间，尽快提交。"),
		h("p", {}, OPEN_TENDER,
			"如有这样的项目，请等开标后再激活。提交时需要您确认。"));
}
