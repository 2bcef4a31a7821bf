import type { Sql } from '@sup/service-kit/postgres'
import type { Platform } from '@sup/types'

const INSERT = `
  INSERT INTO sessions (id, user_id, device_id, created_at, last_used_at, expires_at, ip, user_agent)
  VALUES ($<id>, $<userId>, $<deviceId>, $<at>, $<at>, $<expiresAt>, $<ip>, $<userAgent>)`

const INSERT_TOKEN = `
  INSERT INTO refresh_tokens (token_hash, session_id, created_at, expires_at)
  VALUES ($<tokenHash>, $<sessionId>, $<at>, $<expiresAt>)`

// Both rows are locked: of two refreshes with one token the second sees what the first did, and a session
// cannot end in between.
const LOCK_TOKEN = `
  SELECT t.used_at AS "usedAt", t.expires_at AS "expiresAt", s.id AS "sessionId", s.user_id AS "userId",
         s.device_id AS "deviceId", s.created_at AS "createdAt", s.revoked_at AS "revokedAt",
         u.suspended_at AS "suspendedAt"
    FROM refresh_tokens t JOIN sessions s ON s.id = t.session_id JOIN users u ON u.id = s.user_id
   WHERE t.token_hash = $<tokenHash> AND u.deleted_at IS NULL
     FOR UPDATE OF t, s`

const SPEND_TOKEN = `UPDATE refresh_tokens SET used_at = $<at> WHERE token_hash = $<tokenHash>`

const KNOWN_TOKENS = `
  SELECT encode(token_hash, 'hex') AS hash FROM refresh_tokens WHERE token_hash = ANY ($<hashes>::bytea[])`

const TOUCH = `
  WITH used AS (UPDATE sessions SET last_used_at = $<at>, expires_at = $<expiresAt>, ip = $<ip>
                 WHERE id = $<sessionId> RETURNING device_id)
  UPDATE user_devices d SET last_seen = $<at> FROM used WHERE d.id = used.device_id`

const REAUTHENTICATED = `UPDATE sessions SET reauthenticated_at = $<at> WHERE id = $<sessionId>`

const END = `
  UPDATE sessions SET revoked_at = $<at>
   WHERE user_id = $<userId> AND revoked_at IS NULL AND expires_at > $<at>
     AND ($<sessionId>::uuid IS NULL OR id = $<sessionId>)
     AND ($<deviceId>::uuid IS NULL OR device_id = $<deviceId>)
     AND ($<exceptSessionId>::uuid IS NULL OR id <> $<exceptSessionId>)
  RETURNING id, device_id AS "deviceId"`

const LIVE = `FROM sessions s WHERE s.user_id = $<userId> AND s.revoked_at IS NULL AND s.expires_at > $<at>`

const LIST = `
  SELECT s.id, s.device_id AS "deviceId", d.name AS "deviceName", d.platform,
         s.created_at AS "createdAt", s.last_used_at AS "lastUsedAt", s.expires_at AS "expiresAt", s.ip,
         s.user_agent AS "userAgent"
    FROM (SELECT * ${LIVE} ORDER BY s.created_at DESC, s.id DESC LIMIT $<limit> OFFSET $<offset>) s
    JOIN user_devices d ON d.id = s.device_id
   ORDER BY s.created_at DESC, s.id DESC`

const COUNT = `SELECT count(*) AS count ${LIVE}`

export type NewSession = {
  id: string
  userId: string
  deviceId: string
  at: string
  expiresAt: string
  ip: string | null
  userAgent: string | null
}

export type LockedToken = {
  usedAt: string | null
  expiresAt: string
  sessionId: string
  userId: string
  deviceId: string
  createdAt: string
  revokedAt: string | null
  suspendedAt: string | null
}

export type SessionRow = {
  id: string
  deviceId: string
  deviceName: string
  platform: Platform
  createdAt: string
  lastUsedAt: string
  expiresAt: string
  ip: string | null
  userAgent: string | null
}

/** Which live sessions of an account; without any member all of them. */
export type SessionFilter = { sessionId?: string; deviceId?: string; exceptSessionId?: string }

const anySession = { sessionId: null, deviceId: null, exceptSessionId: null }

/** Sessions and their refresh tokens, of which only hashes are stored. */
export function sessionStore(sql: Sql) {
  return {
    insert: (session: NewSession) => sql.none(INSERT, session),

    insertToken: (token: { tokenHash: Buffer; sessionId: string; at: string; expiresAt: string }) =>
      sql.none(INSERT_TOKEN, token),

    lockToken: (tokenHash: Buffer) => sql.oneOrNone<LockedToken>(LOCK_TOKEN, { tokenHash }),

    spendToken: (tokenHash: Buffer, at: string) => sql.none(SPEND_TOKEN, { tokenHash, at }),

    /** Which of these hashes are stored, in hex. */
    knownTokens: async (hashes: readonly Buffer[]): Promise<Set<string>> => {
      const rows = await sql.any<{ hash: string }>(KNOWN_TOKENS, { hashes })
      return new Set(rows.map(({ hash }) => hash))
    },

    touch: (use: { sessionId: string; at: string; expiresAt: string; ip: string | null }) =>
      sql.none(TOUCH, use),

    reauthenticated: (sessionId: string, at: string) =>
      sql.none(REAUTHENTICATED, { sessionId, at }),

    end: (userId: string, at: string, filter: SessionFilter) =>
      sql.any<{ id: string; deviceId: string }>(END, { ...anySession, ...filter, userId, at }),

    list: (query: { userId: string; at: string; limit: number; offset: number }) =>
      sql.any<SessionRow>(LIST, query),

    count: (userId: string, at: string): Promise<number> =>
      sql.one(COUNT, { userId, at }, (row: { count: number }) => row.count),
  }
}
