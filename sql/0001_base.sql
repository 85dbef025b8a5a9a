-- The base schema. Ids are 26 characters that sort by time and are made by
-- the programs (lib/base/hash.h); times are UTC; money is fen. Tables whose
-- rows are evidence (payments, history, audit, notices, consents, reviews)
-- are only ever inserted into. Uniqueness that business depends on is a key.

CREATE TABLE IF NOT EXISTS units (
  id         CHAR(26) CHARACTER SET ascii COLLATE ascii_bin PRIMARY KEY,
  name       VARCHAR(100) NOT NULL,
  org_code   VARCHAR(18) CHARACTER SET ascii COLLATE ascii_bin NOT NULL,
  created_at DATETIME(6) NOT NULL DEFAULT NOW(6),
  UNIQUE KEY units_org_code (org_code)
) ENGINE=InnoDB DEFAULT CHARSET=utf8mb4 COLLATE=utf8mb4_bin;

CREATE TABLE IF NOT EXISTS accounts (
  id            CHAR(26) CHARACTER SET ascii COLLATE ascii_bin PRIMARY KEY,
  login         VARCHAR(64) NOT NULL,
  password_hash VARCHAR(255) CHARACTER SET ascii COLLATE ascii_bin NOT NULL,
  role          VARCHAR(16) CHARACTER SET ascii COLLATE ascii_bin NOT NULL,
  unit_id       CHAR(26) CHARACTER SET ascii COLLATE ascii_bin,
  name          VARCHAR(50) NOT NULL,
  failures      INT NOT NULL DEFAULT 0,
  retry_at      DATETIME(6),
  is_locked     BOOLEAN NOT NULL DEFAULT FALSE,
  created_at    DATETIME(6) NOT NULL DEFAULT NOW(6),
  UNIQUE KEY accounts_login (login),
  KEY accounts_unit (unit_id),
  CONSTRAINT accounts_unit FOREIGN KEY (unit_id) REFERENCES units (id),
  CONSTRAINT accounts_role CHECK (role IN
    ('applicant', 'reviewer', 'operator', 'manager', 'auditor')),
  CONSTRAINT accounts_applicant CHECK ((role = 'applicant') = (unit_id IS NOT NULL))
) ENGINE=InnoDB DEFAULT CHARSET=utf8mb4 COLLATE=utf8mb4_bin;

-- The token itself is only in the cookie; a session belongs to one surface.
CREATE TABLE IF NOT EXISTS sessions (
  token_hash CHAR(64) CHARACTER SET ascii COLLATE ascii_bin PRIMARY KEY,
  account_id CHAR(26) CHARACTER SET ascii COLLATE ascii_bin NOT NULL,
  surface    VARCHAR(8) CHARACTER SET ascii COLLATE ascii_bin NOT NULL,
  ip         VARCHAR(45) CHARACTER SET ascii COLLATE ascii_bin NOT NULL,
  created_at DATETIME(6) NOT NULL DEFAULT NOW(6),
  used_at    DATETIME(6) NOT NULL DEFAULT NOW(6),
  KEY sessions_account (account_id),
  KEY sessions_used (used_at),
  CONSTRAINT sessions_account FOREIGN KEY (account_id) REFERENCES accounts (id),
  CONSTRAINT sessions_surface CHECK (surface IN ('portal', 'admin'))
) ENGINE=InnoDB DEFAULT CHARSET=utf8mb4 COLLATE=utf8mb4_bin;

-- Refused attempts, counted: one row a day, account, program and reason.
CREATE TABLE IF NOT EXISTS refusals (
  day     DATE NOT NULL,
  subject VARCHAR(64) NOT NULL,
  program VARCHAR(16) CHARACTER SET ascii COLLATE ascii_bin NOT NULL,
  code    VARCHAR(32) CHARACTER SET ascii COLLATE ascii_bin NOT NULL,
  times   BIGINT NOT NULL DEFAULT 1,
  last_at DATETIME(6) NOT NULL DEFAULT NOW(6),
  PRIMARY KEY (day, subject, program, code)
) ENGINE=InnoDB DEFAULT CHARSET=utf8mb4 COLLATE=utf8mb4_bin;

-- Successful POSTs by their Idempotency-Key.
CREATE TABLE IF NOT EXISTS idempotency (
  account_id CHAR(26) CHARACTER SET ascii COLLATE ascii_bin NOT NULL,
  path       VARCHAR(255) CHARACTER SET ascii COLLATE ascii_bin NOT NULL,
  idem_key   VARCHAR(128) CHARACTER SET ascii COLLATE ascii_bin NOT NULL,
  body_hash  CHAR(64) CHARACTER SET ascii COLLATE ascii_bin NOT NULL,
  status     INT NOT NULL,
  result_id  VARCHAR(64) CHARACTER SET ascii COLLATE ascii_bin NOT NULL,
  created_at DATETIME(6) NOT NULL DEFAULT NOW(6),
  PRIMARY KEY (account_id, path, idem_key),
  KEY idempotency_created (created_at),
  CONSTRAINT idempotency_account FOREIGN KEY (account_id) REFERENCES accounts (id)
) ENGINE=InnoDB DEFAULT CHARSET=utf8mb4 COLLATE=utf8mb4_bin;

-- Which kinds of application the region has open.
CREATE TABLE IF NOT EXISTS open_types (
  type    VARCHAR(16) CHARACTER SET ascii COLLATE ascii_bin PRIMARY KEY,
  is_open BOOLEAN NOT NULL,
  CONSTRAINT open_types_form CHECK (type = 'enterprise' OR NOT is_open)
) ENGINE=InnoDB DEFAULT CHARSET=utf8mb4 COLLATE=utf8mb4_bin;

CREATE TABLE IF NOT EXISTS consent_texts (
  version    INT PRIMARY KEY,
  title      VARCHAR(100) NOT NULL,
  body       TEXT NOT NULL,
  created_at DATETIME(6) NOT NULL DEFAULT NOW(6)
) ENGINE=InnoDB DEFAULT CHARSET=utf8mb4 COLLATE=utf8mb4_bin;

-- The fee table: the row in force is the newest valid_from not in the future.
CREATE TABLE IF NOT EXISTS fees (
  type       VARCHAR(16) CHARACTER SET ascii COLLATE ascii_bin NOT NULL,
  category   VARCHAR(16) CHARACTER SET ascii COLLATE ascii_bin NOT NULL,
  business   VARCHAR(32) CHARACTER SET ascii COLLATE ascii_bin NOT NULL,
  years      INT NOT NULL,
  valid_from DATE NOT NULL,
  fee_fen    BIGINT NOT NULL,
  PRIMARY KEY (type, category, business, years, valid_from),
  CONSTRAINT fees_years CHECK (years BETWEEN 1 AND 5),
  CONSTRAINT fees_fee CHECK (fee_fen BETWEEN 1 AND 100000000)
) ENGINE=InnoDB DEFAULT CHARSET=utf8mb4 COLLATE=utf8mb4_bin;

CREATE TABLE IF NOT EXISTS reasons (
  code  VARCHAR(32) CHARACTER SET ascii COLLATE ascii_bin PRIMARY KEY,
  text  VARCHAR(200) NOT NULL,
  place INT NOT NULL DEFAULT 0
) ENGINE=InnoDB DEFAULT CHARSET=utf8mb4 COLLATE=utf8mb4_bin;

CREATE TABLE IF NOT EXISTS locks (
  id         CHAR(26) CHARACTER SET ascii COLLATE ascii_bin PRIMARY KEY,
  unit_id    CHAR(26) CHARACTER SET ascii COLLATE ascii_bin NOT NULL,
  serial     VARCHAR(40) NOT NULL,
  kind       VARCHAR(8) CHARACTER SET ascii COLLATE ascii_bin NOT NULL,
  valid_from DATE NOT NULL,
  valid_to   DATE NOT NULL,
  UNIQUE KEY locks_serial (unit_id, serial),
  KEY locks_valid_to (valid_to),
  CONSTRAINT locks_unit FOREIGN KEY (unit_id) REFERENCES units (id),
  CONSTRAINT locks_kind CHECK (kind IN ('main', 'sub')),
  CONSTRAINT locks_validity CHECK (valid_from <= valid_to)
) ENGINE=InnoDB DEFAULT CHARSET=utf8mb4 COLLATE=utf8mb4_bin;

CREATE TABLE IF NOT EXISTS batch_numbers (
  day  CHAR(8) CHARACTER SET ascii COLLATE ascii_bin PRIMARY KEY,
  last INT NOT NULL,
  CONSTRAINT batch_numbers_last CHECK (last BETWEEN 1 AND 999999)
) ENGINE=InnoDB DEFAULT CHARSET=utf8mb4 COLLATE=utf8mb4_bin;

CREATE TABLE IF NOT EXISTS work_orders (
  id         CHAR(26) CHARACTER SET ascii COLLATE ascii_bin PRIMARY KEY,
  created_by CHAR(26) CHARACTER SET ascii COLLATE ascii_bin NOT NULL,
  created_at DATETIME(6) NOT NULL DEFAULT NOW(6),
  CONSTRAINT work_orders_by FOREIGN KEY (created_by) REFERENCES accounts (id)
) ENGINE=InnoDB DEFAULT CHARSET=utf8mb4 COLLATE=utf8mb4_bin;

-- Columns in the order of lib/domain/field.def; private ones are sealed
-- (lib/service/seal.h). live_lock and live_new hold "one live case" apart.
CREATE TABLE IF NOT EXISTS applications (
  id                   CHAR(26) CHARACTER SET ascii COLLATE ascii_bin PRIMARY KEY,
  batch_no             CHAR(16) CHARACTER SET ascii COLLATE ascii_bin NOT NULL,
  type                 VARCHAR(16) CHARACTER SET ascii COLLATE ascii_bin NOT NULL,
  unit_id              CHAR(26) CHARACTER SET ascii COLLATE ascii_bin NOT NULL,
  account_id           CHAR(26) CHARACTER SET ascii COLLATE ascii_bin NOT NULL,
  state                VARCHAR(12) CHARACTER SET ascii COLLATE ascii_bin NOT NULL,
  version              BIGINT NOT NULL DEFAULT 1,
  attachments_version  BIGINT NOT NULL DEFAULT 1,
  round                INT NOT NULL DEFAULT 0,
  consent_version      INT NOT NULL,
  created_at           DATETIME(6) NOT NULL DEFAULT NOW(6),
  entered_at           DATETIME(6) NOT NULL DEFAULT NOW(6),
  touched_at           DATETIME(6) NOT NULL DEFAULT NOW(6),
  submitted_at         DATETIME(6),
  claimed_by           CHAR(26) CHARACTER SET ascii COLLATE ascii_bin,
  claimed_until        DATETIME(6),
  fee_fen              BIGINT,
  payment_id           CHAR(26) CHARACTER SET ascii COLLATE ascii_bin,
  paid_at              DATETIME(6),
  work_order_id        CHAR(26) CHARACTER SET ascii COLLATE ascii_bin,
  valid_from           DATE,
  valid_to             DATE,
  applicant_unit       VARCHAR(100),
  applicant_name       VARCHAR(50),
  category             VARCHAR(16),
  business             VARCHAR(32),
  years                VARCHAR(1),
  pickup               VARCHAR(16),
  project_name         VARCHAR(100),
  lock_serial          VARCHAR(40),
  unit_name            VARCHAR(100),
  org_code             VARCHAR(40),
  legal_representative VARCHAR(50),
  unit_phone           VARCHAR(40),
  handler_name         VARCHAR(50),
  handler_title        VARCHAR(50),
  handler_mobile       VARBINARY(512),
  handler_email        VARCHAR(254),
  address              VARCHAR(200),
  postcode             VARCHAR(20),
  handler_id_no        VARBINARY(512),
  second_reason        VARCHAR(200),
  recipient            VARBINARY(512),
  recipient_phone      VARBINARY(512),
  mail_address         VARBINARY(1024),
  status VARCHAR(8) CHARACTER SET ascii COLLATE ascii_bin AS (CASE state
    WHEN 'editing' THEN 'editing' WHEN 'pending' THEN 'pending'
    WHEN 'rejected' THEN 'rejected' WHEN 'discarded' THEN NULL
    ELSE 'approved' END) PERSISTENT,
  live_lock VARCHAR(40) AS (IF(category = 'renewal'
    AND state IN ('pending', 'approved', 'paid', 'processing'), lock_serial, NULL)) PERSISTENT,
  live_new BOOLEAN AS (IF(category = 'new' AND second_reason IS NULL
    AND state IN ('pending', 'approved', 'paid', 'processing'), TRUE, NULL)) PERSISTENT,
  UNIQUE KEY applications_batch_no (batch_no),
  UNIQUE KEY applications_live_lock (unit_id, live_lock),
  UNIQUE KEY applications_live_new (unit_id, live_new),
  KEY applications_list (unit_id, status, id),
  KEY applications_all (unit_id, id),
  KEY applications_state (state, entered_at, id),
  KEY applications_entered (entered_at, id),
  KEY applications_paid (state, paid_at, id),
  KEY applications_work_order (work_order_id),
  CONSTRAINT applications_unit FOREIGN KEY (unit_id) REFERENCES units (id),
  CONSTRAINT applications_account FOREIGN KEY (account_id) REFERENCES accounts (id),
  CONSTRAINT applications_claimed FOREIGN KEY (claimed_by) REFERENCES accounts (id),
  CONSTRAINT applications_consent FOREIGN KEY (consent_version) REFERENCES consent_texts (version),
  CONSTRAINT applications_work_order FOREIGN KEY (work_order_id) REFERENCES work_orders (id),
  CONSTRAINT applications_type CHECK (type IN ('enterprise', 'individual')),
  CONSTRAINT applications_state CHECK (state IN ('editing', 'discarded', 'pending', 'rejected',
    'approved', 'paid', 'processing', 'completed', 'cancelled', 'refunded')),
  CONSTRAINT applications_money CHECK (state NOT IN ('paid', 'processing', 'completed', 'refunded')
    OR payment_id IS NOT NULL),
  CONSTRAINT applications_fee CHECK (state IN ('editing', 'discarded', 'rejected', 'cancelled')
    OR fee_fen IS NOT NULL),
  CONSTRAINT applications_dates CHECK (state <> 'completed' OR valid_to IS NOT NULL),
  CONSTRAINT applications_claim CHECK ((claimed_by IS NULL) = (claimed_until IS NULL))
) ENGINE=InnoDB DEFAULT CHARSET=utf8mb4 COLLATE=utf8mb4_bin;

CREATE TABLE IF NOT EXISTS consents (
  id             CHAR(26) CHARACTER SET ascii COLLATE ascii_bin PRIMARY KEY,
  application_id CHAR(26) CHARACTER SET ascii COLLATE ascii_bin NOT NULL,
  account_id     CHAR(26) CHARACTER SET ascii COLLATE ascii_bin NOT NULL,
  version        INT NOT NULL,
  ip             VARCHAR(45) CHARACTER SET ascii COLLATE ascii_bin NOT NULL,
  agreed_at      DATETIME(6) NOT NULL DEFAULT NOW(6),
  KEY consents_application (application_id),
  CONSTRAINT consents_application FOREIGN KEY (application_id) REFERENCES applications (id),
  CONSTRAINT consents_account FOREIGN KEY (account_id) REFERENCES accounts (id),
  CONSTRAINT consents_version FOREIGN KEY (version) REFERENCES consent_texts (version)
) ENGINE=InnoDB DEFAULT CHARSET=utf8mb4 COLLATE=utf8mb4_bin;

-- A removed file keeps its row: earlier rounds were decided on it.
CREATE TABLE IF NOT EXISTS attachments (
  id             CHAR(26) CHARACTER SET ascii COLLATE ascii_bin PRIMARY KEY,
  application_id CHAR(26) CHARACTER SET ascii COLLATE ascii_bin NOT NULL,
  kind           VARCHAR(24) CHARACTER SET ascii COLLATE ascii_bin NOT NULL,
  name           VARCHAR(100) NOT NULL,
  size           BIGINT NOT NULL,
  sha256         CHAR(64) CHARACTER SET ascii COLLATE ascii_bin NOT NULL,
  store_key      VARCHAR(64) CHARACTER SET ascii COLLATE ascii_bin NOT NULL,
  pages          INT,
  uploaded_by    CHAR(26) CHARACTER SET ascii COLLATE ascii_bin NOT NULL,
  uploaded_at    DATETIME(6) NOT NULL DEFAULT NOW(6),
  removed_at     DATETIME(6),
  UNIQUE KEY attachments_store_key (store_key),
  KEY attachments_application (application_id, kind, id),
  CONSTRAINT attachments_application FOREIGN KEY (application_id) REFERENCES applications (id),
  CONSTRAINT attachments_by FOREIGN KEY (uploaded_by) REFERENCES accounts (id),
  CONSTRAINT attachments_size CHECK (size > 0)
) ENGINE=InnoDB DEFAULT CHARSET=utf8mb4 COLLATE=utf8mb4_bin;

CREATE TABLE IF NOT EXISTS reviews (
  id             CHAR(26) CHARACTER SET ascii COLLATE ascii_bin PRIMARY KEY,
  application_id CHAR(26) CHARACTER SET ascii COLLATE ascii_bin NOT NULL,
  round          INT NOT NULL,
  reviewer_id    CHAR(26) CHARACTER SET ascii COLLATE ascii_bin NOT NULL,
  decision       VARCHAR(8) CHARACTER SET ascii COLLATE ascii_bin NOT NULL,
  opinion        VARCHAR(1000) NOT NULL,
  created_at     DATETIME(6) NOT NULL DEFAULT NOW(6),
  UNIQUE KEY reviews_round (application_id, round),
  CONSTRAINT reviews_application FOREIGN KEY (application_id) REFERENCES applications (id),
  CONSTRAINT reviews_by FOREIGN KEY (reviewer_id) REFERENCES accounts (id),
  CONSTRAINT reviews_decision CHECK (decision IN ('approve', 'reject'))
) ENGINE=InnoDB DEFAULT CHARSET=utf8mb4 COLLATE=utf8mb4_bin;

-- What an opinion points at: a field's name or an attachment's kind.
CREATE TABLE IF NOT EXISTS review_pins (
  review_id CHAR(26) CHARACTER SET ascii COLLATE ascii_bin NOT NULL,
  target    VARCHAR(32) CHARACTER SET ascii COLLATE ascii_bin NOT NULL,
  PRIMARY KEY (review_id, target),
  CONSTRAINT review_pins_review FOREIGN KEY (review_id) REFERENCES reviews (id)
) ENGINE=InnoDB DEFAULT CHARSET=utf8mb4 COLLATE=utf8mb4_bin;

CREATE TABLE IF NOT EXISTS history (
  id             CHAR(26) CHARACTER SET ascii COLLATE ascii_bin PRIMARY KEY,
  application_id CHAR(26) CHARACTER SET ascii COLLATE ascii_bin NOT NULL,
  version        BIGINT NOT NULL,
  action         VARCHAR(16) CHARACTER SET ascii COLLATE ascii_bin NOT NULL,
  actor_id       CHAR(26) CHARACTER SET ascii COLLATE ascii_bin,
  actor_name     VARCHAR(50) NOT NULL,
  received_at    DATETIME(6) NOT NULL,
  handled_at     DATETIME(6) NOT NULL DEFAULT NOW(6),
  opinion        VARCHAR(1000) NOT NULL DEFAULT '',
  UNIQUE KEY history_version (application_id, version),
  CONSTRAINT history_application FOREIGN KEY (application_id) REFERENCES applications (id)
) ENGINE=InnoDB DEFAULT CHARSET=utf8mb4 COLLATE=utf8mb4_bin;

-- One row a transaction; its id is made before the first attempt, so that a
-- COMMIT whose answer was lost is settled by looking for it.
CREATE TABLE IF NOT EXISTS audit (
  id         CHAR(26) CHARACTER SET ascii COLLATE ascii_bin PRIMARY KEY,
  at         DATETIME(6) NOT NULL DEFAULT NOW(6),
  program    VARCHAR(16) CHARACTER SET ascii COLLATE ascii_bin NOT NULL,
  actor_id   CHAR(26) CHARACTER SET ascii COLLATE ascii_bin,
  role       VARCHAR(16) CHARACTER SET ascii COLLATE ascii_bin NOT NULL,
  action     VARCHAR(32) CHARACTER SET ascii COLLATE ascii_bin NOT NULL,
  subject    VARCHAR(64) NOT NULL,
  detail     VARCHAR(1000) NOT NULL DEFAULT '',
  ip         VARCHAR(45) CHARACTER SET ascii COLLATE ascii_bin NOT NULL,
  request_id VARCHAR(64) CHARACTER SET ascii COLLATE ascii_bin NOT NULL,
  KEY audit_subject (subject, at),
  KEY audit_actor (actor_id, at)
) ENGINE=InnoDB DEFAULT CHARSET=utf8mb4 COLLATE=utf8mb4_bin;

-- Messages to people: written with the change they tell of, sent by the
-- worker. The text is made when it is sent, so none is kept here.
CREATE TABLE IF NOT EXISTS messages (
  id             CHAR(26) CHARACTER SET ascii COLLATE ascii_bin PRIMARY KEY,
  application_id CHAR(26) CHARACTER SET ascii COLLATE ascii_bin NOT NULL,
  event          VARCHAR(16) CHARACTER SET ascii COLLATE ascii_bin NOT NULL,
  state          VARCHAR(8) CHARACTER SET ascii COLLATE ascii_bin NOT NULL DEFAULT 'queued',
  attempts       INT NOT NULL DEFAULT 0,
  owner          CHAR(26) CHARACTER SET ascii COLLATE ascii_bin,
  lease_until    DATETIME(6),
  next_at        DATETIME(6) NOT NULL DEFAULT NOW(6),
  created_at     DATETIME(6) NOT NULL DEFAULT NOW(6),
  sent_at        DATETIME(6),
  error          VARCHAR(200) NOT NULL DEFAULT '',
  KEY messages_next (state, next_at),
  KEY messages_application (application_id),
  CONSTRAINT messages_application FOREIGN KEY (application_id) REFERENCES applications (id),
  CONSTRAINT messages_state CHECK (state IN ('queued', 'sending', 'sent', 'failed', 'unknown'))
) ENGINE=InnoDB DEFAULT CHARSET=utf8mb4 COLLATE=utf8mb4_bin;

CREATE TABLE IF NOT EXISTS orders (
  order_no       CHAR(26) CHARACTER SET ascii COLLATE ascii_bin PRIMARY KEY,
  application_id CHAR(26) CHARACTER SET ascii COLLATE ascii_bin NOT NULL,
  provider       VARCHAR(16) CHARACTER SET ascii COLLATE ascii_bin NOT NULL,
  state          VARCHAR(8) CHARACTER SET ascii COLLATE ascii_bin NOT NULL DEFAULT 'created',
  version        BIGINT NOT NULL DEFAULT 1,
  amount_fen     BIGINT NOT NULL,
  currency       CHAR(3) CHARACTER SET ascii COLLATE ascii_bin NOT NULL DEFAULT 'CNY',
  code_url       VARCHAR(512),
  created_by     CHAR(26) CHARACTER SET ascii COLLATE ascii_bin NOT NULL,
  created_at     DATETIME(6) NOT NULL DEFAULT NOW(6),
  expires_at     DATETIME(6) NOT NULL,
  asked_at       DATETIME(6),
  queried_at     DATETIME(6) NOT NULL DEFAULT NOW(6),
  closed_at      DATETIME(6),
  open_key CHAR(26) CHARACTER SET ascii COLLATE ascii_bin
    AS (IF(state IN ('created', 'open'), RTRIM(application_id), NULL)) PERSISTENT,
  UNIQUE KEY orders_open (open_key),
  KEY orders_application (application_id, order_no),
  KEY orders_due (state, queried_at),
  CONSTRAINT orders_application FOREIGN KEY (application_id) REFERENCES applications (id),
  CONSTRAINT orders_by FOREIGN KEY (created_by) REFERENCES accounts (id),
  CONSTRAINT orders_state CHECK (state IN ('created', 'open', 'paid', 'closing', 'closed')),
  CONSTRAINT orders_amount CHECK (amount_fen > 0)
) ENGINE=InnoDB DEFAULT CHARSET=utf8mb4 COLLATE=utf8mb4_bin;

CREATE TABLE IF NOT EXISTS notices (
  id             CHAR(26) CHARACTER SET ascii COLLATE ascii_bin PRIMARY KEY,
  provider       VARCHAR(16) CHARACTER SET ascii COLLATE ascii_bin NOT NULL,
  event_id       VARCHAR(64) NOT NULL,
  event_type     VARCHAR(64) NOT NULL,
  order_no       VARCHAR(64),
  transaction_id VARCHAR(64),
  outcome        VARCHAR(12) CHARACTER SET ascii COLLATE ascii_bin NOT NULL,
  reason         VARCHAR(64) CHARACTER SET ascii COLLATE ascii_bin NOT NULL DEFAULT '',
  amount_fen     BIGINT,
  received_at    DATETIME(6) NOT NULL DEFAULT NOW(6),
  UNIQUE KEY notices_event (provider, event_id),
  KEY notices_outcome (outcome, id),
  CONSTRAINT notices_outcome CHECK (outcome IN ('credited', 'repeated', 'unmatched', 'noted'))
) ENGINE=InnoDB DEFAULT CHARSET=utf8mb4 COLLATE=utf8mb4_bin;

-- Money that came, append-only: `paid` and what follows needs one.
CREATE TABLE IF NOT EXISTS payments (
  id             CHAR(26) CHARACTER SET ascii COLLATE ascii_bin PRIMARY KEY,
  order_no       CHAR(26) CHARACTER SET ascii COLLATE ascii_bin NOT NULL,
  application_id CHAR(26) CHARACTER SET ascii COLLATE ascii_bin NOT NULL,
  provider       VARCHAR(16) CHARACTER SET ascii COLLATE ascii_bin NOT NULL,
  transaction_id VARCHAR(64) CHARACTER SET ascii COLLATE ascii_bin NOT NULL,
  amount_fen     BIGINT NOT NULL,
  currency       CHAR(3) CHARACTER SET ascii COLLATE ascii_bin NOT NULL,
  paid_at        DATETIME(6) NOT NULL,
  source         VARCHAR(8) CHARACTER SET ascii COLLATE ascii_bin NOT NULL,
  created_at     DATETIME(6) NOT NULL DEFAULT NOW(6),
  UNIQUE KEY payments_transaction (provider, transaction_id),
  UNIQUE KEY payments_of (id, application_id),
  KEY payments_application (application_id),
  CONSTRAINT payments_order FOREIGN KEY (order_no) REFERENCES orders (order_no),
  CONSTRAINT payments_application FOREIGN KEY (application_id) REFERENCES applications (id),
  CONSTRAINT payments_source CHECK (source IN ('notice', 'query')),
  CONSTRAINT payments_amount CHECK (amount_fen > 0)
) ENGINE=InnoDB DEFAULT CHARSET=utf8mb4 COLLATE=utf8mb4_bin;

ALTER TABLE applications ADD CONSTRAINT applications_payment
  FOREIGN KEY IF NOT EXISTS (payment_id, id) REFERENCES payments (id, application_id);

CREATE TABLE IF NOT EXISTS refunds (
  id             CHAR(26) CHARACTER SET ascii COLLATE ascii_bin PRIMARY KEY,
  payment_id     CHAR(26) CHARACTER SET ascii COLLATE ascii_bin NOT NULL,
  application_id CHAR(26) CHARACTER SET ascii COLLATE ascii_bin NOT NULL,
  amount_fen     BIGINT NOT NULL,
  state          VARCHAR(10) CHARACTER SET ascii COLLATE ascii_bin NOT NULL DEFAULT 'requested',
  version        BIGINT NOT NULL DEFAULT 1,
  reason         VARCHAR(80) NOT NULL,
  requested_by   CHAR(26) CHARACTER SET ascii COLLATE ascii_bin NOT NULL,
  decided_by     CHAR(26) CHARACTER SET ascii COLLATE ascii_bin,
  provider_refund_id VARCHAR(64) CHARACTER SET ascii COLLATE ascii_bin,
  created_at     DATETIME(6) NOT NULL DEFAULT NOW(6),
  done_at        DATETIME(6),
  KEY refunds_application (application_id, state),
  KEY refunds_state (state, id),
  CONSTRAINT refunds_payment FOREIGN KEY (payment_id) REFERENCES payments (id),
  CONSTRAINT refunds_application FOREIGN KEY (application_id) REFERENCES applications (id),
  CONSTRAINT refunds_requested FOREIGN KEY (requested_by) REFERENCES accounts (id),
  CONSTRAINT refunds_decided FOREIGN KEY (decided_by) REFERENCES accounts (id),
  CONSTRAINT refunds_second_person CHECK (decided_by IS NULL OR decided_by <> requested_by),
  CONSTRAINT refunds_state CHECK (state IN
    ('requested', 'confirmed', 'sent', 'done', 'declined', 'failed')),
  CONSTRAINT refunds_amount CHECK (amount_fen > 0)
) ENGINE=InnoDB DEFAULT CHARSET=utf8mb4 COLLATE=utf8mb4_bin;

-- What a provider's bill and our books say differently, for a person.
CREATE TABLE IF NOT EXISTS differences (
  id         CHAR(26) CHARACTER SET ascii COLLATE ascii_bin PRIMARY KEY,
  provider   VARCHAR(16) CHARACTER SET ascii COLLATE ascii_bin NOT NULL,
  day        DATE NOT NULL,
  kind       VARCHAR(16) CHARACTER SET ascii COLLATE ascii_bin NOT NULL,
  reference  VARCHAR(64) NOT NULL,
  ours_fen   BIGINT,
  theirs_fen BIGINT,
  settled_by CHAR(26) CHARACTER SET ascii COLLATE ascii_bin,
  settled_at DATETIME(6),
  opinion    VARCHAR(1000) NOT NULL DEFAULT '',
  UNIQUE KEY differences_line (provider, day, kind, reference),
  CONSTRAINT differences_by FOREIGN KEY (settled_by) REFERENCES accounts (id)
) ENGINE=InnoDB DEFAULT CHARSET=utf8mb4 COLLATE=utf8mb4_bin;

-- What waits for a second person: asked by one, decided by another.
CREATE TABLE IF NOT EXISTS confirmations (
  id         CHAR(26) CHARACTER SET ascii COLLATE ascii_bin PRIMARY KEY,
  kind       VARCHAR(16) CHARACTER SET ascii COLLATE ascii_bin NOT NULL,
  subject    VARCHAR(64) NOT NULL,
  payload    TEXT NOT NULL,
  state      VARCHAR(10) CHARACTER SET ascii COLLATE ascii_bin NOT NULL DEFAULT 'requested',
  asked_by   CHAR(26) CHARACTER SET ascii COLLATE ascii_bin NOT NULL,
  decided_by CHAR(26) CHARACTER SET ascii COLLATE ascii_bin,
  created_at DATETIME(6) NOT NULL DEFAULT NOW(6),
  decided_at DATETIME(6),
  KEY confirmations_state (state, id),
  CONSTRAINT confirmations_asked FOREIGN KEY (asked_by) REFERENCES accounts (id),
  CONSTRAINT confirmations_decided FOREIGN KEY (decided_by) REFERENCES accounts (id),
  CONSTRAINT confirmations_second_person CHECK (decided_by IS NULL OR decided_by <> asked_by)
) ENGINE=InnoDB DEFAULT CHARSET=utf8mb4 COLLATE=utf8mb4_bin;

-- The chain over the audit trail: each seal covers the rows since the last.
CREATE TABLE IF NOT EXISTS seals (
  number     BIGINT PRIMARY KEY,
  last_audit CHAR(26) CHARACTER SET ascii COLLATE ascii_bin NOT NULL,
  rows_n     BIGINT NOT NULL,
  mac        CHAR(64) CHARACTER SET ascii COLLATE ascii_bin NOT NULL,
  sealed_at  DATETIME(6) NOT NULL DEFAULT NOW(6)
) ENGINE=InnoDB DEFAULT CHARSET=utf8mb4 COLLATE=utf8mb4_bin;

CREATE TABLE IF NOT EXISTS invoices (
  id             CHAR(26) CHARACTER SET ascii COLLATE ascii_bin PRIMARY KEY,
  application_id CHAR(26) CHARACTER SET ascii COLLATE ascii_bin NOT NULL,
  unit_id        CHAR(26) CHARACTER SET ascii COLLATE ascii_bin NOT NULL,
  payment_id     CHAR(26) CHARACTER SET ascii COLLATE ascii_bin NOT NULL,
  state          VARCHAR(10) CHARACTER SET ascii COLLATE ascii_bin NOT NULL DEFAULT 'requested',
  version        BIGINT NOT NULL DEFAULT 1,
  amount_fen     BIGINT NOT NULL,
  title_type     VARCHAR(12) CHARACTER SET ascii COLLATE ascii_bin NOT NULL,
  title          VARCHAR(100) NOT NULL,
  tax_no         VARCHAR(20),
  email          VARCHAR(254),
  mobile         VARBINARY(512),
  address        VARCHAR(200),
  bank_name      VARCHAR(100),
  bank_account   VARCHAR(32),
  number         VARCHAR(20),
  pdf_key        VARCHAR(64) CHARACTER SET ascii COLLATE ascii_bin,
  pdf_sha256     CHAR(64) CHARACTER SET ascii COLLATE ascii_bin,
  pdf_size       BIGINT,
  requested_by   CHAR(26) CHARACTER SET ascii COLLATE ascii_bin NOT NULL,
  requested_at   DATETIME(6) NOT NULL DEFAULT NOW(6),
  issued_at      DATETIME(6),
  live_key CHAR(26) CHARACTER SET ascii COLLATE ascii_bin
    AS (IF(state IN ('requested', 'issued'), RTRIM(application_id), NULL)) PERSISTENT,
  UNIQUE KEY invoices_live (live_key),
  UNIQUE KEY invoices_number (number),
  KEY invoices_unit (unit_id, id),
  KEY invoices_state (state, id),
  CONSTRAINT invoices_application FOREIGN KEY (application_id) REFERENCES applications (id),
  CONSTRAINT invoices_unit FOREIGN KEY (unit_id) REFERENCES units (id),
  CONSTRAINT invoices_payment FOREIGN KEY (payment_id) REFERENCES payments (id),
  CONSTRAINT invoices_by FOREIGN KEY (requested_by) REFERENCES accounts (id),
  CONSTRAINT invoices_state CHECK (state IN ('requested', 'issued', 'failed', 'reversed')),
  CONSTRAINT invoices_title_type CHECK (title_type IN ('organisation', 'individual')),
  CONSTRAINT invoices_document CHECK (state <> 'issued'
    OR (number IS NOT NULL AND pdf_key IS NOT NULL))
) ENGINE=InnoDB DEFAULT CHARSET=utf8mb4 COLLATE=utf8mb4_bin;

CREATE TABLE IF NOT EXISTS invoice_titles (
  unit_id      CHAR(26) CHARACTER SET ascii COLLATE ascii_bin NOT NULL,
  title_type   VARCHAR(12) CHARACTER SET ascii COLLATE ascii_bin NOT NULL,
  title        VARCHAR(100) NOT NULL,
  tax_no       VARCHAR(20) NOT NULL DEFAULT '',
  address      VARCHAR(200),
  bank_name    VARCHAR(100),
  bank_account VARCHAR(32),
  used_at      DATETIME(6) NOT NULL DEFAULT NOW(6),
  PRIMARY KEY (unit_id, title_type, title, tax_no),
  CONSTRAINT invoice_titles_unit FOREIGN KEY (unit_id) REFERENCES units (id)
) ENGINE=InnoDB DEFAULT CHARSET=utf8mb4 COLLATE=utf8mb4_bin;

CREATE TABLE IF NOT EXISTS work_order_items (
  work_order_id  CHAR(26) CHARACTER SET ascii COLLATE ascii_bin NOT NULL,
  application_id CHAR(26) CHARACTER SET ascii COLLATE ascii_bin NOT NULL,
  outcome        VARCHAR(10) CHARACTER SET ascii COLLATE ascii_bin,
  opinion        VARCHAR(1000) NOT NULL DEFAULT '',
  done_at        DATETIME(6),
  PRIMARY KEY (work_order_id, application_id),
  KEY work_order_items_application (application_id),
  CONSTRAINT work_order_items_order FOREIGN KEY (work_order_id) REFERENCES work_orders (id),
  CONSTRAINT work_order_items_application FOREIGN KEY (application_id) REFERENCES applications (id),
  CONSTRAINT work_order_items_outcome CHECK (outcome IN ('completed', 'failed'))
) ENGINE=InnoDB DEFAULT CHARSET=utf8mb4 COLLATE=utf8mb4_bin;
