/* 流程说明: the steps, what to prepare, what goes wrong most often. */
import * as api from "./api.mjs";
import { h, link } from "./dom.mjs";
import { currentSession } from "./session.mjs";

const STEPS = [
	["新增申请", "选择企业 CA 锁和办理类别，阅读并同意告知确认书。"],
	["填写申请", "标 * 的必填，内容会自动保存，可以分几次填完。"],
	["上传材料", "下载申请表，盖章后扫描成 PDF 上传，同时上传其他材料。"],
	["提交审核", "核对无误后提交，审核员在承诺的时间内审核。结果发短信通知。"],
	["支付费用", "审核通过后在“CA支付”扫码支付；没有通过的按意见修改后重新提交。"],
	["等待制证", "当天支付的申请次日统一送交制证，办结后发短信通知。"],
	["启用 CA 锁", "按申请页面上的步骤，用证书工具激活或启用。"],
	["申请发票", "办结后在“打印电子发票”申请，开好后下载。"],
];

/* form: null before signing in, when the periods are not known. */
const questions = (form) => [
	["续期要去现场吗？", "不用。续期继续使用原锁，取领方式选“现场取领”即可，" +
		"办结后自己在电脑上激活。"],
	["还有项目没开标，能续期吗？", "可以申请，但请等开标后再激活：激活后，" +
		"用原证书加密的投标文件可能无法解密。"],
	["什么时候可以续期？", (form === null ? "到期前后一段时间内可以办理，" +
		"登录后在锁的旁边可以看到；" : `到期前 ${form.renewal_opens_days} ` +
		`天起可以办理，到期后 ${form.renewal_closes_days} 天内也可以；`) +
		"超过的请办理新办。到期的锁不能参加开标，请提前办理。"],
	["单位名称变了，能直接续期吗？", "不能。请先联系窗口办理变更。"],
	["扫描件有什么要求？", "PDF 格式，平整、清晰，300 dpi 以上，" +
		"公章不要盖在文字上。不要用手机拍的照片。"],
	["付了款，页面没有变化？", "请不要重复支付。一般几分钟内自动确认；" +
		"重复支付的会原路退回。"],
	["锁的密码输错被锁住了？", "请联系 CA 办理窗口解锁，不要反复尝试。"],
	["页面要求重新登录？", "较长时间没有操作会自动退出。填写的内容还在，" +
		"重新登录后接着办理。"],
];

function drawMaterials(form)
{
	const words = { always: "新办、续期都要", renewal: "续期要" };

	return h("ul", {}, form.attachments.map((kind) => h("li", {},
		kind.label, `（${words[kind.required]}）`,
		kind.template && link("下载空白模板",
			`/api/templates/${kind.kind}.pdf`, { download: "",
				"aria-label": `下载空白模板：${kind.label}` }))));
}

export async function guideView()
{
	const form = currentSession() === null ? null : await api.form();

	return { title: "流程说明", content: [
		form === null && h("p", {}, link("返回登录", "#/")),
		h("p", { class: "actions" }, link("下载操作手册（PDF）",
			"/api/manual.pdf", { download: "", class: "button" })),
		h("section", { class: "card" }, h("h2", {}, "办理步骤"),
			h("ol", { class: "steps" }, STEPS.map(([title, text]) =>
				h("li", {}, h("strong", {}, title), h("br"), text)))),
		h("section", { class: "card" }, h("h2", {}, "要准备的材料"),
			form === null ? h("p", {}, "登录后可以看到材料清单和空白模板，" +
				"操作手册里也有。") : drawMaterials(form)),
		h("section", { class: "card" }, h("h2", {}, "常见问题"),
			questions(form).map(([question, answer]) => h("details", {},
				h("summary", {}, question), h("p", {}, answer)))),
	] };
}
