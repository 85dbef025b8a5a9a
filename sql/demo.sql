-- Accounts, units and locks of `make run`, and of the tests; nowhere else.
-- Every password is Calock-demo-2026. The codes are of the zone that belongs
-- to nobody (GB 11714, PDY00001 to PDY99999).
INSERT IGNORE INTO units (id, name, org_code) VALUES
  ('01j0demounit0000000000000a', '衢州示例建设有限公司', '91330800PDY0000282'),
  ('01j0demounit0000000000000b', '衢州样例工程有限公司', '91330800PDY000204Y');

INSERT INTO accounts (id, login, password_hash, role, unit_id, name, is_demo)
SELECT id, login, '$y$j9T$EL19c4hmlj6RTBivg1iZD1$93cFAPNcmCBYu3WdVQQLD3mtPKxuTnM/xT2AsuAgB47', role, unit_id, name, TRUE FROM (
  SELECT '01j0demoaccount0000000000a' AS id, 'applicant1' AS login, 'applicant' AS role, '01j0demounit0000000000000a' AS unit_id, '张明' AS name
  UNION ALL SELECT '01j0demoaccount0000000000b' AS id, 'applicant2' AS login, 'applicant' AS role, '01j0demounit0000000000000b' AS unit_id, '李红' AS name
  UNION ALL SELECT '01j0demoaccount0000000000c' AS id, 'reviewer1' AS login, 'reviewer' AS role, NULL AS unit_id, '王审核' AS name
  UNION ALL SELECT '01j0demoaccount0000000000d' AS id, 'reviewer2' AS login, 'reviewer' AS role, NULL AS unit_id, '赵审核' AS name
  UNION ALL SELECT '01j0demoaccount0000000000e' AS id, 'operator1' AS login, 'operator' AS role, NULL AS unit_id, '钱制证' AS name
  UNION ALL SELECT '01j0demoaccount0000000000f' AS id, 'manager1' AS login, 'manager' AS role, NULL AS unit_id, '孙管理' AS name
  UNION ALL SELECT '01j0demoaccount0000000000g' AS id, 'manager2' AS login, 'manager' AS role, NULL AS unit_id, '周管理' AS name
  UNION ALL SELECT '01j0demoaccount0000000000h' AS id, 'auditor1' AS login, 'auditor' AS role, NULL AS unit_id, '吴审计' AS name
) AS demo
ON DUPLICATE KEY UPDATE is_demo = TRUE;

INSERT IGNORE INTO locks (id, unit_id, serial, kind, valid_from, valid_to) VALUES
  ('01j0demolock00000000000000', '01j0demounit0000000000000a', 'TG20250001', 'main',
    DATE(NOW() + INTERVAL 8 HOUR) - INTERVAL 345 DAY, DATE(NOW() + INTERVAL 8 HOUR) + INTERVAL 20 DAY),
  ('01j0demolock00000000000001', '01j0demounit0000000000000b', 'TG20250002', 'main',
    DATE(NOW() + INTERVAL 8 HOUR) - INTERVAL 345 DAY, DATE(NOW() + INTERVAL 8 HOUR) + INTERVAL 20 DAY);
