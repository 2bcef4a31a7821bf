import type { Sql } from '@sup/service-kit/postgres'

const OWNER = `SELECT user_id AS "userId" FROM media_files WHERE id = $<fileId> AND deleted_at IS NULL`

const BY_MESSAGE = `
  EXISTS (
    SELECT FROM messages m
      JOIN chats c ON c.id = m.chat_id AND c.deleted_at IS NULL
      JOIN chat_members mine ON mine.chat_id = m.chat_id AND mine.user_id = $<userId>
     WHERE m.attachments @> ARRAY[$<fileId>::uuid] AND m.deleted_at IS NULL
       AND (m.expires_at IS NULL OR m.expires_at > $<now>)
       AND is_visible_message(m.chat_id, m.id, mine.user_id, mine.base_seq))`

// Whoever may see the chat sees its picture.
const BY_CHAT_AVATAR = `
  EXISTS (
    SELECT FROM chats c
     WHERE c.avatar_url = $<avatarUrl> AND c.deleted_at IS NULL
       AND (c.is_public OR EXISTS (SELECT FROM chat_members mine
                                    WHERE mine.chat_id = c.id AND mine.user_id = $<userId>)))`

const BY_STICKER = `
  EXISTS (
    SELECT FROM stickers s JOIN sticker_packs p ON p.id = s.pack_id
     WHERE s.file_id = $<fileId> AND (p.is_public OR p.created_by = $<userId>))`

// The audience of a story, evaluated now (wire-contract 3.5); its owner owns the file.
const STORY_ENDS = `
  (SELECT max(s.expires_at) FROM stories s
      LEFT JOIN story_privacy_lists l ON l.id = s.privacy_list_id
      LEFT JOIN contacts known ON known.user_id = s.user_id AND known.contact_id = $<userId>
     WHERE s.file_id = $<fileId> AND s.expires_at > $<now>
       AND NOT EXISTS (SELECT FROM blocked_users b WHERE b.user_id = s.user_id AND b.blocked_id = $<userId>)
       AND CASE s.privacy
             WHEN 'list' THEN $<userId>::uuid = ANY (l.user_ids)
             WHEN 'except' THEN known.user_id IS NOT NULL AND NOT $<userId>::uuid = ANY (l.user_ids)
             WHEN 'contacts' THEN known.user_id IS NOT NULL
             ELSE known.user_id IS NOT NULL OR EXISTS (
               SELECT FROM chats c
                 JOIN chat_members a ON a.chat_id = c.id AND a.user_id = s.user_id
                 JOIN chat_members z ON z.chat_id = c.id AND z.user_id = $<userId>
                WHERE c.type = 'direct' AND c.deleted_at IS NULL)
           END)`

const READERS = `
  SELECT ${BY_MESSAGE} OR ${BY_CHAT_AVATAR} OR ${BY_STICKER} AS shown, ${STORY_ENDS} AS "storyEndsAt"`

export type Access = { shown: boolean; storyEndsAt: string | null }
type Asked = { fileId: string; userId: string; avatarUrl: string; now: Date }

/** Who may read a file (wire-contract 4.8), but for the avatars of people, which have a privacy of their own. */
export function accessStore(sql: Sql) {
  return {
    /** Undefined for an unknown and for a deleted file. */
    owner: async (fileId: string): Promise<string | undefined> =>
      (await sql.oneOrNone<{ userId: string }>(OWNER, { fileId }))?.userId,

    /** Shown for good, or in a story that ends; `storyEndsAt` null without a story for this person. */
    access: (asked: Asked): Promise<Access> => sql.one<Access>(READERS, asked),
  }
}
