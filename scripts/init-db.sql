-- Prepares an empty database for the migrations: extensions, the seeds' types and helper, permissions.
-- Idempotent: it runs before every `migrate up`, as the owner of the database.

CREATE EXTENSION IF NOT EXISTS "uuid-ossp";
CREATE EXTENSION IF NOT EXISTS pgcrypto;
CREATE EXTENSION IF NOT EXISTS pg_trgm;
CREATE EXTENSION IF NOT EXISTS unaccent;

DO $$
BEGIN
  IF to_regtype('chat_type') IS NULL THEN
    CREATE TYPE chat_type AS ENUM ('direct', 'group', 'channel');
  END IF;
  IF to_regtype('message_type') IS NULL THEN
    CREATE TYPE message_type AS ENUM
      ('text', 'image', 'video', 'audio', 'file', 'voice', 'sticker', 'system');
  END IF;
  IF to_regtype('user_status') IS NULL THEN
    CREATE TYPE user_status AS ENUM ('online', 'offline', 'away');
  END IF;
  IF to_regtype('story_media_type') IS NULL THEN
    CREATE TYPE story_media_type AS ENUM ('image', 'video', 'text');
  END IF;
END
$$;

-- Keeps `updated_at` true on the tables that have a trigger for it.
CREATE OR REPLACE FUNCTION update_updated_at_column() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  NEW.updated_at = date_trunc('milliseconds', clock_timestamp());
  RETURN NEW;
END
$$;

-- Only the owner may create objects; everybody who may connect may use what there is.
REVOKE CREATE ON SCHEMA public FROM PUBLIC;
GRANT USAGE ON SCHEMA public TO PUBLIC;
DO $$
BEGIN
  EXECUTE format('GRANT CONNECT, TEMPORARY ON DATABASE %I TO %I', current_database(), current_user);
  EXECUTE format('GRANT ALL ON SCHEMA public TO %I', current_user);
END
$$;

-- Compiling a statement costs more than any statement of SUP runs.
DO $$
BEGIN
  EXECUTE format('ALTER DATABASE %I SET jit = off', current_database());
END
$$;
