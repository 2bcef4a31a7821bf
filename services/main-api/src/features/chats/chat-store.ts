import type { Sql } from '@sup/service-kit/postgres'
import { type ChatType, LIMITS } from '@sup/types'
import type { ChatRow, MemberRow } from './chat-row.js'

/** Whose view of a chat is read: marks of delivery are those of the device. */
export type Viewer = { userId: string; deviceId?: string | undefined }

const MAX_COUNT = 999

// A message of somebody else that counts as unread for the member `m`.
const unreadOf = (user: string) => `
  FROM messages n
 WHERE n.chat_id = c.id AND n.seq > greatest(m.last_read_seq, m.base_seq) AND n.sender_id <> ${user}
   AND n.deleted_at IS NULL AND NOT coalesce(${user} = ANY (n.hidden_for), false)
   AND NOT EXISTS (SELECT FROM message_hides h
                    WHERE h.user_id = ${user} AND h.chat_id = n.chat_id AND h.message_id = n.id)`
const UNREAD = unreadOf('$<userId>::uuid')

const CHATS = `
  SELECT c.id, c.type, c.name, c.description, c.avatar_url AS "avatarUrl", c.is_public AS "isPublic",
         c.encryption, c.created_by AS "createdBy", c.created_at AS "createdAt",
         c.updated_at AS "updatedAt", c.member_count AS "memberCount", c.last_seq AS "lastSeq",
         c.head_digest AS "headDigest", c.disappearing_seconds AS "disappearingSeconds",
         c.slow_mode_seconds AS "slowModeSeconds", c.history_visibility AS "historyVisibility",
         c.join_mode AS "joinMode", peer.id AS "peerId", newest.id AS "lastMessageId",
         others.delivered AS "deliveredToAll", others.read AS "readByAll",
         m.role_id AS "roleId", r.name AS "roleName", r.permissions, m.joined_at AS "joinedAt",
         m.base_seq AS "baseSeq", m.base_digest AS "baseDigest", m.last_read_seq AS "lastReadSeq",
         coalesce(d.delivered_seq, 0) AS "deliveredSeq", unread.count AS "unreadCount",
         mentioned.count AS "mentionCount", m.archived, m.pinned_at IS NOT NULL AS pinned,
         m.notifications_off_until AS "notificationsOffUntil",
         m.notification_level AS "notificationLevel", m.marked_unread AS "markedUnread"
    FROM chats c
    LEFT JOIN chat_members m ON m.chat_id = c.id AND m.user_id = $<userId>
    LEFT JOIN chat_roles r ON r.id = m.role_id
    LEFT JOIN chat_device_marks d ON d.chat_id = c.id AND d.device_id = $<deviceId>::uuid
    LEFT JOIN LATERAL (
      SELECT o.user_id AS id FROM chat_members o
       WHERE c.type = 'direct' AND o.chat_id = c.id AND o.user_id <> $<userId>) peer ON true
    LEFT JOIN LATERAL (
      SELECT n.id FROM messages n
       WHERE n.chat_id = c.id AND n.seq > m.base_seq
         AND NOT coalesce($<userId>::uuid = ANY (n.hidden_for), false)
         AND NOT EXISTS (SELECT FROM message_hides h
                          WHERE h.user_id = $<userId> AND h.chat_id = n.chat_id AND h.message_id = n.id)
       ORDER BY n.seq DESC LIMIT 1) newest ON true
    LEFT JOIN LATERAL (
      SELECT min(o.delivered_seq) AS delivered,
             CASE WHEN bool_and(ou.privacy_read_receipts) AND bool_and(mu.privacy_read_receipts)
                  THEN min(o.last_read_seq) END AS read
        FROM chat_members o JOIN users ou ON ou.id = o.user_id JOIN users mu ON mu.id = $<userId>
       WHERE o.chat_id = c.id AND o.user_id <> $<userId> AND c.type <> 'channel'
         AND c.member_count <= ${String(LIMITS.membersWithReceipts)}) others ON true
    LEFT JOIN LATERAL (
      SELECT count(*) FROM (SELECT 1 ${UNREAD} LIMIT ${String(MAX_COUNT)}) unread_rows) unread ON true
    LEFT JOIN LATERAL (
      SELECT count(*) FROM (
        SELECT 1 ${UNREAD}
           AND n.mentions IS NOT NULL
           AND (n.mentions = '"all"' OR n.mentions @> to_jsonb($<userId>::text))
         LIMIT ${String(MAX_COUNT)}) mentioned_rows) mentioned ON true
   WHERE c.id = ANY ($<ids>::uuid[]) AND c.deleted_at IS NULL
     AND (m.user_id IS NOT NULL OR c.is_public)`

const LISTED = `
  FROM chat_members m JOIN chats c ON c.id = m.chat_id AND c.deleted_at IS NULL
 WHERE m.user_id = $<userId> AND NOT (m.hidden AND c.last_seq <= m.base_seq)`

const LIST = `
  SELECT c.id ${LISTED} AND m.archived = $<archived> AND ($<type>::chat_type IS NULL OR c.type = $<type>)
   ORDER BY m.pinned_at IS NULL, c.last_activity_at DESC, c.id LIMIT $<limit> OFFSET $<offset>`

const COUNT = `
  SELECT count(*) ${LISTED} AND m.archived = $<archived> AND ($<type>::chat_type IS NULL OR c.type = $<type>)`

const COUNTS = `NOT m.archived
     AND (m.notifications_off_until IS NULL OR m.notifications_off_until <= $<now>::timestamptz)`

const COUNTED = `
  SELECT c.id ${LISTED} AND ${COUNTS}`

// Messages of the same chats, for many accounts at once.
const UNREAD_TOTALS = `
  SELECT m.user_id AS "userId", sum(unread.count)::integer AS messages
    FROM chat_members m
    JOIN chats c ON c.id = m.chat_id AND c.deleted_at IS NULL AND c.last_seq > greatest(m.last_read_seq, m.base_seq)
   CROSS JOIN LATERAL (
     SELECT count(*) FROM (SELECT 1 ${unreadOf('m.user_id')} LIMIT ${String(MAX_COUNT)}) unread_rows) unread
   WHERE m.user_id = ANY ($<userIds>::uuid[]) AND ${COUNTS}
   GROUP BY m.user_id`

const COUNT_OF_ACCOUNT = `SELECT count(*) FROM chat_members WHERE user_id = $<userId>`

const DIRECT = `SELECT id FROM chats WHERE direct_key = $<key> AND deleted_at IS NULL`

type FlatRow = Omit<ChatRow, 'my'> & { [K in keyof MemberRow]: MemberRow[K] | null }

const toRow = (row: FlatRow): ChatRow =>
  // A parsing border: the member's columns are null together, or not at all.
  ({ ...row, my: row.roleId === null ? null : (row as unknown as MemberRow) })

/** Reads chats as their viewers see them. */
export function chatStore(sql: Sql) {
  return {
    async read({ userId, deviceId }: Viewer, ids: readonly string[]): Promise<ChatRow[]> {
      const rows = await sql.any<FlatRow>(CHATS, { userId, deviceId: deviceId ?? null, ids })
      return rows.map(toRow)
    },

    list: async (query: {
      userId: string
      archived: boolean
      type: ChatType | null
      limit: number
      offset: number
    }): Promise<string[]> => (await sql.any<{ id: string }>(LIST, query)).map((row) => row.id),

    count: (query: { userId: string; archived: boolean; type: ChatType | null }): Promise<number> =>
      sql.one(COUNT, query, (row: { count: number }) => row.count),

    /** Chats that count for the unread total. */
    counted: async (query: { userId: string; now: Date }): Promise<string[]> =>
      (await sql.any<{ id: string }>(COUNTED, query)).map((row) => row.id),

    /** Unread messages of accounts over the chats that count; who has none is left out. */
    unreadTotals: async (query: {
      userIds: readonly string[]
      now: Date
    }): Promise<Map<string, number>> => {
      if (query.userIds.length === 0) return new Map()
      const rows = await sql.any<{ userId: string; messages: number }>(UNREAD_TOTALS, query)
      return new Map(rows.map(({ userId, messages }) => [userId, messages]))
    },

    countOfAccount: (userId: string): Promise<number> =>
      sql.one(COUNT_OF_ACCOUNT, { userId }, (row: { count: number }) => row.count),

    findDirect: async (key: string): Promise<string | undefined> =>
      (await sql.oneOrNone<{ id: string }>(DIRECT, { key }))?.id,
  }
}
