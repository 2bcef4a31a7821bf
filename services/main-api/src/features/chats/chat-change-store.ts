import type { Sql } from '@sup/service-kit/postgres'
import type { ChatSettings, ChatType, Encryption } from '@sup/types'

export type NewChat = {
  id: string
  type: ChatType
  name: string | null
  description: string
  avatarUrl: string | null
  isPublic: boolean
  encryption: Encryption
  createdBy: string
  at: string
  directKey: string | null
} & ChatSettings

const INSERT = `
  INSERT INTO chats (id, type, name, description, avatar_url, is_public, encryption, created_by, created_at, updated_at,
                     last_activity_at, direct_key, disappearing_seconds, slow_mode_seconds,
                     history_visibility, join_mode)
  VALUES ($<id>, $<type>, $<name>, $<description>, $<avatarUrl>, $<isPublic>, $<encryption>, $<createdBy>, $<at>, $<at>,
          $<at>, $<directKey>, $<disappearingSeconds>, $<slowModeSeconds>, $<historyVisibility>, $<joinMode>)
  ON CONFLICT (direct_key) DO NOTHING`

const SETTINGS = `
  SELECT name, description, avatar_url AS "avatarUrl", is_public AS "isPublic", disappearing_seconds AS "disappearingSeconds",
         slow_mode_seconds AS "slowModeSeconds", history_visibility AS "historyVisibility",
         join_mode AS "joinMode"
    FROM chats WHERE id = $<id>`

const UPDATE = `
  UPDATE chats
     SET name = $<name>, description = $<description>, avatar_url = $<avatarUrl>, is_public = $<isPublic>,
         disappearing_seconds = $<disappearingSeconds>, slow_mode_seconds = $<slowModeSeconds>,
         history_visibility = $<historyVisibility>, join_mode = $<joinMode>, updated_at = $<at>
   WHERE id = $<id>`

const ARCHIVE = `
  UPDATE chat_members SET archived = true, marks_xid = pg_current_xact_id()
   WHERE chat_id = $<id> AND user_id = $<userId>`

// The history up to now is behind the new base; the next entry brings the chat back.
const HIDE = `
  UPDATE chat_members m
     SET hidden = true, base_seq = c.last_seq, base_digest = c.head_digest,
         last_read_seq = greatest(m.last_read_seq, c.last_seq), marks_xid = pg_current_xact_id()
    FROM chats c
   WHERE c.id = $<id> AND m.chat_id = c.id AND m.user_id = $<userId>`

const DELETE = `
  UPDATE chats SET deleted_at = $<at>, direct_key = NULL, name = NULL, description = '', avatar_url = NULL, updated_at = $<at>,
                   log_xid = pg_current_xact_id()
   WHERE id = $<id>`

const FILES = `
  SELECT DISTINCT unnest(attachments) AS id FROM messages WHERE chat_id = $<id> AND attachments IS NOT NULL`

const ERASE_MESSAGES = `
  UPDATE messages
     SET content = NULL, encrypted_content = '', salt = NULL, content_salt = NULL, mentions = NULL,
         attachments = NULL, voice = NULL, forwarded_from = NULL, deleted_at = coalesce(deleted_at, $<at>)
   WHERE chat_id = $<id>`
const ERASE_ENTRIES = `UPDATE chat_entries SET data = NULL, salt = NULL WHERE chat_id = $<id>`
const ERASE_EDITS = `DELETE FROM message_edits WHERE chat_id = $<id>`
const ERASE_REACTIONS = `DELETE FROM message_reactions WHERE chat_id = $<id>`

export type ChangeableSettings = {
  name: string | null
  description: string
  avatarUrl: string | null
  isPublic: boolean
} & ChatSettings

/** Writes chats. Everything but `insert` belongs under the chat's row lock. */
export function chatChangeStore(sql: Sql) {
  return {
    /** False when the pair has a direct chat already. */
    insert: (chat: NewChat): Promise<boolean> =>
      sql.result(INSERT, chat, (result) => result.rowCount === 1),

    settings: (id: string): Promise<ChangeableSettings> =>
      sql.one<ChangeableSettings>(SETTINGS, { id }),

    update: (change: ChangeableSettings & { id: string; at: string }): Promise<null> =>
      sql.none(UPDATE, change),

    archive: (of: { id: string; userId: string }): Promise<null> => sql.none(ARCHIVE, of),

    hide: (of: { id: string; userId: string }): Promise<null> => sql.none(HIDE, of),

    /** The files that the chat's messages carry. */
    files: async (id: string): Promise<string[]> =>
      (await sql.any<{ id: string }>(FILES, { id })).map((row) => row.id),

    /** Erases what was said; positions and hashes stay. */
    async erase(chat: { id: string; at: string }): Promise<void> {
      await sql.none(ERASE_MESSAGES, chat)
      await sql.none(ERASE_ENTRIES, chat)
      await sql.none(ERASE_EDITS, chat)
      await sql.none(ERASE_REACTIONS, chat)
      await sql.none(DELETE, chat)
    },
  }
}
