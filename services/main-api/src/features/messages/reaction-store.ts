import type { Sql } from '@sup/service-kit/postgres'

const OWN_REACTIONS = `
  SELECT reaction_key AS key, emoji, encrypted_emoji AS "encryptedEmoji", created_at AS "createdAt"
    FROM message_reactions
   WHERE chat_id = $<chatId> AND message_id = $<id> AND user_id = $<userId>`

const REACT = `
  INSERT INTO message_reactions (chat_id, message_id, user_id, reaction_key, emoji, encrypted_emoji, created_at)
  VALUES ($<chatId>, $<id>, $<userId>, $<key>, $<emoji>, $<encryptedEmoji>, $<at>)`

const UNREACT = `
  DELETE FROM message_reactions
   WHERE chat_id = $<chatId> AND message_id = $<id> AND user_id = $<userId> AND reaction_key = $<key>`

const ALL_REACTIONS = `
  SELECT user_id AS "userId", reaction_key AS key, emoji, encrypted_emoji AS "encryptedEmoji",
         created_at AS "createdAt"
    FROM message_reactions
   WHERE chat_id = $<chatId> AND message_id = $<id>
   ORDER BY created_at DESC, user_id, reaction_key LIMIT $<limit> OFFSET $<offset>`

const COUNT_REACTIONS = `
  SELECT count(*) FROM message_reactions WHERE chat_id = $<chatId> AND message_id = $<id>`

type MessageKey = { chatId: string; id: string }

export type OwnReaction = {
  key: string
  emoji: string | null
  encryptedEmoji: string | null
  createdAt: string
}
export type StoredReaction = OwnReaction & { userId: string }

/** Reactions to messages. Changes belong under the chat's row lock. */
export function reactionStore(sql: Sql) {
  return {
    own: (of: MessageKey & { userId: string }): Promise<OwnReaction[]> =>
      sql.any<OwnReaction>(OWN_REACTIONS, of),

    add: (
      reaction: MessageKey & {
        userId: string
        key: string
        emoji: string | null
        encryptedEmoji: string | null
        at: string
      },
    ): Promise<null> => sql.none(REACT, reaction),

    remove: (reaction: MessageKey & { userId: string; key: string }): Promise<null> =>
      sql.none(UNREACT, reaction),

    list: (of: MessageKey & { limit: number; offset: number }): Promise<StoredReaction[]> =>
      sql.any<StoredReaction>(ALL_REACTIONS, of),

    count: (of: MessageKey): Promise<number> =>
      sql.one(COUNT_REACTIONS, of, (row: { count: number }) => row.count),
  }
}
