-- Files in messages: which messages and avatars carry a file is asked for every download and every deletion, and a
-- file that is about to be erased, because nothing carries it any more, can no longer be attached.

-- Up Migration

CREATE INDEX messages_attachments_idx ON messages USING gin (attachments) WHERE attachments IS NOT NULL;
CREATE INDEX users_avatar_idx ON users (avatar_url) WHERE avatar_url IS NOT NULL;
CREATE INDEX chats_avatar_idx ON chats (avatar_url) WHERE avatar_url IS NOT NULL;
-- A row for an erased file stays until a day after media-service has marked the file as deleted.
CREATE INDEX outbox_deleted_files_idx ON outbox (key) WHERE type = 'media.deleted';

-- Whoever attaches files holds their locks shared, whoever erases what is unused holds them alone, and both read
-- afterwards, in a new statement, what the wait let happen. The locks of many files fall into 64, so that the
-- deletion of a chat with many files cannot use up the lock table. Taken after the locks of chats and in one order.
CREATE FUNCTION lock_files(files uuid[], alone boolean) RETURNS void
LANGUAGE plpgsql VOLATILE AS $$
DECLARE
  bucket integer;
BEGIN
  FOR bucket IN
    SELECT DISTINCT get_byte(uuid_send(id), 15) % 64 FROM unnest(files) AS id ORDER BY 1
  LOOP
    IF alone THEN PERFORM pg_advisory_xact_lock(7390412, bucket);
    ELSE PERFORM pg_advisory_xact_lock_shared(7390412, bucket);
    END IF;
  END LOOP;
END
$$;

-- The first of these files that this owner may not attach to a chat of this kind, counted from 0; NULL if none.
CREATE OR REPLACE FUNCTION unusable_attachment(files uuid[], owner uuid, is_e2ee boolean) RETURNS integer
LANGUAGE sql STABLE AS $$
  SELECT min(position)::integer - 1
    FROM unnest(files) WITH ORDINALITY AS asked (id, position)
   WHERE NOT EXISTS (
     SELECT FROM media_files f
      WHERE f.id = asked.id AND f.user_id = owner AND f.encrypted = is_e2ee AND f.deleted_at IS NULL
        AND f.state IN ('uploaded', 'processing', 'ready')
        AND NOT EXISTS (SELECT FROM outbox o WHERE o.type = 'media.deleted' AND o.key = f.id::text))
$$;

-- `accept_messages` for a batch that carries files: no file of `files` is given up between its check and the
-- commit.
CREATE FUNCTION accept_messages_with_files(chat_ids uuid[], items json, files uuid[]) RETURNS TABLE (
  ord integer, verdict text, detail text, message_id uuid, seq bigint, created_at timestamptz,
  hidden_for uuid[], device_number smallint
) LANGUAGE plpgsql VOLATILE SET lock_timeout = '1s' AS $$
BEGIN
  PERFORM 1 FROM chats WHERE id = ANY (chat_ids) ORDER BY id FOR UPDATE;
  PERFORM lock_files(files, false);
  RETURN QUERY SELECT * FROM accept_messages(chat_ids, items);
END
$$;

-- Down Migration

DROP FUNCTION accept_messages_with_files(uuid[], json, uuid[]);

CREATE OR REPLACE FUNCTION unusable_attachment(files uuid[], owner uuid, is_e2ee boolean) RETURNS integer
LANGUAGE sql STABLE AS $$
  SELECT min(position)::integer - 1
    FROM unnest(files) WITH ORDINALITY AS asked (id, position)
   WHERE NOT EXISTS (
     SELECT FROM media_files f
      WHERE f.id = asked.id AND f.user_id = owner AND f.encrypted = is_e2ee AND f.deleted_at IS NULL
        AND f.state IN ('uploaded', 'processing', 'ready'))
$$;

DROP FUNCTION lock_files(uuid[], boolean);
DROP INDEX outbox_deleted_files_idx;
DROP INDEX chats_avatar_idx;
DROP INDEX users_avatar_idx;
DROP INDEX messages_attachments_idx;
