-- Applications as years of work leave them, for make bench: @rows of them,
-- fifty a unit on average, 33 to some hundreds each, in every state. Set
-- before: @rows. Everything follows from a case's number, so that each run
-- makes the same rows. Keys and checks are the schema's own; what
-- foreign_key_checks does not look at while it is off is looked at below.
SET SESSION foreign_key_checks = 0, unique_checks = 0, sql_log_bin = 0,
  time_zone = '+00:00', sql_mode = 'STRICT_ALL_TABLES';
SET @units = @rows DIV 50;
SET @a_day = GREATEST(1, @rows DIV 1000);

CREATE TABLE bench_cases (
  n          INT PRIMARY KEY,
  id         CHAR(26) CHARACTER SET ascii COLLATE ascii_bin NOT NULL,
  payment_id CHAR(26) CHARACTER SET ascii COLLATE ascii_bin NOT NULL,
  unit       INT NOT NULL,
  day        DATE NOT NULL,
  at         DATETIME(6) NOT NULL,
  state      VARCHAR(12) CHARACTER SET ascii COLLATE ascii_bin NOT NULL,
  category   VARCHAR(8) CHARACTER SET ascii COLLATE ascii_bin NOT NULL,
  is_paid    BOOLEAN NOT NULL
) ENGINE=InnoDB DEFAULT CHARSET=utf8mb4 COLLATE=utf8mb4_bin;

-- A share's 1.5th power gives some units many cases and most of them few.
INSERT INTO bench_cases
SELECT n, CONCAT('01j', LPAD(LOWER(HEX(n)), 7, '0'), LEFT(hash, 16)),
  CONCAT('01j', LPAD(LOWER(HEX(n)), 7, '0'), RIGHT(hash, 16)),
  1 + FLOOR(@units * POW(CONV(LEFT(hash, 8), 16, 10) / 4294967296, 1.5)),
  day, day + INTERVAL 1 + n MOD 28000 SECOND, state,
  IF(CONV(SUBSTR(hash, 20, 2), 16, 10) < 180, 'renewal', 'new'),
  state IN ('paid', 'processing', 'completed', 'refunded')
FROM (SELECT n, hash, day, CASE
    WHEN share < 40 THEN 'editing' WHEN share < 60 THEN 'discarded'
    WHEN share < 90 THEN 'pending' WHEN share < 120 THEN 'rejected'
    WHEN share < 150 THEN 'approved' WHEN share < 170 THEN 'paid'
    WHEN share < 190 THEN 'processing' WHEN share < 240 THEN 'cancelled'
    WHEN share < 250 THEN 'refunded' ELSE 'completed' END AS state
  FROM (SELECT seq AS n, MD5(seq) AS hash,
      DATE('2023-01-01') + INTERVAL seq DIV @a_day DAY AS day,
      CONV(SUBSTR(MD5(seq), 9, 8), 16, 10) MOD 1000 AS share
    FROM seq_1_to_2000000 WHERE seq <= @rows) AS numbered) AS cases;

INSERT INTO units (id, name, org_code)
SELECT CONCAT('01h0unit', LPAD(seq, 18, '0')), CONCAT('衢州基准', seq, '有限公司'),
  CONCAT('PDZ', LPAD(seq, 6, '0'))
FROM seq_1_to_40000 WHERE seq <= @units;

INSERT INTO accounts (id, login, password_hash, role, unit_id, name)
SELECT CONCAT('01h0acco', LPAD(seq, 18, '0')), CONCAT('bench', seq), password_hash,
  'applicant', CONCAT('01h0unit', LPAD(seq, 18, '0')), '张明'
FROM seq_1_to_40000 JOIN accounts a ON a.login = 'applicant1' WHERE seq <= @units;

INSERT INTO locks (id, unit_id, serial, kind, valid_from, valid_to)
SELECT CONCAT('01h0lock', LPAD(seq * 3 + k, 18, '0')), CONCAT('01h0unit', LPAD(seq, 18, '0')),
  CONCAT('BL', seq, '-', k), IF(k = 0, 'main', 'sub'), '2025-01-01', '2030-01-01'
FROM seq_1_to_40000 JOIN (SELECT seq - 1 AS k FROM seq_1_to_3) AS locks WHERE seq <= @units;

-- Before the applications: their trigger wants to see the money.
INSERT INTO payments (id, order_no, application_id, provider, transaction_id, amount_fen,
  currency, paid_at, source, created_at)
SELECT payment_id, payment_id, id, 'wechatpay', CONCAT('42', LPAD(n, 26, '0')), 30000,
  'CNY', at + INTERVAL 2 DAY, 'notice', at + INTERVAL 2 DAY
FROM bench_cases WHERE is_paid;

INSERT INTO orders (order_no, application_id, provider, state, amount_fen, created_by,
  created_at, expires_at, queried_at)
SELECT payment_id, id, 'wechatpay', 'paid', 30000, CONCAT('01h0acco', LPAD(unit, 18, '0')),
  at + INTERVAL 2 DAY, at + INTERVAL 3 DAY, at + INTERVAL 2 DAY
FROM bench_cases WHERE is_paid;

-- Private fields are as long as sealed ones and open with no key, though they
-- say that it is the first: so nobody tries to seal them anew.
INSERT INTO applications (id, batch_no, type, unit_id, account_id, state, version, round,
  consent_version, created_at, entered_at, touched_at, submitted_at, fee_fen, payment_id, paid_at,
  valid_from, valid_to, applicant_unit, applicant_name, category, business, years, pickup,
  project_name, lock_serial, unit_name, org_code, legal_representative, unit_phone, handler_name,
  handler_title, handler_mobile, handler_email, address, postcode, handler_id_no, second_reason,
  handler_mobile_index, handler_id_no_index)
SELECT id, CONCAT('CA', DATE_FORMAT(day, '%Y%m%d'), LPAD(n MOD @a_day + 1, 6, '0')),
  'enterprise', CONCAT('01h0unit', LPAD(unit, 18, '0')), CONCAT('01h0acco', LPAD(unit, 18, '0')),
  state, 2, IF(state IN ('editing', 'discarded'), 0, 1), 1, at, at + INTERVAL 1 DAY,
  at + INTERVAL 1 DAY, IF(state IN ('editing', 'discarded'), NULL, at + INTERVAL 1 HOUR), 30000,
  IF(is_paid, payment_id, NULL), IF(is_paid, at + INTERVAL 2 DAY, NULL),
  IF(state IN ('completed', 'refunded'), day + INTERVAL 5 DAY, NULL),
  IF(state IN ('completed', 'refunded'), day + INTERVAL 370 DAY, NULL),
  CONCAT('衢州基准', unit, '有限公司'), '张明', category, 'certificate_and_seal', '1', 'onsite',
  CONCAT('示例工程第', n, '标段'), IF(category = 'renewal', CONCAT('OLD', n), NULL),
  CONCAT('衢州基准', unit, '有限公司'), CONCAT('PDZ', LPAD(unit, 6, '0')), '陈建国', '0570-3012345',
  ELT(1 + n MOD 6, '李晓梅', '王芳', '赵强', '钱勇', '孙丽', '周敏'), '办公室主任',
  RPAD(CONCAT(x'01', UNHEX(MD5(n))), 40, UNHEX(MD5(unit))), 'li.xiaomei@example.com', '浙江省衢州市柯城区示例路1号',
  '324000', RPAD(CONCAT(x'01', UNHEX(MD5(unit))), 47, UNHEX(MD5(n))), IF(category = 'new', '增加项目部使用', NULL),
  UNHEX(MD5(n)), UNHEX(MD5(unit))
FROM bench_cases;

-- Each step that a case in its state has behind it.
CREATE TABLE bench_steps (state VARCHAR(12), step INT, action VARCHAR(16), name VARCHAR(50));
INSERT INTO bench_steps
SELECT state, step, action, IF(step IN (3, 5, 6), '王审核', '张明') FROM (
  SELECT 1 AS step, 'create' AS action UNION ALL SELECT 2, 'submit' UNION ALL SELECT 3, 'approve'
  UNION ALL SELECT 4, 'pay' UNION ALL SELECT 5, 'dispatch' UNION ALL SELECT 6, 'complete') AS steps
JOIN (SELECT 'editing' AS state, 1 AS last UNION ALL SELECT 'discarded', 1
  UNION ALL SELECT 'pending', 2 UNION ALL SELECT 'rejected', 2 UNION ALL SELECT 'approved', 3
  UNION ALL SELECT 'cancelled', 3 UNION ALL SELECT 'paid', 4 UNION ALL SELECT 'refunded', 4
  UNION ALL SELECT 'processing', 5 UNION ALL SELECT 'completed', 6) AS lasts ON step <= last;

INSERT INTO history (id, application_id, version, action, actor_id, actor_name, received_at, handled_at)
SELECT CONCAT(LEFT(id, 10), step, RIGHT(id, 15)), id, step, action,
  CONCAT('01h0acco', LPAD(unit, 18, '0')), name, at, at + INTERVAL step HOUR
FROM bench_cases STRAIGHT_JOIN bench_steps USING (state);

INSERT INTO audit (id, at, program, actor_id, role, action, subject, detail, ip, request_id)
SELECT id, handled_at, 'application', actor_id, 'applicant', action, application_id, '',
  '192.0.2.1', MD5(id)
FROM history WHERE version = 1;

-- One seal over all of them, which nobody verifies: else changes would wait
-- until the worker has been through.
INSERT INTO audit_seals (seq, previous, first_at, first_id, last_at, last_id, rows_n, row_macs, sealed_at, mac)
SELECT 1, '', MIN(at), MIN(id), MAX(at), MAX(id), COUNT(*), '', MAX(at), '' FROM audit;

-- Their files are not there, so nobody is to look into them.
INSERT INTO attachments (id, application_id, kind, name, size, sha256, store_key, uploaded_by, uploaded_at,
  inspection, sealed_by)
SELECT CONCAT(LEFT(id, 10), '0', RIGHT(id, 15)), id, 'application_form', '申请表.pdf', 300000,
  SHA2(n, 256), CONCAT('ff/', MD5(n)), CONCAT('01h0acco', LPAD(unit, 18, '0')), at, 'done', 1
FROM bench_cases;

DROP TABLE bench_steps;
SET SESSION foreign_key_checks = 1, unique_checks = 1;
DELIMITER //
IF EXISTS (SELECT 1 FROM applications a LEFT JOIN units u ON u.id = a.unit_id
    LEFT JOIN accounts c ON c.id = a.account_id
    LEFT JOIN payments p ON p.id = a.payment_id AND p.application_id = a.id
    LEFT JOIN orders o ON o.order_no = p.order_no
    WHERE u.id IS NULL OR c.id IS NULL OR (a.payment_id IS NOT NULL AND o.order_no IS NULL))
  OR (SELECT COUNT(*) FROM applications) <> @rows
THEN
  SIGNAL SQLSTATE '45000' SET MESSAGE_TEXT = 'the made rows do not fit together';
END IF//
DELIMITER ;
DROP TABLE bench_cases;
ANALYZE TABLE units, accounts, locks, applications, payments, orders, history, audit, attachments;
