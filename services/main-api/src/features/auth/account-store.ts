import type { Sql } from '@sup/service-kit/postgres'

const INSERT = `
  INSERT INTO users (id, username, display_name, email, phone, password_hash, role, created_at)
  VALUES ($<id>, $<username>, $<displayName>, $<email>, $<phone>, $<passwordHash>, $<role>, $<at>)`

const PASSWORD_HASH = `
  SELECT password_hash AS "passwordHash" FROM users WHERE id = $<userId> AND deleted_at IS NULL`

// The username names one account. An address names the account that verified it, which sorts first, else the
// only one that carries it: two rows without a verified one name nobody.
const FIND = `
  SELECT u.id, u.password_hash AS "passwordHash", u.suspended_at IS NOT NULL AS "isSuspended",
         u.username = $<username> AS "isByUsername",
         coalesce((u.email = $<email> AND u.email_verified) OR (u.phone = $<phone> AND u.phone_verified), false)
           AS "isVerified",
         EXISTS (SELECT FROM user_devices d
                  WHERE d.id = $<deviceId>::uuid AND d.user_id = u.id AND d.removed_at IS NULL) AS "isOwnDevice"
    FROM users u
   WHERE (u.username = $<username> OR u.email = $<email> OR u.phone = $<phone>) AND u.deleted_at IS NULL
   ORDER BY u.username = $<username> DESC, 5 DESC LIMIT 2`

// Weaker than FOR UPDATE, which would hold up everything that refers to the account.
const LOCK = `
  SELECT suspended_at IS NOT NULL AS "isSuspended" FROM users
   WHERE id = $<userId> AND deleted_at IS NULL FOR NO KEY UPDATE`

const USERNAME_EXISTS = `SELECT EXISTS (SELECT FROM users WHERE username = $<username>)`

export type NewAccount = {
  id: string
  username: string
  displayName: string
  email: string | null
  phone: string | null
  passwordHash: string | null
  role: 'user' | 'admin'
  at: string
}

/** How somebody names the account to log in to; null where the text cannot be such a name. */
export type Names = { username: string | null; email: string | null; phone: string | null }

export type FoundAccount = {
  id: string
  passwordHash: string | null
  isSuspended: boolean
  /** The device that the log-in names belongs to this account. */
  isOwnDevice: boolean
}

/** Accounts as far as logging in needs them. */
export function accountStore(sql: Sql) {
  return {
    /** Null without an account and for one without a password. */
    passwordHashOf: (userId: string): Promise<string | null> =>
      sql.oneOrNone(
        PASSWORD_HASH,
        { userId },
        (row: { passwordHash: string | null } | null) => row?.passwordHash ?? null,
      ),

    /** Breaks the constraint `users_username_key` when the username is taken. */
    insert: (account: NewAccount) => sql.none(INSERT, account),

    find: async (names: Names, deviceId: string | null): Promise<FoundAccount | null> => {
      const rows = await sql.any<FoundAccount & { isByUsername: boolean; isVerified: boolean }>(
        FIND,
        {
          ...names,
          deviceId,
        },
      )
      const [first] = rows
      if (!first) return null
      return first.isByUsername || first.isVerified || rows.length === 1 ? first : null
    },

    /** Log-ins of one account come one after the other; null when it was deleted. */
    lock: (userId: string) => sql.oneOrNone<{ isSuspended: boolean }>(LOCK, { userId }),

    usernameExists: (username: string): Promise<boolean> =>
      sql.one(USERNAME_EXISTS, { username }, (row: { exists: boolean }) => row.exists),
  }
}
