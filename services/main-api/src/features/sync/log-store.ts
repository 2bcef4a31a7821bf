import type { Sql } from '@sup/service-kit/postgres'
import type { LogKind } from '@sup/types'

/** An entry of the log, of either half. */
export type LogRow = {
  seq: number
  kind: LogKind
  entryId: string
  at: string
  actorId: string | null
  messageId: string | null
  data: Record<string, unknown> | null
  salt: Buffer | null
  hash: Buffer
  hiddenFor: string[] | null
  /** The viewer has deleted the message for themselves. */
  isHidden: boolean
}

const LOG = `
  SELECT l.*, EXISTS (SELECT FROM message_hides h
                       WHERE h.user_id = $<viewerId>::uuid AND h.chat_id = $<chatId>
                         AND h.message_id = l."messageId") AS "isHidden"
    FROM (
      SELECT seq, 'message' AS kind, id AS "entryId", created_at AS at, sender_id AS "actorId",
             id AS "messageId", NULL::jsonb AS data, salt, hash, hidden_for AS "hiddenFor"
        FROM messages WHERE chat_id = $<chatId> AND seq > $<after>
      UNION ALL
      SELECT e.seq, e.kind, e.id, e.at, e.actor_id, e.message_id, e.data, e.salt, e.hash, m.hidden_for
        FROM chat_entries e
        LEFT JOIN messages m ON m.chat_id = e.chat_id AND m.id = e.message_id
       WHERE e.chat_id = $<chatId> AND e.seq > $<after>
    ) l
   ORDER BY l.seq LIMIT $<limit>`

const DIGEST = `
  SELECT digest FROM messages WHERE chat_id = $<chatId> AND seq = $<seq>
  UNION ALL
  SELECT digest FROM chat_entries WHERE chat_id = $<chatId> AND seq = $<seq>`

// Entries are committed in the order of their numbers. What an earlier round could not see therefore lies
// above everything that was committed below its horizon.
const KNOWN_UP_TO = `
  SELECT greatest(
    (SELECT seq FROM messages WHERE chat_id = $<chatId> AND xid < $<horizon>::xid8 ORDER BY seq DESC LIMIT 1),
    (SELECT seq FROM chat_entries WHERE chat_id = $<chatId> AND xid < $<horizon>::xid8 ORDER BY seq DESC LIMIT 1)
  ) AS seq`

const HEAD = `
  SELECT last_seq AS seq, head_digest AS digest FROM chats WHERE id = $<chatId> AND deleted_at IS NULL`

/** Reads the log of a chat. */
export function logStore(sql: Sql) {
  return {
    /** Entries after a position, ascending; `viewerId` null for services. */
    read: (query: {
      chatId: string
      viewerId: string | null
      after: number
      limit: number
    }): Promise<LogRow[]> => sql.any<LogRow>(LOG, query),

    /** The digest at a position; 32 zero bytes at 0. */
    async digestAt(chatId: string, seq: number): Promise<Buffer> {
      const row = await sql.oneOrNone<{ digest: Buffer }>(DIGEST, { chatId, seq })
      return row?.digest ?? Buffer.alloc(32)
    },

    /** Up to which position a client knows the log, whose last round had this horizon. */
    async knownUpTo(chatId: string, horizon: string): Promise<number> {
      const row = await sql.one<{ seq: number | null }>(KNOWN_UP_TO, { chatId, horizon })
      return row.seq ?? 0
    },

    head: (chatId: string): Promise<{ seq: number; digest: Buffer } | null> =>
      sql.oneOrNone<{ seq: number; digest: Buffer }>(HEAD, { chatId }),
  }
}
