import { type Sql, pgp } from '@sup/service-kit/postgres'
import type { UserStatus } from '@sup/types'

/** The columns that `PATCH /users/:id` may change. */
export type ChangeableColumns = {
  username: string
  display_name: string
  bio: string
  avatar_url: string | null
  locale: string
  privacy_presence: string
  privacy_last_seen: string
  privacy_avatar: string
  privacy_bio: string
  privacy_group_invites: string
  privacy_read_receipts: boolean
  privacy_typing: boolean
  privacy_searchable: boolean
}

const LOCK = `SELECT to_jsonb(u) AS account FROM users u
               WHERE id = $<userId> AND deleted_at IS NULL FOR NO KEY UPDATE`

// Locked in id order, so that the batches of two nodes cannot wait for each other in a circle.
const STORE_PRESENCE = `
  WITH seen AS (
    SELECT * FROM json_to_recordset($<items>::json) AS i ("userId" uuid, status user_status, "lastSeen" timestamptz)
  ), locked AS (
    SELECT id FROM users WHERE id IN (SELECT "userId" FROM seen) ORDER BY id FOR NO KEY UPDATE
  )
  UPDATE users u SET status = seen.status, last_seen = greatest(u.last_seen, seen."lastSeen")
    FROM seen JOIN locked ON locked.id = seen."userId"
   WHERE u.id = seen."userId"`

const columns = (names: readonly string[]) =>
  new pgp.helpers.ColumnSet([...names], { table: 'users' })

/** The columns of accounts that their owners and the socket nodes change. */
export function userStore(sql: Sql) {
  return {
    /** The row as it is, locked until the transaction ends; null when unknown or deleted. */
    lock: async (userId: string): Promise<Record<string, unknown> | null> => {
      const row = await sql.oneOrNone<{ account: Record<string, unknown> }>(LOCK, { userId })
      return row?.account ?? null
    },

    /** Breaks the constraint `users_username_key` when the username is taken. */
    update: async (userId: string, changes: Partial<ChangeableColumns>): Promise<void> => {
      const set = String(pgp.helpers.update(changes, columns(Object.keys(changes))))
      // Formatted apart: the values in `set` may hold what looks like a parameter.
      await sql.none(set + pgp.as.format(' WHERE id = $<userId>', { userId }))
    },

    /** At most one item per account. */
    storePresence: (items: readonly { userId: string; status: UserStatus; lastSeen: string }[]) =>
      sql.none(STORE_PRESENCE, { items: JSON.stringify(items) }),
  }
}
