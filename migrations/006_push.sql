-- Writes duties to notify as soon as somebody in the chat has a push token, and makes the trace of pushes a state
-- machine: one row per duty and device, so that a repeated duty pushes nothing twice.

-- Up Migration

-- Has somebody in this chat asked to be told of messages when not connected? Asked for every batch of sends, under
-- the lock of the chat: without any token one look into an index, else one per member, and a chat so large that
-- this would cost more than a duty in vain is taken to hold somebody.
CREATE OR REPLACE FUNCTION wants_notice(of_chat uuid) RETURNS boolean
LANGUAGE plpgsql STABLE AS $$
BEGIN
  IF NOT EXISTS (SELECT FROM push_tokens) THEN
    RETURN false;
  END IF;
  RETURN EXISTS (SELECT FROM chats c WHERE c.id = of_chat AND c.member_count > 250)
      OR EXISTS (SELECT FROM chat_members m JOIN push_tokens p ON p.user_id = m.user_id WHERE m.chat_id = of_chat);
END
$$;

ALTER TABLE push_log ADD COLUMN duty_id text CHECK (char_length(duty_id) <= 64);
CREATE UNIQUE INDEX push_log_duty_idx ON push_log (duty_id, device_id);
-- What a device shows of a chat, for its withdrawal.
CREATE INDEX push_log_shown_idx ON push_log (user_id, chat_id, device_id, seq) WHERE state = 'sent';
COMMENT ON COLUMN push_log.duty_id IS 'Id of the duty that asked for the push.';

-- Down Migration

DROP INDEX push_log_shown_idx, push_log_duty_idx;
ALTER TABLE push_log DROP COLUMN duty_id;

CREATE OR REPLACE FUNCTION wants_notice(of_chat uuid) RETURNS boolean
LANGUAGE sql STABLE AS $$
  SELECT false
$$;
