import type { Sql } from '@sup/service-kit/postgres'
import { LIMITS, type Membership } from '@sup/types'

const EPOCH = `SELECT log_epoch AS epoch FROM server_state`

const PERSON = `
  SELECT privacy_typing AS "typingVisible", privacy_read_receipts AS "receiptsVisible"
    FROM users WHERE id = $<userId> AND deleted_at IS NULL`

const MEMBERSHIPS = `
  SELECT m.chat_id AS "chatId", c.last_seq AS seq, m.base_seq AS "baseSeq", c.type,
         c.member_count AS "memberCount", r.permissions @> '{message.send}' AS "canType",
         coalesce(d.delivered_seq, 0) AS "deliveredSeq", m.last_read_seq AS "lastReadSeq"
    FROM chat_members m
    JOIN chats c ON c.id = m.chat_id AND c.deleted_at IS NULL
    JOIN chat_roles r ON r.id = m.role_id
    LEFT JOIN chat_device_marks d ON d.chat_id = m.chat_id AND d.device_id = $<deviceId>::uuid
   WHERE m.user_id = $<userId>
   ORDER BY c.last_activity_at DESC, c.id`

const HEADS = `SELECT id, last_seq AS seq FROM chats WHERE id = ANY ($<ids>::uuid[]) AND deleted_at IS NULL`

// Presence is for people who share a direct chat or a small group, and for those who have the account as a
// contact; hidden by the account's own setting, by a block in either direction, and from whom hides theirs.
const AUDIENCE = `
  SELECT o.id
    FROM users o JOIN users u ON u.id = $<userId>
   WHERE o.id IN (
           SELECT other.user_id FROM chat_members mine
             JOIN chats c ON c.id = mine.chat_id AND c.deleted_at IS NULL AND c.type <> 'channel'
                         AND c.member_count <= ${String(LIMITS.membersWithReceipts)}
             JOIN chat_members other ON other.chat_id = mine.chat_id AND other.user_id <> mine.user_id
            WHERE mine.user_id = $<userId>
            UNION SELECT user_id FROM contacts WHERE contact_id = $<userId>)
     AND o.deleted_at IS NULL AND o.privacy_presence <> 'nobody'
     AND (u.privacy_presence = 'everyone'
          OR (u.privacy_presence = 'contacts'
              AND EXISTS (SELECT FROM contacts k WHERE k.user_id = u.id AND k.contact_id = o.id)))
     AND (o.privacy_presence = 'everyone'
          OR EXISTS (SELECT FROM contacts k WHERE k.user_id = o.id AND k.contact_id = u.id))
     AND NOT EXISTS (SELECT FROM blocked_users b
                      WHERE (b.user_id = u.id AND b.blocked_id = o.id)
                         OR (b.user_id = o.id AND b.blocked_id = u.id))
     AND ($<after>::uuid IS NULL OR o.id > $<after>::uuid)
   ORDER BY o.id LIMIT $<limit>`

const MEMBERS = `
  SELECT user_id AS id FROM chat_members WHERE chat_id = $<chatId>
     AND ($<after>::uuid IS NULL OR user_id > $<after>::uuid)
   ORDER BY user_id LIMIT $<limit>`

const HIDDEN_PAIRS = `
  SELECT b.user_id AS blocker, b.blocked_id AS blocked
    FROM blocked_users b
    JOIN chat_members m ON m.chat_id = $<chatId> AND m.user_id = b.user_id
    JOIN chat_members n ON n.chat_id = $<chatId> AND n.user_id = b.blocked_id`

const CHAT_VERSION = `
  SELECT device_version AS version FROM chats WHERE id = $<chatId> AND deleted_at IS NULL`

// Changes whenever one of the user's memberships, contacts or blocks may have: the newest that touched one.
const USER_VERSION = `
  SELECT coalesce(max(xid)::text, '0') AS version FROM session_revocations
   WHERE user_id = $<userId> AND kind IN ('membership', 'audience')`

/** What websocket nodes read about people and chats. */
export function nodeStore(sql: Sql) {
  return {
    epoch: (): Promise<string> => sql.one(EPOCH, [], (row: { epoch: string }) => row.epoch),

    person: (
      userId: string,
    ): Promise<{ typingVisible: boolean; receiptsVisible: boolean } | null> =>
      sql.oneOrNone<{ typingVisible: boolean; receiptsVisible: boolean }>(PERSON, { userId }),

    memberships: (userId: string, deviceId: string | undefined): Promise<Membership[]> =>
      sql.any<Membership>(MEMBERSHIPS, { userId, deviceId: deviceId ?? null }),

    async heads(ids: readonly string[]): Promise<Record<string, number>> {
      const rows = await sql.any<{ id: string; seq: number }>(HEADS, { ids })
      return Object.fromEntries(rows.map(({ id, seq }) => [id, seq]))
    },

    async audience(query: { userId: string; after: string | null; limit: number }) {
      const rows = await sql.any<{ id: string }>(AUDIENCE, query)
      return rows.map(({ id }) => id)
    },

    async members(query: { chatId: string; after: string | null; limit: number }) {
      const rows = await sql.any<{ id: string }>(MEMBERS, query)
      return rows.map(({ id }) => id)
    },

    async hiddenPairs(chatId: string): Promise<[string, string][]> {
      const rows = await sql.any<{ blocker: string; blocked: string }>(HIDDEN_PAIRS, { chatId })
      return rows.map(({ blocker, blocked }) => [blocker, blocked])
    },

    chatVersion: async (chatId: string): Promise<number | undefined> =>
      (await sql.oneOrNone<{ version: number }>(CHAT_VERSION, { chatId }))?.version,

    userVersion: (userId: string): Promise<string> =>
      sql.one(USER_VERSION, { userId }, (row: { version: string }) => row.version),
  }
}
