-- As 0005, for a row that would be born so.
DELIMITER //
CREATE OR REPLACE TRIGGER applications_money_on_insert BEFORE INSERT ON applications FOR EACH ROW
IF NEW.state IN ('paid', 'processing', 'completed', 'refunded')
  AND NOT EXISTS (SELECT 1 FROM payments WHERE id = NEW.payment_id AND application_id = NEW.id)
THEN
  SIGNAL SQLSTATE '45000' SET MESSAGE_TEXT = 'no payment';
END IF//
