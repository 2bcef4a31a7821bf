-- Whom to tell of what while they are not connected: push tokens of devices, wishes of accounts, and the trace of
-- every push ("why did I not get one?").

-- Up Migration

CREATE TABLE push_tokens (
  id         uuid        PRIMARY KEY,
  user_id    uuid        NOT NULL REFERENCES users ON DELETE CASCADE,
  device_id  uuid        NOT NULL UNIQUE REFERENCES user_devices ON DELETE CASCADE,
  session_id uuid        NOT NULL REFERENCES sessions ON DELETE CASCADE,
  provider   text        NOT NULL CHECK (provider IN ('fcm', 'webpush')),
  platform   text        NOT NULL CHECK (platform IN ('android', 'ios', 'web')),
  -- The token of FCM, or the subscription of Web Push as JSON, sealed with ENCRYPTION_KEY.
  token      bytea       NOT NULL CHECK (octet_length(token) <= 8192),
  -- SHA-256 of the token: whoever logs in next on the same browser takes it over.
  token_hash bytea       NOT NULL UNIQUE CHECK (octet_length(token_hash) = 32),
  created_at timestamptz NOT NULL DEFAULT now(),
  updated_at timestamptz NOT NULL DEFAULT now()
);
CREATE INDEX push_tokens_user_idx ON push_tokens (user_id);
CREATE INDEX push_tokens_session_idx ON push_tokens (session_id);

CREATE TABLE notification_preferences (
  user_id         uuid        PRIMARY KEY REFERENCES users ON DELETE CASCADE,
  push_enabled    boolean     NOT NULL DEFAULT true,
  -- Names and text of managed chats; never of e2ee chats.
  show_sender     boolean     NOT NULL DEFAULT true,
  sound           boolean     NOT NULL DEFAULT true,
  email_enabled   boolean     NOT NULL DEFAULT true,
  email_digest    text        NOT NULL DEFAULT 'off' CHECK (email_digest IN ('off', 'daily', 'weekly')),
  digest_sent_at  timestamptz,
  muted_until     timestamptz,
  -- Local times of day between which pushes are silent; both or neither.
  quiet_from      time,
  quiet_to        time,
  time_zone       text        CHECK (char_length(time_zone) <= 64),
  updated_at      timestamptz NOT NULL DEFAULT now(),
  CHECK ((quiet_from IS NULL) = (quiet_to IS NULL))
);

CREATE TABLE push_log (
  id         bigint      GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
  user_id    uuid        NOT NULL REFERENCES users ON DELETE CASCADE,
  device_id  uuid        NOT NULL,
  kind       text        NOT NULL CHECK (kind IN ('message', 'call', 'clear', 'test')),
  chat_id    uuid,
  seq        bigint,
  state      text        NOT NULL CHECK (state IN ('queued', 'sent', 'failed', 'skipped')),
  reason     text        CHECK (char_length(reason) <= 64),
  at         timestamptz NOT NULL DEFAULT now()
);
CREATE INDEX push_log_device_idx ON push_log (user_id, device_id, at DESC);
CREATE INDEX push_log_at_idx ON push_log (at);

-- Down Migration

DROP TABLE push_log, notification_preferences, push_tokens;
