-- Uploads that go past the server, what a file is for, when its bytes were deleted, and how far the sweep is.

-- Up Migration

ALTER TABLE media_files
  ADD COLUMN purpose   text NOT NULL DEFAULT 'message'
    CHECK (purpose IN ('message', 'avatar', 'story', 'sticker')),
  -- The bytes are gone; the row stays, for the messages that show that there was a file.
  ADD COLUMN erased_at timestamptz;

CREATE TABLE media_uploads (
  id           uuid        PRIMARY KEY,
  file_id      uuid        NOT NULL UNIQUE REFERENCES media_files ON DELETE CASCADE,
  user_id      uuid        NOT NULL REFERENCES users ON DELETE CASCADE,
  -- NULL: one form instead of parts.
  s3_upload_id text        CHECK (char_length(s3_upload_id) <= 1024),
  -- What the client announced; the file has the digest of what arrived.
  sha256       bytea       CHECK (octet_length(sha256) = 32),
  created_at   timestamptz NOT NULL DEFAULT now(),
  expires_at   timestamptz NOT NULL,
  -- While one request completes it, no other does; a claim of a dead process is taken over.
  claimed_at   timestamptz,
  completed_at timestamptz
);
CREATE INDEX media_uploads_user_idx ON media_uploads (user_id);

-- One row per sweep: the key after which the next step begins.
CREATE TABLE media_sweeps (
  name       text        PRIMARY KEY CHECK (char_length(name) <= 64),
  position   text        NOT NULL DEFAULT '' CHECK (char_length(position) <= 1024),
  updated_at timestamptz NOT NULL DEFAULT now()
);

-- What the sweep looks for: uploads that never ended, bytes that have to go, rows in the order of the store.
CREATE INDEX media_files_pending_idx ON media_files (created_at) WHERE state = 'pending';
CREATE INDEX media_files_deleted_idx ON media_files (deleted_at)
  WHERE deleted_at IS NOT NULL AND erased_at IS NULL;
CREATE INDEX media_files_key_order_idx ON media_files (s3_key COLLATE "C");

-- Down Migration

DROP INDEX media_files_key_order_idx;
DROP INDEX media_files_deleted_idx;
DROP INDEX media_files_pending_idx;
DROP TABLE media_sweeps;
DROP TABLE media_uploads;
ALTER TABLE media_files DROP COLUMN erased_at, DROP COLUMN purpose;
