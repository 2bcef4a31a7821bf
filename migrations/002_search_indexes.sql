-- Up Migration

-- Search over people, public chats and the messages of managed chats. Messages of e2ee chats have no text
-- here, so the partial indexes cost them nothing.

-- Case and accents folded. The dictionary is named, which makes the result depend on nothing but the text.
CREATE FUNCTION fold_text(value text) RETURNS text LANGUAGE sql IMMUTABLE PARALLEL SAFE STRICT AS $$
  SELECT lower(public.unaccent('public.unaccent'::regdictionary, value))
$$;

CREATE INDEX users_username_search_idx ON users (username text_pattern_ops) WHERE deleted_at IS NULL;
CREATE INDEX users_name_search_idx ON users USING gin (fold_text(display_name) gin_trgm_ops) WHERE deleted_at IS NULL;
CREATE INDEX chats_name_search_idx ON chats USING gin (fold_text(name) gin_trgm_ops)
  WHERE deleted_at IS NULL AND name IS NOT NULL;
CREATE INDEX messages_content_search_idx ON messages USING gin (fold_text(content) gin_trgm_ops)
  WHERE content IS NOT NULL;
CREATE INDEX messages_words_search_idx ON messages USING gin (to_tsvector('simple', fold_text(content)))
  WHERE content IS NOT NULL;

-- Down Migration

DROP INDEX messages_words_search_idx, messages_content_search_idx, chats_name_search_idx, users_name_search_idx,
  users_username_search_idx;
DROP FUNCTION fold_text(text);
