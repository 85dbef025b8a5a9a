/* Paying: a code to scan, how long it lives, and whether money has come. */
import * as api from "./api.mjs";
import { ask, tellError } from "./dialogs.mjs";
import { announce, busy, button, fill, h, link } from "./dom.mjs";
import { replace } from "./router.mjs";
import { drawFacts } from "./table.mjs";
import { minute, span, yuan } from "./words.mjs";

const SVG = "data:image/svg+xml,";
const POLL_MS = 3000;
const SOON_MS = 5 * 60_000;

class Payment {
	order = null;
	code = null; /* of the order, as SVG */
	isGone = false;
	#tick = null;
	#poll = null;

	constructor(application, providers, signal)
	{
		Object.assign(this, { application, providers, signal });
		this.path = `/api/applications/${application.id}/payment`;
		this.box = h("div", { class: "card pay" });
		signal.addEventListener("abort", () => this.#stop());
		document.addEventListener("visibilitychange", () => {
			if (document.visibilityState === "visible")
				this.#look();
		}, { signal });
	}

	#stop()
	{
		clearInterval(this.#tick);
		clearTimeout(this.#poll);
	}

	left()
	{
		return Date.parse(this.order.expires_at) - api.serverNow();
	}

	get isPayable()
	{
		return this.order !== null && this.order.code_url !== null &&
			this.left() > 0;
	}

	/* The order of this provider, made when there is none. Not repeated: a
	 * provider that does not answer is told of, not waited for. */
	async open(provider, change = false)
	{
		try {
			await this.#take(await api.post(this.path,
				{ provider, switch: change }, { once: true }));
		} catch (e) {
			await this.#refused(e, provider);
			return;
		}
		this.draw();
	}

	/* An order, with its code while it has one: money may come between. */
	async #take(order)
	{
		try {
			this.code = order.code_url === null ? null :
				await api.get(`${this.path}/qr.svg`,
					{ isText: true, signal: this.signal });
			this.order = order;
		} catch (e) {
			if (e.code !== "not_found")
				throw e;
			await this.#take(await api.get(this.path,
				{ signal: this.signal }));
		}
	}

	async #refused(e, provider)
	{
		if (e.code === "other_order_open") {
			if (await ask("更换支付方式", ["另一种支付方式的二维码还有效。" +
				"更换后原来的二维码作废。", "如果已经付款，请不要更换，" +
				"等一两分钟再回来查看。"], "确认更换"))
				await this.open(provider, true);
			return;
		}
		if (e.code === "wrong_state") {
			replace(`/applications/${this.application.id}`);
			return;
		}
		await tellError(e);
	}

	#choices()
	{
		const others = this.providers.filter((p) =>
			!this.isPayable || p.provider !== this.order.provider);

		if (this.providers.length === 0)
			return h("p", {}, "暂时不能在线支付，请联系 CA 办理窗口。");
		return others.length > 0 && h("p", { class: "actions" }, others.map(
			({ provider, title }) => button(this.isPayable ?
				`改用${title}` : `使用${title}`, (e) =>
				busy(e.target, () => this.open(provider)),
			{ class: this.isPayable ? "" : "primary" })));
	}

	#drawCode()
	{
		const name = this.providers.find((p) =>
			p.provider === this.order.provider)?.title ?? "手机";
		const left = h("strong", {}, span(this.left()));

		this.#tick = setInterval(() => {
			left.textContent = span(this.left());
			if (Math.abs(this.left() - SOON_MS) < 1000)
				announce("二维码还有 5 分钟过期");
			if (!this.isPayable)
				this.#expired();
		}, 1000);
		fill(this.box,
			h("h2", {}, `请用${name}扫码`),
			h("img", { class: "qr", alt: `${name}付款码`, width: 240,
				height: 240, src: SVG + encodeURIComponent(this.code) }),
			h("p", {}, "请在 ", left, ` 内支付（${
				minute(this.order.expires_at)} 前有效）。`),
			h("p", { class: "quiet" },
				"支付后本页会自动更新，不用刷新；也可以关闭，稍后回来查看。" +
				"用手机打开本页的，请用另一部手机扫码，或保存截图后识别。"),
			this.#choices());
	}

	/* The provider has not given a code yet, or its answer was lost. */
	#drawAsked()
	{
		fill(this.box,
			h("h2", {}, "还没有拿到二维码"),
			h("p", {}, "支付平台没有及时答复。请稍后再点一次，" +
				"也可以换一种支付方式；不会重复扣款。"),
			this.#choices());
	}

	#expired()
	{
		this.#stop();
		this.#wait(); /* money can still come */
		announce("二维码已过期");
		fill(this.box,
			h("h2", {}, "二维码已过期"),
			h("p", {}, "还没有收到付款。请重新生成二维码再支付。"),
			h("p", { class: "quiet" }, "如果刚才已经付款，请不要重复支付：" +
				"一般几分钟内会自动确认；确认不了的会原路退回。"),
			this.#choices());
	}

	#drawUnmatched()
	{
		announce("收到的款项与应付的不符");
		fill(this.box,
			h("h2", {}, "收到的款项与应付的不符"),
			h("p", {}, "平台收到了一笔付款，但与这次应付的费用对不上，" +
				"不能用来缴费。工作人员核对后会处理，一般原路退回。"),
			h("p", { class: "quiet" }, "需要现在缴费的，可以重新生成二维码，" +
				"按显示的金额支付。"),
			this.#choices());
	}

	#drawStart()
	{
		fill(this.box, h("h2", {}, "选择支付方式"), this.#choices());
	}

	draw()
	{
		this.#stop();
		if (this.order === null)
			this.#drawStart();
		else if (this.isPayable)
			this.#drawCode();
		else if (this.order.status === "paid")
			this.#drawUnmatched();
		else if (this.order.status === "created" && this.left() > 0)
			this.#drawAsked();
		else
			this.#expired();
		this.#wait();
	}

	#wait()
	{
		clearTimeout(this.#poll);
		if (this.order !== null && !this.signal.aborted)
			this.#poll = setTimeout(() => this.#look(), POLL_MS);
	}

	/* Money that does not fit, of another amount say, pays for nothing. */
	async #isCredited()
	{
		const { state } = await api.get(
			`/api/applications/${this.application.id}`,
			{ signal: this.signal });

		return state !== "approved";
	}

	/* Asking does not extend the session, and is left to visible pages. */
	async #look()
	{
		if (this.order === null || this.isGone ||
		    document.visibilityState !== "visible")
			return;
		const before = this.order;

		try {
			const now = await api.get(this.path,
				{ signal: this.signal });

			/* Another was chosen meanwhile, and is looked at itself. */
			if (this.order !== before)
				return;
			if (now.status === "paid" && await this.#isCredited()) {
				this.#paid();
				return;
			}
			if (now.order_no !== this.order.order_no ||
			    now.status === "paid" && this.order.status !== "paid" ||
			    (now.code_url === null) !==
			    (this.order.code_url === null)) {
				await this.#take(now);
				this.draw();
				return;
			}
		} catch (e) {
			if (this.signal.aborted)
				return;
		}
		this.#wait();
	}

	#paid()
	{
		this.isGone = true;
		this.#stop();
		announce("已收到付款");
		replace(`/applications/${this.application.id}`);
	}

	/* An order from before, if it can still be paid. */
	async resume()
	{
		const { order } = this.application;

		if (order !== null && order.status !== "closed")
			await this.#take(await api.get(this.path,
				{ signal: this.signal }));
		this.draw();
	}
}

export async function paymentView({ params: [id], signal })
{
	const [application, { providers }] = await Promise.all([
		api.get(`/api/applications/${id}`, { signal }),
		api.get("/api/payments?limit=1", { signal })]);
	const payment = new Payment(application, providers, signal);

	if (application.state !== "approved") {
		replace(`/applications/${id}`);
		return null;
	}
	await payment.resume();
	return { title: "支付办理费用", content: [
		drawFacts([
			["应付金额", h("strong", { class: "amount" },
				`${yuan(application.fee_fen)} 元`)],
			["批次号", application.batch_no],
			["申请单位", application.applicant_unit],
		]),
		payment.box,
		h("p", {}, link("返回这份申请", `#/applications/${id}`)),
	] };
}
