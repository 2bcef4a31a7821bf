import type { Sql } from '@sup/service-kit/postgres'
import { LIMITS, type ReceiptChange } from '@sup/types'

/** A chat with something new for a member since a horizon. */
export type ChangedChat = {
  chatId: string
  lastSeq: number
  baseSeq: number
  /** The log has moved, or the membership is new. */
  hasEntries: boolean
  isNew: boolean
  hasMarks: boolean
  joinedAt: string
}

export type ActiveChat = { chatId: string; lastSeq: number; baseSeq: number; activityAt: string }

type MarkRow = {
  chatId: string
  userId: string
  deliveredSeq: number
  readSeq: number | null
  at: string
}

const EPOCH = `SELECT log_epoch AS epoch FROM server_state`

// Read before anything of the round: what is not visible to it yet has this transaction id or a later one.
const HORIZON = `SELECT pg_snapshot_xmin(pg_current_snapshot())::text AS horizon`

const CHANGED = `
  SELECT m.chat_id AS "chatId", c.last_seq AS "lastSeq", m.base_seq AS "baseSeq",
         c.log_xid >= $<horizon>::xid8 OR m.xid >= $<horizon>::xid8 AS "hasEntries",
         m.xid >= $<horizon>::xid8 AS "isNew", m.marks_xid >= $<horizon>::xid8 AS "hasMarks",
         m.joined_at AS "joinedAt"
    FROM chat_members m JOIN chats c ON c.id = m.chat_id AND c.deleted_at IS NULL
   WHERE m.user_id = $<userId> AND ($<from>::uuid IS NULL OR m.chat_id >= $<from>::uuid)
     AND (c.log_xid >= $<horizon>::xid8 OR m.xid >= $<horizon>::xid8 OR m.marks_xid >= $<horizon>::xid8)
   ORDER BY m.chat_id LIMIT $<limit>`

const ACTIVE = `
  SELECT m.chat_id AS "chatId", c.last_seq AS "lastSeq", m.base_seq AS "baseSeq",
         c.last_activity_at AS "activityAt"
    FROM chat_members m JOIN chats c ON c.id = m.chat_id AND c.deleted_at IS NULL
   WHERE m.user_id = $<userId>
     AND ($<at>::timestamptz IS NULL OR (c.last_activity_at, c.id) < ($<at>::timestamptz, $<chatId>::uuid))
   ORDER BY c.last_activity_at DESC, c.id DESC LIMIT $<limit>`

const ACCOUNT = `
  SELECT id, type, body, at, xid::text FROM account_changes
   WHERE user_id = $<userId> AND xid >= $<horizon>::xid8
     AND ($<afterXid>::xid8 IS NULL OR (xid, id) > ($<afterXid>::xid8, $<afterId>::uuid))
   ORDER BY xid, id LIMIT $<limit>`

const MARKS = `
  SELECT o.chat_id AS "chatId", o.user_id AS "userId", o.delivered_seq AS "deliveredSeq",
         CASE WHEN u.privacy_read_receipts AND me.privacy_read_receipts THEN o.last_read_seq END AS "readSeq",
         o.marks_at AS at
    FROM chat_members m
    JOIN chats c ON c.id = m.chat_id AND c.deleted_at IS NULL AND c.type <> 'channel'
                AND c.member_count <= ${String(LIMITS.membersWithReceipts)}
    JOIN chat_members o ON o.chat_id = m.chat_id AND o.user_id <> m.user_id
    JOIN users u ON u.id = o.user_id
    JOIN users me ON me.id = m.user_id
   WHERE m.user_id = $<userId> AND o.marks_at IS NOT NULL
     AND ($<horizon>::xid8 IS NULL OR o.marks_xid >= $<horizon>::xid8)
     AND ($<chatIds>::uuid[] IS NULL OR m.chat_id = ANY ($<chatIds>::uuid[]))
     AND ($<afterChat>::uuid IS NULL OR (o.chat_id, o.user_id) > ($<afterChat>::uuid, $<afterUser>::uuid))
   ORDER BY o.chat_id, o.user_id LIMIT $<limit>`

const HEADS = `
  SELECT c.id AS "chatId", c.last_seq AS seq, c.head_digest AS digest
    FROM chat_members m JOIN chats c ON c.id = m.chat_id AND c.deleted_at IS NULL
   WHERE m.user_id = $<userId> ORDER BY c.last_activity_at DESC, c.id LIMIT $<limit> OFFSET $<offset>`

const COUNT_HEADS = `
  SELECT count(*) FROM chat_members m JOIN chats c ON c.id = m.chat_id AND c.deleted_at IS NULL
   WHERE m.user_id = $<userId>`

export type StoredChange = {
  id: string
  type: string
  body: Record<string, unknown>
  at: string
  xid: string
}

/** What a sync round asks of the database. */
export function roundStore(sql: Sql) {
  return {
    epoch: (): Promise<string> => sql.one(EPOCH, [], (row: { epoch: string }) => row.epoch),

    horizon: (): Promise<string> => sql.one(HORIZON, [], (row: { horizon: string }) => row.horizon),

    changed: (query: {
      userId: string
      horizon: string
      from: string | null
      limit: number
    }): Promise<ChangedChat[]> => sql.any<ChangedChat>(CHANGED, query),

    /** Chats by activity, after a place in that order. */
    active: (query: {
      userId: string
      at: string | null
      chatId: string | null
      limit: number
    }): Promise<ActiveChat[]> => sql.any<ActiveChat>(ACTIVE, query),

    account: (query: {
      userId: string
      horizon: string
      afterXid: string | null
      afterId: string | null
      limit: number
    }): Promise<StoredChange[]> => sql.any<StoredChange>(ACCOUNT, query),

    async marks(query: {
      userId: string
      horizon: string | null
      chatIds: readonly string[] | null
      afterChat: string | null
      afterUser: string | null
      limit: number
    }): Promise<ReceiptChange[]> {
      const rows = await sql.any<MarkRow>(MARKS, query)
      return rows.map(({ readSeq, ...row }) => (readSeq === null ? row : { ...row, readSeq }))
    },

    async heads(query: { userId: string; limit: number; offset: number }) {
      const rows = await sql.any<{ chatId: string; seq: number; digest: Buffer }>(HEADS, query)
      return rows.map((row) => ({ ...row, digest: row.digest.toString('hex') }))
    },

    countHeads: (userId: string): Promise<number> =>
      sql.one(COUNT_HEADS, { userId }, (row: { count: number }) => row.count),
  }
}
