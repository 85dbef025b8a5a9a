/* 查询办理进度: without signing in, by a code sent to the handler's phone. */
import * as api from "./api.mjs";
import { announce, busy, button, fill, h, link } from "./dom.mjs";
import { drawEntry, sayErrors } from "./entry.mjs";
import { drawFacts } from "./table.mjs";
import { CATEGORIES, dash, day, minute, stateTag } from "./words.mjs";

const TICK_MS = 1000;

class Inquiry {
	#timer = null;
	#batchNo = drawEntry("batch_no", "批次号",
		"以 CA 开头的 16 位，在申请列表、申请表和短信中", { required: true,
			autocomplete: "off", autocapitalize: "characters",
			spellcheck: "false" });
	#mobile = drawEntry("mobile", "经办人手机号码",
		"申请中填写的经办人手机号码，验证码发到这里", { required: true, type: "tel",
			inputmode: "tel", autocomplete: "tel-national" });
	#code = drawEntry("code", "验证码", "短信中的 6 位数字", { required: true,
		inputmode: "numeric", autocomplete: "one-time-code",
		pattern: "[0-9]*" });
	#error = h("p", { class: "error", role: "alert" });
	#sent = h("p", { role: "status" });
	#send = button("获取验证码", ({ target }) =>
		busy(target, () => this.#ask()), { class: "primary" });
	#look = h("button", { type: "submit", class: "primary" }, "查询");
	#second = h("div", { hidden: true }, this.#sent, this.#code.node,
		h("p", { class: "actions" }, this.#look));
	result = h("div", {});
	form = h("form", { class: "stack", noValidate: true, on: {
		submit: (event) => {
			event.preventDefault();
			this.#submit();
		} } },
	this.#error, this.#batchNo.node, this.#mobile.node,
	h("p", { class: "actions" }, this.#send), this.#second);

	#pair()
	{
		return { batch_no: this.#batchNo.input.value.trim(),
			mobile: this.#mobile.input.value.trim() };
	}

	/* At the fields, or above them all. */
	#tell(message, errors)
	{
		const isSaid = sayErrors([this.#batchNo, this.#mobile, this.#code],
			errors);

		this.#error.textContent = isSaid ? "" : message;
	}

	/* True when nothing that is needed is empty. */
	#isFilled(fields)
	{
		const empty = fields.filter(({ input }) => input.value.trim() === "");

		this.#tell("", empty.map(({ name, label }) => ({ field: name,
			message: `请填写${label}。` })));
		return empty.length === 0;
	}

	/* Enter goes on with what is next. */
	#submit()
	{
		if (this.#second.hidden)
			busy(this.#send, () => this.#ask());
		else
			busy(this.#look, () => this.#show());
	}

	async #ask()
	{
		if (!this.#isFilled([this.#batchNo, this.#mobile]))
			return;
		try {
			const { code_minutes: minutes, again_seconds: seconds } =
				await api.askStatusCode(this.#pair());

			this.#second.hidden = false;
			this.#sent.textContent = "批次号和手机号码相符的，验证码已经发到" +
				`这个手机，${minutes} 分钟内有效。`;
			this.#code.input.value = "";
			this.#code.input.focus();
			this.#wait(Date.now() + seconds * 1000);
		} catch (e) {
			if (e.status === 429)
				this.#tooOften();
			else
				this.#tell(e.message, e.errors);
		}
	}

	/* Who has opened the page anew may still have a good one. */
	#tooOften()
	{
		this.#second.hidden = false;
		this.#sent.textContent = "已经收到验证码的，可以直接填写。";
		this.#tell("获取得太频繁，请过一会儿再获取。一个手机号码一分钟只能获取一次，" +
			"一天也有次数限制。");
	}

	/* Another may be asked for only then. */
	#wait(until)
	{
		const draw = () => {
			const left = Math.ceil((until - Date.now()) / 1000);

			this.#send.disabled = left > 0;
			this.#send.textContent = left > 0 ?
				`${left} 秒后可以重新获取` : "重新获取验证码";
			if (left <= 0)
				this.stop();
		};

		this.#send.className = "";
		this.stop();
		this.#timer = setInterval(draw, TICK_MS);
		draw();
	}

	stop()
	{
		clearInterval(this.#timer);
		this.#timer = null;
	}

	async #show()
	{
		if (!this.#isFilled([this.#batchNo, this.#mobile, this.#code]))
			return;
		try {
			const status = await api.askStatus({ ...this.#pair(),
				code: this.#code.input.value.trim() });

			fill(this.result, drawStatus(status));
			this.form.parentNode.hidden = true;
			this.result.querySelector("h2").focus();
			announce(`当前状态：${status.state_title}`);
		} catch (e) {
			this.#tell(e.message, e.errors);
			this.#code.input.focus();
		}
	}
}

function drawStatus(status)
{
	return [
		h("section", { class: "card" },
			h("h2", { tabindex: "-1" }, "批次号 ", status.batch_no),
			drawFacts([
				["审核状态", stateTag(status)],
				["办理类别", dash(CATEGORIES[status.category])],
				["申请单位", dash(status.unit)],
				["领取", status.delivery && status.delivery.state_title],
				["承诺的审核期限", status.promised_by &&
					day(status.promised_by)],
			].filter(([, value]) => value !== null)),
			h("p", {}, status.next),
			h("p", { class: "actions" },
				link("登录办理", "#/", { class: "button" }))),
		h("section", { class: "card" }, h("h2", {}, "办理经过"),
			h("ol", { class: "steps" }, status.steps.map(({ step, at }) =>
				h("li", {}, h("strong", {}, step), h("br"), minute(at))))),
	];
}

export async function statusView()
{
	const inquiry = new Inquiry();

	return { title: "查询办理进度", wide: false,
		lead: "不用登录。用批次号和经办人手机号码查询，验证码发到该手机。",
		onLeave: () => inquiry.stop(),
		content: [
			h("div", { class: "card" }, inquiry.form),
			inquiry.result,
			h("p", {}, link("返回登录", "#/")),
		] };
}
