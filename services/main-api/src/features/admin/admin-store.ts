import type { Sql } from '@sup/service-kit/postgres'

// Held until the transaction ends: of two that want to be first one waits and then sees the other.
const LOCK = `SELECT pg_advisory_xact_lock(hashtextextended('sup-first-administrator', 0))`

const ADMIN_EXISTS = `SELECT EXISTS (SELECT FROM users WHERE role = 'admin' AND deleted_at IS NULL)`

const RAISE = `
  UPDATE users SET role = 'admin' WHERE username = $<username> AND deleted_at IS NULL RETURNING id`

const FIND = `
  SELECT greatest(s.created_at, s.reauthenticated_at) AS "authenticatedAt"
    FROM sessions s JOIN users u ON u.id = s.user_id
   WHERE s.id = $<sessionId> AND u.id = $<userId> AND u.role = 'admin'
     AND s.revoked_at IS NULL AND u.suspended_at IS NULL AND u.deleted_at IS NULL`

/** Who administers this server. */
export function adminStore(sql: Sql) {
  return {
    lock: () => sql.one(LOCK),

    exists: (): Promise<boolean> =>
      sql.one(ADMIN_EXISTS, undefined, (row: { exists: boolean }) => row.exists),

    /** When the password of an administrator's session was given last; null when it is nobody's. */
    find: (caller: { userId: string; sessionId: string }) =>
      sql.oneOrNone<{ authenticatedAt: string }>(FIND, caller),

    /** The id of the account that is an administrator now; null when there is none of this name. */
    raise: (username: string): Promise<string | null> =>
      sql.oneOrNone(RAISE, { username }, (row: { id: string } | null) => row?.id ?? null),
  }
}
