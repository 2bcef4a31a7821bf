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

function changed(old: PreferencesRow, { push, email, mutedUntil, quietHours }: Changes) {
  const row: PreferencesRow = {
    ...old,
    pushEnabled: push?.enabled ?? old.pushEnabled,
    showSender: push?.showSender ?? old.showSender,
    sound: push?.sound ?? old.sound,
    emailEnabled: email?.enabled ?? old.emailEnabled,
    emailDigest: email?.digest ?? old.emailDigest,
  }
  if (mutedUntil !== undefined) row.mutedUntil = mutedUntil && toInstant(mutedUntil)
  if (quietHours !== undefined) {
    row.quietFrom = quietHours?.from ?? null
    row.quietTo = quietHours?.to ?? null
    row.timeZone = quietHours?.timeZone ?? null
  }
  return row
}

/** Any ISO instant as UTC with milliseconds. */
const toInstant = (text: string): string => new Date(text).toISOString()

function toPreferences(row: PreferencesRow): NotificationPreferences {
  const { quietFrom: from, quietTo: to, timeZone } = row
  return {
    push: { enabled: row.pushEnabled, showSender: row.showSender, sound: row.sound },
    email: { enabled: row.emailEnabled, digest: row.emailDigest },
    mutedUntil: row.mutedUntil,
    quietHours: from !== null && to !== null && timeZone !== null ? { from, to, timeZone } : null,
  }
}
