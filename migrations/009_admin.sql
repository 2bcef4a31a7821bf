-- When the password of a session was given again, for changes of an administrator: they need it within 15 minutes.

-- Up Migration

ALTER TABLE sessions ADD COLUMN reauthenticated_at timestamptz;

-- Down Migration

ALTER TABLE sessions DROP COLUMN reauthenticated_at;
