import type { Sql } from '@sup/service-kit/postgres'
import type { MessageType, PushProvider } from '@sup/types'

/** A device with a token whose owner may be told of messages, and all that decides whether. */
export type Candidate = {
  tokenId: string
  userId: string
  deviceId: string
  provider: PushProvider
  platform: 'android' | 'ios' | 'web'
  token: Buffer
  tokenHash: Buffer
  pushEnabled: boolean
  showSender: boolean
  sound: boolean
  mutedUntil: string | null
  quietFrom: string | null
  quietTo: string | null
  timeZone: string | null
}

export type MemberCandidate = Candidate & {
  offUntil: string | null
  level: 'all' | 'mentions' | 'none'
  lastReadSeq: number
  deliveredSeq: number
  /** The newest message of others that this person sees; of those that are not silent; that mention them. */
  anySeq: number
  loudSeq: number | null
  mentionSeq: number | null
}

/** What a push may say of a message. */
export type SaidMessage = {
  id: string
  seq: number
  type: MessageType
  content: string | null
  senderName: string
}

export type PushChat = {
  type: 'direct' | 'group' | 'channel'
  name: string | null
  encrypted: boolean
}

// Who asks for pushes: a token whose session lives and whose account is not closed.
const DEVICE = `
  p.id AS "tokenId", p.user_id AS "userId", p.device_id AS "deviceId", p.provider, p.platform, p.token,
  p.token_hash AS "tokenHash", coalesce(f.push_enabled, true) AS "pushEnabled",
  coalesce(f.show_sender, true) AS "showSender", coalesce(f.sound, true) AS sound,
  f.muted_until AS "mutedUntil", to_char(f.quiet_from, 'HH24:MI') AS "quietFrom",
  to_char(f.quiet_to, 'HH24:MI') AS "quietTo", f.time_zone AS "timeZone"`

const LIVE = `
  JOIN sessions s ON s.id = p.session_id AND s.revoked_at IS NULL AND s.expires_at > $<now>
  JOIN users u ON u.id = p.user_id AND u.deleted_at IS NULL AND u.suspended_at IS NULL
  LEFT JOIN notification_preferences f ON f.user_id = p.user_id`

const CHAT = `
  SELECT type, name, encryption = 'e2ee' AS encrypted FROM chats WHERE id = $<chatId> AND deleted_at IS NULL`

const CANDIDATES = `
  SELECT ${DEVICE}, m.notifications_off_until AS "offUntil", m.notification_level AS level,
         m.last_read_seq AS "lastReadSeq", coalesce(d.delivered_seq, 0) AS "deliveredSeq",
         said.any_seq AS "anySeq", said.loud_seq AS "loudSeq", said.mention_seq AS "mentionSeq"
    FROM chat_members m
    JOIN push_tokens p ON p.user_id = m.user_id
    ${LIVE}
    LEFT JOIN chat_device_marks d ON d.chat_id = m.chat_id AND d.device_id = p.device_id
   CROSS JOIN LATERAL (
     SELECT max(n.seq) AS any_seq, max(n.seq) FILTER (WHERE NOT n.silent) AS loud_seq,
            max(n.seq) FILTER (WHERE NOT n.silent AND (n.mentions = '"all"' OR n.mentions @> to_jsonb(m.user_id::text)))
              AS mention_seq
       FROM messages n
      WHERE n.chat_id = m.chat_id AND n.seq BETWEEN greatest($<fromSeq>, m.base_seq + 1) AND $<toSeq>
        AND n.sender_id <> m.user_id AND n.deleted_at IS NULL
        AND (n.expires_at IS NULL OR n.expires_at > $<now>)
        AND NOT coalesce(m.user_id = ANY (n.hidden_for), false)
        AND NOT EXISTS (SELECT FROM message_hides h
                         WHERE h.user_id = m.user_id AND h.chat_id = n.chat_id AND h.message_id = n.id)) said
   WHERE m.chat_id = $<chatId> AND said.any_seq IS NOT NULL
     AND ($<after>::uuid IS NULL OR p.device_id > $<after>)
   ORDER BY p.device_id LIMIT $<limit>`

const SAID = `
  SELECT n.id, n.seq, n.type, n.content, u.display_name AS "senderName"
    FROM messages n JOIN users u ON u.id = n.sender_id
   WHERE n.chat_id = $<chatId> AND n.seq = ANY ($<seqs>::bigint[])`

const DEVICES = `SELECT ${DEVICE} FROM push_tokens p ${LIVE} WHERE p.user_id = $<userId> ORDER BY p.device_id`

const READ_SEQ = `SELECT last_read_seq AS seq FROM chat_members WHERE chat_id = $<chatId> AND user_id = $<userId>`

/** What decides who is pushed what. */
export function targetStore(sql: Sql) {
  return {
    /** Null when the chat is gone. */
    chat: (chatId: string): Promise<PushChat | null> => sql.oneOrNone<PushChat>(CHAT, { chatId }),

    /** Devices of members to whom something was said in these positions, in the order of their ids. */
    candidates: (query: {
      chatId: string
      fromSeq: number
      toSeq: number
      after: string | null
      limit: number
      now: Date
    }): Promise<MemberCandidate[]> => sql.any<MemberCandidate>(CANDIDATES, query),

    said: (chatId: string, seqs: readonly number[]): Promise<SaidMessage[]> =>
      seqs.length === 0 ? Promise.resolve([]) : sql.any<SaidMessage>(SAID, { chatId, seqs }),

    devices: (userId: string, now: Date): Promise<Candidate[]> =>
      sql.any<Candidate>(DEVICES, { userId, now }),

    /** Null for somebody who is no member. */
    readSeq: async (of: { chatId: string; userId: string }): Promise<number | null> =>
      (await sql.oneOrNone<{ seq: number }>(READ_SEQ, of))?.seq ?? null,
  }
}
