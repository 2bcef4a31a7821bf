-- E-mail: the codes and links that prove an address, and how far the delivery of each mail is.

-- Up Migration

-- At most one code per account and purpose: a newer one takes the place of the older.
CREATE TABLE verification_codes (
  user_id    uuid        NOT NULL REFERENCES users ON DELETE CASCADE,
  purpose    text        NOT NULL CHECK (purpose IN ('email', 'phone', 'password')),
  -- The address that the code was sent to: it proves this one and no later one.
  target     text        NOT NULL CHECK (char_length(target) <= 254),
  -- HMAC of the code under a key derived from ENCRYPTION_KEY: six digits have no other protection.
  code_hash  bytea       NOT NULL CHECK (octet_length(code_hash) = 32),
  -- SHA-256 of the 256-bit token of the link.
  token_hash bytea       NOT NULL UNIQUE CHECK (octet_length(token_hash) = 32),
  -- Wrong codes so far; at five the code is dead.
  tries      integer     NOT NULL DEFAULT 0,
  created_at timestamptz NOT NULL,
  expires_at timestamptz NOT NULL,
  PRIMARY KEY (user_id, purpose)
);
CREATE INDEX verification_codes_expires_idx ON verification_codes (expires_at);

-- One row per mail duty, without address or content. While `leased_until` lies ahead a worker has the mail in
-- hand; a row that stays `sending` beyond it was cut off, perhaps after the server had taken the mail.
CREATE TABLE mail_deliveries (
  id           text        PRIMARY KEY CHECK (char_length(id) <= 64),
  kind         text        NOT NULL CHECK (char_length(kind) <= 32),
  state        text        NOT NULL DEFAULT 'sending' CHECK (state IN ('sending', 'sent', 'failed', 'expired')),
  attempts     integer     NOT NULL DEFAULT 1,
  leased_until timestamptz NOT NULL,
  -- The reply code of the server that refused it for good.
  reply        integer,
  created_at   timestamptz NOT NULL DEFAULT now(),
  updated_at   timestamptz NOT NULL DEFAULT now()
);
CREATE INDEX mail_deliveries_updated_idx ON mail_deliveries (updated_at);
CREATE TRIGGER mail_deliveries_updated_at BEFORE UPDATE ON mail_deliveries
  FOR EACH ROW EXECUTE FUNCTION update_updated_at_column();

-- Accounts that want a digest are few among all.
CREATE INDEX notification_preferences_digest_idx ON notification_preferences (digest_sent_at)
  WHERE email_digest <> 'off' AND email_enabled;

-- Down Migration

DROP INDEX notification_preferences_digest_idx;
DROP TABLE mail_deliveries, verification_codes;
