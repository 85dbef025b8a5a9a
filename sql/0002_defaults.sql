-- What a new installation begins with. The consent text is a sample (示例文本):
-- replace it with the centre's own before going live.
INSERT IGNORE INTO open_types (type, is_open) VALUES
  ('enterprise', TRUE), ('individual', FALSE);

INSERT IGNORE INTO consent_texts (version, title, body) VALUES (1, 'CA锁在线办理告知确认书（示例文本）',
'一、申请单位及经办人应当如实填写申请信息，上传的材料应当真实、完整、清晰，并加盖单位公章。因材料不实造成的后果由申请单位承担。
二、为办理 CA 锁的新办或续期，我们收集单位名称、组织机构代码、法定代表人、联系方式，以及经办人的姓名、手机号码、电子邮箱和身份证号码，仅用于核验身份、制作证书、通知办理结果和开具发票。
三、上述个人信息加密保存。已签发证书的，自证书失效之日起保存五年；未提交或未办结的申请，自最后一次操作起一百八十天后清除。
四、续期后原锁继续使用，无需到现场领取；续期前已用原证书加密的投标文件，请在续期激活前妥善处理，以免无法解密。
五、审核通过后请在规定时间内完成支付。办结后可以申请开具电子发票。
六、您可以随时查询、更正所填信息；撤回同意或者要求删除个人信息的，请联系窗口工作人员。
本人已阅读并同意以上内容，并确认有权代表申请单位办理。');

INSERT IGNORE INTO fees (type, category, business, years, valid_from, fee_fen) VALUES
  ('enterprise', 'new', 'certificate_and_seal', 1, '2020-01-01', 45000),
  ('enterprise', 'new', 'certificate_and_seal', 2, '2020-01-01', 70000),
  ('enterprise', 'new', 'certificate_and_seal', 3, '2020-01-01', 95000),
  ('enterprise', 'new', 'certificate', 1, '2020-01-01', 30000),
  ('enterprise', 'new', 'certificate', 2, '2020-01-01', 50000),
  ('enterprise', 'new', 'certificate', 3, '2020-01-01', 70000),
  ('enterprise', 'renewal', 'certificate_and_seal', 1, '2020-01-01', 30000),
  ('enterprise', 'renewal', 'certificate_and_seal', 2, '2020-01-01', 55000),
  ('enterprise', 'renewal', 'certificate_and_seal', 3, '2020-01-01', 80000),
  ('enterprise', 'renewal', 'certificate', 1, '2020-01-01', 20000),
  ('enterprise', 'renewal', 'certificate', 2, '2020-01-01', 38000),
  ('enterprise', 'renewal', 'certificate', 3, '2020-01-01', 55000);

INSERT IGNORE INTO reasons (code, text, place) VALUES
  ('seal_missing', '申请表未加盖单位公章，请盖章后重新扫描上传。', 1),
  ('scan_unclear', '扫描件不清晰，请用 300 dpi 重新扫描后上传。', 2),
  ('page_missing', '材料缺页，请上传完整的材料。', 3),
  ('wrong_document', '上传的材料与要求不符，请核对电子件名称后重新上传。', 4),
  ('data_differs', '填写内容与营业执照不一致，请按营业执照更正。', 5),
  ('id_card_sides', '身份证应同时包含正面和反面，请重新扫描上传。', 6);
