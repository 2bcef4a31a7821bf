import type { Sql } from '@sup/service-kit/postgres'

/**
 * What may go, one query per kind. Ended sessions of the account that a duty names go soon, those of all
 * others after 48 h; a spent refresh token stays a week, because until then its reuse ends the session.
 */
const OVER = {
  sessions: `
    SELECT id FROM sessions
     WHERE coalesce(revoked_at, expires_at) < $<at>::timestamptz - interval '48 hours'
        OR (user_id = $<userId>::uuid AND coalesce(revoked_at, expires_at) < $<at>::timestamptz - interval '10 minutes')`,
  refresh_tokens: `
    SELECT token_hash AS id FROM refresh_tokens
     WHERE expires_at < $<at>::timestamptz - interval '48 hours' OR used_at < $<at>::timestamptz - interval '7 days'`,
  session_revocations: `
    SELECT id FROM session_revocations WHERE at < $<at>::timestamptz - interval '48 hours'`,
  idempotency_keys: `
    SELECT ctid AS id FROM idempotency_keys WHERE created_at < $<at>::timestamptz - interval '24 hours'`,
  verification_codes: `
    SELECT token_hash AS id FROM verification_codes WHERE expires_at < $<at>::timestamptz`,
  outbox: `
    SELECT id FROM outbox WHERE finished_at < $<at>::timestamptz - interval '24 hours'`,
} as const

const KEYS = {
  sessions: 'id',
  refresh_tokens: 'token_hash',
  session_revocations: 'id',
  idempotency_keys: 'ctid',
  verification_codes: 'token_hash',
  outbox: 'id',
} as const

export type Prunable = keyof typeof OVER
export const PRUNABLE: readonly Prunable[] = [
  'sessions',
  'refresh_tokens',
  'session_revocations',
  'idempotency_keys',
  'verification_codes',
  'outbox',
]

// The lock of a row that somebody else holds is not waited for: the next step finds it again.
const DELETE = (table: Prunable) => `
  DELETE FROM ${table} WHERE ${KEYS[table]} = ANY (ARRAY(${OVER[table]} LIMIT $<limit> FOR UPDATE SKIP LOCKED))`

const COUNT = (table: Prunable) => `SELECT id FROM (${OVER[table]}) AS over LIMIT $<limit>`

// A device without keys is worth nothing without a session: a log-in can make another.
const IDLE_DEVICES = `
  SELECT d.id, d.user_id AS "userId" FROM user_devices d
   WHERE d.removed_at IS NULL AND d.last_seen < $<at>::timestamptz - interval '24 hours'
     AND ($<deviceId>::uuid IS NULL OR d.id = $<deviceId>)
     AND NOT EXISTS (SELECT FROM identity_keys k WHERE k.device_id = d.id)
     AND NOT EXISTS (SELECT FROM sessions s
                      WHERE s.device_id = d.id AND s.revoked_at IS NULL AND s.expires_at > $<at>)
   ORDER BY d.last_seen LIMIT $<limit>`

export type PruneQuery = { at: string; userId: string | null; limit: number }

/** Rows that nothing can use any more. */
export function pruneStore(sql: Sql) {
  return {
    /** How many rows were deleted, at most `limit`. */
    delete: (table: Prunable, query: PruneQuery): Promise<number> =>
      sql.result(DELETE(table), query, (result) => result.rowCount),

    /** How many rows may go, counted up to `limit`. */
    count: async (table: Prunable, query: PruneQuery): Promise<number> =>
      (await sql.any(COUNT(table), query)).length,

    /** With `deviceId`: that one, if it is idle. */
    idleDevices: (query: { at: string; limit: number; deviceId?: string }) =>
      sql.any<{ id: string; userId: string }>(IDLE_DEVICES, { deviceId: null, ...query }),
  }
}
