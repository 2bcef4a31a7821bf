import type { Sql } from '@sup/service-kit/postgres'

export type PreferencesRow = {
  pushEnabled: boolean
  showSender: boolean
  sound: boolean
  emailEnabled: boolean
  emailDigest: 'off' | 'daily' | 'weekly'
  mutedUntil: string | null
  quietFrom: string | null
  quietTo: string | null
  timeZone: string | null
}

const FIND = `
  SELECT push_enabled AS "pushEnabled", show_sender AS "showSender", sound,
         email_enabled AS "emailEnabled", email_digest AS "emailDigest", muted_until AS "mutedUntil",
         to_char(quiet_from, 'HH24:MI') AS "quietFrom", to_char(quiet_to, 'HH24:MI') AS "quietTo",
         time_zone AS "timeZone"
    FROM notification_preferences WHERE user_id = $<userId>`

const LOCK_ACCOUNT = `SELECT FROM users WHERE id = $<userId> AND deleted_at IS NULL FOR NO KEY UPDATE`

const SAVE = `
  INSERT INTO notification_preferences (user_id, push_enabled, show_sender, sound, email_enabled, email_digest,
                                        muted_until, quiet_from, quiet_to, time_zone, updated_at)
  VALUES ($<userId>, $<pushEnabled>, $<showSender>, $<sound>, $<emailEnabled>, $<emailDigest>,
          $<mutedUntil>, $<quietFrom>, $<quietTo>, $<timeZone>, $<at>)
  ON CONFLICT (user_id) DO UPDATE
    SET push_enabled = excluded.push_enabled, show_sender = excluded.show_sender, sound = excluded.sound,
        email_enabled = excluded.email_enabled, email_digest = excluded.email_digest,
        muted_until = excluded.muted_until, quiet_from = excluded.quiet_from, quiet_to = excluded.quiet_to,
        time_zone = excluded.time_zone, updated_at = excluded.updated_at`

/** How accounts want to be told; who never said so has no row. */
export function preferencesStore(sql: Sql) {
  return {
    find: (userId: string): Promise<PreferencesRow | null> =>
      sql.oneOrNone<PreferencesRow>(FIND, { userId }),

    /** Makes changes of one account happen one after the other; false when it is gone. */
    lock: async (userId: string): Promise<boolean> =>
      (await sql.oneOrNone(LOCK_ACCOUNT, { userId })) !== null,

    save: (row: PreferencesRow & { userId: string; at: string }): Promise<null> =>
      sql.none(SAVE, row),
  }
}
