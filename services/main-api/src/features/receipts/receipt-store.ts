import type { Sql } from '@sup/service-kit/postgres'
import { type ChatType, LIMITS, type MarkedMessage, type ReceiptItem } from '@sup/types'

/** A member's marks before and after a move. */
export type MovedMark = {
  chatId: string
  userId: string
  type: ChatType
  memberCount: number
  oldDelivered: number
  oldRead: number
  deliveredSeq: number
  lastReadSeq: number
  hasRead: boolean
  showsReads: boolean
  at: string
}

const ITEMS = `
  SELECT * FROM jsonb_to_recordset($<items>::jsonb) AS i (
    "userId" uuid, "deviceId" uuid, "chatId" uuid, "deliveredSeq" bigint, "readSeq" bigint, at timestamptz)`

// Rows are locked in one order, and read as the lock finds them; the marks only grow, and never past the head.
const MOVE = `
  WITH item AS (${ITEMS}), wanted AS (
    SELECT "chatId" AS chat_id, "userId" AS user_id, max(at) AS at, count("readSeq") > 0 AS has_read,
           max(greatest(coalesce("deliveredSeq", 0), coalesce("readSeq", 0))) AS delivered,
           max(coalesce("readSeq", 0)) AS read
      FROM item GROUP BY 1, 2
  ), old AS (
    SELECT m.chat_id, m.user_id, m.delivered_seq, m.last_read_seq, w.at, w.has_read, c.type,
           c.member_count, u.privacy_read_receipts AS shows_reads,
           greatest(m.delivered_seq, least(w.delivered, c.last_seq)) AS new_delivered,
           greatest(m.last_read_seq, least(w.read, c.last_seq)) AS new_read
      FROM wanted w
      JOIN chat_members m ON m.chat_id = w.chat_id AND m.user_id = w.user_id
      JOIN chats c ON c.id = m.chat_id AND c.deleted_at IS NULL
      JOIN users u ON u.id = m.user_id
     ORDER BY m.chat_id, m.user_id
       FOR UPDATE OF m
  ), moved AS (
    UPDATE chat_members m
       SET delivered_seq = greatest(m.delivered_seq, old.new_delivered),
           last_read_seq = greatest(m.last_read_seq, old.new_read),
           marked_unread = m.marked_unread AND NOT old.has_read,
           marks_at = old.at, marks_xid = pg_current_xact_id()
      FROM old
     WHERE m.chat_id = old.chat_id AND m.user_id = old.user_id
       AND (old.new_delivered > old.delivered_seq OR old.new_read > old.last_read_seq OR old.has_read)
  ), devices AS (
    INSERT INTO chat_device_marks AS d (chat_id, device_id, user_id, delivered_seq)
    SELECT i."chatId", i."deviceId", i."userId", max(least(i."deliveredSeq", old.new_delivered))
      FROM item i
      JOIN old ON old.chat_id = i."chatId" AND old.user_id = i."userId"
      JOIN user_devices known ON known.id = i."deviceId" AND known.user_id = i."userId"
     WHERE i."deliveredSeq" IS NOT NULL
     GROUP BY 1, 2, 3 ORDER BY 1, 2
    ON CONFLICT (chat_id, device_id)
      DO UPDATE SET delivered_seq = greatest(d.delivered_seq, excluded.delivered_seq)
  )
  SELECT chat_id AS "chatId", user_id AS "userId", type, member_count AS "memberCount",
         delivered_seq AS "oldDelivered", last_read_seq AS "oldRead", new_delivered AS "deliveredSeq",
         new_read AS "lastReadSeq", has_read AS "hasRead", shows_reads AS "showsReads", at
    FROM old`

const MOVED = `
  SELECT * FROM jsonb_to_recordset($<moves>::jsonb) AS i (
    "chatId" uuid, "userId" uuid, kind text, seq bigint, at timestamptz)`

// Moves within a second stand as the last of them.
const FORGET_RECENT = `
  DELETE FROM message_recipients r USING (${MOVED}) i
   WHERE r.chat_id = i."chatId" AND r.user_id = i."userId" AND r.kind = i.kind
     AND r.seq < i.seq AND r.at > i.at - interval '1 second'`

const RECORD = `
  INSERT INTO message_recipients (chat_id, user_id, kind, seq, at)
  SELECT "chatId", "userId", kind, seq, at FROM (${MOVED}) i
  ON CONFLICT DO NOTHING`

const PASSED = `
  SELECT i."chatId", i."userId", i.kind, m.id AS "messageId", m.sender_id AS "senderId"
    FROM jsonb_to_recordset($<ranges>::jsonb) AS i (
           "chatId" uuid, "userId" uuid, kind text, after bigint, upto bigint, "limit" integer)
    CROSS JOIN LATERAL (
      SELECT id, sender_id, seq FROM messages n
       WHERE n.chat_id = i."chatId" AND n.seq > i.after AND n.seq <= i.upto
         AND n.sender_id <> i."userId" AND n.deleted_at IS NULL
         AND NOT coalesce(i."userId" = ANY (n.hidden_for), false)
       ORDER BY n.seq DESC LIMIT i."limit") m
   ORDER BY m.seq`

const RECEIPTS = `
  SELECT m.user_id AS "userId", delivered.at AS "deliveredAt",
         CASE WHEN u.privacy_read_receipts AND mine.privacy_read_receipts THEN read.at END AS "readAt"
    FROM chat_members m
    JOIN users u ON u.id = m.user_id
    JOIN users mine ON mine.id = $<senderId>
    LEFT JOIN LATERAL (
      SELECT min(at) AS at FROM message_recipients r
       WHERE r.chat_id = m.chat_id AND r.user_id = m.user_id AND r.kind = 'delivered' AND r.seq >= $<seq>
    ) delivered ON true
    LEFT JOIN LATERAL (
      SELECT min(at) AS at FROM message_recipients r
       WHERE r.chat_id = m.chat_id AND r.user_id = m.user_id AND r.kind = 'read' AND r.seq >= $<seq>
    ) read ON true
   WHERE m.chat_id = $<chatId> AND m.user_id <> $<senderId> AND m.base_seq < $<seq>
     AND NOT coalesce(m.user_id = ANY ($<hiddenFor>::uuid[]), false)
   ORDER BY m.joined_at, m.user_id`

const CHAT_SIZE = `SELECT type, member_count AS "memberCount" FROM chats WHERE id = $<chatId>`

export type MarkRange = {
  chatId: string
  userId: string
  kind: 'delivered' | 'read'
  after: number
  upto: number
  limit: number
}

export type MarkMove = { chatId: string; userId: string; kind: string; seq: number; at: string }

export type ReceiptRow = { userId: string; deliveredAt: string | null; readAt: string | null }

/** Delivery and read marks: they only grow. */
export function receiptStore(sql: Sql) {
  return {
    /** Moves marks; chats that a person is not in are left out. */
    move: (items: readonly ReceiptItem[]): Promise<MovedMark[]> =>
      sql.any<MovedMark>(MOVE, { items: JSON.stringify(items) }),

    /** Remembers when marks moved, coalesced to one a second. */
    async record(moves: readonly MarkMove[]): Promise<void> {
      if (moves.length === 0) return
      const values = { moves: JSON.stringify(moves) }
      await sql.none(FORGET_RECENT, values)
      await sql.none(RECORD, values)
    },

    /** Messages of others that marks have passed, oldest first. */
    passed: (
      ranges: readonly MarkRange[],
    ): Promise<(MarkedMessage & Pick<MarkRange, 'chatId' | 'userId' | 'kind'>)[]> =>
      ranges.length === 0
        ? Promise.resolve([])
        : sql.any(PASSED, { ranges: JSON.stringify(ranges) }),

    receipts: (of: {
      chatId: string
      senderId: string
      seq: number
      hiddenFor: readonly string[]
    }): Promise<ReceiptRow[]> => sql.any<ReceiptRow>(RECEIPTS, of),

    chatSize: (chatId: string): Promise<{ type: ChatType; memberCount: number }> =>
      sql.one<{ type: ChatType; memberCount: number }>(CHAT_SIZE, { chatId }),
  }
}

/** Whether single people's marks are shown in a chat. */
export const showsMarks = (chat: { type: ChatType; memberCount: number }): boolean =>
  chat.type !== 'channel' && chat.memberCount <= LIMITS.membersWithReceipts
