import type { Sql } from '@sup/service-kit/postgres'
import type { Recipient } from './mail-store.js'

// One digest a day or a week, by days of UTC: what runs twice, or late, sends none twice.
const IS_DUE = `
  p.email_enabled AND p.email_digest <> 'off'
  AND (p.digest_sent_at IS NULL
       OR (p.digest_sent_at AT TIME ZONE 'UTC')::date
          <= ($<at>::timestamptz AT TIME ZONE 'UTC')::date - CASE p.email_digest WHEN 'daily' THEN 1 ELSE 7 END)
  AND u.email_verified AND u.deleted_at IS NULL AND u.suspended_at IS NULL`

const DUE = `
  SELECT p.user_id AS "userId"
    FROM notification_preferences p JOIN users u ON u.id = p.user_id
   WHERE ${IS_DUE}
   ORDER BY p.digest_sent_at NULLS FIRST, p.user_id
   LIMIT $<limit>`

// The row is locked and looked at again: of two runs at once the second finds nothing due.
const CLAIM = `
  WITH due AS (
    SELECT p.user_id, p.digest_sent_at, p.email_digest
      FROM notification_preferences p JOIN users u ON u.id = p.user_id
     WHERE p.user_id = $<userId> AND ${IS_DUE}
       FOR UPDATE OF p
  ), marked AS (
    UPDATE notification_preferences p SET digest_sent_at = $<at> FROM due WHERE p.user_id = due.user_id
  )
  SELECT u.id AS "userId", u.email AS to, u.display_name AS name, coalesce(u.locale, 'en') AS locale,
         coalesce(due.digest_sent_at,
                  $<at>::timestamptz - CASE due.email_digest WHEN 'daily' THEN 1 ELSE 7 END * interval '1 day') AS since
    FROM due JOIN users u ON u.id = due.user_id`

const MOST_COUNTED = 999

// What is unread and came since the last digest, in chats that the account wants to hear of. Nothing is read of an
// end-to-end encrypted chat but that there is something.
const MISSED = `
  SELECT CASE c.encryption WHEN 'managed' THEN coalesce(c.name, peer.display_name, '') END AS name,
         c.encryption = 'e2ee' AS "isEncrypted", unread.count AS unread
    FROM chat_members m
    JOIN chats c ON c.id = m.chat_id AND c.deleted_at IS NULL AND c.last_activity_at > $<since>
    LEFT JOIN LATERAL (
      SELECT o.display_name FROM chat_members other JOIN users o ON o.id = other.user_id
       WHERE c.type = 'direct' AND other.chat_id = c.id AND other.user_id <> m.user_id LIMIT 1) peer ON true
    CROSS JOIN LATERAL (
      SELECT count(*) FROM (
        SELECT FROM messages n
         WHERE n.chat_id = c.id AND n.seq > greatest(m.last_read_seq, m.base_seq) AND n.sender_id <> m.user_id
           AND n.created_at > $<since> AND n.deleted_at IS NULL
           AND NOT coalesce(m.user_id = ANY (n.hidden_for), false)
           AND NOT EXISTS (SELECT FROM message_hides h
                            WHERE h.user_id = m.user_id AND h.chat_id = n.chat_id AND h.message_id = n.id)
           AND (m.notification_level = 'all'
                OR n.mentions = '"all"' OR n.mentions @> to_jsonb(m.user_id::text))
         ORDER BY n.seq DESC LIMIT ${String(MOST_COUNTED)}) unread_rows) unread
   WHERE m.user_id = $<userId> AND NOT m.archived AND NOT m.hidden AND m.notification_level <> 'none'
     AND (m.notifications_off_until IS NULL OR m.notifications_off_until <= $<at>)
     AND unread.count > 0
   ORDER BY unread.count DESC, c.last_activity_at DESC, c.id`

export type MissedChat = { name: string | null; isEncrypted: boolean; unread: number }

/** Who wants a digest, and what they missed. */
export function digestStore(sql: Sql) {
  return {
    due: async (at: string, limit: number): Promise<string[]> =>
      (await sql.any<{ userId: string }>(DUE, { at, limit })).map(({ userId }) => userId),

    /** Marks the digest of an account as made. @returns Null when it is not due, or no longer. */
    claim: (userId: string, at: string) =>
      sql.oneOrNone<Recipient & { since: string }>(CLAIM, { userId, at }),

    missed: (query: { userId: string; since: string; at: string }) =>
      sql.any<MissedChat>(MISSED, query),
  }
}
