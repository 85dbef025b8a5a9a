-- What was used is in the invoices themselves, and goes with them.
DROP TABLE IF EXISTS invoice_titles;
