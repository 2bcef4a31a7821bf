-- Stores a batch of sends in time that does not grow with the tables. The planner cannot know how many items a
-- batch holds, and preferred to hash whole tables to looking up a few rows; and the answer was joined to the
-- batch item by item. Also new: attachments, and the duty to notify.

-- Up Migration

DROP FUNCTION accept_messages(json);

-- The first of these files that this owner may not attach to a chat of this kind, counted from 0; NULL if none.
CREATE FUNCTION unusable_attachment(files uuid[], owner uuid, is_e2ee boolean) RETURNS integer
LANGUAGE sql STABLE AS $$
  SELECT min(position)::integer - 1
    FROM unnest(files) WITH ORDINALITY AS asked (id, position)
   WHERE NOT EXISTS (
     SELECT FROM media_files f
      WHERE f.id = asked.id AND f.user_id = owner AND f.encrypted = is_e2ee AND f.deleted_at IS NULL
        AND f.state IN ('uploaded', 'processing', 'ready'))
$$;

-- Has somebody in this chat asked to be told of messages when not connected? Nobody can, yet.
CREATE FUNCTION wants_notice(of_chat uuid) RETURNS boolean
LANGUAGE sql STABLE AS $$
  SELECT false
$$;

-- Stores a batch of sends in one round trip but two snapshots: the chats are locked first, and everything a
-- send depends on is read in the statement after that, because a statement that waited for a lock still sees
-- the world from before. `items` holds validated sends in the order in which they were accepted, at most one
-- per (chat, sender, client message id); `refused` names a member that no send may have yet, `envelopes` says
-- that there are some, which cannot fit while no device has keys; `chat_ids` are the chats of all items. Answers
-- one row per item: `verdict` is NULL for a stored one, 'DUPLICATE' for a replay, else an error code with
-- `detail` (a path or a permission).
--
-- The planner is bound to look rows up by their keys: its estimates for a JSON argument are inventions.
CREATE FUNCTION accept_messages(chat_ids uuid[], items json) RETURNS TABLE (
  ord integer, verdict text, detail text, message_id uuid, seq bigint, created_at timestamptz,
  hidden_for uuid[], device_number smallint
) LANGUAGE plpgsql VOLATILE
SET lock_timeout = '1s' SET jit = off SET plan_cache_mode = force_generic_plan
SET enable_seqscan = off SET enable_hashjoin = off SET enable_mergejoin = off AS $$
#variable_conflict use_column
DECLARE
  accepted_at timestamptz;
BEGIN
  PERFORM 1 FROM chats WHERE id = ANY (chat_ids) ORDER BY id FOR UPDATE;
  accepted_at := date_trunc('milliseconds', clock_timestamp());

  RETURN QUERY
  WITH item AS MATERIALIZED (
    SELECT * FROM json_to_recordset(items) AS i (
      ord integer, chat_id uuid, id uuid, sender_id uuid, device_id uuid, client_message_id uuid,
      request_hash bytea, type message_type, encrypted_content text, content text, distribution_id uuid,
      reply_to_id uuid, thread_root_id uuid, attachments uuid[], mentions jsonb, voice jsonb, silent boolean,
      refused text, envelopes boolean, hash bytea, salt bytea)
  ), fact AS MATERIALIZED (
    SELECT i.*, c.last_seq, c.head_digest, c.encryption, d.device_number,
           old.id AS old_id, old.seq AS old_seq, old.created_at AS old_at, old.request_hash AS old_hash,
           CASE WHEN peer.has_blocked THEN ARRAY[peer.user_id] END AS hidden_for,
           CASE
             WHEN c.id IS NULL OR c.deleted_at IS NOT NULL OR m.user_id IS NULL THEN 'NOT_FOUND'
             WHEN NOT r.permissions @> '{message.send}' OR m.muted_until > accepted_at THEN 'INSUFFICIENT_PERMISSIONS'
             WHEN i.attachments IS NOT NULL AND NOT r.permissions @> '{message.send_media}' THEN 'INSUFFICIENT_PERMISSIONS'
             WHEN i.mentions = '"all"' AND NOT r.permissions @> '{message.mention_all}' THEN 'INSUFFICIENT_PERMISSIONS'
             WHEN peer.is_blocked THEN 'FORBIDDEN'
             WHEN peer.is_gone THEN 'GONE'
             WHEN i.refused IS NOT NULL THEN 'INVALID_INPUT'
             WHEN c.encryption = 'e2ee' AND (i.content IS NOT NULL OR i.mentions IS NOT NULL OR i.voice IS NOT NULL) THEN 'INVALID_INPUT'
             WHEN c.encryption = 'managed' AND (i.encrypted_content IS NOT NULL OR i.distribution_id IS NOT NULL OR i.envelopes) THEN 'INVALID_INPUT'
             WHEN i.attachments IS NOT NULL AND unusable_attachment(i.attachments, i.sender_id, c.encryption = 'e2ee') IS NOT NULL THEN 'INVALID_INPUT'
             WHEN i.envelopes THEN 'MISMATCHED_DEVICES'
             WHEN i.reply_to_id IS NOT NULL AND NOT is_visible_message(i.chat_id, i.reply_to_id, i.sender_id, m.base_seq) THEN 'INVALID_INPUT'
             WHEN i.thread_root_id IS NOT NULL AND NOT is_visible_message(i.chat_id, i.thread_root_id, i.sender_id, m.base_seq) THEN 'INVALID_INPUT'
           END AS refusal,
           CASE
             WHEN NOT r.permissions @> '{message.send}' OR m.muted_until > accepted_at THEN 'message.send'
             WHEN i.attachments IS NOT NULL AND NOT r.permissions @> '{message.send_media}' THEN 'message.send_media'
             WHEN i.mentions = '"all"' AND NOT r.permissions @> '{message.mention_all}' THEN 'message.mention_all'
             WHEN i.refused IS NOT NULL THEN i.refused
             WHEN c.encryption = 'e2ee' AND i.content IS NOT NULL THEN 'content'
             WHEN c.encryption = 'e2ee' AND i.mentions IS NOT NULL THEN 'mentions'
             WHEN c.encryption = 'e2ee' AND i.voice IS NOT NULL THEN 'voice'
             WHEN c.encryption = 'managed' AND i.encrypted_content IS NOT NULL THEN 'encryptedContent'
             WHEN c.encryption = 'managed' AND i.envelopes THEN 'envelopes'
             WHEN c.encryption = 'managed' AND i.distribution_id IS NOT NULL THEN 'distributionId'
             WHEN i.attachments IS NOT NULL AND unusable_attachment(i.attachments, i.sender_id, c.encryption = 'e2ee') IS NOT NULL
               THEN 'attachments.' || unusable_attachment(i.attachments, i.sender_id, c.encryption = 'e2ee')
             WHEN i.reply_to_id IS NOT NULL AND NOT is_visible_message(i.chat_id, i.reply_to_id, i.sender_id, m.base_seq) THEN 'replyToId'
             ELSE 'threadRootId'
           END AS place
      FROM item i
      LEFT JOIN chats c ON c.id = i.chat_id
      LEFT JOIN chat_members m ON m.chat_id = i.chat_id AND m.user_id = i.sender_id
      LEFT JOIN chat_roles r ON r.id = m.role_id
      LEFT JOIN user_devices d ON d.id = i.device_id AND c.encryption = 'e2ee'
      LEFT JOIN messages old ON old.chat_id = i.chat_id AND old.sender_id = i.sender_id AND old.client_message_id = i.client_message_id
      LEFT JOIN LATERAL (
        SELECT o.user_id, u.deleted_at IS NOT NULL AS is_gone,
               EXISTS (SELECT FROM blocked_users b WHERE b.user_id = o.user_id AND b.blocked_id = i.sender_id) AS has_blocked,
               EXISTS (SELECT FROM blocked_users b WHERE b.user_id = i.sender_id AND b.blocked_id = o.user_id) AS is_blocked
          FROM chat_members o JOIN users u ON u.id = o.user_id
         WHERE c.type = 'direct' AND m.user_id = i.sender_id AND o.chat_id = i.chat_id AND o.user_id <> i.sender_id
      ) peer ON true
  ), numbered AS MATERIALIZED (
    SELECT f.*, f.last_seq + count(*) FILTER (WHERE f.is_new) OVER log AS seq,
           fold_digest(f.head_digest, f.id, f.hash) FILTER (WHERE f.is_new) OVER log AS digest
      FROM (SELECT fact.*, old_id IS NULL AND refusal IS NULL AS is_new FROM fact) f
    WINDOW log AS (PARTITION BY f.chat_id ORDER BY f.ord ROWS UNBOUNDED PRECEDING)
  ), stored AS (
    INSERT INTO messages (chat_id, id, seq, changed_seq, sender_id, sender_device_id, sender_device_number,
                          client_message_id, request_hash, type, encrypted_content, content, distribution_id,
                          reply_to_id, thread_root_id, attachments, mentions, voice, silent, hidden_for, hash, digest,
                          salt, created_at)
    SELECT chat_id, id, seq, seq, sender_id, device_id, device_number,
           client_message_id, request_hash, type, coalesce(encrypted_content, ''), content, distribution_id,
           reply_to_id, thread_root_id, attachments, mentions, voice, coalesce(silent, false), hidden_for, hash, digest,
           salt, accepted_at
      FROM numbered
     WHERE is_new
  ), head AS MATERIALIZED (
    SELECT DISTINCT ON (chat_id) chat_id, last_seq + 1 AS from_seq, seq, digest
      FROM numbered
     WHERE is_new
     ORDER BY chat_id, ord DESC
  ), moved AS (
    UPDATE chats c
       SET last_seq = head.seq, head_digest = head.digest, last_activity_at = accepted_at,
           log_xid = pg_current_xact_id()
      FROM head
     WHERE c.id = head.chat_id
  ), noticed AS (
    INSERT INTO outbox (type, key, payload)
    SELECT 'message.created', chat_id,
           jsonb_build_object('chatId', chat_id, 'fromSeq', from_seq, 'toSeq', seq)
      FROM head
     WHERE wants_notice(chat_id)
  )
  SELECT n.ord,
         CASE WHEN n.old_id IS NULL THEN n.refusal
              WHEN n.old_hash = n.request_hash THEN 'DUPLICATE'
              ELSE 'IDEMPOTENCY_CONFLICT' END,
         n.place,
         coalesce(n.old_id, n.id),
         coalesce(n.old_seq, CASE WHEN n.is_new THEN n.seq END),
         coalesce(n.old_at, accepted_at),
         n.hidden_for,
         n.device_number
    FROM numbered n
   ORDER BY n.ord;
END
$$;

-- Down Migration

DROP FUNCTION accept_messages(uuid[], json);
DROP FUNCTION wants_notice(uuid);
DROP FUNCTION unusable_attachment(uuid[], uuid, boolean);

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
