import { AppError, type Caller } from '@sup/service-kit/http'
import {
  type Input,
  type NotificationPreferences,
  type Output,
  type getPreferences as getContract,
  notFound,
  type updatePreferences as updateContract,
} from '@sup/types'
import type { Needs } from '../../deps.js'
import { accountChanges, hintAccount } from '../users/public.js'
import { type PreferencesRow, preferencesStore } from './preferences-store.js'

type Changes = Input<typeof updateContract>['body']

/** What an account that never said anything wants. */
const DEFAULTS: PreferencesRow = {
  pushEnabled: true,
  showSender: true,
  sound: true,
  emailEnabled: true,
  emailDigest: 'off',
  mutedUntil: null,
  quietFrom: null,
  quietTo: null,
  timeZone: null,
}

/** How the account wants to be told. */
export const getPreferences = async (
  { db }: Needs<'db'>,
  { userId }: Caller,
): Promise<Output<typeof getContract>> =>
  toPreferences((await preferencesStore(db).find(userId)) ?? DEFAULTS)

/** Changes what is given and tells the other devices; what is as it was already is told to nobody. */
export async function updatePreferences(
  needs: Needs<'db' | 'clock' | 'hints'>,
  { userId, deviceId }: Caller,
  { body }: Input<typeof updateContract>,
): Promise<Output<typeof updateContract>> {
  const { preferences, change } = await needs.db.tx('update-preferences', async (tx) => {
    const store = preferencesStore(tx)
    if (!(await store.lock(userId))) throw new AppError(notFound)
    const old = (await store.find(userId)) ?? DEFAULTS
    const row = changed(old, body)
    const preferences = toPreferences(row)
    if (JSON.stringify(preferences) === JSON.stringify(toPreferences(old))) return { preferences }
    await store.save({ ...row, userId, at: needs.clock.now().toISOString() })
    const change = await accountChanges(tx, needs).add(userId, { type: 'settings', preferences })
    return { preferences, change }
  })
  if (change) await hintAccount(needs, userId, change, deviceId)
  return preferences
}

const changed = (old: PreferencesRow, body: Changes): PreferencesRow => ({
  ...old,
  ...withPush(old, body),
  ...withEmail(old, body),
  ...withQuietHours(body),
  ...(body.mutedUntil === undefined ? {} : { mutedUntil: toInstant(body.mutedUntil) }),
})

const withPush = (old: PreferencesRow, { push = {} }: Changes) => ({
  pushEnabled: push.enabled ?? old.pushEnabled,
  showSender: push.showSender ?? old.showSender,
  sound: push.sound ?? old.sound,
})

const withEmail = (old: PreferencesRow, { email = {} }: Changes) => ({
  emailEnabled: email.enabled ?? old.emailEnabled,
  emailDigest: email.digest ?? old.emailDigest,
})

function withQuietHours({ quietHours }: Changes): Partial<PreferencesRow> {
  if (quietHours === undefined) return {}
  if (quietHours === null) return { quietFrom: null, quietTo: null, timeZone: null }
  const { from, to, timeZone } = quietHours
  return { quietFrom: from, quietTo: to, timeZone }
}

/** Any ISO instant as UTC with milliseconds. */
const toInstant = (text: string | null): string | null => text && new Date(text).toISOString()

function toPreferences(row: PreferencesRow): NotificationPreferences {
  const { quietFrom: from, quietTo: to, timeZone } = row
  return {
    push: { enabled: row.pushEnabled, showSender: row.showSender, sound: row.sound },
    email: { enabled: row.emailEnabled, digest: row.emailDigest },
    mutedUntil: row.mutedUntil,
    quietHours: from !== null && to !== null && timeZone !== null ? { from, to, timeZone } : null,
  }
}
