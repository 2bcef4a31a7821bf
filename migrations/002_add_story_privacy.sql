-- Up Migration

-- Who may see a story, and the lists that a person keeps for it.

CREATE TABLE story_privacy_lists (
  id         uuid        PRIMARY KEY,
  user_id    uuid        NOT NULL REFERENCES users ON DELETE CASCADE,
  name       text        NOT NULL CHECK (char_length(name) BETWEEN 1 AND 32),
  mode       text        NOT NULL CHECK (mode IN ('include', 'exclude')),
  user_ids   uuid[]      NOT NULL DEFAULT '{}' CHECK (cardinality(user_ids) <= 500),
  updated_at timestamptz NOT NULL DEFAULT now()
);
CREATE INDEX story_privacy_lists_user_idx ON story_privacy_lists (user_id);
CREATE TRIGGER story_privacy_lists_updated_at BEFORE UPDATE ON story_privacy_lists
  FOR EACH ROW EXECUTE FUNCTION update_updated_at_column();

ALTER TABLE stories
  ADD COLUMN privacy text NOT NULL DEFAULT 'contacts' CHECK (privacy IN ('contacts', 'everyone', 'list', 'except')),
  ADD COLUMN privacy_list_id uuid REFERENCES story_privacy_lists ON DELETE RESTRICT,
  ADD CHECK ((privacy IN ('list', 'except')) = (privacy_list_id IS NOT NULL));
CREATE INDEX stories_privacy_list_idx ON stories (privacy_list_id) WHERE privacy_list_id IS NOT NULL;

-- Down Migration

ALTER TABLE stories DROP COLUMN privacy_list_id, DROP COLUMN privacy;
DROP TABLE story_privacy_lists;
