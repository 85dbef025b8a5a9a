/* 流程说明: the steps, and all that stands in the system's own tables: what it
 * costs, what to prepare, the states, the messages. Before signing in, too. */
import * as api from "./api.mjs";
import { h, link } from "./dom.mjs";
import { currentSession } from "./session.mjs";
import { drawTable } from "./table.mjs";

const steps = ({ periods, file, invoice_corrections: corrections }) => [
	["登录系统", "登录后有四个栏目：CA申请、CA支付、打印电子发票、流程说明。"],
	["新增申请", "选择企业 CA 锁和办理类别，阅读并同意告知确认书。续期也从这里开始。"],
	["填写申请", "标 * 的必填，内容会自动保存，可以分几次填完。"],
	["上传材料", "下载申请表，盖章后扫描成 PDF 上传，同时上传其他材料。" +
		`每个文件不超过 ${file.max_size}、${file.max_pages} 页。`],
	["提交审核", "核对无误后提交，审核员承诺在 " +
		`${periods.promise_days} 个工作日内审核，结果发短信通知。` +
		"没有通过的按意见修改后重新提交。"],
	["支付费用", "审核通过后在“CA支付”扫码支付，支付订单 " +
		`${periods.order_minutes} 分钟内有效，过期的重新生成。` +
		`${periods.cancel_days} 天没有继续办理的，申请自动取消。`],
	["等待制证", "当天支付的申请次日统一送交制证，办结后发短信通知。"],
	["领取 CA 锁", "新办的按取领方式现场领取，或等待邮寄、收到后确认；" +
		"续期的继续使用原锁，不用到场。"],
	["启用 CA 锁", "按申请页面上的步骤，用证书工具激活或启用，然后在该页面确认。"],
	["申请发票", "办结后在“打印电子发票”申请，开好后下载。" +
		`开错了的可以申请红冲重开，最多 ${corrections} 次。`],
	["查询进度", "任何时候都可以在登录页面选择“查询办理进度”，" +
		"用批次号和经办人手机号码查询，不用登录。"],
];

const questions = ({ periods }) => [
	["续期要去现场吗？", "不用。续期继续使用原锁，取领方式选“现场取领”即可，" +
		"办结后自己在电脑上激活。"],
	["还有项目还没开标，能续期吗？", "可以申请，但请等开标后再激活：激活后，" +
		"用原证书加密的投标文件可能无法解密。"],
	["什么时候可以续期？", `到期前 ${periods.renewal_opens_days} 天起可以办理，` +
		`到期后 ${periods.renewal_closes_days} 天内也可以；` +
		"超过的请办理新办。到期的锁不能参加开标，请提前办理。"],
	["单位名称变了，能直接续期吗？", "不能。请先联系窗口办理变更。"],
	["扫描件有什么要求？", "PDF 格式，平整、清晰，300 dpi 以上，" +
		"公章不要盖在文字上。不要用手机拍的照片。"],
	["付了款，页面没有变化？", "请不要重复支付。一般几分钟内自动确认；" +
		"重复支付的会原路退回。"],
	["锁的密码输错被锁住了？", "请联系 CA 办理窗口解锁，不要反复尝试。"],
	["页面要求重新登录？", `${periods.session_minutes} 分钟没有操作会自动退出。` +
		"填写的内容还在，重新登录后接着办理。"],
];

const FEES = [
	["办理类别", (fee) => fee.category_title],
	["办理业务", (fee) => fee.business_title],
	["办理年限", (fee) => `${fee.years} 年`],
	["办理费用（元）", (fee) => fee.fee_yuan, "money"],
];

const STATES = [
	["状态", (state) => state.title],
	["说明", (state) => state.next, "text"],
	["步骤和由谁办理", (state) => state.ways.map(({ step, by }) =>
		`${step}（${by}）`).join("、") || "—", "text"],
];

const DELIVERY = [
	["状态", (state) => state.title],
	["说明", (state) => state.next, "text"],
];

const MESSAGES = [
	["短信", (message) => message.title],
	["内容", (message) => message.text, "text"],
];

function drawMaterials({ attachments, file })
{
	return [
		h("ul", {}, attachments.map((kind) => h("li", {},
			`${kind.label}（${kind.required_title}）：${kind.note}。`,
			kind.template && link("下载空白模板",
				`/api/templates/${kind.kind}.pdf`, { download: "",
					"aria-label": `下载空白模板：${kind.label}` })))),
		h("p", {}, `只收 PDF 文件，每个不超过 ${file.max_size}、` +
			`${file.max_pages} 页，一种材料最多 ${file.max_files} 个文件。`),
	];
}

function drawDelivery({ delivery })
{
	return [
		h("p", {}, "新办的 CA 锁邮寄或现场领取，在已办结的申请上可以看到在哪里。" +
			`承运的快递公司：${delivery.carriers.join("、")}。`,
		delivery.service_phone &&
			`一直没有收到的，请致电 ${delivery.service_phone}。`),
		drawTable("领取 CA 锁", DELIVERY, delivery.states),
	];
}

function drawActivation({ activations, tool_url: tool })
{
	return [
		activations.map(({ title, steps: items }) => [h("h3", {}, title),
			h("ol", {}, items.map((step) => h("li", {}, step)))]),
		h("p", {}, link("打开 e签宝 官网下载证书工具", tool,
			{ rel: "noopener noreferrer", target: "_blank" })),
	];
}

const card = (title, ...content) => h("section", { class: "card" },
	h("h2", {}, title), ...content);
const fold = ([title, ...content]) => h("details", {},
	h("summary", {}, title), ...content);

export async function guideView()
{
	const guide = await api.getOnce("/api/guide");

	return { title: "流程说明", content: [
		currentSession() === null && h("p", { class: "links" },
			link("返回登录", "#/"), link("查询办理进度", "#/status")),
		h("p", { class: "actions" }, link("下载操作手册（PDF）",
			"/api/manual.pdf", { download: "", class: "button" })),
		card("办理步骤", h("ol", { class: "steps" }, steps(guide).map(
			([title, text]) => h("li", {}, h("strong", {}, title),
				h("br"), text)))),
		card("办理费用", guide.fees.length > 0 ?
			drawTable("办理费用", FEES, guide.fees) :
			h("p", {}, "办理费用请联系 CA 办理窗口。")),
		card("要准备的材料", drawMaterials(guide)),
		card("申请的状态", drawTable("申请的状态", STATES, guide.states)),
		card("领取 CA 锁", drawDelivery(guide)),
		card("启用 CA 锁", drawActivation(guide)),
		card("会收到的短信", h("p", {}, "锁到期前 " +
			`${guide.periods.reminder_days} 天起，还会按期提醒办理续期；` +
			"不需要的，可以在锁的旁边关闭。"),
		drawTable("会收到的短信", MESSAGES, guide.messages)),
		card("告知确认书", fold([guide.consent.title,
			h("p", { class: "text" }, guide.consent.text)])),
		card("常见问题", questions(guide).map(([question, answer]) =>
			fold([question, h("p", {}, answer)]))),
	] };
}
