import type { Sql } from '@sup/service-kit/postgres'
import type { MessageType, ReactionSummary } from '@sup/types'
import type { MessageRow } from './message-row.js'

const MESSAGE_COLUMNS = `
  m.id, m.chat_id AS "chatId", m.seq, m.changed_seq AS "changedSeq", m.sender_id AS "senderId",
  m.sender_device_id AS "senderDeviceId", m.sender_device_number AS "senderDeviceNumber",
  m.client_message_id AS "clientMessageId", m.type, m.encrypted_content AS "encryptedContent",
  m.content, m.distribution_id AS "distributionId", m.reply_to_id AS "replyToId",
  m.thread_root_id AS "threadRootId", m.attachments, m.mentions, m.voice, m.hidden_for AS "hiddenFor", m.hash,
  coalesce(m.content_salt, m.salt) AS salt, m.created_at AS "createdAt", m.edited_at AS "editedAt",
  m.edit_count AS "editCount", m.deleted_at AS "deletedAt", m.deleted_by AS "deletedBy"`

// What a member may see: entries after the base, not hidden by a block, not deleted for oneself.
const VISIBLE = `
  m.seq > mine.base_seq AND NOT coalesce($<viewerId>::uuid = ANY (m.hidden_for), false)
  AND NOT EXISTS (SELECT FROM message_hides h
                   WHERE h.user_id = $<viewerId> AND h.chat_id = m.chat_id AND h.message_id = m.id)`

const VISIBLE_MESSAGES = `
  FROM messages m
  JOIN chat_members mine ON mine.chat_id = m.chat_id AND mine.user_id = $<viewerId>
  JOIN chats c ON c.id = m.chat_id AND c.deleted_at IS NULL
 WHERE ${VISIBLE}`

const BY_IDS = `SELECT ${MESSAGE_COLUMNS} ${VISIBLE_MESSAGES} AND m.id = ANY ($<ids>::uuid[])`

// For services, and for answers about what one has just changed: no viewer, nothing left out.
const RAW_BY_IDS = `
  SELECT ${MESSAGE_COLUMNS} FROM messages m
   WHERE m.chat_id = $<chatId> AND m.id = ANY ($<ids>::uuid[])`

const CHAT_OF = `SELECT chat_id AS "chatId" FROM messages WHERE id = $<id>`

const HISTORY = (order: 'ASC' | 'DESC') => `
  SELECT ${MESSAGE_COLUMNS} ${VISIBLE_MESSAGES}
     AND m.chat_id = $<chatId>
     AND ($<before>::bigint IS NULL OR m.seq < $<before>)
     AND ($<after>::bigint IS NULL OR m.seq > $<after>)
     AND ($<threadRootId>::uuid IS NULL OR m.thread_root_id = $<threadRootId>)
     AND ($<types>::message_type[] IS NULL OR m.type = ANY ($<types>::message_type[]))
   ORDER BY m.seq ${order} LIMIT $<limit> OFFSET $<offset>`

const COUNT = `
  SELECT count(*) ${VISIBLE_MESSAGES}
     AND m.chat_id = $<chatId>
     AND ($<threadRootId>::uuid IS NULL OR m.thread_root_id = $<threadRootId>)
     AND ($<types>::message_type[] IS NULL OR m.type = ANY ($<types>::message_type[]))`

const IS_MEMBER = `
  SELECT EXISTS (SELECT FROM chat_members m JOIN chats c ON c.id = m.chat_id AND c.deleted_at IS NULL
                  WHERE m.chat_id = $<chatId> AND m.user_id = $<viewerId>)`

const SEQ_OF = `SELECT m.seq ${VISIBLE_MESSAGES} AND m.chat_id = $<chatId> AND m.id = $<id>`

const SEQ_AT = `
  SELECT min(seq) AS seq FROM messages WHERE chat_id = $<chatId> AND created_at >= $<at>::timestamptz`

const REACTIONS = `
  SELECT message_id AS "messageId", emoji, reaction_key AS key, min(encrypted_emoji) AS encrypted,
         count(*) AS count, (array_agg(user_id ORDER BY created_at, user_id))[1:10] AS "userIds"
    FROM message_reactions WHERE chat_id = ANY ($<chatIds>::uuid[]) AND message_id = ANY ($<ids>::uuid[])
   GROUP BY message_id, reaction_key, emoji
   ORDER BY min(created_at), reaction_key`

const THREADS = `
  SELECT thread_root_id AS id, count(*) AS count FROM messages
   WHERE chat_id = ANY ($<chatIds>::uuid[]) AND thread_root_id = ANY ($<ids>::uuid[]) AND deleted_at IS NULL
   GROUP BY thread_root_id`

export type HistoryQuery = {
  chatId: string
  viewerId: string
  before: number | null
  after: number | null
  threadRootId: string | null
  types: MessageType[] | null
  limit: number
  offset: number
}

type ReactionRow = {
  messageId: string
  emoji: string | null
  key: string
  encrypted: string | null
  count: number
  userIds: string[]
}

const toSummary = (row: ReactionRow): ReactionSummary => ({
  ...(row.emoji === null ? { emojiTag: row.key } : { emoji: row.emoji }),
  ...(row.encrypted === null ? {} : { encryptedEmoji: row.encrypted }),
  count: row.count,
  userIds: row.userIds,
})

/** Reads messages; what a viewer may not see is not there. */
export function messageStore(sql: Sql) {
  return {
    byIds: (viewerId: string, ids: readonly string[]): Promise<MessageRow[]> =>
      sql.any<MessageRow>(BY_IDS, { viewerId, ids }),

    rawByIds: (chatId: string, ids: readonly string[]): Promise<MessageRow[]> =>
      sql.any<MessageRow>(RAW_BY_IDS, { chatId, ids }),

    chatOf: async (id: string): Promise<string | undefined> =>
      (await sql.oneOrNone<{ chatId: string }>(CHAT_OF, { id }))?.chatId,

    history: (query: HistoryQuery, order: 'ASC' | 'DESC'): Promise<MessageRow[]> =>
      sql.any<MessageRow>(HISTORY(order), query),

    count: (query: Pick<HistoryQuery, 'chatId' | 'viewerId' | 'threadRootId' | 'types'>) =>
      sql.one(COUNT, query, (row: { count: number }) => row.count),

    isMember: (chatId: string, viewerId: string): Promise<boolean> =>
      sql.one(IS_MEMBER, { chatId, viewerId }, (row: { exists: boolean }) => row.exists),

    seqOf: async (of: {
      chatId: string
      viewerId: string
      id: string
    }): Promise<number | undefined> => (await sql.oneOrNone<{ seq: number }>(SEQ_OF, of))?.seq,

    /** Position of the first message at or after a time. */
    seqAt: (of: { chatId: string; at: string }): Promise<number | undefined> =>
      sql.one(SEQ_AT, of, (row: { seq: number | null }) => row.seq ?? undefined),

    async reactions(of: {
      chatIds: readonly string[]
      ids: readonly string[]
    }): Promise<Map<string, ReactionSummary[]>> {
      const byMessage = new Map<string, ReactionSummary[]>()
      for (const row of await sql.any<ReactionRow>(REACTIONS, of)) {
        const known = byMessage.get(row.messageId) ?? []
        byMessage.set(row.messageId, [...known, toSummary(row)])
      }
      return byMessage
    },

    async threadCounts(of: {
      chatIds: readonly string[]
      ids: readonly string[]
    }): Promise<Map<string, number>> {
      const rows = await sql.any<{ id: string; count: number }>(THREADS, of)
      return new Map(rows.map(({ id, count }) => [id, count]))
    },
  }
}
