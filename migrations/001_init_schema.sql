-- Up Migration

-- The whole schema of accounts, chats, the chat log and their surroundings. migrations/README.md names the
-- service that writes each table. Every time is timestamptz; rows that sync hands out carry the transaction
-- that wrote them (`xid`), because only a transaction horizon never skips what commits late.

CREATE TABLE server_state (
  singleton boolean PRIMARY KEY DEFAULT true CHECK (singleton),
  log_epoch uuid    NOT NULL DEFAULT gen_random_uuid()
);
INSERT INTO server_state DEFAULT VALUES;
COMMENT ON COLUMN server_state.log_epoch IS 'Changes when a backup is restored: clients with another epoch resync.';

-- ---------------------------------------------------------------------------------------------- accounts

CREATE TABLE users (
  id                    uuid        PRIMARY KEY,
  number                bigint      GENERATED ALWAYS AS IDENTITY UNIQUE,
  app_id                uuid,
  external_id           text        CHECK (char_length(external_id) <= 128),
  username              text        NOT NULL UNIQUE CHECK (username = lower(username) AND char_length(username) BETWEEN 3 AND 64),
  display_name          text        NOT NULL CHECK (char_length(display_name) BETWEEN 1 AND 64),
  email                 text        CHECK (char_length(email) <= 254),
  email_verified        boolean     NOT NULL DEFAULT false,
  pending_email         text        CHECK (char_length(pending_email) <= 254),
  phone                 text        CHECK (char_length(phone) <= 32),
  phone_verified        boolean     NOT NULL DEFAULT false,
  password_hash         text,
  avatar_url            text,
  bio                   text        NOT NULL DEFAULT '' CHECK (char_length(bio) <= 500),
  status                user_status NOT NULL DEFAULT 'offline',
  last_seen             timestamptz,
  role                  text        NOT NULL DEFAULT 'user' CHECK (role IN ('user', 'moderator', 'admin')),
  locale                text        CHECK (char_length(locale) <= 35),
  privacy_presence      text        NOT NULL DEFAULT 'everyone' CHECK (privacy_presence IN ('everyone', 'contacts', 'nobody')),
  privacy_last_seen     text        NOT NULL DEFAULT 'everyone' CHECK (privacy_last_seen IN ('everyone', 'contacts', 'nobody')),
  privacy_avatar        text        NOT NULL DEFAULT 'everyone' CHECK (privacy_avatar IN ('everyone', 'contacts', 'nobody')),
  privacy_bio           text        NOT NULL DEFAULT 'everyone' CHECK (privacy_bio IN ('everyone', 'contacts', 'nobody')),
  privacy_group_invites text        NOT NULL DEFAULT 'everyone' CHECK (privacy_group_invites IN ('everyone', 'contacts', 'nobody')),
  privacy_read_receipts boolean     NOT NULL DEFAULT true,
  privacy_typing        boolean     NOT NULL DEFAULT true,
  privacy_searchable    boolean     NOT NULL DEFAULT true,
  suspended_at          timestamptz,
  deletion_scheduled_at timestamptz,
  deleted_at            timestamptz,
  created_at            timestamptz NOT NULL,
  updated_at            timestamptz NOT NULL DEFAULT now(),
  UNIQUE (app_id, external_id)
);
-- An address belongs to one account once it is verified; unverified ones may repeat, so that nobody can probe.
CREATE UNIQUE INDEX users_verified_email_idx ON users (email) WHERE email_verified;
CREATE UNIQUE INDEX users_verified_phone_idx ON users (phone) WHERE phone_verified;
CREATE INDEX users_email_idx ON users (email) WHERE email IS NOT NULL;
CREATE INDEX users_phone_idx ON users (phone) WHERE phone IS NOT NULL;
CREATE TRIGGER users_updated_at BEFORE UPDATE ON users FOR EACH ROW EXECUTE FUNCTION update_updated_at_column();

-- A removed device keeps its row, because its number is given again only after all 127 were used.
CREATE TABLE user_devices (
  id              uuid        PRIMARY KEY,
  user_id         uuid        NOT NULL REFERENCES users ON DELETE CASCADE,
  device_number   smallint    NOT NULL CHECK (device_number BETWEEN 1 AND 127),
  name            text        NOT NULL CHECK (char_length(name) BETWEEN 1 AND 64),
  platform        text        NOT NULL CHECK (platform IN ('web', 'ios', 'android', 'desktop', 'cli', 'bot', 'other')),
  registration_id integer     CHECK (registration_id BETWEEN 1 AND 16380),
  approved_by     uuid,
  created_at      timestamptz NOT NULL,
  last_seen       timestamptz NOT NULL,
  removed_at      timestamptz,
  UNIQUE (user_id, device_number)
);

CREATE TABLE sessions (
  id           uuid        PRIMARY KEY,
  user_id      uuid        NOT NULL REFERENCES users ON DELETE CASCADE,
  device_id    uuid        NOT NULL REFERENCES user_devices ON DELETE CASCADE,
  created_at   timestamptz NOT NULL,
  last_used_at timestamptz NOT NULL,
  expires_at   timestamptz NOT NULL,
  ip           text,
  user_agent   text        CHECK (char_length(user_agent) <= 512),
  revoked_at   timestamptz
);
CREATE INDEX sessions_user_idx ON sessions (user_id) WHERE revoked_at IS NULL;
CREATE INDEX sessions_device_idx ON sessions (device_id);
CREATE INDEX sessions_over_idx ON sessions (coalesce(revoked_at, expires_at));

CREATE TABLE refresh_tokens (
  token_hash bytea       PRIMARY KEY,
  session_id uuid        NOT NULL REFERENCES sessions ON DELETE CASCADE,
  created_at timestamptz NOT NULL,
  expires_at timestamptz NOT NULL,
  used_at    timestamptz
);
CREATE INDEX refresh_tokens_session_idx ON refresh_tokens (session_id);

CREATE TABLE session_revocations (
  id         uuid        PRIMARY KEY,
  kind       text        NOT NULL CHECK (kind IN ('session', 'device', 'user', 'app_user', 'membership', 'audience')),
  user_id    uuid        NOT NULL,
  session_id uuid,
  device_id  uuid,
  chat_id    uuid,
  before     timestamptz,
  at         timestamptz NOT NULL,
  xid        xid8        NOT NULL DEFAULT pg_current_xact_id()
);
CREATE INDEX session_revocations_xid_idx ON session_revocations (xid, id);
CREATE INDEX session_revocations_at_idx ON session_revocations (at);

CREATE TABLE contacts (
  user_id    uuid        NOT NULL REFERENCES users ON DELETE CASCADE,
  contact_id uuid        NOT NULL REFERENCES users ON DELETE CASCADE CHECK (contact_id <> user_id),
  nickname   text        CHECK (char_length(nickname) BETWEEN 1 AND 64),
  created_at timestamptz NOT NULL DEFAULT now(),
  PRIMARY KEY (user_id, contact_id)
);
CREATE INDEX contacts_contact_idx ON contacts (contact_id);

CREATE TABLE blocked_users (
  user_id    uuid        NOT NULL REFERENCES users ON DELETE CASCADE,
  blocked_id uuid        NOT NULL REFERENCES users ON DELETE CASCADE CHECK (blocked_id <> user_id),
  created_at timestamptz NOT NULL DEFAULT now(),
  PRIMARY KEY (user_id, blocked_id)
);
CREATE INDEX blocked_users_blocked_idx ON blocked_users (blocked_id);

-- What happened to an account outside the logs of its chats; handed out by sync.
CREATE TABLE account_changes (
  id      uuid        PRIMARY KEY,
  user_id uuid        NOT NULL REFERENCES users ON DELETE CASCADE,
  type    text        NOT NULL,
  body    jsonb       NOT NULL,
  at      timestamptz NOT NULL,
  xid     xid8        NOT NULL DEFAULT pg_current_xact_id()
);
CREATE INDEX account_changes_user_idx ON account_changes (user_id, xid, id);

-- ------------------------------------------------------------------------------------------ cryptography

CREATE TABLE identity_keys (
  device_id    uuid        PRIMARY KEY REFERENCES user_devices ON DELETE CASCADE,
  user_id      uuid        NOT NULL REFERENCES users ON DELETE CASCADE,
  identity_key bytea       NOT NULL CHECK (octet_length(identity_key) = 33),
  approval     bytea       CHECK (octet_length(approval) = 64),
  updated_at   timestamptz NOT NULL DEFAULT now()
);
CREATE INDEX identity_keys_user_idx ON identity_keys (user_id);

CREATE TABLE signed_prekeys (
  device_id  uuid        NOT NULL REFERENCES user_devices ON DELETE CASCADE,
  kind       text        NOT NULL CHECK (kind IN ('ec', 'kyber')),
  key_id     integer     NOT NULL CHECK (key_id BETWEEN 0 AND 16777215),
  public_key bytea       NOT NULL,
  signature  bytea       NOT NULL CHECK (octet_length(signature) = 64),
  created_at timestamptz NOT NULL DEFAULT now(),
  PRIMARY KEY (device_id, kind)
);

CREATE TABLE one_time_prekeys (
  device_id  uuid    NOT NULL REFERENCES user_devices ON DELETE CASCADE,
  kind       text    NOT NULL CHECK (kind IN ('ec', 'kyber')),
  key_id     integer NOT NULL CHECK (key_id BETWEEN 0 AND 16777215),
  public_key bytea   NOT NULL,
  signature  bytea   CHECK (octet_length(signature) = 64),
  PRIMARY KEY (device_id, kind, key_id)
);

-- ---------------------------------------------------------------------------------------------- chats

-- `last_seq` and `head_digest` change with every entry: the page keeps room for them (HOT updates).
CREATE TABLE chats (
  id                   uuid        PRIMARY KEY,
  number               bigint      GENERATED ALWAYS AS IDENTITY UNIQUE,
  app_id               uuid,
  external_id          text        CHECK (char_length(external_id) <= 128),
  type                 chat_type   NOT NULL,
  name                 text        CHECK (char_length(name) BETWEEN 1 AND 128),
  description          text        NOT NULL DEFAULT '' CHECK (char_length(description) <= 1000),
  avatar_url           text,
  is_public            boolean     NOT NULL DEFAULT false,
  encryption           text        NOT NULL CHECK (encryption IN ('e2ee', 'managed')),
  created_by           uuid        NOT NULL,
  created_at           timestamptz NOT NULL,
  updated_at           timestamptz NOT NULL,
  deleted_at           timestamptz,
  direct_key           text        UNIQUE,
  disappearing_seconds integer     CHECK (disappearing_seconds BETWEEN 30 AND 31536000),
  slow_mode_seconds    integer     NOT NULL DEFAULT 0 CHECK (slow_mode_seconds BETWEEN 0 AND 3600),
  history_visibility   text        NOT NULL CHECK (history_visibility IN ('since_join', 'full')),
  join_mode            text        NOT NULL CHECK (join_mode IN ('open', 'approval', 'invite')),
  member_count         integer     NOT NULL DEFAULT 0,
  last_seq             bigint      NOT NULL DEFAULT 0,
  head_digest          bytea       NOT NULL DEFAULT decode(repeat('00', 32), 'hex') CHECK (octet_length(head_digest) = 32),
  last_activity_at     timestamptz NOT NULL,
  device_version       bigint      NOT NULL DEFAULT 0,
  log_xid              xid8        NOT NULL DEFAULT pg_current_xact_id(),
  UNIQUE (app_id, external_id),
  CHECK ((type = 'direct') = (direct_key IS NOT NULL) OR deleted_at IS NOT NULL)
) WITH (fillfactor = 50);
CREATE INDEX chats_created_by_idx ON chats (created_by);

CREATE TABLE chat_roles (
  id          uuid    PRIMARY KEY,
  chat_id     uuid    NOT NULL REFERENCES chats ON DELETE CASCADE,
  name        text    NOT NULL CHECK (char_length(name) BETWEEN 1 AND 32),
  position    integer NOT NULL CHECK (position BETWEEN 0 AND 100),
  permissions text[]  NOT NULL,
  is_system   boolean NOT NULL DEFAULT false,
  UNIQUE (chat_id, name)
);

-- `base_seq` is the position just before the first entry the member may see; the marks only grow.
CREATE TABLE chat_members (
  chat_id               uuid        NOT NULL REFERENCES chats ON DELETE CASCADE,
  user_id               uuid        NOT NULL REFERENCES users ON DELETE CASCADE,
  role_id               uuid        NOT NULL REFERENCES chat_roles,
  joined_at             timestamptz NOT NULL,
  added_by              uuid,
  base_seq              bigint      NOT NULL,
  base_digest           bytea       NOT NULL CHECK (octet_length(base_digest) = 32),
  last_read_seq         bigint      NOT NULL DEFAULT 0,
  delivered_seq         bigint      NOT NULL DEFAULT 0,
  marks_at              timestamptz,
  marks_xid             xid8        NOT NULL DEFAULT pg_current_xact_id(),
  muted_until           timestamptz,
  archived              boolean     NOT NULL DEFAULT false,
  pinned_at             timestamptz,
  notifications_off_until timestamptz,
  notification_level    text        NOT NULL DEFAULT 'all' CHECK (notification_level IN ('all', 'mentions', 'none')),
  marked_unread         boolean     NOT NULL DEFAULT false,
  hidden                boolean     NOT NULL DEFAULT false,
  xid                   xid8        NOT NULL DEFAULT pg_current_xact_id(),
  PRIMARY KEY (chat_id, user_id)
) WITH (fillfactor = 80);
CREATE INDEX chat_members_user_idx ON chat_members (user_id);
CREATE INDEX chat_members_role_idx ON chat_members (role_id);

CREATE TABLE chat_device_marks (
  chat_id       uuid   NOT NULL REFERENCES chats ON DELETE CASCADE,
  device_id     uuid   NOT NULL REFERENCES user_devices ON DELETE CASCADE,
  user_id       uuid   NOT NULL REFERENCES users ON DELETE CASCADE,
  delivered_seq bigint NOT NULL,
  PRIMARY KEY (chat_id, device_id)
) WITH (fillfactor = 80);
CREATE INDEX chat_device_marks_device_idx ON chat_device_marks (device_id);
CREATE INDEX chat_device_marks_user_idx ON chat_device_marks (user_id);

CREATE TABLE group_sender_keys (
  chat_id         uuid        NOT NULL REFERENCES chats ON DELETE CASCADE,
  sender_device_id uuid       NOT NULL REFERENCES user_devices ON DELETE CASCADE,
  distribution_id uuid        NOT NULL,
  device_version  bigint,
  holders         uuid[]      NOT NULL DEFAULT '{}',
  created_at      timestamptz NOT NULL DEFAULT now(),
  PRIMARY KEY (chat_id, sender_device_id, distribution_id)
);
CREATE INDEX group_sender_keys_device_idx ON group_sender_keys (sender_device_id);

-- ------------------------------------------------------------------------------------------ the chat log

-- One half of the log. Content is stored as it was sent; its limit counts characters after NFC, which may be
-- three times fewer. Nothing references it by a foreign key: it is the table that will be partitioned by chat.
CREATE TABLE messages (
  chat_id              uuid         NOT NULL,
  id                   uuid         NOT NULL,
  number               bigint       GENERATED ALWAYS AS IDENTITY,
  seq                  bigint       NOT NULL,
  changed_seq          bigint       NOT NULL,
  sender_id            uuid         NOT NULL,
  sender_device_id     uuid,
  sender_device_number smallint,
  client_message_id    uuid         NOT NULL,
  request_hash         bytea        NOT NULL,
  type                 message_type NOT NULL,
  encrypted_content    text         NOT NULL DEFAULT '' CHECK (octet_length(encrypted_content) <= 65536),
  content              text         CHECK (char_length(content) <= 30000),
  distribution_id      uuid,
  reply_to_id          uuid,
  thread_root_id       uuid,
  attachments          uuid[],
  mentions             jsonb,
  voice                jsonb,
  forwarded_from       jsonb,
  sticker_id           uuid,
  story_id             uuid,
  poll                 jsonb,
  silent               boolean      NOT NULL DEFAULT false,
  hidden_for           uuid[],
  hash                 bytea        NOT NULL CHECK (octet_length(hash) = 32),
  digest               bytea        NOT NULL CHECK (octet_length(digest) = 32),
  salt                 bytea        CHECK (octet_length(salt) = 16),
  content_salt         bytea        CHECK (octet_length(content_salt) = 16),
  created_at           timestamptz  NOT NULL,
  edited_at            timestamptz,
  edit_count           integer      NOT NULL DEFAULT 0,
  deleted_at           timestamptz,
  deleted_by           uuid,
  expires_at           timestamptz,
  pinned               boolean      NOT NULL DEFAULT false,
  xid                  xid8         NOT NULL DEFAULT pg_current_xact_id(),
  PRIMARY KEY (chat_id, id),
  UNIQUE (chat_id, seq),
  UNIQUE (chat_id, sender_id, client_message_id)
);
CREATE INDEX messages_id_idx ON messages (id);
CREATE INDEX messages_thread_idx ON messages (chat_id, thread_root_id) WHERE thread_root_id IS NOT NULL;
COMMENT ON COLUMN messages.salt IS 'Salt of the message entry; NULL when erased.';
COMMENT ON COLUMN messages.content_salt IS 'Salt of the last message_edited entry; NULL when never edited or erased.';

-- The other half: every change that is not a new message.
CREATE TABLE chat_entries (
  chat_id    uuid        NOT NULL,
  seq        bigint      NOT NULL,
  id         uuid        NOT NULL,
  kind       text        NOT NULL,
  at         timestamptz NOT NULL,
  actor_id   uuid,
  message_id uuid,
  data       jsonb,
  salt       bytea       CHECK (octet_length(salt) = 16),
  hash       bytea       NOT NULL CHECK (octet_length(hash) = 32),
  digest     bytea       NOT NULL CHECK (octet_length(digest) = 32),
  xid        xid8        NOT NULL DEFAULT pg_current_xact_id(),
  PRIMARY KEY (chat_id, seq)
);
CREATE INDEX chat_entries_message_idx ON chat_entries (chat_id, message_id) WHERE message_id IS NOT NULL;

CREATE TABLE message_edits (
  chat_id           uuid        NOT NULL,
  message_id        uuid        NOT NULL,
  edit              integer     NOT NULL,
  content           text,
  encrypted_content text        NOT NULL DEFAULT '',
  edited_at         timestamptz NOT NULL,
  PRIMARY KEY (chat_id, message_id, edit)
);

CREATE TABLE message_reactions (
  chat_id         uuid        NOT NULL,
  message_id      uuid        NOT NULL,
  user_id         uuid        NOT NULL REFERENCES users ON DELETE CASCADE,
  reaction_key    text        NOT NULL CHECK (octet_length(reaction_key) <= 64),
  emoji           text,
  encrypted_emoji text,
  created_at      timestamptz NOT NULL,
  PRIMARY KEY (chat_id, message_id, user_id, reaction_key)
);
CREATE INDEX message_reactions_user_idx ON message_reactions (user_id);
COMMENT ON COLUMN message_reactions.reaction_key IS 'The emoji, or in e2ee chats the tag that clients compute.';

-- Moves of the marks, coalesced to one a second: a message was read with the first move that reaches it.
CREATE TABLE message_recipients (
  chat_id uuid        NOT NULL,
  user_id uuid        NOT NULL REFERENCES users ON DELETE CASCADE,
  kind    text        NOT NULL CHECK (kind IN ('delivered', 'read')),
  seq     bigint      NOT NULL,
  at      timestamptz NOT NULL,
  PRIMARY KEY (chat_id, user_id, kind, seq)
);
CREATE INDEX message_recipients_user_idx ON message_recipients (user_id);

-- "Delete for me".
CREATE TABLE message_hides (
  user_id    uuid   NOT NULL REFERENCES users ON DELETE CASCADE,
  chat_id    uuid   NOT NULL,
  message_id uuid   NOT NULL,
  PRIMARY KEY (user_id, chat_id, message_id)
);

-- ---------------------------------------------------------------------------------------------- media, stories, stickers

CREATE TABLE media_files (
  id               uuid        PRIMARY KEY,
  user_id          uuid        NOT NULL REFERENCES users ON DELETE CASCADE,
  file_type        text        NOT NULL CHECK (file_type IN ('image', 'video', 'audio', 'file', 'voice', 'sticker')),
  mime_type        text        NOT NULL,
  s3_key           text        NOT NULL UNIQUE,
  size_bytes       bigint      NOT NULL CHECK (size_bytes >= 0),
  thumbnail_s3_key text,
  file_name        text        CHECK (char_length(file_name) <= 255),
  sha256           bytea       CHECK (octet_length(sha256) = 32),
  encrypted        boolean     NOT NULL DEFAULT false,
  state            text        NOT NULL DEFAULT 'pending' CHECK (state IN ('pending', 'uploaded', 'processing', 'ready', 'rejected')),
  reject_reason    text,
  width            integer,
  height           integer,
  duration_ms      integer,
  waveform         smallint[],
  blurhash         text,
  created_at       timestamptz NOT NULL DEFAULT now(),
  updated_at       timestamptz NOT NULL DEFAULT now(),
  deleted_at       timestamptz
);
CREATE INDEX media_files_user_idx ON media_files (user_id);
CREATE TRIGGER media_files_updated_at BEFORE UPDATE ON media_files FOR EACH ROW EXECUTE FUNCTION update_updated_at_column();

CREATE TABLE stories (
  id                uuid             PRIMARY KEY,
  user_id           uuid             NOT NULL REFERENCES users ON DELETE CASCADE,
  media_type        story_media_type NOT NULL,
  file_id           uuid             REFERENCES media_files ON DELETE SET NULL,
  caption           text             CHECK (char_length(caption) <= 500),
  encrypted_content text             CHECK (octet_length(encrypted_content) <= 8192),
  background_color  text             CHECK (background_color ~ '^#[0-9a-f]{6}$'),
  created_at        timestamptz      NOT NULL,
  expires_at        timestamptz      NOT NULL
);
CREATE INDEX stories_user_idx ON stories (user_id, expires_at);
CREATE INDEX stories_file_idx ON stories (file_id);
CREATE INDEX stories_expires_idx ON stories (expires_at);

CREATE TABLE story_views (
  story_id  uuid        NOT NULL REFERENCES stories ON DELETE CASCADE,
  user_id   uuid        NOT NULL REFERENCES users ON DELETE CASCADE,
  viewed_at timestamptz NOT NULL DEFAULT now(),
  PRIMARY KEY (story_id, user_id)
);
CREATE INDEX story_views_user_idx ON story_views (user_id);

CREATE TABLE sticker_packs (
  id         uuid        PRIMARY KEY,
  title      text        NOT NULL CHECK (char_length(title) BETWEEN 1 AND 64),
  author     text        NOT NULL CHECK (char_length(author) BETWEEN 1 AND 64),
  created_by uuid        NOT NULL,
  is_public  boolean     NOT NULL DEFAULT false,
  created_at timestamptz NOT NULL DEFAULT now(),
  updated_at timestamptz NOT NULL DEFAULT now()
);
CREATE INDEX sticker_packs_created_by_idx ON sticker_packs (created_by);
CREATE TRIGGER sticker_packs_updated_at BEFORE UPDATE ON sticker_packs FOR EACH ROW EXECUTE FUNCTION update_updated_at_column();

CREATE TABLE stickers (
  id       uuid    PRIMARY KEY,
  pack_id  uuid    NOT NULL REFERENCES sticker_packs ON DELETE CASCADE,
  file_id  uuid    NOT NULL REFERENCES media_files,
  emoji    text    NOT NULL CHECK (octet_length(emoji) BETWEEN 1 AND 64),
  position integer NOT NULL,
  UNIQUE (pack_id, position)
);
CREATE INDEX stickers_file_idx ON stickers (file_id);

CREATE TABLE user_sticker_packs (
  user_id      uuid        NOT NULL REFERENCES users ON DELETE CASCADE,
  pack_id      uuid        NOT NULL REFERENCES sticker_packs ON DELETE CASCADE,
  position     integer     NOT NULL DEFAULT 0,
  installed_at timestamptz NOT NULL DEFAULT now(),
  PRIMARY KEY (user_id, pack_id)
);
CREATE INDEX user_sticker_packs_pack_idx ON user_sticker_packs (pack_id);

-- ---------------------------------------------------------------------------------------------- duties

-- What must happen, written in the transaction of the change. A row is finished when its effect is confirmed in
-- processed_jobs; a relayed row that stays unconfirmed is relayed again.
CREATE TABLE outbox (
  id          bigint      GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
  message_id  uuid        NOT NULL DEFAULT gen_random_uuid(),
  type        text        NOT NULL,
  key         text        NOT NULL,
  payload     jsonb       NOT NULL,
  created_at  timestamptz NOT NULL DEFAULT now(),
  relayed_at  timestamptz,
  relays      integer     NOT NULL DEFAULT 0,
  finished_at timestamptz
);
CREATE INDEX outbox_open_idx ON outbox (id) WHERE finished_at IS NULL;
CREATE INDEX outbox_finished_idx ON outbox (finished_at) WHERE finished_at IS NOT NULL;

CREATE TABLE processed_jobs (
  id           text        PRIMARY KEY,
  queue        text        NOT NULL,
  name         text        NOT NULL,
  processed_at timestamptz NOT NULL DEFAULT now()
);
CREATE INDEX processed_jobs_at_idx ON processed_jobs (processed_at);

-- Answers to requests with an Idempotency-Key, kept for 24 hours. A row without status is still running.
CREATE TABLE idempotency_keys (
  user_id      uuid        NOT NULL REFERENCES users ON DELETE CASCADE,
  method       text        NOT NULL,
  path         text        NOT NULL,
  key          text        NOT NULL CHECK (char_length(key) BETWEEN 1 AND 128),
  request_hash bytea       NOT NULL,
  status       integer,
  response     jsonb,
  created_at   timestamptz NOT NULL DEFAULT now(),
  PRIMARY KEY (user_id, method, path, key)
);
CREATE INDEX idempotency_keys_created_idx ON idempotency_keys (created_at);

-- ---------------------------------------------------------------------------------------------- functions

CREATE FUNCTION fold_digest_step(state bytea, start bytea, entry_id uuid, hash bytea) RETURNS bytea
LANGUAGE plpgsql IMMUTABLE PARALLEL SAFE AS $$
BEGIN
  RETURN sha256(coalesce(state, start) || uuid_send(entry_id) || hash);
END
$$;

-- The running digest of the wire contract (5.2), as a window function over the log: each row folds its entry
-- into the digest before it; `start` is the digest before the first row.
CREATE AGGREGATE fold_digest(start bytea, entry_id uuid, hash bytea) (SFUNC = fold_digest_step, STYPE = bytea);

-- Stores a batch of sends in one round trip but two snapshots: the chats are locked first, and everything a
-- send depends on is read in the statement after that, because a statement that waited for a lock still sees
-- the world from before. `items` holds validated sends in the order in which they were accepted, at most one
-- per (chat, sender, client message id); `refused` names a member that no send may have yet, `envelopes` says
-- that there are some, which cannot fit while no device has keys. Answers one row per item: `verdict` is NULL for a stored one,
-- 'DUPLICATE' for a replay, else an error code with `detail` (a path or a permission).
CREATE FUNCTION accept_messages(items json) RETURNS TABLE (
  ord integer, verdict text, detail text, message_id uuid, seq bigint, created_at timestamptz,
  hidden_for uuid[], device_number smallint
) LANGUAGE plpgsql VOLATILE SET lock_timeout = '1s' AS $$
#variable_conflict use_column
DECLARE
  accepted_at timestamptz;
BEGIN
  PERFORM 1 FROM chats
    WHERE id IN (SELECT (item ->> 'chat_id')::uuid FROM json_array_elements(items) AS item)
    ORDER BY id FOR UPDATE;
  accepted_at := date_trunc('milliseconds', clock_timestamp());

  RETURN QUERY
  WITH item AS MATERIALIZED (
    SELECT * FROM json_to_recordset(items) AS i (
      ord integer, chat_id uuid, id uuid, sender_id uuid, device_id uuid, client_message_id uuid,
      request_hash bytea, type message_type, encrypted_content text, content text, distribution_id uuid,
      reply_to_id uuid, thread_root_id uuid, mentions jsonb, voice jsonb, silent boolean,
      refused text, envelopes boolean, hash bytea, salt bytea)
  ), fact AS MATERIALIZED (
    SELECT i.*, c.last_seq, c.head_digest, c.encryption, d.device_number,
           old.id AS old_id, old.seq AS old_seq, old.created_at AS old_at, old.request_hash AS old_hash,
           CASE WHEN peer.has_blocked THEN ARRAY[peer.user_id] END AS hidden_for,
           CASE
             WHEN c.id IS NULL OR c.deleted_at IS NOT NULL OR m.user_id IS NULL THEN 'NOT_FOUND'
             WHEN NOT r.permissions @> '{message.send}' OR m.muted_until > accepted_at THEN 'INSUFFICIENT_PERMISSIONS'
             WHEN i.mentions = '"all"' AND NOT r.permissions @> '{message.mention_all}' THEN 'INSUFFICIENT_PERMISSIONS'
             WHEN peer.is_blocked THEN 'FORBIDDEN'
             WHEN peer.is_gone THEN 'GONE'
             WHEN i.refused IS NOT NULL THEN 'INVALID_INPUT'
             WHEN c.encryption = 'e2ee' AND (i.content IS NOT NULL OR i.mentions IS NOT NULL OR i.voice IS NOT NULL) THEN 'INVALID_INPUT'
             WHEN c.encryption = 'managed' AND (i.encrypted_content IS NOT NULL OR i.distribution_id IS NOT NULL OR i.envelopes) THEN 'INVALID_INPUT'
             WHEN i.envelopes THEN 'MISMATCHED_DEVICES'
             WHEN i.reply_to_id IS NOT NULL AND NOT is_visible_message(i.chat_id, i.reply_to_id, i.sender_id, m.base_seq) THEN 'INVALID_INPUT'
             WHEN i.thread_root_id IS NOT NULL AND NOT is_visible_message(i.chat_id, i.thread_root_id, i.sender_id, m.base_seq) THEN 'INVALID_INPUT'
           END AS refusal,
           CASE
             WHEN NOT r.permissions @> '{message.send}' OR m.muted_until > accepted_at THEN 'message.send'
             WHEN i.mentions = '"all"' AND NOT r.permissions @> '{message.mention_all}' THEN 'message.mention_all'
             WHEN i.refused IS NOT NULL THEN i.refused
             WHEN c.encryption = 'e2ee' AND i.content IS NOT NULL THEN 'content'
             WHEN c.encryption = 'e2ee' AND i.mentions IS NOT NULL THEN 'mentions'
             WHEN c.encryption = 'e2ee' AND i.voice IS NOT NULL THEN 'voice'
             WHEN c.encryption = 'managed' AND i.encrypted_content IS NOT NULL THEN 'encryptedContent'
             WHEN c.encryption = 'managed' AND i.envelopes THEN 'envelopes'
             WHEN c.encryption = 'managed' AND i.distribution_id IS NOT NULL THEN 'distributionId'
             WHEN i.reply_to_id IS NOT NULL AND NOT is_visible_message(i.chat_id, i.reply_to_id, i.sender_id, m.base_seq) THEN 'replyToId'
             ELSE 'threadRootId'
           END AS place
      FROM item i
      LEFT JOIN chats c ON c.id = i.chat_id
      LEFT JOIN chat_members m ON m.chat_id = i.chat_id AND m.user_id = i.sender_id
      LEFT JOIN chat_roles r ON r.id = m.role_id
      LEFT JOIN user_devices d ON d.id = i.device_id
      LEFT JOIN messages old ON old.chat_id = i.chat_id AND old.sender_id = i.sender_id AND old.client_message_id = i.client_message_id
      LEFT JOIN LATERAL (
        SELECT o.user_id, u.deleted_at IS NOT NULL AS is_gone,
               EXISTS (SELECT FROM blocked_users b WHERE b.user_id = o.user_id AND b.blocked_id = i.sender_id) AS has_blocked,
               EXISTS (SELECT FROM blocked_users b WHERE b.user_id = i.sender_id AND b.blocked_id = o.user_id) AS is_blocked
          FROM chat_members o JOIN users u ON u.id = o.user_id
         WHERE c.type = 'direct' AND m.user_id = i.sender_id AND o.chat_id = i.chat_id AND o.user_id <> i.sender_id
      ) peer ON true
  ), numbered AS MATERIALIZED (
    SELECT f.*, f.last_seq + row_number() OVER log AS seq,
           fold_digest(f.head_digest, f.id, f.hash) OVER log AS digest
      FROM fact f
     WHERE f.old_id IS NULL AND f.refusal IS NULL
    WINDOW log AS (PARTITION BY f.chat_id ORDER BY f.ord)
  ), stored AS (
    INSERT INTO messages (chat_id, id, seq, changed_seq, sender_id, sender_device_id, sender_device_number,
                          client_message_id, request_hash, type, encrypted_content, content, distribution_id,
                          reply_to_id, thread_root_id, mentions, voice, silent, hidden_for, hash, digest, salt,
                          created_at)
    SELECT chat_id, id, seq, seq, sender_id, device_id, CASE WHEN encryption = 'e2ee' THEN device_number END,
           client_message_id, request_hash, type, coalesce(encrypted_content, ''), content, distribution_id,
           reply_to_id, thread_root_id, mentions, voice, coalesce(silent, false), hidden_for, hash, digest, salt,
           accepted_at
      FROM numbered
  ), moved AS (
    UPDATE chats c
       SET last_seq = head.seq, head_digest = head.digest, last_activity_at = accepted_at,
           log_xid = pg_current_xact_id()
      FROM (SELECT DISTINCT ON (chat_id) chat_id, seq, digest FROM numbered ORDER BY chat_id, seq DESC) head
     WHERE c.id = head.chat_id
  )
  SELECT f.ord,
         CASE WHEN f.old_id IS NULL THEN f.refusal
              WHEN f.old_hash = f.request_hash THEN 'DUPLICATE'
              ELSE 'IDEMPOTENCY_CONFLICT' END,
         f.place,
         coalesce(f.old_id, f.id),
         coalesce(f.old_seq, n.seq),
         coalesce(f.old_at, accepted_at),
         f.hidden_for,
         CASE WHEN f.encryption = 'e2ee' THEN f.device_number END
    FROM fact f LEFT JOIN numbered n ON n.ord = f.ord
   ORDER BY f.ord;
END
$$;

-- May this member see that message? Deleted ones stay visible as tombstones.
CREATE FUNCTION is_visible_message(of_chat uuid, message uuid, viewer uuid, base bigint) RETURNS boolean
LANGUAGE sql STABLE AS $$
  SELECT EXISTS (
    SELECT FROM messages
     WHERE chat_id = of_chat AND id = message AND seq > base
       AND NOT coalesce(viewer = ANY (hidden_for), false)
       AND NOT EXISTS (SELECT FROM message_hides h
                        WHERE h.user_id = viewer AND h.chat_id = of_chat AND h.message_id = message))
$$;

-- Down Migration

DROP FUNCTION is_visible_message(uuid, uuid, uuid, bigint);
DROP FUNCTION accept_messages(json);
DROP AGGREGATE fold_digest(bytea, uuid, bytea);
DROP FUNCTION fold_digest_step(bytea, bytea, uuid, bytea);
DROP TABLE idempotency_keys, processed_jobs, outbox, user_sticker_packs, stickers, sticker_packs, story_views, stories,
  media_files, message_hides, message_recipients, message_reactions, message_edits, chat_entries, messages,
  group_sender_keys, chat_device_marks, chat_members, chat_roles, chats, one_time_prekeys, signed_prekeys,
  identity_keys, account_changes, blocked_users, contacts, session_revocations, refresh_tokens, sessions,
  user_devices, users, server_state;
