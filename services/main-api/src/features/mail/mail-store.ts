import type { Sql } from '@sup/service-kit/postgres'
import type { OptionalMailKind } from '@sup/types'

const RECIPIENT = `
  SELECT id AS "userId", email AS to, display_name AS name, coalesce(locale, 'en') AS locale,
         email_verified AS "isVerified"
    FROM users
   WHERE id = $<userId> AND email IS NOT NULL AND deleted_at IS NULL`

const OWNER = `
  SELECT id AS "userId", email AS to, display_name AS name, coalesce(locale, 'en') AS locale
    FROM users
   WHERE email = $<email> AND email_verified AND deleted_at IS NULL`

// What was off stays untouched, so that a repetition is no change.
const STOP = {
  'new-message': `
    UPDATE notification_preferences SET email_enabled = false, updated_at = $<at>
     WHERE user_id = $<userId> AND email_enabled`,
  digest: `
    UPDATE notification_preferences SET email_digest = 'off', updated_at = $<at>
     WHERE user_id = $<userId> AND email_digest <> 'off'`,
} as const satisfies Record<OptionalMailKind, string>

const MAKE_PREFERENCES = `
  INSERT INTO notification_preferences (user_id)
  SELECT id FROM users WHERE id = $<userId> AND deleted_at IS NULL
  ON CONFLICT (user_id) DO NOTHING`

const PREFERENCES = `
  SELECT json_build_object(
           'push', json_build_object('enabled', push_enabled, 'showSender', show_sender, 'sound', sound),
           'email', json_build_object('enabled', email_enabled, 'digest', email_digest)) AS preferences,
         muted_until AS "mutedUntil"
    FROM notification_preferences WHERE user_id = $<userId>`

/** Whom a mail goes to, as it is addressed. */
export type Recipient = {
  userId: string
  to: string
  /** Display name. */
  name: string
  /** A BCP 47 tag. */
  locale: string
}

/** Accounts as far as mail needs them. */
export function mailStore(sql: Sql) {
  return {
    /** Null when the account is unknown, deleted or has no address. */
    recipient: (userId: string) =>
      sql.oneOrNone<Recipient & { isVerified: boolean }>(RECIPIENT, { userId }),

    /** Who has proven that an address is theirs. */
    owner: (email: string) => sql.oneOrNone<Recipient>(OWNER, { email }),

    /** @returns Whether anything changed. */
    stop: async (kind: OptionalMailKind, userId: string, at: string): Promise<boolean> => {
      await sql.none(MAKE_PREFERENCES, { userId })
      return (await sql.result(STOP[kind], { userId, at }, (result) => result.rowCount)) > 0
    },

    preferences: async (userId: string): Promise<Record<string, unknown>> => {
      const { preferences, mutedUntil } = await sql.one<{
        preferences: Record<string, unknown>
        mutedUntil: string | null
      }>(PREFERENCES, { userId })
      return { ...preferences, mutedUntil }
    },
  }
}
