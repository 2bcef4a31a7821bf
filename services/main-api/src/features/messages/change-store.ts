import type { Sql } from '@sup/service-kit/postgres'
import type { Permission } from '@sup/types'

const PERMISSIONS = `
  SELECT r.permissions FROM chat_members m JOIN chat_roles r ON r.id = m.role_id
   WHERE m.chat_id = $<chatId> AND m.user_id = $<userId>`

const KEEP_EDIT = `
  INSERT INTO message_edits (chat_id, message_id, edit, content, encrypted_content, edited_at)
  SELECT chat_id, id, edit_count, content, encrypted_content, coalesce(edited_at, created_at)
    FROM messages WHERE chat_id = $<chatId> AND id = $<id>`

const EDIT = `
  UPDATE messages
     SET content = $<content>, encrypted_content = $<encryptedContent>, mentions = $<mentions>::jsonb,
         content_salt = $<salt>, changed_seq = $<seq>, edited_at = $<at>, edit_count = edit_count + 1
   WHERE chat_id = $<chatId> AND id = $<id>`

const EDITS = `
  SELECT content, encrypted_content AS "encryptedContent", edited_at AS "editedAt"
    FROM message_edits WHERE chat_id = $<chatId> AND message_id = $<id> ORDER BY edit`

const ERASE = `
  UPDATE messages
     SET content = NULL, encrypted_content = '', salt = NULL, content_salt = NULL, mentions = NULL,
         attachments = NULL, voice = NULL, distribution_id = NULL, forwarded_from = NULL, changed_seq = $<seq>,
         deleted_at = $<at>, deleted_by = $<by>, pinned = false
   WHERE chat_id = $<chatId> AND id = $<id>`

const FORGET_EDITS = `DELETE FROM message_edits WHERE chat_id = $<chatId> AND message_id = $<id>`
const FORGET_REACTIONS = `DELETE FROM message_reactions WHERE chat_id = $<chatId> AND message_id = $<id>`

const TOUCH = `UPDATE messages SET changed_seq = $<seq> WHERE chat_id = $<chatId> AND id = $<id>`

const HIDE = `
  INSERT INTO message_hides (user_id, chat_id, message_id) VALUES ($<userId>, $<chatId>, $<id>)
  ON CONFLICT DO NOTHING`

const HIDDEN_BY = `
  SELECT m.seq FROM message_hides h JOIN messages m ON m.chat_id = h.chat_id AND m.id = h.message_id
   WHERE h.user_id = $<userId> AND h.chat_id = $<chatId> AND h.message_id = $<id>`

type MessageKey = { chatId: string; id: string }

/** Changes messages; use it under the chat's row lock. */
export function changeStore(sql: Sql) {
  return {
    permissions: async (member: { chatId: string; userId: string }): Promise<Permission[]> =>
      (await sql.oneOrNone<{ permissions: Permission[] }>(PERMISSIONS, member))?.permissions ?? [],

    /** Replaces the content; the form before is kept for the edit history. */
    async edit(
      change: MessageKey & {
        content: string | null
        encryptedContent: string
        /** JSON */
        mentions: string | null
        salt: Buffer
        seq: number
        at: string
      },
    ): Promise<void> {
      await sql.none(KEEP_EDIT, change)
      await sql.none(EDIT, change)
    },

    edits: (key: MessageKey) =>
      sql.any<{ content: string | null; encryptedContent: string; editedAt: string }>(EDITS, key),

    /** Leaves the tombstone: content, edit history and reactions are gone. */
    async erase(change: MessageKey & { seq: number; at: string; by: string }): Promise<void> {
      await sql.none(ERASE, change)
      await sql.none(FORGET_EDITS, change)
      await sql.none(FORGET_REACTIONS, change)
    },

    touch: (change: MessageKey & { seq: number }): Promise<null> => sql.none(TOUCH, change),

    /** False when it was hidden already. */
    hide: (of: MessageKey & { userId: string }): Promise<boolean> =>
      sql.result(HIDE, of, (result) => result.rowCount === 1),

    /** Position of a message that the user has hidden. */
    hiddenBy: async (of: MessageKey & { userId: string }): Promise<number | undefined> =>
      (await sql.oneOrNone<{ seq: number }>(HIDDEN_BY, of))?.seq,
  }
}
