-- A session may switch CHECK and FOREIGN KEY off for itself, a trigger it may
-- not: what needs money needs the row of a payment, whoever asks.
DELIMITER //
CREATE OR REPLACE TRIGGER applications_money_on_update BEFORE UPDATE ON applications FOR EACH ROW
IF NEW.state IN ('paid', 'processing', 'completed', 'refunded')
  AND NOT EXISTS (SELECT 1 FROM payments WHERE id = NEW.payment_id AND application_id = NEW.id)
THEN
  SIGNAL SQLSTATE '45000' SET MESSAGE_TEXT = 'no payment';
END IF//
