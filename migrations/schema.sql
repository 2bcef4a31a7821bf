-- The schema after all migrations, as pg_dump prints it. Generated: scripts/migrate.sh dump

-- Name: pg_trgm; Type: EXTENSION; Schema: -; Owner: -

CREATE EXTENSION IF NOT EXISTS pg_trgm WITH SCHEMA public;

-- Name: EXTENSION pg_trgm; Type: COMMENT; Schema: -; Owner: -

COMMENT ON EXTENSION pg_trgm IS 'text similarity measurement and index searching based on trigrams';

-- Name: pgcrypto; Type: EXTENSION; Schema: -; Owner: -

CREATE EXTENSION IF NOT EXISTS pgcrypto WITH SCHEMA public;

-- Name: EXTENSION pgcrypto; Type: COMMENT; Schema: -; Owner: -

COMMENT ON EXTENSION pgcrypto IS 'cryptographic functions';

-- Name: unaccent; Type: EXTENSION; Schema: -; Owner: -

CREATE EXTENSION IF NOT EXISTS unaccent WITH SCHEMA public;

-- Name: EXTENSION unaccent; Type: COMMENT; Schema: -; Owner: -

COMMENT ON EXTENSION unaccent IS 'text search dictionary that removes accents';

-- Name: uuid-ossp; Type: EXTENSION; Schema: -; Owner: -

CREATE EXTENSION IF NOT EXISTS "uuid-ossp" WITH SCHEMA public;

-- Name: EXTENSION "uuid-ossp"; Type: COMMENT; Schema: -; Owner: -

COMMENT ON EXTENSION "uuid-ossp" IS 'generate universally unique identifiers (UUIDs)';

-- Name: chat_type; Type: TYPE; Schema: public; Owner: -

CREATE TYPE public.chat_type AS ENUM (
    'direct',
    'group',
    'channel'
);

-- Name: message_type; Type: TYPE; Schema: public; Owner: -

CREATE TYPE public.message_type AS ENUM (
    'text',
    'image',
    'video',
    'audio',
    'file',
    'voice',
    'sticker',
    'system'
);

-- Name: story_media_type; Type: TYPE; Schema: public; Owner: -

CREATE TYPE public.story_media_type AS ENUM (
    'image',
    'video',
    'text'
);

-- Name: user_status; Type: TYPE; Schema: public; Owner: -

CREATE TYPE public.user_status AS ENUM (
    'online',
    'offline',
    'away'
);

-- Name: accept_messages(uuid[], json); Type: FUNCTION; Schema: public; Owner: -

CREATE FUNCTION public.accept_messages(chat_ids uuid[], items json) RETURNS TABLE(ord integer, verdict text, detail text, message_id uuid, seq bigint, created_at timestamp with time zone, hidden_for uuid[], device_number smallint)
    LANGUAGE plpgsql
    SET lock_timeout TO '1s'
    SET jit TO 'off'
    SET plan_cache_mode TO 'force_generic_plan'
    SET enable_seqscan TO 'off'
    SET enable_hashjoin TO 'off'
    SET enable_mergejoin TO 'off'
    AS $$
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

-- Name: accept_messages_with_files(uuid[], json, uuid[]); Type: FUNCTION; Schema: public; Owner: -

CREATE FUNCTION public.accept_messages_with_files(chat_ids uuid[], items json, files uuid[]) RETURNS TABLE(ord integer, verdict text, detail text, message_id uuid, seq bigint, created_at timestamp with time zone, hidden_for uuid[], device_number smallint)
    LANGUAGE plpgsql
    SET lock_timeout TO '1s'
    AS $$
BEGIN
  PERFORM 1 FROM chats WHERE id = ANY (chat_ids) ORDER BY id FOR UPDATE;
  PERFORM lock_files(files, false);
  RETURN QUERY SELECT * FROM accept_messages(chat_ids, items);
END
$$;

-- Name: fold_digest_step(bytea, bytea, uuid, bytea); Type: FUNCTION; Schema: public; Owner: -

CREATE FUNCTION public.fold_digest_step(state bytea, start bytea, entry_id uuid, hash bytea) RETURNS bytea
    LANGUAGE plpgsql IMMUTABLE PARALLEL SAFE
    AS $$
BEGIN
  RETURN sha256(coalesce(state, start) || uuid_send(entry_id) || hash);
END
$$;

-- Name: fold_text(text); Type: FUNCTION; Schema: public; Owner: -

CREATE FUNCTION public.fold_text(value text) RETURNS text
    LANGUAGE sql IMMUTABLE STRICT PARALLEL SAFE
    AS $$
  SELECT lower(public.unaccent('public.unaccent'::regdictionary, value))
$$;

-- Name: is_visible_message(uuid, uuid, uuid, bigint); Type: FUNCTION; Schema: public; Owner: -

CREATE FUNCTION public.is_visible_message(of_chat uuid, message uuid, viewer uuid, base bigint) RETURNS boolean
    LANGUAGE sql STABLE
    AS $$
  SELECT EXISTS (
    SELECT FROM messages
     WHERE chat_id = of_chat AND id = message AND seq > base
       AND NOT coalesce(viewer = ANY (hidden_for), false)
       AND NOT EXISTS (SELECT FROM message_hides h
                        WHERE h.user_id = viewer AND h.chat_id = of_chat AND h.message_id = message))
$$;

-- Name: lock_files(uuid[], boolean); Type: FUNCTION; Schema: public; Owner: -

CREATE FUNCTION public.lock_files(files uuid[], alone boolean) RETURNS void
    LANGUAGE plpgsql
    AS $$
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

-- Name: unusable_attachment(uuid[], uuid, boolean); Type: FUNCTION; Schema: public; Owner: -

CREATE FUNCTION public.unusable_attachment(files uuid[], owner uuid, is_e2ee boolean) RETURNS integer
    LANGUAGE sql STABLE
    AS $$
  SELECT min(position)::integer - 1
    FROM unnest(files) WITH ORDINALITY AS asked (id, position)
   WHERE NOT EXISTS (
     SELECT FROM media_files f
      WHERE f.id = asked.id AND f.user_id = owner AND f.encrypted = is_e2ee AND f.deleted_at IS NULL
        AND f.state IN ('uploaded', 'processing', 'ready')
        AND NOT EXISTS (SELECT FROM outbox o WHERE o.type = 'media.deleted' AND o.key = f.id::text))
$$;

-- Name: update_updated_at_column(); Type: FUNCTION; Schema: public; Owner: -

CREATE FUNCTION public.update_updated_at_column() RETURNS trigger
    LANGUAGE plpgsql
    AS $$
BEGIN
  NEW.updated_at = date_trunc('milliseconds', clock_timestamp());
  RETURN NEW;
END
$$;

-- Name: wants_notice(uuid); Type: FUNCTION; Schema: public; Owner: -

CREATE FUNCTION public.wants_notice(of_chat uuid) RETURNS boolean
    LANGUAGE plpgsql STABLE
    AS $$
BEGIN
  IF NOT EXISTS (SELECT FROM push_tokens) THEN
    RETURN false;
  END IF;
  RETURN EXISTS (SELECT FROM chats c WHERE c.id = of_chat AND c.member_count > 250)
      OR EXISTS (SELECT FROM chat_members m JOIN push_tokens p ON p.user_id = m.user_id WHERE m.chat_id = of_chat);
END
$$;

-- Name: fold_digest(bytea, uuid, bytea); Type: AGGREGATE; Schema: public; Owner: -

CREATE AGGREGATE public.fold_digest(start bytea, entry_id uuid, hash bytea) (
    SFUNC = public.fold_digest_step,
    STYPE = bytea
);

-- Name: account_changes; Type: TABLE; Schema: public; Owner: -

CREATE TABLE public.account_changes (
    id uuid NOT NULL,
    user_id uuid NOT NULL,
    type text NOT NULL,
    body jsonb NOT NULL,
    at timestamp with time zone NOT NULL,
    xid xid8 DEFAULT pg_current_xact_id() NOT NULL
);

-- Name: blocked_users; Type: TABLE; Schema: public; Owner: -

CREATE TABLE public.blocked_users (
    user_id uuid NOT NULL,
    blocked_id uuid NOT NULL,
    created_at timestamp with time zone DEFAULT now() NOT NULL,
    CONSTRAINT blocked_users_check CHECK ((blocked_id <> user_id))
);

-- Name: chat_device_marks; Type: TABLE; Schema: public; Owner: -

CREATE TABLE public.chat_device_marks (
    chat_id uuid NOT NULL,
    device_id uuid NOT NULL,
    user_id uuid NOT NULL,
    delivered_seq bigint NOT NULL
)
WITH (fillfactor='80');

-- Name: chat_entries; Type: TABLE; Schema: public; Owner: -

CREATE TABLE public.chat_entries (
    chat_id uuid NOT NULL,
    seq bigint NOT NULL,
    id uuid NOT NULL,
    kind text NOT NULL,
    at timestamp with time zone NOT NULL,
    actor_id uuid,
    message_id uuid,
    data jsonb,
    salt bytea,
    hash bytea NOT NULL,
    digest bytea NOT NULL,
    xid xid8 DEFAULT pg_current_xact_id() NOT NULL,
    CONSTRAINT chat_entries_digest_check CHECK ((octet_length(digest) = 32)),
    CONSTRAINT chat_entries_hash_check CHECK ((octet_length(hash) = 32)),
    CONSTRAINT chat_entries_salt_check CHECK ((octet_length(salt) = 16))
);

-- Name: chat_members; Type: TABLE; Schema: public; Owner: -

CREATE TABLE public.chat_members (
    chat_id uuid NOT NULL,
    user_id uuid NOT NULL,
    role_id uuid NOT NULL,
    joined_at timestamp with time zone NOT NULL,
    added_by uuid,
    base_seq bigint NOT NULL,
    base_digest bytea NOT NULL,
    last_read_seq bigint DEFAULT 0 NOT NULL,
    delivered_seq bigint DEFAULT 0 NOT NULL,
    marks_at timestamp with time zone,
    marks_xid xid8 DEFAULT pg_current_xact_id() NOT NULL,
    muted_until timestamp with time zone,
    archived boolean DEFAULT false NOT NULL,
    pinned_at timestamp with time zone,
    notifications_off_until timestamp with time zone,
    notification_level text DEFAULT 'all'::text NOT NULL,
    marked_unread boolean DEFAULT false NOT NULL,
    hidden boolean DEFAULT false NOT NULL,
    xid xid8 DEFAULT pg_current_xact_id() NOT NULL,
    CONSTRAINT chat_members_base_digest_check CHECK ((octet_length(base_digest) = 32)),
    CONSTRAINT chat_members_notification_level_check CHECK ((notification_level = ANY (ARRAY['all'::text, 'mentions'::text, 'none'::text])))
)
WITH (fillfactor='80');

-- Name: chat_roles; Type: TABLE; Schema: public; Owner: -

CREATE TABLE public.chat_roles (
    id uuid NOT NULL,
    chat_id uuid NOT NULL,
    name text NOT NULL,
    "position" integer NOT NULL,
    permissions text[] NOT NULL,
    is_system boolean DEFAULT false NOT NULL,
    CONSTRAINT chat_roles_name_check CHECK (((char_length(name) >= 1) AND (char_length(name) <= 32))),
    CONSTRAINT chat_roles_position_check CHECK ((("position" >= 0) AND ("position" <= 100)))
);

-- Name: chats; Type: TABLE; Schema: public; Owner: -

CREATE TABLE public.chats (
    id uuid NOT NULL,
    number bigint NOT NULL,
    app_id uuid,
    external_id text,
    type public.chat_type NOT NULL,
    name text,
    description text DEFAULT ''::text NOT NULL,
    avatar_url text,
    is_public boolean DEFAULT false NOT NULL,
    encryption text NOT NULL,
    created_by uuid NOT NULL,
    created_at timestamp with time zone NOT NULL,
    updated_at timestamp with time zone NOT NULL,
    deleted_at timestamp with time zone,
    direct_key text,
    disappearing_seconds integer,
    slow_mode_seconds integer DEFAULT 0 NOT NULL,
    history_visibility text NOT NULL,
    join_mode text NOT NULL,
    member_count integer DEFAULT 0 NOT NULL,
    last_seq bigint DEFAULT 0 NOT NULL,
    head_digest bytea DEFAULT decode(repeat('00'::text, 32), 'hex'::text) NOT NULL,
    last_activity_at timestamp with time zone NOT NULL,
    device_version bigint DEFAULT 0 NOT NULL,
    log_xid xid8 DEFAULT pg_current_xact_id() NOT NULL,
    CONSTRAINT chats_check CHECK ((((type = 'direct'::public.chat_type) = (direct_key IS NOT NULL)) OR (deleted_at IS NOT NULL))),
    CONSTRAINT chats_description_check CHECK ((char_length(description) <= 1000)),
    CONSTRAINT chats_disappearing_seconds_check CHECK (((disappearing_seconds >= 30) AND (disappearing_seconds <= 31536000))),
    CONSTRAINT chats_encryption_check CHECK ((encryption = ANY (ARRAY['e2ee'::text, 'managed'::text]))),
    CONSTRAINT chats_external_id_check CHECK ((char_length(external_id) <= 128)),
    CONSTRAINT chats_head_digest_check CHECK ((octet_length(head_digest) = 32)),
    CONSTRAINT chats_history_visibility_check CHECK ((history_visibility = ANY (ARRAY['since_join'::text, 'full'::text]))),
    CONSTRAINT chats_join_mode_check CHECK ((join_mode = ANY (ARRAY['open'::text, 'approval'::text, 'invite'::text]))),
    CONSTRAINT chats_name_check CHECK (((char_length(name) >= 1) AND (char_length(name) <= 128))),
    CONSTRAINT chats_slow_mode_seconds_check CHECK (((slow_mode_seconds >= 0) AND (slow_mode_seconds <= 3600)))
)
WITH (fillfactor='50');

-- Name: chats_number_seq; Type: SEQUENCE; Schema: public; Owner: -

ALTER TABLE public.chats ALTER COLUMN number ADD GENERATED ALWAYS AS IDENTITY (
    SEQUENCE NAME public.chats_number_seq
    START WITH 1
    INCREMENT BY 1
    NO MINVALUE
    NO MAXVALUE
    CACHE 1
);

-- Name: contacts; Type: TABLE; Schema: public; Owner: -

CREATE TABLE public.contacts (
    user_id uuid NOT NULL,
    contact_id uuid NOT NULL,
    nickname text,
    created_at timestamp with time zone DEFAULT now() NOT NULL,
    CONSTRAINT contacts_check CHECK ((contact_id <> user_id)),
    CONSTRAINT contacts_nickname_check CHECK (((char_length(nickname) >= 1) AND (char_length(nickname) <= 64)))
);

-- Name: group_sender_keys; Type: TABLE; Schema: public; Owner: -

CREATE TABLE public.group_sender_keys (
    chat_id uuid NOT NULL,
    sender_device_id uuid NOT NULL,
    distribution_id uuid NOT NULL,
    device_version bigint,
    holders uuid[] DEFAULT '{}'::uuid[] NOT NULL,
    created_at timestamp with time zone DEFAULT now() NOT NULL
);

-- Name: idempotency_keys; Type: TABLE; Schema: public; Owner: -

CREATE TABLE public.idempotency_keys (
    user_id uuid NOT NULL,
    method text NOT NULL,
    path text NOT NULL,
    key text NOT NULL,
    request_hash bytea NOT NULL,
    status integer,
    response jsonb,
    created_at timestamp with time zone DEFAULT now() NOT NULL,
    CONSTRAINT idempotency_keys_key_check CHECK (((char_length(key) >= 1) AND (char_length(key) <= 128)))
);

-- Name: identity_keys; Type: TABLE; Schema: public; Owner: -

CREATE TABLE public.identity_keys (
    device_id uuid NOT NULL,
    user_id uuid NOT NULL,
    identity_key bytea NOT NULL,
    approval bytea,
    updated_at timestamp with time zone DEFAULT now() NOT NULL,
    CONSTRAINT identity_keys_approval_check CHECK ((octet_length(approval) = 64)),
    CONSTRAINT identity_keys_identity_key_check CHECK ((octet_length(identity_key) = 33))
);

-- Name: mail_deliveries; Type: TABLE; Schema: public; Owner: -

CREATE TABLE public.mail_deliveries (
    id text NOT NULL,
    kind text NOT NULL,
    state text DEFAULT 'sending'::text NOT NULL,
    attempts integer DEFAULT 1 NOT NULL,
    leased_until timestamp with time zone NOT NULL,
    reply integer,
    created_at timestamp with time zone DEFAULT now() NOT NULL,
    updated_at timestamp with time zone DEFAULT now() NOT NULL,
    CONSTRAINT mail_deliveries_id_check CHECK ((char_length(id) <= 64)),
    CONSTRAINT mail_deliveries_kind_check CHECK ((char_length(kind) <= 32)),
    CONSTRAINT mail_deliveries_state_check CHECK ((state = ANY (ARRAY['sending'::text, 'sent'::text, 'failed'::text, 'expired'::text])))
);

-- Name: media_files; Type: TABLE; Schema: public; Owner: -

CREATE TABLE public.media_files (
    id uuid NOT NULL,
    user_id uuid NOT NULL,
    file_type text NOT NULL,
    mime_type text NOT NULL,
    s3_key text NOT NULL,
    size_bytes bigint NOT NULL,
    thumbnail_s3_key text,
    file_name text,
    sha256 bytea,
    encrypted boolean DEFAULT false NOT NULL,
    state text DEFAULT 'pending'::text NOT NULL,
    reject_reason text,
    width integer,
    height integer,
    duration_ms integer,
    waveform smallint[],
    blurhash text,
    created_at timestamp with time zone DEFAULT now() NOT NULL,
    updated_at timestamp with time zone DEFAULT now() NOT NULL,
    deleted_at timestamp with time zone,
    purpose text DEFAULT 'message'::text NOT NULL,
    erased_at timestamp with time zone,
    CONSTRAINT media_files_file_name_check CHECK ((char_length(file_name) <= 255)),
    CONSTRAINT media_files_file_type_check CHECK ((file_type = ANY (ARRAY['image'::text, 'video'::text, 'audio'::text, 'file'::text, 'voice'::text, 'sticker'::text]))),
    CONSTRAINT media_files_purpose_check CHECK ((purpose = ANY (ARRAY['message'::text, 'avatar'::text, 'story'::text, 'sticker'::text]))),
    CONSTRAINT media_files_sha256_check CHECK ((octet_length(sha256) = 32)),
    CONSTRAINT media_files_size_bytes_check CHECK ((size_bytes >= 0)),
    CONSTRAINT media_files_state_check CHECK ((state = ANY (ARRAY['pending'::text, 'uploaded'::text, 'processing'::text, 'ready'::text, 'rejected'::text])))
);

-- Name: media_sweeps; Type: TABLE; Schema: public; Owner: -

CREATE TABLE public.media_sweeps (
    name text NOT NULL,
    "position" text DEFAULT ''::text NOT NULL,
    updated_at timestamp with time zone DEFAULT now() NOT NULL,
    CONSTRAINT media_sweeps_name_check CHECK ((char_length(name) <= 64)),
    CONSTRAINT media_sweeps_position_check CHECK ((char_length("position") <= 1024))
);

-- Name: media_uploads; Type: TABLE; Schema: public; Owner: -

CREATE TABLE public.media_uploads (
    id uuid NOT NULL,
    file_id uuid NOT NULL,
    user_id uuid NOT NULL,
    s3_upload_id text,
    sha256 bytea,
    created_at timestamp with time zone DEFAULT now() NOT NULL,
    expires_at timestamp with time zone NOT NULL,
    claimed_at timestamp with time zone,
    completed_at timestamp with time zone,
    CONSTRAINT media_uploads_s3_upload_id_check CHECK ((char_length(s3_upload_id) <= 1024)),
    CONSTRAINT media_uploads_sha256_check CHECK ((octet_length(sha256) = 32))
);

-- Name: message_edits; Type: TABLE; Schema: public; Owner: -

CREATE TABLE public.message_edits (
    chat_id uuid NOT NULL,
    message_id uuid NOT NULL,
    edit integer NOT NULL,
    content text,
    encrypted_content text DEFAULT ''::text NOT NULL,
    edited_at timestamp with time zone NOT NULL
);

-- Name: message_hides; Type: TABLE; Schema: public; Owner: -

CREATE TABLE public.message_hides (
    user_id uuid NOT NULL,
    chat_id uuid NOT NULL,
    message_id uuid NOT NULL
);

-- Name: message_reactions; Type: TABLE; Schema: public; Owner: -

CREATE TABLE public.message_reactions (
    chat_id uuid NOT NULL,
    message_id uuid NOT NULL,
    user_id uuid NOT NULL,
    reaction_key text NOT NULL,
    emoji text,
    encrypted_emoji text,
    created_at timestamp with time zone NOT NULL,
    CONSTRAINT message_reactions_reaction_key_check CHECK ((octet_length(reaction_key) <= 64))
);

-- Name: COLUMN message_reactions.reaction_key; Type: COMMENT; Schema: public; Owner: -

COMMENT ON COLUMN public.message_reactions.reaction_key IS 'The emoji, or in e2ee chats the tag that clients compute.';

-- Name: message_recipients; Type: TABLE; Schema: public; Owner: -

CREATE TABLE public.message_recipients (
    chat_id uuid NOT NULL,
    user_id uuid NOT NULL,
    kind text NOT NULL,
    seq bigint NOT NULL,
    at timestamp with time zone NOT NULL,
    CONSTRAINT message_recipients_kind_check CHECK ((kind = ANY (ARRAY['delivered'::text, 'read'::text])))
);

-- Name: messages; Type: TABLE; Schema: public; Owner: -

CREATE TABLE public.messages (
    chat_id uuid NOT NULL,
    id uuid NOT NULL,
    number bigint NOT NULL,
    seq bigint NOT NULL,
    changed_seq bigint NOT NULL,
    sender_id uuid NOT NULL,
    sender_device_id uuid,
    sender_device_number smallint,
    client_message_id uuid NOT NULL,
    request_hash bytea NOT NULL,
    type public.message_type NOT NULL,
    encrypted_content text DEFAULT ''::text NOT NULL,
    content text,
    distribution_id uuid,
    reply_to_id uuid,
    thread_root_id uuid,
    attachments uuid[],
    mentions jsonb,
    voice jsonb,
    forwarded_from jsonb,
    sticker_id uuid,
    story_id uuid,
    poll jsonb,
    silent boolean DEFAULT false NOT NULL,
    hidden_for uuid[],
    hash bytea NOT NULL,
    digest bytea NOT NULL,
    salt bytea,
    content_salt bytea,
    created_at timestamp with time zone NOT NULL,
    edited_at timestamp with time zone,
    edit_count integer DEFAULT 0 NOT NULL,
    deleted_at timestamp with time zone,
    deleted_by uuid,
    expires_at timestamp with time zone,
    pinned boolean DEFAULT false NOT NULL,
    xid xid8 DEFAULT pg_current_xact_id() NOT NULL,
    CONSTRAINT messages_content_check CHECK ((char_length(content) <= 30000)),
    CONSTRAINT messages_content_salt_check CHECK ((octet_length(content_salt) = 16)),
    CONSTRAINT messages_digest_check CHECK ((octet_length(digest) = 32)),
    CONSTRAINT messages_encrypted_content_check CHECK ((octet_length(encrypted_content) <= 65536)),
    CONSTRAINT messages_hash_check CHECK ((octet_length(hash) = 32)),
    CONSTRAINT messages_salt_check CHECK ((octet_length(salt) = 16))
);

-- Name: COLUMN messages.salt; Type: COMMENT; Schema: public; Owner: -

COMMENT ON COLUMN public.messages.salt IS 'Salt of the message entry; NULL when erased.';

-- Name: COLUMN messages.content_salt; Type: COMMENT; Schema: public; Owner: -

COMMENT ON COLUMN public.messages.content_salt IS 'Salt of the last message_edited entry; NULL when never edited or erased.';

-- Name: messages_number_seq; Type: SEQUENCE; Schema: public; Owner: -

ALTER TABLE public.messages ALTER COLUMN number ADD GENERATED ALWAYS AS IDENTITY (
    SEQUENCE NAME public.messages_number_seq
    START WITH 1
    INCREMENT BY 1
    NO MINVALUE
    NO MAXVALUE
    CACHE 1
);

-- Name: notification_preferences; Type: TABLE; Schema: public; Owner: -

CREATE TABLE public.notification_preferences (
    user_id uuid NOT NULL,
    push_enabled boolean DEFAULT true NOT NULL,
    show_sender boolean DEFAULT true NOT NULL,
    sound boolean DEFAULT true NOT NULL,
    email_enabled boolean DEFAULT true NOT NULL,
    email_digest text DEFAULT 'off'::text NOT NULL,
    digest_sent_at timestamp with time zone,
    muted_until timestamp with time zone,
    quiet_from time without time zone,
    quiet_to time without time zone,
    time_zone text,
    updated_at timestamp with time zone DEFAULT now() NOT NULL,
    CONSTRAINT notification_preferences_check CHECK (((quiet_from IS NULL) = (quiet_to IS NULL))),
    CONSTRAINT notification_preferences_email_digest_check CHECK ((email_digest = ANY (ARRAY['off'::text, 'daily'::text, 'weekly'::text]))),
    CONSTRAINT notification_preferences_time_zone_check CHECK ((char_length(time_zone) <= 64))
);

-- Name: one_time_prekeys; Type: TABLE; Schema: public; Owner: -

CREATE TABLE public.one_time_prekeys (
    device_id uuid NOT NULL,
    kind text NOT NULL,
    key_id integer NOT NULL,
    public_key bytea NOT NULL,
    signature bytea,
    CONSTRAINT one_time_prekeys_key_id_check CHECK (((key_id >= 0) AND (key_id <= 16777215))),
    CONSTRAINT one_time_prekeys_kind_check CHECK ((kind = ANY (ARRAY['ec'::text, 'kyber'::text]))),
    CONSTRAINT one_time_prekeys_signature_check CHECK ((octet_length(signature) = 64))
);

-- Name: outbox; Type: TABLE; Schema: public; Owner: -

CREATE TABLE public.outbox (
    id bigint NOT NULL,
    message_id uuid DEFAULT gen_random_uuid() NOT NULL,
    type text NOT NULL,
    key text NOT NULL,
    payload jsonb NOT NULL,
    created_at timestamp with time zone DEFAULT now() NOT NULL,
    relayed_at timestamp with time zone,
    relays integer DEFAULT 0 NOT NULL,
    finished_at timestamp with time zone
);

-- Name: outbox_id_seq; Type: SEQUENCE; Schema: public; Owner: -

ALTER TABLE public.outbox ALTER COLUMN id ADD GENERATED ALWAYS AS IDENTITY (
    SEQUENCE NAME public.outbox_id_seq
    START WITH 1
    INCREMENT BY 1
    NO MINVALUE
    NO MAXVALUE
    CACHE 1
);

-- Name: processed_jobs; Type: TABLE; Schema: public; Owner: -

CREATE TABLE public.processed_jobs (
    id text NOT NULL,
    queue text NOT NULL,
    name text NOT NULL,
    processed_at timestamp with time zone DEFAULT now() NOT NULL
);

-- Name: push_log; Type: TABLE; Schema: public; Owner: -

CREATE TABLE public.push_log (
    id bigint NOT NULL,
    user_id uuid NOT NULL,
    device_id uuid NOT NULL,
    kind text NOT NULL,
    chat_id uuid,
    seq bigint,
    state text NOT NULL,
    reason text,
    at timestamp with time zone DEFAULT now() NOT NULL,
    duty_id text,
    CONSTRAINT push_log_duty_id_check CHECK ((char_length(duty_id) <= 64)),
    CONSTRAINT push_log_kind_check CHECK ((kind = ANY (ARRAY['message'::text, 'call'::text, 'clear'::text, 'test'::text]))),
    CONSTRAINT push_log_reason_check CHECK ((char_length(reason) <= 64)),
    CONSTRAINT push_log_state_check CHECK ((state = ANY (ARRAY['queued'::text, 'sent'::text, 'failed'::text, 'skipped'::text])))
);

-- Name: COLUMN push_log.duty_id; Type: COMMENT; Schema: public; Owner: -

COMMENT ON COLUMN public.push_log.duty_id IS 'Id of the duty that asked for the push.';

-- Name: push_log_id_seq; Type: SEQUENCE; Schema: public; Owner: -

ALTER TABLE public.push_log ALTER COLUMN id ADD GENERATED ALWAYS AS IDENTITY (
    SEQUENCE NAME public.push_log_id_seq
    START WITH 1
    INCREMENT BY 1
    NO MINVALUE
    NO MAXVALUE
    CACHE 1
);

-- Name: push_tokens; Type: TABLE; Schema: public; Owner: -

CREATE TABLE public.push_tokens (
    id uuid NOT NULL,
    user_id uuid NOT NULL,
    device_id uuid NOT NULL,
    session_id uuid NOT NULL,
    provider text NOT NULL,
    platform text NOT NULL,
    token bytea NOT NULL,
    token_hash bytea NOT NULL,
    created_at timestamp with time zone DEFAULT now() NOT NULL,
    updated_at timestamp with time zone DEFAULT now() NOT NULL,
    CONSTRAINT push_tokens_platform_check CHECK ((platform = ANY (ARRAY['android'::text, 'ios'::text, 'web'::text]))),
    CONSTRAINT push_tokens_provider_check CHECK ((provider = ANY (ARRAY['fcm'::text, 'webpush'::text]))),
    CONSTRAINT push_tokens_token_check CHECK ((octet_length(token) <= 8192)),
    CONSTRAINT push_tokens_token_hash_check CHECK ((octet_length(token_hash) = 32))
);

-- Name: refresh_tokens; Type: TABLE; Schema: public; Owner: -

CREATE TABLE public.refresh_tokens (
    token_hash bytea NOT NULL,
    session_id uuid NOT NULL,
    created_at timestamp with time zone NOT NULL,
    expires_at timestamp with time zone NOT NULL,
    used_at timestamp with time zone
);

-- Name: schema_migrations; Type: TABLE; Schema: public; Owner: -

CREATE TABLE public.schema_migrations (
    id integer NOT NULL,
    name character varying(255) NOT NULL,
    run_on timestamp with time zone NOT NULL,
    checksum text DEFAULT current_setting('sup.migration_checksum'::text) NOT NULL,
    CONSTRAINT schema_migrations_checksum_check CHECK ((checksum ~ '^[0-9a-f]{64}$'::text))
);

-- Name: schema_migrations_id_seq; Type: SEQUENCE; Schema: public; Owner: -

CREATE SEQUENCE public.schema_migrations_id_seq
    AS integer
    START WITH 1
    INCREMENT BY 1
    NO MINVALUE
    NO MAXVALUE
    CACHE 1;

-- Name: schema_migrations_id_seq; Type: SEQUENCE OWNED BY; Schema: public; Owner: -

ALTER SEQUENCE public.schema_migrations_id_seq OWNED BY public.schema_migrations.id;

-- Name: server_state; Type: TABLE; Schema: public; Owner: -

CREATE TABLE public.server_state (
    singleton boolean DEFAULT true NOT NULL,
    log_epoch uuid DEFAULT gen_random_uuid() NOT NULL,
    CONSTRAINT server_state_singleton_check CHECK (singleton)
);

-- Name: COLUMN server_state.log_epoch; Type: COMMENT; Schema: public; Owner: -

COMMENT ON COLUMN public.server_state.log_epoch IS 'Changes when a backup is restored: clients with another epoch resync.';

-- Name: session_revocations; Type: TABLE; Schema: public; Owner: -

CREATE TABLE public.session_revocations (
    id uuid NOT NULL,
    kind text NOT NULL,
    user_id uuid NOT NULL,
    session_id uuid,
    device_id uuid,
    chat_id uuid,
    before timestamp with time zone,
    at timestamp with time zone NOT NULL,
    xid xid8 DEFAULT pg_current_xact_id() NOT NULL,
    CONSTRAINT session_revocations_kind_check CHECK ((kind = ANY (ARRAY['session'::text, 'device'::text, 'user'::text, 'app_user'::text, 'membership'::text, 'audience'::text])))
);

-- Name: sessions; Type: TABLE; Schema: public; Owner: -

CREATE TABLE public.sessions (
    id uuid NOT NULL,
    user_id uuid NOT NULL,
    device_id uuid NOT NULL,
    created_at timestamp with time zone NOT NULL,
    last_used_at timestamp with time zone NOT NULL,
    expires_at timestamp with time zone NOT NULL,
    ip text,
    user_agent text,
    revoked_at timestamp with time zone,
    reauthenticated_at timestamp with time zone,
    CONSTRAINT sessions_user_agent_check CHECK ((char_length(user_agent) <= 512))
);

-- Name: signed_prekeys; Type: TABLE; Schema: public; Owner: -

CREATE TABLE public.signed_prekeys (
    device_id uuid NOT NULL,
    kind text NOT NULL,
    key_id integer NOT NULL,
    public_key bytea NOT NULL,
    signature bytea NOT NULL,
    created_at timestamp with time zone DEFAULT now() NOT NULL,
    CONSTRAINT signed_prekeys_key_id_check CHECK (((key_id >= 0) AND (key_id <= 16777215))),
    CONSTRAINT signed_prekeys_kind_check CHECK ((kind = ANY (ARRAY['ec'::text, 'kyber'::text]))),
    CONSTRAINT signed_prekeys_signature_check CHECK ((octet_length(signature) = 64))
);

-- Name: sticker_packs; Type: TABLE; Schema: public; Owner: -

CREATE TABLE public.sticker_packs (
    id uuid NOT NULL,
    title text NOT NULL,
    author text NOT NULL,
    created_by uuid NOT NULL,
    is_public boolean DEFAULT false NOT NULL,
    created_at timestamp with time zone DEFAULT now() NOT NULL,
    updated_at timestamp with time zone DEFAULT now() NOT NULL,
    CONSTRAINT sticker_packs_author_check CHECK (((char_length(author) >= 1) AND (char_length(author) <= 64))),
    CONSTRAINT sticker_packs_title_check CHECK (((char_length(title) >= 1) AND (char_length(title) <= 64)))
);

-- Name: stickers; Type: TABLE; Schema: public; Owner: -

CREATE TABLE public.stickers (
    id uuid NOT NULL,
    pack_id uuid NOT NULL,
    file_id uuid NOT NULL,
    emoji text NOT NULL,
    "position" integer NOT NULL,
    CONSTRAINT stickers_emoji_check CHECK (((octet_length(emoji) >= 1) AND (octet_length(emoji) <= 64)))
);

-- Name: stories; Type: TABLE; Schema: public; Owner: -

CREATE TABLE public.stories (
    id uuid NOT NULL,
    user_id uuid NOT NULL,
    media_type public.story_media_type NOT NULL,
    file_id uuid,
    caption text,
    encrypted_content text,
    background_color text,
    created_at timestamp with time zone NOT NULL,
    expires_at timestamp with time zone NOT NULL,
    privacy text DEFAULT 'contacts'::text NOT NULL,
    privacy_list_id uuid,
    CONSTRAINT stories_background_color_check CHECK ((background_color ~ '^#[0-9a-f]{6}$'::text)),
    CONSTRAINT stories_caption_check CHECK ((char_length(caption) <= 500)),
    CONSTRAINT stories_check CHECK (((privacy = ANY (ARRAY['list'::text, 'except'::text])) = (privacy_list_id IS NOT NULL))),
    CONSTRAINT stories_encrypted_content_check CHECK ((octet_length(encrypted_content) <= 8192)),
    CONSTRAINT stories_privacy_check CHECK ((privacy = ANY (ARRAY['contacts'::text, 'everyone'::text, 'list'::text, 'except'::text])))
);

-- Name: story_privacy_lists; Type: TABLE; Schema: public; Owner: -

CREATE TABLE public.story_privacy_lists (
    id uuid NOT NULL,
    user_id uuid NOT NULL,
    name text NOT NULL,
    mode text NOT NULL,
    user_ids uuid[] DEFAULT '{}'::uuid[] NOT NULL,
    updated_at timestamp with time zone DEFAULT now() NOT NULL,
    CONSTRAINT story_privacy_lists_mode_check CHECK ((mode = ANY (ARRAY['include'::text, 'exclude'::text]))),
    CONSTRAINT story_privacy_lists_name_check CHECK (((char_length(name) >= 1) AND (char_length(name) <= 32))),
    CONSTRAINT story_privacy_lists_user_ids_check CHECK ((cardinality(user_ids) <= 500))
);

-- Name: story_views; Type: TABLE; Schema: public; Owner: -

CREATE TABLE public.story_views (
    story_id uuid NOT NULL,
    user_id uuid NOT NULL,
    viewed_at timestamp with time zone DEFAULT now() NOT NULL
);

-- Name: user_devices; Type: TABLE; Schema: public; Owner: -

CREATE TABLE public.user_devices (
    id uuid NOT NULL,
    user_id uuid NOT NULL,
    device_number smallint NOT NULL,
    name text NOT NULL,
    platform text NOT NULL,
    registration_id integer,
    approved_by uuid,
    created_at timestamp with time zone NOT NULL,
    last_seen timestamp with time zone NOT NULL,
    removed_at timestamp with time zone,
    CONSTRAINT user_devices_device_number_check CHECK (((device_number >= 1) AND (device_number <= 127))),
    CONSTRAINT user_devices_name_check CHECK (((char_length(name) >= 1) AND (char_length(name) <= 64))),
    CONSTRAINT user_devices_platform_check CHECK ((platform = ANY (ARRAY['web'::text, 'ios'::text, 'android'::text, 'desktop'::text, 'cli'::text, 'bot'::text, 'other'::text]))),
    CONSTRAINT user_devices_registration_id_check CHECK (((registration_id >= 1) AND (registration_id <= 16380)))
);

-- Name: user_sticker_packs; Type: TABLE; Schema: public; Owner: -

CREATE TABLE public.user_sticker_packs (
    user_id uuid NOT NULL,
    pack_id uuid NOT NULL,
    "position" integer DEFAULT 0 NOT NULL,
    installed_at timestamp with time zone DEFAULT now() NOT NULL
);

-- Name: users; Type: TABLE; Schema: public; Owner: -

CREATE TABLE public.users (
    id uuid NOT NULL,
    number bigint NOT NULL,
    app_id uuid,
    external_id text,
    username text NOT NULL,
    display_name text NOT NULL,
    email text,
    email_verified boolean DEFAULT false NOT NULL,
    pending_email text,
    phone text,
    phone_verified boolean DEFAULT false NOT NULL,
    password_hash text,
    avatar_url text,
    bio text DEFAULT ''::text NOT NULL,
    status public.user_status DEFAULT 'offline'::public.user_status NOT NULL,
    last_seen timestamp with time zone,
    role text DEFAULT 'user'::text NOT NULL,
    locale text,
    privacy_presence text DEFAULT 'everyone'::text NOT NULL,
    privacy_last_seen text DEFAULT 'everyone'::text NOT NULL,
    privacy_avatar text DEFAULT 'everyone'::text NOT NULL,
    privacy_bio text DEFAULT 'everyone'::text NOT NULL,
    privacy_group_invites text DEFAULT 'everyone'::text NOT NULL,
    privacy_read_receipts boolean DEFAULT true NOT NULL,
    privacy_typing boolean DEFAULT true NOT NULL,
    privacy_searchable boolean DEFAULT true NOT NULL,
    suspended_at timestamp with time zone,
    deletion_scheduled_at timestamp with time zone,
    deleted_at timestamp with time zone,
    created_at timestamp with time zone NOT NULL,
    updated_at timestamp with time zone DEFAULT now() NOT NULL,
    CONSTRAINT users_bio_check CHECK ((char_length(bio) <= 500)),
    CONSTRAINT users_display_name_check CHECK (((char_length(display_name) >= 1) AND (char_length(display_name) <= 64))),
    CONSTRAINT users_email_check CHECK ((char_length(email) <= 254)),
    CONSTRAINT users_external_id_check CHECK ((char_length(external_id) <= 128)),
    CONSTRAINT users_locale_check CHECK ((char_length(locale) <= 35)),
    CONSTRAINT users_pending_email_check CHECK ((char_length(pending_email) <= 254)),
    CONSTRAINT users_phone_check CHECK ((char_length(phone) <= 32)),
    CONSTRAINT users_privacy_avatar_check CHECK ((privacy_avatar = ANY (ARRAY['everyone'::text, 'contacts'::text, 'nobody'::text]))),
    CONSTRAINT users_privacy_bio_check CHECK ((privacy_bio = ANY (ARRAY['everyone'::text, 'contacts'::text, 'nobody'::text]))),
    CONSTRAINT users_privacy_group_invites_check CHECK ((privacy_group_invites = ANY (ARRAY['everyone'::text, 'contacts'::text, 'nobody'::text]))),
    CONSTRAINT users_privacy_last_seen_check CHECK ((privacy_last_seen = ANY (ARRAY['everyone'::text, 'contacts'::text, 'nobody'::text]))),
    CONSTRAINT users_privacy_presence_check CHECK ((privacy_presence = ANY (ARRAY['everyone'::text, 'contacts'::text, 'nobody'::text]))),
    CONSTRAINT users_role_check CHECK ((role = ANY (ARRAY['user'::text, 'moderator'::text, 'admin'::text]))),
    CONSTRAINT users_username_check CHECK (((username = lower(username)) AND ((char_length(username) >= 3) AND (char_length(username) <= 64))))
);

-- Name: users_number_seq; Type: SEQUENCE; Schema: public; Owner: -

ALTER TABLE public.users ALTER COLUMN number ADD GENERATED ALWAYS AS IDENTITY (
    SEQUENCE NAME public.users_number_seq
    START WITH 1
    INCREMENT BY 1
    NO MINVALUE
    NO MAXVALUE
    CACHE 1
);

-- Name: verification_codes; Type: TABLE; Schema: public; Owner: -

CREATE TABLE public.verification_codes (
    user_id uuid NOT NULL,
    purpose text NOT NULL,
    target text NOT NULL,
    code_hash bytea NOT NULL,
    token_hash bytea NOT NULL,
    tries integer DEFAULT 0 NOT NULL,
    created_at timestamp with time zone NOT NULL,
    expires_at timestamp with time zone NOT NULL,
    CONSTRAINT verification_codes_code_hash_check CHECK ((octet_length(code_hash) = 32)),
    CONSTRAINT verification_codes_purpose_check CHECK ((purpose = ANY (ARRAY['email'::text, 'phone'::text, 'password'::text]))),
    CONSTRAINT verification_codes_target_check CHECK ((char_length(target) <= 254)),
    CONSTRAINT verification_codes_token_hash_check CHECK ((octet_length(token_hash) = 32))
);

-- Name: schema_migrations id; Type: DEFAULT; Schema: public; Owner: -

ALTER TABLE ONLY public.schema_migrations ALTER COLUMN id SET DEFAULT nextval('public.schema_migrations_id_seq'::regclass);

-- Name: account_changes account_changes_pkey; Type: CONSTRAINT; Schema: public; Owner: -

ALTER TABLE ONLY public.account_changes
    ADD CONSTRAINT account_changes_pkey PRIMARY KEY (id);

-- Name: blocked_users blocked_users_pkey; Type: CONSTRAINT; Schema: public; Owner: -

ALTER TABLE ONLY public.blocked_users
    ADD CONSTRAINT blocked_users_pkey PRIMARY KEY (user_id, blocked_id);

-- Name: chat_device_marks chat_device_marks_pkey; Type: CONSTRAINT; Schema: public; Owner: -

ALTER TABLE ONLY public.chat_device_marks
    ADD CONSTRAINT chat_device_marks_pkey PRIMARY KEY (chat_id, device_id);

-- Name: chat_entries chat_entries_pkey; Type: CONSTRAINT; Schema: public; Owner: -

ALTER TABLE ONLY public.chat_entries
    ADD CONSTRAINT chat_entries_pkey PRIMARY KEY (chat_id, seq);

-- Name: chat_members chat_members_pkey; Type: CONSTRAINT; Schema: public; Owner: -

ALTER TABLE ONLY public.chat_members
    ADD CONSTRAINT chat_members_pkey PRIMARY KEY (chat_id, user_id);

-- Name: chat_roles chat_roles_chat_id_name_key; Type: CONSTRAINT; Schema: public; Owner: -

ALTER TABLE ONLY public.chat_roles
    ADD CONSTRAINT chat_roles_chat_id_name_key UNIQUE (chat_id, name);

-- Name: chat_roles chat_roles_pkey; Type: CONSTRAINT; Schema: public; Owner: -

ALTER TABLE ONLY public.chat_roles
    ADD CONSTRAINT chat_roles_pkey PRIMARY KEY (id);

-- Name: chats chats_app_id_external_id_key; Type: CONSTRAINT; Schema: public; Owner: -

ALTER TABLE ONLY public.chats
    ADD CONSTRAINT chats_app_id_external_id_key UNIQUE (app_id, external_id);

-- Name: chats chats_direct_key_key; Type: CONSTRAINT; Schema: public; Owner: -

ALTER TABLE ONLY public.chats
    ADD CONSTRAINT chats_direct_key_key UNIQUE (direct_key);

-- Name: chats chats_number_key; Type: CONSTRAINT; Schema: public; Owner: -

ALTER TABLE ONLY public.chats
    ADD CONSTRAINT chats_number_key UNIQUE (number);

-- Name: chats chats_pkey; Type: CONSTRAINT; Schema: public; Owner: -

ALTER TABLE ONLY public.chats
    ADD CONSTRAINT chats_pkey PRIMARY KEY (id);

-- Name: contacts contacts_pkey; Type: CONSTRAINT; Schema: public; Owner: -

ALTER TABLE ONLY public.contacts
    ADD CONSTRAINT contacts_pkey PRIMARY KEY (user_id, contact_id);

-- Name: group_sender_keys group_sender_keys_pkey; Type: CONSTRAINT; Schema: public; Owner: -

ALTER TABLE ONLY public.group_sender_keys
    ADD CONSTRAINT group_sender_keys_pkey PRIMARY KEY (chat_id, sender_device_id, distribution_id);

-- Name: idempotency_keys idempotency_keys_pkey; Type: CONSTRAINT; Schema: public; Owner: -

ALTER TABLE ONLY public.idempotency_keys
    ADD CONSTRAINT idempotency_keys_pkey PRIMARY KEY (user_id, method, path, key);

-- Name: identity_keys identity_keys_pkey; Type: CONSTRAINT; Schema: public; Owner: -

ALTER TABLE ONLY public.identity_keys
    ADD CONSTRAINT identity_keys_pkey PRIMARY KEY (device_id);

-- Name: mail_deliveries mail_deliveries_pkey; Type: CONSTRAINT; Schema: public; Owner: -

ALTER TABLE ONLY public.mail_deliveries
    ADD CONSTRAINT mail_deliveries_pkey PRIMARY KEY (id);

-- Name: media_files media_files_pkey; Type: CONSTRAINT; Schema: public; Owner: -

ALTER TABLE ONLY public.media_files
    ADD CONSTRAINT media_files_pkey PRIMARY KEY (id);

-- Name: media_files media_files_s3_key_key; Type: CONSTRAINT; Schema: public; Owner: -

ALTER TABLE ONLY public.media_files
    ADD CONSTRAINT media_files_s3_key_key UNIQUE (s3_key);

-- Name: media_sweeps media_sweeps_pkey; Type: CONSTRAINT; Schema: public; Owner: -

ALTER TABLE ONLY public.media_sweeps
    ADD CONSTRAINT media_sweeps_pkey PRIMARY KEY (name);

-- Name: media_uploads media_uploads_file_id_key; Type: CONSTRAINT; Schema: public; Owner: -

ALTER TABLE ONLY public.media_uploads
    ADD CONSTRAINT media_uploads_file_id_key UNIQUE (file_id);

-- Name: media_uploads media_uploads_pkey; Type: CONSTRAINT; Schema: public; Owner: -

ALTER TABLE ONLY public.media_uploads
    ADD CONSTRAINT media_uploads_pkey PRIMARY KEY (id);

-- Name: message_edits message_edits_pkey; Type: CONSTRAINT; Schema: public; Owner: -

ALTER TABLE ONLY public.message_edits
    ADD CONSTRAINT message_edits_pkey PRIMARY KEY (chat_id, message_id, edit);

-- Name: message_hides message_hides_pkey; Type: CONSTRAINT; Schema: public; Owner: -

ALTER TABLE ONLY public.message_hides
    ADD CONSTRAINT message_hides_pkey PRIMARY KEY (user_id, chat_id, message_id);

-- Name: message_reactions message_reactions_pkey; Type: CONSTRAINT; Schema: public; Owner: -

ALTER TABLE ONLY public.message_reactions
    ADD CONSTRAINT message_reactions_pkey PRIMARY KEY (chat_id, message_id, user_id, reaction_key);

-- Name: message_recipients message_recipients_pkey; Type: CONSTRAINT; Schema: public; Owner: -

ALTER TABLE ONLY public.message_recipients
    ADD CONSTRAINT message_recipients_pkey PRIMARY KEY (chat_id, user_id, kind, seq);

-- Name: messages messages_chat_id_sender_id_client_message_id_key; Type: CONSTRAINT; Schema: public; Owner: -

ALTER TABLE ONLY public.messages
    ADD CONSTRAINT messages_chat_id_sender_id_client_message_id_key UNIQUE (chat_id, sender_id, client_message_id);

-- Name: messages messages_chat_id_seq_key; Type: CONSTRAINT; Schema: public; Owner: -

ALTER TABLE ONLY public.messages
    ADD CONSTRAINT messages_chat_id_seq_key UNIQUE (chat_id, seq);

-- Name: messages messages_pkey; Type: CONSTRAINT; Schema: public; Owner: -

ALTER TABLE ONLY public.messages
    ADD CONSTRAINT messages_pkey PRIMARY KEY (chat_id, id);

-- Name: notification_preferences notification_preferences_pkey; Type: CONSTRAINT; Schema: public; Owner: -

ALTER TABLE ONLY public.notification_preferences
    ADD CONSTRAINT notification_preferences_pkey PRIMARY KEY (user_id);

-- Name: one_time_prekeys one_time_prekeys_pkey; Type: CONSTRAINT; Schema: public; Owner: -

ALTER TABLE ONLY public.one_time_prekeys
    ADD CONSTRAINT one_time_prekeys_pkey PRIMARY KEY (device_id, kind, key_id);

-- Name: outbox outbox_pkey; Type: CONSTRAINT; Schema: public; Owner: -

ALTER TABLE ONLY public.outbox
    ADD CONSTRAINT outbox_pkey PRIMARY KEY (id);

-- Name: processed_jobs processed_jobs_pkey; Type: CONSTRAINT; Schema: public; Owner: -

ALTER TABLE ONLY public.processed_jobs
    ADD CONSTRAINT processed_jobs_pkey PRIMARY KEY (id);

-- Name: push_log push_log_pkey; Type: CONSTRAINT; Schema: public; Owner: -

ALTER TABLE ONLY public.push_log
    ADD CONSTRAINT push_log_pkey PRIMARY KEY (id);

-- Name: push_tokens push_tokens_device_id_key; Type: CONSTRAINT; Schema: public; Owner: -

ALTER TABLE ONLY public.push_tokens
    ADD CONSTRAINT push_tokens_device_id_key UNIQUE (device_id);

-- Name: push_tokens push_tokens_pkey; Type: CONSTRAINT; Schema: public; Owner: -

ALTER TABLE ONLY public.push_tokens
    ADD CONSTRAINT push_tokens_pkey PRIMARY KEY (id);

-- Name: push_tokens push_tokens_token_hash_key; Type: CONSTRAINT; Schema: public; Owner: -

ALTER TABLE ONLY public.push_tokens
    ADD CONSTRAINT push_tokens_token_hash_key UNIQUE (token_hash);

-- Name: refresh_tokens refresh_tokens_pkey; Type: CONSTRAINT; Schema: public; Owner: -

ALTER TABLE ONLY public.refresh_tokens
    ADD CONSTRAINT refresh_tokens_pkey PRIMARY KEY (token_hash);

-- Name: schema_migrations schema_migrations_pkey; Type: CONSTRAINT; Schema: public; Owner: -

ALTER TABLE ONLY public.schema_migrations
    ADD CONSTRAINT schema_migrations_pkey PRIMARY KEY (id);

-- Name: server_state server_state_pkey; Type: CONSTRAINT; Schema: public; Owner: -

ALTER TABLE ONLY public.server_state
    ADD CONSTRAINT server_state_pkey PRIMARY KEY (singleton);

-- Name: session_revocations session_revocations_pkey; Type: CONSTRAINT; Schema: public; Owner: -

ALTER TABLE ONLY public.session_revocations
    ADD CONSTRAINT session_revocations_pkey PRIMARY KEY (id);

-- Name: sessions sessions_pkey; Type: CONSTRAINT; Schema: public; Owner: -

ALTER TABLE ONLY public.sessions
    ADD CONSTRAINT sessions_pkey PRIMARY KEY (id);

-- Name: signed_prekeys signed_prekeys_pkey; Type: CONSTRAINT; Schema: public; Owner: -

ALTER TABLE ONLY public.signed_prekeys
    ADD CONSTRAINT signed_prekeys_pkey PRIMARY KEY (device_id, kind);

-- Name: sticker_packs sticker_packs_pkey; Type: CONSTRAINT; Schema: public; Owner: -

ALTER TABLE ONLY public.sticker_packs
    ADD CONSTRAINT sticker_packs_pkey PRIMARY KEY (id);

-- Name: stickers stickers_pack_id_position_key; Type: CONSTRAINT; Schema: public; Owner: -

ALTER TABLE ONLY public.stickers
    ADD CONSTRAINT stickers_pack_id_position_key UNIQUE (pack_id, "position");

-- Name: stickers stickers_pkey; Type: CONSTRAINT; Schema: public; Owner: -

ALTER TABLE ONLY public.stickers
    ADD CONSTRAINT stickers_pkey PRIMARY KEY (id);

-- Name: stories stories_pkey; Type: CONSTRAINT; Schema: public; Owner: -

ALTER TABLE ONLY public.stories
    ADD CONSTRAINT stories_pkey PRIMARY KEY (id);

-- Name: story_privacy_lists story_privacy_lists_pkey; Type: CONSTRAINT; Schema: public; Owner: -

ALTER TABLE ONLY public.story_privacy_lists
    ADD CONSTRAINT story_privacy_lists_pkey PRIMARY KEY (id);

-- Name: story_views story_views_pkey; Type: CONSTRAINT; Schema: public; Owner: -

ALTER TABLE ONLY public.story_views
    ADD CONSTRAINT story_views_pkey PRIMARY KEY (story_id, user_id);

-- Name: user_devices user_devices_pkey; Type: CONSTRAINT; Schema: public; Owner: -

ALTER TABLE ONLY public.user_devices
    ADD CONSTRAINT user_devices_pkey PRIMARY KEY (id);

-- Name: user_devices user_devices_user_id_device_number_key; Type: CONSTRAINT; Schema: public; Owner: -

ALTER TABLE ONLY public.user_devices
    ADD CONSTRAINT user_devices_user_id_device_number_key UNIQUE (user_id, device_number);

-- Name: user_sticker_packs user_sticker_packs_pkey; Type: CONSTRAINT; Schema: public; Owner: -

ALTER TABLE ONLY public.user_sticker_packs
    ADD CONSTRAINT user_sticker_packs_pkey PRIMARY KEY (user_id, pack_id);

-- Name: users users_app_id_external_id_key; Type: CONSTRAINT; Schema: public; Owner: -

ALTER TABLE ONLY public.users
    ADD CONSTRAINT users_app_id_external_id_key UNIQUE (app_id, external_id);

-- Name: users users_number_key; Type: CONSTRAINT; Schema: public; Owner: -

ALTER TABLE ONLY public.users
    ADD CONSTRAINT users_number_key UNIQUE (number);

-- Name: users users_pkey; Type: CONSTRAINT; Schema: public; Owner: -

ALTER TABLE ONLY public.users
    ADD CONSTRAINT users_pkey PRIMARY KEY (id);

-- Name: users users_username_key; Type: CONSTRAINT; Schema: public; Owner: -

ALTER TABLE ONLY public.users
    ADD CONSTRAINT users_username_key UNIQUE (username);

-- Name: verification_codes verification_codes_pkey; Type: CONSTRAINT; Schema: public; Owner: -

ALTER TABLE ONLY public.verification_codes
    ADD CONSTRAINT verification_codes_pkey PRIMARY KEY (user_id, purpose);

-- Name: verification_codes verification_codes_token_hash_key; Type: CONSTRAINT; Schema: public; Owner: -

ALTER TABLE ONLY public.verification_codes
    ADD CONSTRAINT verification_codes_token_hash_key UNIQUE (token_hash);

-- Name: account_changes_user_idx; Type: INDEX; Schema: public; Owner: -

CREATE INDEX account_changes_user_idx ON public.account_changes USING btree (user_id, xid, id);

-- Name: blocked_users_blocked_idx; Type: INDEX; Schema: public; Owner: -

CREATE INDEX blocked_users_blocked_idx ON public.blocked_users USING btree (blocked_id);

-- Name: chat_device_marks_device_idx; Type: INDEX; Schema: public; Owner: -

CREATE INDEX chat_device_marks_device_idx ON public.chat_device_marks USING btree (device_id);

-- Name: chat_device_marks_user_idx; Type: INDEX; Schema: public; Owner: -

CREATE INDEX chat_device_marks_user_idx ON public.chat_device_marks USING btree (user_id);

-- Name: chat_entries_message_idx; Type: INDEX; Schema: public; Owner: -

CREATE INDEX chat_entries_message_idx ON public.chat_entries USING btree (chat_id, message_id) WHERE (message_id IS NOT NULL);

-- Name: chat_members_role_idx; Type: INDEX; Schema: public; Owner: -

CREATE INDEX chat_members_role_idx ON public.chat_members USING btree (role_id);

-- Name: chat_members_user_idx; Type: INDEX; Schema: public; Owner: -

CREATE INDEX chat_members_user_idx ON public.chat_members USING btree (user_id);

-- Name: chats_avatar_idx; Type: INDEX; Schema: public; Owner: -

CREATE INDEX chats_avatar_idx ON public.chats USING btree (avatar_url) WHERE (avatar_url IS NOT NULL);

-- Name: chats_created_by_idx; Type: INDEX; Schema: public; Owner: -

CREATE INDEX chats_created_by_idx ON public.chats USING btree (created_by);

-- Name: chats_name_search_idx; Type: INDEX; Schema: public; Owner: -

CREATE INDEX chats_name_search_idx ON public.chats USING gin (public.fold_text(name) public.gin_trgm_ops) WHERE ((deleted_at IS NULL) AND (name IS NOT NULL));

-- Name: contacts_contact_idx; Type: INDEX; Schema: public; Owner: -

CREATE INDEX contacts_contact_idx ON public.contacts USING btree (contact_id);

-- Name: group_sender_keys_device_idx; Type: INDEX; Schema: public; Owner: -

CREATE INDEX group_sender_keys_device_idx ON public.group_sender_keys USING btree (sender_device_id);

-- Name: idempotency_keys_created_idx; Type: INDEX; Schema: public; Owner: -

CREATE INDEX idempotency_keys_created_idx ON public.idempotency_keys USING btree (created_at);

-- Name: identity_keys_user_idx; Type: INDEX; Schema: public; Owner: -

CREATE INDEX identity_keys_user_idx ON public.identity_keys USING btree (user_id);

-- Name: mail_deliveries_updated_idx; Type: INDEX; Schema: public; Owner: -

CREATE INDEX mail_deliveries_updated_idx ON public.mail_deliveries USING btree (updated_at);

-- Name: media_files_deleted_idx; Type: INDEX; Schema: public; Owner: -

CREATE INDEX media_files_deleted_idx ON public.media_files USING btree (deleted_at) WHERE ((deleted_at IS NOT NULL) AND (erased_at IS NULL));

-- Name: media_files_key_order_idx; Type: INDEX; Schema: public; Owner: -

CREATE INDEX media_files_key_order_idx ON public.media_files USING btree (s3_key COLLATE "C");

-- Name: media_files_pending_idx; Type: INDEX; Schema: public; Owner: -

CREATE INDEX media_files_pending_idx ON public.media_files USING btree (created_at) WHERE (state = 'pending'::text);

-- Name: media_files_user_idx; Type: INDEX; Schema: public; Owner: -

CREATE INDEX media_files_user_idx ON public.media_files USING btree (user_id);

-- Name: media_uploads_user_idx; Type: INDEX; Schema: public; Owner: -

CREATE INDEX media_uploads_user_idx ON public.media_uploads USING btree (user_id);

-- Name: message_reactions_user_idx; Type: INDEX; Schema: public; Owner: -

CREATE INDEX message_reactions_user_idx ON public.message_reactions USING btree (user_id);

-- Name: message_recipients_user_idx; Type: INDEX; Schema: public; Owner: -

CREATE INDEX message_recipients_user_idx ON public.message_recipients USING btree (user_id);

-- Name: messages_attachments_idx; Type: INDEX; Schema: public; Owner: -

CREATE INDEX messages_attachments_idx ON public.messages USING gin (attachments) WHERE (attachments IS NOT NULL);

-- Name: messages_content_search_idx; Type: INDEX; Schema: public; Owner: -

CREATE INDEX messages_content_search_idx ON public.messages USING gin (public.fold_text(content) public.gin_trgm_ops) WHERE (content IS NOT NULL);

-- Name: messages_id_idx; Type: INDEX; Schema: public; Owner: -

CREATE INDEX messages_id_idx ON public.messages USING btree (id);

-- Name: messages_thread_idx; Type: INDEX; Schema: public; Owner: -

CREATE INDEX messages_thread_idx ON public.messages USING btree (chat_id, thread_root_id) WHERE (thread_root_id IS NOT NULL);

-- Name: messages_words_search_idx; Type: INDEX; Schema: public; Owner: -

CREATE INDEX messages_words_search_idx ON public.messages USING gin (to_tsvector('simple'::regconfig, public.fold_text(content))) WHERE (content IS NOT NULL);

-- Name: notification_preferences_digest_idx; Type: INDEX; Schema: public; Owner: -

CREATE INDEX notification_preferences_digest_idx ON public.notification_preferences USING btree (digest_sent_at) WHERE ((email_digest <> 'off'::text) AND email_enabled);

-- Name: outbox_deleted_files_idx; Type: INDEX; Schema: public; Owner: -

CREATE INDEX outbox_deleted_files_idx ON public.outbox USING btree (key) WHERE (type = 'media.deleted'::text);

-- Name: outbox_finished_idx; Type: INDEX; Schema: public; Owner: -

CREATE INDEX outbox_finished_idx ON public.outbox USING btree (finished_at) WHERE (finished_at IS NOT NULL);

-- Name: outbox_open_idx; Type: INDEX; Schema: public; Owner: -

CREATE INDEX outbox_open_idx ON public.outbox USING btree (id) WHERE (finished_at IS NULL);

-- Name: processed_jobs_at_idx; Type: INDEX; Schema: public; Owner: -

CREATE INDEX processed_jobs_at_idx ON public.processed_jobs USING btree (processed_at);

-- Name: push_log_at_idx; Type: INDEX; Schema: public; Owner: -

CREATE INDEX push_log_at_idx ON public.push_log USING btree (at);

-- Name: push_log_device_idx; Type: INDEX; Schema: public; Owner: -

CREATE INDEX push_log_device_idx ON public.push_log USING btree (user_id, device_id, at DESC);

-- Name: push_log_duty_idx; Type: INDEX; Schema: public; Owner: -

CREATE UNIQUE INDEX push_log_duty_idx ON public.push_log USING btree (duty_id, device_id);

-- Name: push_log_shown_idx; Type: INDEX; Schema: public; Owner: -

CREATE INDEX push_log_shown_idx ON public.push_log USING btree (user_id, chat_id, device_id, seq) WHERE (state = 'sent'::text);

-- Name: push_tokens_session_idx; Type: INDEX; Schema: public; Owner: -

CREATE INDEX push_tokens_session_idx ON public.push_tokens USING btree (session_id);

-- Name: push_tokens_user_idx; Type: INDEX; Schema: public; Owner: -

CREATE INDEX push_tokens_user_idx ON public.push_tokens USING btree (user_id);

-- Name: refresh_tokens_session_idx; Type: INDEX; Schema: public; Owner: -

CREATE INDEX refresh_tokens_session_idx ON public.refresh_tokens USING btree (session_id);

-- Name: session_revocations_at_idx; Type: INDEX; Schema: public; Owner: -

CREATE INDEX session_revocations_at_idx ON public.session_revocations USING btree (at);

-- Name: session_revocations_xid_idx; Type: INDEX; Schema: public; Owner: -

CREATE INDEX session_revocations_xid_idx ON public.session_revocations USING btree (xid, id);

-- Name: sessions_device_idx; Type: INDEX; Schema: public; Owner: -

CREATE INDEX sessions_device_idx ON public.sessions USING btree (device_id);

-- Name: sessions_over_idx; Type: INDEX; Schema: public; Owner: -

CREATE INDEX sessions_over_idx ON public.sessions USING btree (COALESCE(revoked_at, expires_at));

-- Name: sessions_user_idx; Type: INDEX; Schema: public; Owner: -

CREATE INDEX sessions_user_idx ON public.sessions USING btree (user_id) WHERE (revoked_at IS NULL);

-- Name: sticker_packs_created_by_idx; Type: INDEX; Schema: public; Owner: -

CREATE INDEX sticker_packs_created_by_idx ON public.sticker_packs USING btree (created_by);

-- Name: stickers_file_idx; Type: INDEX; Schema: public; Owner: -

CREATE INDEX stickers_file_idx ON public.stickers USING btree (file_id);

-- Name: stories_expires_idx; Type: INDEX; Schema: public; Owner: -

CREATE INDEX stories_expires_idx ON public.stories USING btree (expires_at);

-- Name: stories_file_idx; Type: INDEX; Schema: public; Owner: -

CREATE INDEX stories_file_idx ON public.stories USING btree (file_id);

-- Name: stories_privacy_list_idx; Type: INDEX; Schema: public; Owner: -

CREATE INDEX stories_privacy_list_idx ON public.stories USING btree (privacy_list_id) WHERE (privacy_list_id IS NOT NULL);

-- Name: stories_user_idx; Type: INDEX; Schema: public; Owner: -

CREATE INDEX stories_user_idx ON public.stories USING btree (user_id, expires_at);

-- Name: story_privacy_lists_user_idx; Type: INDEX; Schema: public; Owner: -

CREATE INDEX story_privacy_lists_user_idx ON public.story_privacy_lists USING btree (user_id);

-- Name: story_views_user_idx; Type: INDEX; Schema: public; Owner: -

CREATE INDEX story_views_user_idx ON public.story_views USING btree (user_id);

-- Name: user_sticker_packs_pack_idx; Type: INDEX; Schema: public; Owner: -

CREATE INDEX user_sticker_packs_pack_idx ON public.user_sticker_packs USING btree (pack_id);

-- Name: users_avatar_idx; Type: INDEX; Schema: public; Owner: -

CREATE INDEX users_avatar_idx ON public.users USING btree (avatar_url) WHERE (avatar_url IS NOT NULL);

-- Name: users_email_idx; Type: INDEX; Schema: public; Owner: -

CREATE INDEX users_email_idx ON public.users USING btree (email) WHERE (email IS NOT NULL);

-- Name: users_name_search_idx; Type: INDEX; Schema: public; Owner: -

CREATE INDEX users_name_search_idx ON public.users USING gin (public.fold_text(display_name) public.gin_trgm_ops) WHERE (deleted_at IS NULL);

-- Name: users_phone_idx; Type: INDEX; Schema: public; Owner: -

CREATE INDEX users_phone_idx ON public.users USING btree (phone) WHERE (phone IS NOT NULL);

-- Name: users_username_search_idx; Type: INDEX; Schema: public; Owner: -

CREATE INDEX users_username_search_idx ON public.users USING btree (username text_pattern_ops) WHERE (deleted_at IS NULL);

-- Name: users_verified_email_idx; Type: INDEX; Schema: public; Owner: -

CREATE UNIQUE INDEX users_verified_email_idx ON public.users USING btree (email) WHERE email_verified;

-- Name: users_verified_phone_idx; Type: INDEX; Schema: public; Owner: -

CREATE UNIQUE INDEX users_verified_phone_idx ON public.users USING btree (phone) WHERE phone_verified;

-- Name: verification_codes_expires_idx; Type: INDEX; Schema: public; Owner: -

CREATE INDEX verification_codes_expires_idx ON public.verification_codes USING btree (expires_at);

-- Name: mail_deliveries mail_deliveries_updated_at; Type: TRIGGER; Schema: public; Owner: -

CREATE TRIGGER mail_deliveries_updated_at BEFORE UPDATE ON public.mail_deliveries FOR EACH ROW EXECUTE FUNCTION public.update_updated_at_column();

-- Name: media_files media_files_updated_at; Type: TRIGGER; Schema: public; Owner: -

CREATE TRIGGER media_files_updated_at BEFORE UPDATE ON public.media_files FOR EACH ROW EXECUTE FUNCTION public.update_updated_at_column();

-- Name: sticker_packs sticker_packs_updated_at; Type: TRIGGER; Schema: public; Owner: -

CREATE TRIGGER sticker_packs_updated_at BEFORE UPDATE ON public.sticker_packs FOR EACH ROW EXECUTE FUNCTION public.update_updated_at_column();

-- Name: story_privacy_lists story_privacy_lists_updated_at; Type: TRIGGER; Schema: public; Owner: -

CREATE TRIGGER story_privacy_lists_updated_at BEFORE UPDATE ON public.story_privacy_lists FOR EACH ROW EXECUTE FUNCTION public.update_updated_at_column();

-- Name: users users_updated_at; Type: TRIGGER; Schema: public; Owner: -

CREATE TRIGGER users_updated_at BEFORE UPDATE ON public.users FOR EACH ROW EXECUTE FUNCTION public.update_updated_at_column();

-- Name: account_changes account_changes_user_id_fkey; Type: FK CONSTRAINT; Schema: public; Owner: -

ALTER TABLE ONLY public.account_changes
    ADD CONSTRAINT account_changes_user_id_fkey FOREIGN KEY (user_id) REFERENCES public.users(id) ON DELETE CASCADE;

-- Name: blocked_users blocked_users_blocked_id_fkey; Type: FK CONSTRAINT; Schema: public; Owner: -

ALTER TABLE ONLY public.blocked_users
    ADD CONSTRAINT blocked_users_blocked_id_fkey FOREIGN KEY (blocked_id) REFERENCES public.users(id) ON DELETE CASCADE;

-- Name: blocked_users blocked_users_user_id_fkey; Type: FK CONSTRAINT; Schema: public; Owner: -

ALTER TABLE ONLY public.blocked_users
    ADD CONSTRAINT blocked_users_user_id_fkey FOREIGN KEY (user_id) REFERENCES public.users(id) ON DELETE CASCADE;

-- Name: chat_device_marks chat_device_marks_chat_id_fkey; Type: FK CONSTRAINT; Schema: public; Owner: -

ALTER TABLE ONLY public.chat_device_marks
    ADD CONSTRAINT chat_device_marks_chat_id_fkey FOREIGN KEY (chat_id) REFERENCES public.chats(id) ON DELETE CASCADE;

-- Name: chat_device_marks chat_device_marks_device_id_fkey; Type: FK CONSTRAINT; Schema: public; Owner: -

ALTER TABLE ONLY public.chat_device_marks
    ADD CONSTRAINT chat_device_marks_device_id_fkey FOREIGN KEY (device_id) REFERENCES public.user_devices(id) ON DELETE CASCADE;

-- Name: chat_device_marks chat_device_marks_user_id_fkey; Type: FK CONSTRAINT; Schema: public; Owner: -

ALTER TABLE ONLY public.chat_device_marks
    ADD CONSTRAINT chat_device_marks_user_id_fkey FOREIGN KEY (user_id) REFERENCES public.users(id) ON DELETE CASCADE;

-- Name: chat_members chat_members_chat_id_fkey; Type: FK CONSTRAINT; Schema: public; Owner: -

ALTER TABLE ONLY public.chat_members
    ADD CONSTRAINT chat_members_chat_id_fkey FOREIGN KEY (chat_id) REFERENCES public.chats(id) ON DELETE CASCADE;

-- Name: chat_members chat_members_role_id_fkey; Type: FK CONSTRAINT; Schema: public; Owner: -

ALTER TABLE ONLY public.chat_members
    ADD CONSTRAINT chat_members_role_id_fkey FOREIGN KEY (role_id) REFERENCES public.chat_roles(id);

-- Name: chat_members chat_members_user_id_fkey; Type: FK CONSTRAINT; Schema: public; Owner: -

ALTER TABLE ONLY public.chat_members
    ADD CONSTRAINT chat_members_user_id_fkey FOREIGN KEY (user_id) REFERENCES public.users(id) ON DELETE CASCADE;

-- Name: chat_roles chat_roles_chat_id_fkey; Type: FK CONSTRAINT; Schema: public; Owner: -

ALTER TABLE ONLY public.chat_roles
    ADD CONSTRAINT chat_roles_chat_id_fkey FOREIGN KEY (chat_id) REFERENCES public.chats(id) ON DELETE CASCADE;

-- Name: contacts contacts_contact_id_fkey; Type: FK CONSTRAINT; Schema: public; Owner: -

ALTER TABLE ONLY public.contacts
    ADD CONSTRAINT contacts_contact_id_fkey FOREIGN KEY (contact_id) REFERENCES public.users(id) ON DELETE CASCADE;

-- Name: contacts contacts_user_id_fkey; Type: FK CONSTRAINT; Schema: public; Owner: -

ALTER TABLE ONLY public.contacts
    ADD CONSTRAINT contacts_user_id_fkey FOREIGN KEY (user_id) REFERENCES public.users(id) ON DELETE CASCADE;

-- Name: group_sender_keys group_sender_keys_chat_id_fkey; Type: FK CONSTRAINT; Schema: public; Owner: -

ALTER TABLE ONLY public.group_sender_keys
    ADD CONSTRAINT group_sender_keys_chat_id_fkey FOREIGN KEY (chat_id) REFERENCES public.chats(id) ON DELETE CASCADE;

-- Name: group_sender_keys group_sender_keys_sender_device_id_fkey; Type: FK CONSTRAINT; Schema: public; Owner: -

ALTER TABLE ONLY public.group_sender_keys
    ADD CONSTRAINT group_sender_keys_sender_device_id_fkey FOREIGN KEY (sender_device_id) REFERENCES public.user_devices(id) ON DELETE CASCADE;

-- Name: idempotency_keys idempotency_keys_user_id_fkey; Type: FK CONSTRAINT; Schema: public; Owner: -

ALTER TABLE ONLY public.idempotency_keys
    ADD CONSTRAINT idempotency_keys_user_id_fkey FOREIGN KEY (user_id) REFERENCES public.users(id) ON DELETE CASCADE;

-- Name: identity_keys identity_keys_device_id_fkey; Type: FK CONSTRAINT; Schema: public; Owner: -

ALTER TABLE ONLY public.identity_keys
    ADD CONSTRAINT identity_keys_device_id_fkey FOREIGN KEY (device_id) REFERENCES public.user_devices(id) ON DELETE CASCADE;

-- Name: identity_keys identity_keys_user_id_fkey; Type: FK CONSTRAINT; Schema: public; Owner: -

ALTER TABLE ONLY public.identity_keys
    ADD CONSTRAINT identity_keys_user_id_fkey FOREIGN KEY (user_id) REFERENCES public.users(id) ON DELETE CASCADE;

-- Name: media_files media_files_user_id_fkey; Type: FK CONSTRAINT; Schema: public; Owner: -

ALTER TABLE ONLY public.media_files
    ADD CONSTRAINT media_files_user_id_fkey FOREIGN KEY (user_id) REFERENCES public.users(id) ON DELETE CASCADE;

-- Name: media_uploads media_uploads_file_id_fkey; Type: FK CONSTRAINT; Schema: public; Owner: -

ALTER TABLE ONLY public.media_uploads
    ADD CONSTRAINT media_uploads_file_id_fkey FOREIGN KEY (file_id) REFERENCES public.media_files(id) ON DELETE CASCADE;

-- Name: media_uploads media_uploads_user_id_fkey; Type: FK CONSTRAINT; Schema: public; Owner: -

ALTER TABLE ONLY public.media_uploads
    ADD CONSTRAINT media_uploads_user_id_fkey FOREIGN KEY (user_id) REFERENCES public.users(id) ON DELETE CASCADE;

-- Name: message_hides message_hides_user_id_fkey; Type: FK CONSTRAINT; Schema: public; Owner: -

ALTER TABLE ONLY public.message_hides
    ADD CONSTRAINT message_hides_user_id_fkey FOREIGN KEY (user_id) REFERENCES public.users(id) ON DELETE CASCADE;

-- Name: message_reactions message_reactions_user_id_fkey; Type: FK CONSTRAINT; Schema: public; Owner: -

ALTER TABLE ONLY public.message_reactions
    ADD CONSTRAINT message_reactions_user_id_fkey FOREIGN KEY (user_id) REFERENCES public.users(id) ON DELETE CASCADE;

-- Name: message_recipients message_recipients_user_id_fkey; Type: FK CONSTRAINT; Schema: public; Owner: -

ALTER TABLE ONLY public.message_recipients
    ADD CONSTRAINT message_recipients_user_id_fkey FOREIGN KEY (user_id) REFERENCES public.users(id) ON DELETE CASCADE;

-- Name: notification_preferences notification_preferences_user_id_fkey; Type: FK CONSTRAINT; Schema: public; Owner: -

ALTER TABLE ONLY public.notification_preferences
    ADD CONSTRAINT notification_preferences_user_id_fkey FOREIGN KEY (user_id) REFERENCES public.users(id) ON DELETE CASCADE;

-- Name: one_time_prekeys one_time_prekeys_device_id_fkey; Type: FK CONSTRAINT; Schema: public; Owner: -

ALTER TABLE ONLY public.one_time_prekeys
    ADD CONSTRAINT one_time_prekeys_device_id_fkey FOREIGN KEY (device_id) REFERENCES public.user_devices(id) ON DELETE CASCADE;

-- Name: push_log push_log_user_id_fkey; Type: FK CONSTRAINT; Schema: public; Owner: -

ALTER TABLE ONLY public.push_log
    ADD CONSTRAINT push_log_user_id_fkey FOREIGN KEY (user_id) REFERENCES public.users(id) ON DELETE CASCADE;

-- Name: push_tokens push_tokens_device_id_fkey; Type: FK CONSTRAINT; Schema: public; Owner: -

ALTER TABLE ONLY public.push_tokens
    ADD CONSTRAINT push_tokens_device_id_fkey FOREIGN KEY (device_id) REFERENCES public.user_devices(id) ON DELETE CASCADE;

-- Name: push_tokens push_tokens_session_id_fkey; Type: FK CONSTRAINT; Schema: public; Owner: -

ALTER TABLE ONLY public.push_tokens
    ADD CONSTRAINT push_tokens_session_id_fkey FOREIGN KEY (session_id) REFERENCES public.sessions(id) ON DELETE CASCADE;

-- Name: push_tokens push_tokens_user_id_fkey; Type: FK CONSTRAINT; Schema: public; Owner: -

ALTER TABLE ONLY public.push_tokens
    ADD CONSTRAINT push_tokens_user_id_fkey FOREIGN KEY (user_id) REFERENCES public.users(id) ON DELETE CASCADE;

-- Name: refresh_tokens refresh_tokens_session_id_fkey; Type: FK CONSTRAINT; Schema: public; Owner: -

ALTER TABLE ONLY public.refresh_tokens
    ADD CONSTRAINT refresh_tokens_session_id_fkey FOREIGN KEY (session_id) REFERENCES public.sessions(id) ON DELETE CASCADE;

-- Name: sessions sessions_device_id_fkey; Type: FK CONSTRAINT; Schema: public; Owner: -

ALTER TABLE ONLY public.sessions
    ADD CONSTRAINT sessions_device_id_fkey FOREIGN KEY (device_id) REFERENCES public.user_devices(id) ON DELETE CASCADE;

-- Name: sessions sessions_user_id_fkey; Type: FK CONSTRAINT; Schema: public; Owner: -

ALTER TABLE ONLY public.sessions
    ADD CONSTRAINT sessions_user_id_fkey FOREIGN KEY (user_id) REFERENCES public.users(id) ON DELETE CASCADE;

-- Name: signed_prekeys signed_prekeys_device_id_fkey; Type: FK CONSTRAINT; Schema: public; Owner: -

ALTER TABLE ONLY public.signed_prekeys
    ADD CONSTRAINT signed_prekeys_device_id_fkey FOREIGN KEY (device_id) REFERENCES public.user_devices(id) ON DELETE CASCADE;

-- Name: stickers stickers_file_id_fkey; Type: FK CONSTRAINT; Schema: public; Owner: -

ALTER TABLE ONLY public.stickers
    ADD CONSTRAINT stickers_file_id_fkey FOREIGN KEY (file_id) REFERENCES public.media_files(id);

-- Name: stickers stickers_pack_id_fkey; Type: FK CONSTRAINT; Schema: public; Owner: -

ALTER TABLE ONLY public.stickers
    ADD CONSTRAINT stickers_pack_id_fkey FOREIGN KEY (pack_id) REFERENCES public.sticker_packs(id) ON DELETE CASCADE;

-- Name: stories stories_file_id_fkey; Type: FK CONSTRAINT; Schema: public; Owner: -

ALTER TABLE ONLY public.stories
    ADD CONSTRAINT stories_file_id_fkey FOREIGN KEY (file_id) REFERENCES public.media_files(id) ON DELETE SET NULL;

-- Name: stories stories_privacy_list_id_fkey; Type: FK CONSTRAINT; Schema: public; Owner: -

ALTER TABLE ONLY public.stories
    ADD CONSTRAINT stories_privacy_list_id_fkey FOREIGN KEY (privacy_list_id) REFERENCES public.story_privacy_lists(id) ON DELETE RESTRICT;

-- Name: stories stories_user_id_fkey; Type: FK CONSTRAINT; Schema: public; Owner: -

ALTER TABLE ONLY public.stories
    ADD CONSTRAINT stories_user_id_fkey FOREIGN KEY (user_id) REFERENCES public.users(id) ON DELETE CASCADE;

-- Name: story_privacy_lists story_privacy_lists_user_id_fkey; Type: FK CONSTRAINT; Schema: public; Owner: -

ALTER TABLE ONLY public.story_privacy_lists
    ADD CONSTRAINT story_privacy_lists_user_id_fkey FOREIGN KEY (user_id) REFERENCES public.users(id) ON DELETE CASCADE;

-- Name: story_views story_views_story_id_fkey; Type: FK CONSTRAINT; Schema: public; Owner: -

ALTER TABLE ONLY public.story_views
    ADD CONSTRAINT story_views_story_id_fkey FOREIGN KEY (story_id) REFERENCES public.stories(id) ON DELETE CASCADE;

-- Name: story_views story_views_user_id_fkey; Type: FK CONSTRAINT; Schema: public; Owner: -

ALTER TABLE ONLY public.story_views
    ADD CONSTRAINT story_views_user_id_fkey FOREIGN KEY (user_id) REFERENCES public.users(id) ON DELETE CASCADE;

-- Name: user_devices user_devices_user_id_fkey; Type: FK CONSTRAINT; Schema: public; Owner: -

ALTER TABLE ONLY public.user_devices
    ADD CONSTRAINT user_devices_user_id_fkey FOREIGN KEY (user_id) REFERENCES public.users(id) ON DELETE CASCADE;

-- Name: user_sticker_packs user_sticker_packs_pack_id_fkey; Type: FK CONSTRAINT; Schema: public; Owner: -

ALTER TABLE ONLY public.user_sticker_packs
    ADD CONSTRAINT user_sticker_packs_pack_id_fkey FOREIGN KEY (pack_id) REFERENCES public.sticker_packs(id) ON DELETE CASCADE;

-- Name: user_sticker_packs user_sticker_packs_user_id_fkey; Type: FK CONSTRAINT; Schema: public; Owner: -

ALTER TABLE ONLY public.user_sticker_packs
    ADD CONSTRAINT user_sticker_packs_user_id_fkey FOREIGN KEY (user_id) REFERENCES public.users(id) ON DELETE CASCADE;

-- Name: verification_codes verification_codes_user_id_fkey; Type: FK CONSTRAINT; Schema: public; Owner: -

ALTER TABLE ONLY public.verification_codes
    ADD CONSTRAINT verification_codes_user_id_fkey FOREIGN KEY (user_id) REFERENCES public.users(id) ON DELETE CASCADE;
